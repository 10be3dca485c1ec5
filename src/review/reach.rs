//! What the policies of a pod let through, before and after.
//!
//! Policies add up: a pod that none selects is open, one that some select is reached by what any of them allows
//! (<https://kubernetes.io/docs/concepts/services-networking/network-policies/#the-two-sorts-of-pod-isolation>). So a
//! change narrows when something that was allowed is not covered by what is allowed now, and widens the other way round.

use serde_json::Value;

use super::trees::{Trees, workloads};
use crate::kube::grammar::cidr::Cidr;
use crate::kube::labels;
use crate::kube::object::Object;
use crate::kube::path::at;
use crate::kube::value::{entries, items};
use crate::kube::workload::Workload;

/// What a change of policies does to pods that are there before and after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reach {
    /// Something no longer gets through.
    pub(crate) narrows: bool,
    /// Something more gets through.
    pub(crate) widens: bool,
    /// Whether any of those pods run now, as opposed to runs that start later.
    pub(crate) is_running: bool,
}

/// Whom one rule lets through, and at which ports; null for anybody, and for any port.
type Atom<'a> = (&'a Value, &'a Value);

const DIRECTIONS: [(&str, &str, &str); 2] = [("Ingress", "ingress", "from"), ("Egress", "egress", "to")];

impl Reach {
    /// Of the pods that `policy` selects on either side, in the directions that `section` names (`ingress`, `egress`, or
    /// both when it is neither).
    pub(crate) fn of(policy: [&Value; 2], trees: &Trees, section: &str) -> Self {
        let mut reach = Self::default();
        let place = if policy[1].is_null() { policy[0] } else { policy[1] };
        for old in workloads(&trees.before, place).filter(|workload| workload.object.identity.kind != "Job") {
            let Some(new) = Trees::twin(&trees.after, old.object).and_then(Workload::of) else { continue };
            if !selects(policy[0], old) && !selects(policy[1], new) {
                continue;
            }
            for direction in
                DIRECTIONS.iter().filter(|(_, list, _)| !["ingress", "egress"].contains(&section) || section == *list)
            {
                let (was, is) = (allowed(&trees.before, old, *direction), allowed(&trees.after, new, *direction));
                let (narrows, widens) = (!covers(&is, &without_dns(&was, &is)), !covers(&was, &without_dns(&is, &was)));
                reach.narrows |= narrows;
                reach.widens |= widens;
                reach.is_running |= old.is_long_running() && (narrows || widens);
            }
        }
        reach
    }
}

fn selects(policy: &Value, workload: Workload<'_>) -> bool {
    !policy.is_null() && labels::matches(at(policy, "spec.podSelector"), &workload.labels())
}

/// All that the policies of `tree` let through to or from the pods of `workload`.
fn allowed<'a>(
    tree: &'a [Object],
    workload: Workload<'_>,
    (kind, list, peers): (&'static str, &'static str, &'static str),
) -> Vec<Atom<'a>> {
    let is_about = |object: &&Object| {
        object.identity.kind == "NetworkPolicy"
            && object.identity.namespace == workload.object.identity.namespace
            && selects(&object.value, workload)
            && isolates(&object.value, kind)
    };
    let mut policies = tree.iter().filter(is_about).peekable();
    if policies.peek().is_none() {
        return vec![(&Value::Null, &Value::Null)];
    }
    let any = std::slice::from_ref(&Value::Null);
    let some = |value: &'a Value| value.as_array().filter(|list| !list.is_empty()).map_or(any, Vec::as_slice);
    let rules = policies.flat_map(|policy| items(&policy.value["spec"][list]));
    rules
        .flat_map(|rule| {
            some(&rule[peers]).iter().flat_map(|peer| some(&rule["ports"]).iter().map(move |port| (peer, port)))
        })
        .collect()
}

/// Whether a policy is about a direction; without types it is about incoming traffic, and about outgoing when it has
/// rules for it.
fn isolates(policy: &Value, kind: &str) -> bool {
    match at(policy, "spec.policyTypes").as_array() {
        Some(types) => types.iter().any(|known| known == kind),
        None => kind == "Ingress" || at(policy, "spec.egress").is_array(),
    }
}

/// Whether everything in `small` is surely in `large`.
fn covers(large: &[Atom<'_>], small: &[Atom<'_>]) -> bool {
    small
        .iter()
        .all(|(peer, port)| large.iter().any(|(more, ports)| covers_peer(more, peer) && covers_port(ports, port)))
}

