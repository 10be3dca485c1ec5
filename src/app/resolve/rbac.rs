//! `[[rbac]]`: a Role with named rights; those that would give everything away are refused.

use super::super::access::{PolicyRule, Role, RoleBinding};
use super::super::component::Component;
use super::super::object::{Kind, Object};
use super::super::value::{HostName, ObjectName};
use super::faults::Faults;
use super::{ResolvedSections, object};
use crate::config::section::RbacSection;
use crate::diagnostic::Diagnostic;
use crate::kube::grammar::is_foreign;

/// Resources of Kubernetes itself that applications ask for, and their API group.
/// Source: <https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/>
const GROUPS: [(&str, &[&str]); 8] = [
    (
        "",
        &[
            "configmaps",
            "endpoints",
            "events",
            "limitranges",
            "persistentvolumeclaims",
            "pods",
            "pods/log",
            "pods/status",
            "pods/exec",
            "pods/attach",
            "pods/portforward",
            "pods/ephemeralcontainers",
            "pods/eviction",
            "replicationcontrollers",
            "resourcequotas",
            "secrets",
            "serviceaccounts",
            "serviceaccounts/token",
            "services",
        ],
    ),
    (
        "apps",
        &[
            "controllerrevisions",
            "daemonsets",
            "deployments",
            "deployments/scale",
            "replicasets",
            "statefulsets",
            "statefulsets/scale",
        ],
    ),
    ("autoscaling", &["horizontalpodautoscalers"]),
    ("batch", &["cronjobs", "jobs", "jobs/status"]),
    ("coordination.k8s.io", &["leases"]),
    ("discovery.k8s.io", &["endpointslices"]),
    ("networking.k8s.io", &["ingresses", "networkpolicies"]),
    ("rbac.authorization.k8s.io", &["rolebindings", "roles"]),
];

/// Verbs of the API on namespaced objects.
/// Source: <https://kubernetes.io/docs/reference/access-authn-authz/authorization/#determine-the-request-verb>
const VERBS: [&str; 8] = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

/// Verbs by which an account gives itself rights that it does not have.
/// Source: <https://kubernetes.io/docs/concepts/security/rbac-good-practices/#escalate-verb>
const ESCALATING: [&str; 3] = ["bind", "escalate", "impersonate"];

/// Resources with the verbs on them that give more than they say, and what that is.
/// Source: <https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks>
const FAR_REACHING: [(&[&str], &[&str], &str); 6] = [
    (&["secrets"], &["get", "list", "watch"], "reads every password of the namespace"),
    (&["secrets"], &["create", "update", "patch"], "can overwrite any Secret"),
    (
        &["pods/exec", "pods/attach", "pods/portforward", "pods/ephemeralcontainers"],
        &["create", "get", "update", "patch"],
        "gets into every pod of the namespace",
    ),
    (&["serviceaccounts/token"], &["create"], "can become every account of the namespace"),
    (
        &[
            "pods",
            "deployments",
            "statefulsets",
            "daemonsets",
            "replicasets",
            "replicationcontrollers",
            "jobs",
            "cronjobs",
        ],
        &["create", "update", "patch"],
        "can start a pod with every Secret and account of the namespace",
    ),
    (
        &["roles", "rolebindings"],
        &["create", "update", "patch", "delete", "deletecollection"],
        "changes who may do what in the namespace",
    ),
];

/// A rule of `[[rbac]]`, and the workloads whose pods get the token for it.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) on: Option<Vec<String>>,
    /// What the Role says; none after a fault.
    policy: Option<PolicyRule>,
}

pub(super) fn resolve(sections: &[RbacSection], faults: &mut Faults<'_>) -> Vec<Rule> {
    let numbered = sections.iter().enumerate();
    numbered
        .map(|(index, section)| Rule { on: section.on.clone(), policy: policy_rule(index, section, faults) })
        .collect()
}

/// Role and RoleBinding, when there is a rule.
pub(super) fn objects(parts: &ResolvedSections) -> Vec<Object> {
    let rules: Vec<PolicyRule> = parts.rbac.iter().filter_map(|rule| rule.policy.clone()).collect();
    if rules.is_empty() {
        return Vec::new();
    }
    let name = parts.names.app.to_string();
    let metadata = parts.names.metadata_named(&Component::Base, name.clone());
    let binding = RoleBinding {
        role_name: name.clone(),
        service_account_name: name,
        namespace: parts.names.namespace.to_string(),
    };
    vec![
        object(&Component::Base, "role", metadata.clone(), Kind::Role(Role { rules })),
        object(&Component::Base, "role-binding", metadata, Kind::RoleBinding(binding)),
    ]
}

