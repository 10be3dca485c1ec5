//! A claim that a pod mounts is in the set, and can be mounted by as many pods as there are.

use serde_json::Value;

use super::Report;
use crate::check::tree::Bundle;
use crate::kube::path::at;
use crate::kube::value::items;
use crate::kube::workload::Workload;

pub(super) fn check(bundle: &Bundle, report: &mut Report) {
    let mut used = Vec::new();
    for workload in bundle.workloads() {
        for volume in items(&workload.pod()["volumes"]) {
            let Some(name) = at(volume, "persistentVolumeClaim.claimName").as_str() else { continue };
            used.push(name);
            let Some(claim) = bundle.find("PersistentVolumeClaim", name) else {
                if is_ours(workload, name) {
                    report.fault(workload.object, format!("mounts claim `{name}`, which is not in the set"));
                }
                continue;
            };
            let modes: Vec<_> = items(claim.at("spec.accessModes")).filter_map(Value::as_str).collect();
            let is_shared = modes.iter().any(|mode| matches!(*mode, "ReadWriteMany" | "ReadOnlyMany"));
            if !is_shared && may_have_several_pods(bundle, workload) {
                report.fault(
                    workload.object,
                    format!("has several pods that would share claim `{name}`, which one node can mount"),
                );
            }
        }
    }
    for claim in bundle.of_kind("PersistentVolumeClaim") {
        if !used.contains(&claim.identity.name.as_str()) {
            report.policy(claim, "is mounted by no pod of the set");
        }
    }
}

/// Claims of the application have its name before theirs; another one may exist already.
fn is_ours(workload: Workload, claim: &str) -> bool {
    let app = workload.object.at("metadata.labels")["app.kubernetes.io/part-of"].as_str();
    app.is_none_or(|app| claim.strip_prefix(app).is_some_and(|rest| rest.starts_with('-')))
}

/// More than one pod at a time, as configured or during a rollout.
fn may_have_several_pods(bundle: &Bundle, workload: Workload) -> bool {
    let is_rolled = workload.object.identity.kind == "Deployment"
        && workload.object.at("spec.strategy.type").as_str() != Some("Recreate");
    is_rolled || bundle.scaler_of(workload).is_some() || bundle.replicas(workload).1 > 1
}

#[cfg(test)]
mod tests {
    use crate::check::Level::{Fault, Policy};
    use crate::check::fixture::Sample;

    const RULE: &str = "claims";

    #[test]
    fn a_claim_is_there_and_can_be_shared() {
        Sample::good().assert_silent(RULE);
        Sample::good().edit("k8s/deployment.yaml", "claimName: shop-media", "claimName: shop-gone").assert_finds(
            RULE,
            Fault,
            "claim `shop-gone`",
        );
        Sample::good().edit("k8s/deployment.yaml", "claimName: shop-media", "claimName: gone").assert_finds(
            RULE,
            Policy,
            "mounted by no pod",
        );
        Sample::good().edit("k8s/media.yaml", "ReadWriteMany", "ReadWriteOnce").assert_finds(
            RULE,
            Fault,
            "would share claim",
        );
    }
}