/// What is let through, except for DNS where the other side lets every address through at its port: a policy that names
/// DNS for anybody opens no more than the addresses of metadata services, which answer no queries.
fn without_dns<'a>(allowed: &[Atom<'a>], other: &[Atom<'_>]) -> Vec<Atom<'a>> {
    let is_dns = |(peer, port): &Atom<'_>| peer.is_null() && port["port"] == 53;
    let is_open = |port: &Value| {
        other.iter().any(|(peer, ports)| peer["ipBlock"]["cidr"] == "0.0.0.0/0" && covers_port(ports, port))
    };
    allowed.iter().filter(|atom| !(is_dns(atom) && is_open(atom.1))).copied().collect()
}

fn covers_port(large: &Value, small: &Value) -> bool {
    let protocol = |port: &Value| port["protocol"].as_str().unwrap_or("TCP").to_owned();
    let range = |port: &Value| {
        let first = port["port"].as_u64()?;
        Some((first, port["endPort"].as_u64().unwrap_or(first)))
    };
    if large.is_null() || large == small {
        return true;
    }
    if small.is_null() || protocol(large) != protocol(small) {
        return false;
    }
    match (range(large), range(small)) {
        (Some((from, to)), Some((first, last))) => from <= first && last <= to,
        _ => large["port"].is_null() || large["port"] == small["port"],
    }
}

fn covers_peer(large: &Value, small: &Value) -> bool {
    if large.is_null() || large == small {
        return true;
    }
    match (&large["ipBlock"], &small["ipBlock"]) {
        (Value::Null, Value::Null) if !small.is_null() => {
            let namespaces = (&large["namespaceSelector"], &small["namespaceSelector"]);
            let same_place = match namespaces {
                (Value::Null, Value::Null) => true,
                (Value::Null, _) => false,
                (large, Value::Null) => labels::is_empty(large),
                (large, small) => is_looser(large, small),
            };
            same_place && (large["podSelector"].is_null() || is_looser(&large["podSelector"], &small["podSelector"]))
        }
        (Value::Null, _) | (_, Value::Null) => false,
        (large, small) => covers_block(large, small),
    }
}

/// Whether a selector asks for nothing that the other does not ask for as well.
fn is_looser(large: &Value, small: &Value) -> bool {
    entries(&large["matchLabels"]).all(|(key, value)| small["matchLabels"][key] == *value)
        && items(&large["matchExpressions"]).all(|asked| items(&small["matchExpressions"]).any(|known| known == asked))
}

fn covers_block(large: &Value, small: &Value) -> bool {
    let network = |value: &Value| Cidr::parse(value.as_str()?);
    let inside = |inner: &Value, outer: &Value| match (network(inner), network(outer)) {
        (Some(inner), Some(outer)) => outer.holds(inner),
        _ => inner == outer,
    };
    let apart = |one: &Value, other: &Value| !inside(one, other) && !inside(other, one);
    inside(&small["cidr"], &large["cidr"])
        && items(&large["except"]).all(|left_out| {
            apart(left_out, &small["cidr"]) || items(&small["except"]).any(|known| inside(left_out, known))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peers(large: &str, small: &str) -> bool {
        covers_peer(&serde_yaml::from_str(large).unwrap(), &serde_yaml::from_str(small).unwrap())
    }

    #[test]
    fn a_peer_covers_those_that_ask_for_more() {
        for (large, small) in [
            ("~", "{podSelector: {}}"),
            ("{namespaceSelector: {}}", "{podSelector: {matchLabels: {a: b}}}"),
            ("{podSelector: {}}", "{podSelector: {matchLabels: {a: b}}}"),
            ("{ipBlock: {cidr: 10.0.0.0/8}}", "{ipBlock: {cidr: 10.1.0.0/16, except: [10.1.2.0/24]}}"),
            ("{ipBlock: {cidr: 0.0.0.0/0, except: [169.254.169.254/32]}}", "{ipBlock: {cidr: 10.0.0.0/8}}"),
            ("{ipBlock: {cidr: \"::/0\"}}", "{ipBlock: {cidr: \"fd00::/8\"}}"),
        ] {
            assert!(peers(large, small), "{large} covers {small}");
            assert!(!peers(small, large), "{small} does not cover {large}");
        }
        assert!(!peers("{podSelector: {}}", "{namespaceSelector: {}, podSelector: {}}"));
        assert!(!peers("{ipBlock: {cidr: 0.0.0.0/0}}", "{podSelector: {}}"));
        assert!(!peers("{ipBlock: {cidr: 0.0.0.0/0}}", "{ipBlock: {cidr: \"::/0\"}}"));
    }

    #[test]
    fn a_port_covers_itself_and_what_lies_in_its_range() {
        let covers = |large: &str, small: &str| {
            covers_port(&serde_yaml::from_str(large).unwrap(), &serde_yaml::from_str(small).unwrap())
        };
        assert!(covers("~", "{port: 53}") && covers("{port: 53}", "{port: 53, protocol: TCP}"));
        assert!(covers("{port: 1, endPort: 100}", "{port: 53}") && !covers("{port: 53}", "{port: 1, endPort: 100}"));
        assert!(!covers("{port: 53}", "{port: 53, protocol: UDP}") && !covers("{port: 53}", "~"));
    }
}