fn policy_rule(index: usize, section: &RbacSection, faults: &mut Faults<'_>) -> Option<PolicyRule> {
    let number = index.to_string();
    let place = |key| ["rbac", number.as_str(), key];
    for (key, list) in [("resources", &section.resources), ("verbs", &section.verbs)] {
        if list.is_empty() {
            faults.refuse(&place(key), "must name at least one");
        }
        if list.iter().any(|word| word.contains('*')) {
            faults.refuse(&place(key), "must not be `*`: it would cover every resource added later; list them");
        }
    }
    for verb in section.verbs.iter().filter(|verb| !verb.contains('*')) {
        if ESCALATING.contains(&verb.as_str()) {
            faults.refuse(
                &place("verbs"),
                &format!("must not hold `{verb}`: it would let the application grant itself any right"),
            );
        } else if !VERBS.contains(&verb.as_str()) {
            let known = VERBS.join(", ");
            faults.refuse(
                &place("verbs"),
                &format!("holds `{verb}`, which is not a verb of the API; the verbs are {known}"),
            );
        }
    }
    names_fit_verbs(section, &number, faults);
    let group = api_group(section, &number, faults)?;
    let comment = match far_reaching(section, &group) {
        None => None,
        Some(risk) => Some(reasoned(section, risk, &number, faults)?),
    };
    let names = faults.parse_all::<ObjectName>(&section.names, &place("names"));
    Some(PolicyRule {
        comment,
        api_group: group,
        resources: sorted(&section.resources),
        resource_names: names.iter().map(ToString::to_string).collect(),
        verbs: sorted(&section.verbs),
    })
}

/// The API server does not know the name when it answers these.
/// Source: <https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources>
fn names_fit_verbs(section: &RbacSection, number: &str, faults: &mut Faults<'_>) {
    let nameless = section.verbs.iter().find(|verb| ["create", "deletecollection"].contains(&verb.as_str()));
    if let Some(verb) = nameless.filter(|_| !section.names.is_empty()) {
        let (names, verbs) = (["rbac", number, "names"], ["rbac", number, "verbs"]);
        let message = format!("`{verb}` cannot be limited to names");
        faults.contradiction(&message, (&verbs, ""), (&names, "single objects"), "a rule of its own for that verb");
    }
}

/// The group that is written, or the one that all resources are in.
fn api_group(section: &RbacSection, number: &str, faults: &mut Faults<'_>) -> Option<String> {
    let place = ["rbac", number, "resources"];
    if let Some(group) = &section.group {
        if !group.is_empty() {
            faults.parse::<HostName>(group, &["rbac", number, "group"])?;
        }
        return Some(group.clone());
    }
    let mut found: Option<&str> = None;
    for resource in section.resources.iter().filter(|resource| !resource.contains('*')) {
        let Some((group, _)) = GROUPS.iter().find(|(_, resources)| resources.contains(&resource.as_str())) else {
            faults.refuse(
                &place,
                &format!("holds `{resource}`, which Kubernetes itself does not have: `group` must be given"),
            );
            return None;
        };
        if found.is_some_and(|other| other != *group) {
            faults.refuse(&place, "holds resources of several API groups: one rule for each group");
            return None;
        }
        found = Some(group);
    }
    found.map(str::to_owned)
}

/// The comment of a rule that gives more than it says; a fault when nobody says why.
fn reasoned(section: &RbacSection, risk: &str, number: &str, faults: &mut Faults<'_>) -> Option<String> {
    match &section.reason {
        Some(reason) if !reason.trim().is_empty() && !reason.contains(is_foreign) => {
            Some(format!("{}. It {risk}.", reason.trim_end_matches('.')))
        }
        _ => {
            let fault = Diagnostic::error(format!("a pod with this rule {risk}"));
            let fault = faults.document().at_key(fault, &["rbac", number, "resources"], "");
            let fault = faults.document().at_key(fault, &["rbac", number, "verbs"], "");
            let help = "reason = \"…\" in the rule says why it is needed, and appears in the Role; or find another way";
            faults.push(fault.help(help));
            None
        }
    }
}

/// What a rule gives beyond what it says.
fn far_reaching(section: &RbacSection, group: &str) -> Option<&'static str> {
    let has = |list: &[String], words: &[&str]| list.iter().any(|word| words.contains(&word.as_str()));
    let known = GROUPS.iter().any(|(known, _)| *known == group);
    let fits = |resources: &[&str], verbs: &[&str]| has(&section.resources, resources) && has(&section.verbs, verbs);
    let risk = FAR_REACHING.iter().find(|(resources, verbs, _)| known && fits(resources, verbs));
    risk.map(|(_, _, risk)| *risk)
}

fn sorted(words: &[String]) -> Vec<String> {
    let mut words = words.to_vec();
    words.sort();
    words.dedup();
    words
}
