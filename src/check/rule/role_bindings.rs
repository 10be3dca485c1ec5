//! A binding gives a role of the set to accounts of the set.

use super::Report;
use crate::check::tree::Bundle;
use crate::kube::path::at;
use crate::kube::value::items;

pub(super) fn check(bundle: &Bundle, report: &mut Report) {
    for kind in ["RoleBinding", "ClusterRoleBinding"] {
        for binding in bundle.of_kind(kind) {
            let role_kind = binding.at("roleRef.kind").as_str().unwrap_or_default();
            let role = binding.at("roleRef.name").as_str().unwrap_or_default();
            // A ClusterRole may be one of the cluster's own, such as `view`.
            if role_kind == "Role" && bundle.find("Role", role).is_none() {
                report.fault(binding, format!("binds Role `{role}`, which is not in the set"));
            }
            for subject in items(&binding.value["subjects"]) {
                let name = subject["name"].as_str().unwrap_or_default();
                if subject["kind"].as_str() != Some("ServiceAccount") {
                    continue;
                }
                let Some(account) = bundle.find("ServiceAccount", name) else {
                    report.fault(binding, format!("names ServiceAccount `{name}`, which is not in the set"));
                    continue;
                };
                if at(subject, "namespace").as_str() != account.namespace() {
                    report.fault(binding, format!("looks for ServiceAccount `{name}` in another namespace"));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Level::Fault;
    use crate::check::fixture::Sample;

    const RULE: &str = "role-bindings";
    const BINDING: &str = "k8s/role-binding.yaml";

    #[test]
    fn role_and_account_are_in_the_set() {
        Sample::good().assert_silent(RULE);
        Sample::good().edit(BINDING, "kind: Role\n  name: shop", "kind: Role\n  name: gone").assert_finds(
            RULE,
            Fault,
            "Role `gone`",
        );
        Sample::good().edit(BINDING, "kind: Role\n  name: shop", "kind: ClusterRole\n  name: view").assert_silent(RULE);
        Sample::good().edit(BINDING, "    name: shop\n", "    name: gone\n").assert_finds(
            RULE,
            Fault,
            "ServiceAccount `gone`",
        );
        Sample::good().edit(BINDING, "    namespace: shop\n", "    namespace: web\n").assert_finds(
            RULE,
            Fault,
            "another namespace",
        );
        Sample::good().edit(BINDING, "    namespace: shop\n", "").assert_finds(RULE, Fault, "another namespace");
    }
}
