//! Names of objects and of what is in them follow the grammar of their kind.

use super::Report;
use crate::check::kubernetes::{Object, Workload};
use crate::check::tree::{entries, items};
use crate::kube::grammar::name::{self, Refusal};

/// The grammar of an object's name, and how long it may be.
type Grammar = (fn(&str) -> Result<(), Refusal>, usize);

/// Kinds whose names are more narrow than a DNS subdomain.
///
/// Source: "Object Names and IDs" of the Kubernetes documentation. Names of pods become host names, so those of their makers
/// are labels here. A CronJob appends eleven characters for its Jobs; a Job puts its name into a label of its pods, a
/// StatefulSet its name with a hash of up to ten characters.
const GRAMMARS: &[(&str, Grammar)] = &[
    ("ClusterRole", (name::path_segment, 253)),
    ("ClusterRoleBinding", (name::path_segment, 253)),
    ("CronJob", (name::dns_label, 52)),
    ("Deployment", (name::dns_label, 63)),
    ("Job", (name::dns_label, 63)),
    ("Namespace", (name::dns_label, 63)),
    ("Role", (name::path_segment, 253)),
    ("RoleBinding", (name::path_segment, 253)),
    ("Rollout", (name::dns_label, 63)),
    ("Service", (name::service_name, 63)),
    ("StatefulSet", (name::dns_label, 52)),
];

pub(super) fn check(object: &Object, report: &mut Report) {
    let default: Grammar = (name::dns_subdomain, 253);
    let (grammar, longest) =
        GRAMMARS.iter().find(|(kind, _)| *kind == object.kind).map_or(default, |(_, grammar)| *grammar);
    if let Err(why) = grammar(&object.name) {
        report.fault(object, format!("name `{}` {why}", object.name));
    } else if object.name.len() > longest {
        report.fault(object, format!("name `{}` is longer than {longest} characters", object.name));
    }
    let Some(workload) = Workload::of(object) else { return };
    let mut seen = Vec::new();
    for container in workload.containers() {
        if let Err(why) = name::dns_label(container.name()) {
            report.fault(object, format!("container name `{}` {why}", container.name()));
        }
        if seen.contains(&container.name()) {
            report.fault(object, format!("has two containers called `{}`", container.name()));
        }
        seen.push(container.name());
    }
    for volume in items(&workload.pod()["volumes"]) {
        let volume = volume["name"].as_str().unwrap_or_default();
        if let Err(why) = name::dns_label(volume) {
            report.fault(object, format!("volume name `{volume}` {why}"));
        }
    }
    for (key, _) in entries(&workload.template["metadata"]) {
        if !matches!(key, "labels" | "annotations") {
            report.fault(object, format!("its pod template sets `{key}`, which the controller does"));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Level::Fault;
    use crate::check::fixture::Sample;

    const RULE: &str = "names";

    #[test]
    fn names_follow_the_grammar_of_their_kind() {
        Sample::good().assert_silent(RULE);
        let renamed = |path: &str, from: &str, to: &str| {
            Sample::good().edit(path, &format!("name: {from}\n"), &format!("name: {to}\n"))
        };
        renamed("k8s/config-map.yaml", "shop", "Bad_Name").assert_finds(RULE, Fault, "`Bad_Name` may hold");
        renamed("k8s/config-map.yaml", "shop", "shop.config").assert_silent(RULE);
        renamed("k8s/service.yaml", "shop", "1shop").assert_finds(RULE, Fault, "starts with a digit");
        renamed("k8s/role.yaml", "shop", "system:shop").assert_silent(RULE);
        renamed("k8s/clear-sessions.yaml", "shop-clear-sessions", &"a".repeat(53)).assert_finds(
            RULE,
            Fault,
            "longer than 52",
        );
        renamed("k8s/deployment.yaml", "tmp", "Tmp").assert_silent("selectors");
    }

    #[test]
    fn containers_and_volumes_have_names_too() {
        let path = "k8s/deployment.yaml";
        Sample::good().edit(path, "- name: web", "- name: Web").assert_finds(RULE, Fault, "container name `Web`");
        Sample::good().edit(path, "- name: web", "- name: fluent-bit").assert_finds(RULE, Fault, "two containers");
        Sample::good()
            .edit(path, "        - name: media\n          p", "        - name: a.b\n          p")
            .assert_finds(RULE, Fault, "volume name `a.b`");
        Sample::good()
            .edit(path, "    metadata:\n      labels", "    metadata:\n      name: x\n      labels")
            .assert_finds(RULE, Fault, "sets `name`");
    }
}
