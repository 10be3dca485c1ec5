//! Names of objects and of what is in them follow the grammar of their kind.

use super::Report;
use crate::kube::grammar::name;
use crate::kube::kind;
use crate::kube::object::Object;
use crate::kube::value::{entries, items};
use crate::kube::workload::Workload;

pub(super) fn check(object: &Object, report: &mut Report) {
    let known = kind::of(&object.identity.kind);
    let grammar = known.map_or(name::dns_subdomain as fn(&str) -> _, |kind| kind.name_grammar);
    let longest = known.map_or(253, |kind| kind.longest_name);
    if let Err(why) = grammar(&object.identity.name) {
        report.fault(object, format!("name `{}` {why}", object.identity.name));
    } else if object.identity.name.len() > longest {
        report.fault(object, format!("name `{}` is longer than {longest} characters", object.identity.name));
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
