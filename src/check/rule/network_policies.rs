//! A NetworkPolicy selects pods of the set, every workload is isolated both ways, and named ports exist.

use serde_json::Value;

use super::Report;
use crate::check::tree::Bundle;
use crate::kube::labels;
use crate::kube::object::Object;
use crate::kube::value::items;
use crate::kube::workload::Workload;

pub(super) fn check(bundle: &Bundle, report: &mut Report) {
    let selects =
        |policy: &Object, workload: &Workload| labels::matches(policy.at("spec.podSelector"), &workload.labels());
    let mut any = false;
    for policy in bundle.of_kind("NetworkPolicy") {
        any = true;
        let selected: Vec<_> = bundle.workloads().filter(|workload| selects(policy, workload)).collect();
        if selected.is_empty() {
            report.fault(policy, "selects no pod of the set");
        }
        named_ports(policy, &selected, report);
        directions(policy, report);
    }
    if !any {
        // `[security] network-policy = false` is a choice; half a net is not.
        return;
    }
    for workload in bundle.workloads() {
        for direction in ["Ingress", "Egress"] {
            let isolates = |policy: &&Object| {
                selects(policy, &workload)
                    && items(policy.at("spec.policyTypes")).any(|kind| kind.as_str() == Some(direction))
            };
            if !bundle.of_kind("NetworkPolicy").any(|policy| isolates(&policy)) {
                report.policy(workload.object, format!("is selected by no NetworkPolicy for `{direction}`"));
            }
        }
    }
}

/// A named port of an ingress rule is a port of the selected pods; one that none of them has matches nothing.
fn named_ports(policy: &Object, selected: &[Workload], report: &mut Report) {
    for port in items(policy.at("spec.ingress")).flat_map(|rule| items(&rule["ports"])) {
        if let Some(name) = port["port"].as_str()
            && !selected.iter().any(|workload| workload.has_port(name))
        {
            report.fault(policy, format!("opens port `{name}`, which no selected pod declares"));
        }
    }
}

/// Rules of a direction that is not in `policyTypes` are ignored.
fn directions(policy: &Object, report: &mut Report) {
    let types: Vec<_> = items(policy.at("spec.policyTypes")).filter_map(Value::as_str).collect();
    for (direction, rules) in [("Ingress", "spec.ingress"), ("Egress", "spec.egress")] {
        if !policy.at(rules).is_null() && !types.contains(&direction) {
            report.fault(policy, format!("has rules for `{direction}`, which its `policyTypes` leave out"));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Level::{Fault, Policy};
    use crate::check::fixture::Sample;

    const RULE: &str = "network-policies";
    const POLICY: &str = "k8s/network-policy.yaml";

    #[test]
    fn every_workload_is_isolated_both_ways() {
        Sample::good().assert_silent(RULE);
        Sample::good().edit(POLICY, "io/name: shop", "io/name: web").assert_finds(RULE, Fault, "selects no pod");
        Sample::good().edit(POLICY, "io/name: shop", "io/instance: shop").assert_finds(
            RULE,
            Policy,
            "is selected by no NetworkPolicy for `Egress`",
        );
        Sample::good().edit(POLICY, "policyTypes: [Ingress, Egress]", "policyTypes: [Ingress]").assert_finds(
            RULE,
            Fault,
            "rules for `Egress`",
        );
    }

    #[test]
    fn a_named_port_is_declared() {
        Sample::good().edit(POLICY, "port: http", "port: web").assert_finds(RULE, Fault, "opens port `web`");
    }

    #[test]
    fn no_policy_at_all_is_a_choice() {
        Sample::good().without(POLICY).assert_silent(RULE);
    }
}
