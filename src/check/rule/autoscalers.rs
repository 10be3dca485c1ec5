//! An autoscaler's target is in the set, is scaled by one autoscaler only, and leaves `replicas` to it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Report;
use crate::check::tree::Bundle;
use crate::kube::object::Object;
use crate::kube::path::at;
use crate::kube::value::items;
use crate::kube::workload::{Workload, scaler_bounds};

/// Autoscalers, where they name their target, and the kind that a target without one has.
///
/// Source: API reference of autoscaling/v2; VerticalPodAutoscaler v1 `targetRef`; KEDA `ScaledObject` concept page.
const AUTOSCALERS: &[(&str, &str)] = &[
    ("HorizontalPodAutoscaler", "spec.scaleTargetRef"),
    ("ScaledObject", "spec.scaleTargetRef"),
    ("VerticalPodAutoscaler", "spec.targetRef"),
];

pub(super) fn check(bundle: &Bundle, report: &mut Report) {
    let mut horizontal: BTreeMap<String, &Object> = BTreeMap::new();
    for (kind, path) in AUTOSCALERS {
        for scaler in bundle.of_kind(kind) {
            let Some(target) = target(bundle, scaler, scaler.at(path), report) else { continue };
            if *kind == "VerticalPodAutoscaler" {
                vertical(bundle, scaler, target, report);
                continue;
            }
            bounds(scaler, report);
            metrics(scaler, target, report);
            if !target.object.at("spec.replicas").is_null() {
                report.fault(
                    target.object,
                    format!("sets `replicas`, which each apply would take from `{}`", scaler.title()),
                );
            }
            if let Some(other) = horizontal.insert(target.object.title(), scaler) {
                report.fault(
                    scaler,
                    format!("scales `{}`, which `{}` already scales", target.object.title(), other.title()),
                );
            }
        }
    }
}

fn target<'b>(bundle: &'b Bundle, scaler: &Object, reference: &Value, report: &mut Report) -> Option<Workload<'b>> {
    let kind = reference["kind"].as_str().unwrap_or("Deployment");
    let name = reference["name"].as_str().unwrap_or_default();
    let Some(object) = bundle.find(kind, name) else {
        report.fault(scaler, format!("its target `{kind}/{name}` is not in the set"));
        return None;
    };
    // KEDA fills in apps/v1.
    let version = reference["apiVersion"].as_str().unwrap_or("apps/v1");
    if object.value["apiVersion"].as_str() != Some(version) {
        report.fault(scaler, format!("its target `{kind}/{name}` is not of `{version}`"));
    }
    Workload::of(object)
}

/// Smallest and greatest number of pods.
fn bounds(scaler: &Object, report: &mut Report) {
    let [(min_key, min), (max_key, max)] = scaler_bounds(scaler);
    let (Some(min), Some(max)) = (min, max) else {
        report.fault(scaler, format!("has no `{max_key}`"));
        return;
    };
    if min > max {
        report.fault(scaler, format!("`{min_key}` {min} is more than `{max_key}` {max}"));
    }
    if scaler.identity.kind != "ScaledObject" && min == 0 {
        report.fault(scaler, format!("`{min_key}` is 0, which needs an alpha feature gate"));
    }
}

/// A utilization is a share of what containers request, so they must request it.
fn metrics(scaler: &Object, target: Workload, report: &mut Report) {
    for metric in items(scaler.at("spec.metrics")) {
        let (source, container) = match metric["type"].as_str() {
            Some("ContainerResource") => {
                (&metric["containerResource"], metric["containerResource"]["container"].as_str())
            }
            Some("Resource") => (&metric["resource"], None),
            _ => continue,
        };
        let resource = source["name"].as_str().unwrap_or_default();
        if let Some(name) = container
            && !target.containers().any(|container| container.name() == name)
        {
            report
                .fault(scaler, format!("measures container `{name}`, which `{}` does not have", target.object.title()));
        }
        let is_share = at(source, "target.type").as_str() == Some("Utilization");
        for measured in
            target.containers().filter(|one| one.runs_beside() && container.is_none_or(|name| name == one.name()))
        {
            if is_share && measured.value["resources"]["requests"][resource].is_null() {
                report.fault(
                    scaler,
                    format!("measures `{resource}` by what `{}` requests, and it requests none", measured.name()),
                );
            }
        }
    }
}

/// A VPA that changes requests fights an HPA that measures shares of them.
fn vertical(bundle: &Bundle, scaler: &Object, target: Workload, report: &mut Report) {
    let changes = !matches!(scaler.at("spec.updatePolicy.updateMode").as_str(), Some("Off" | "Initial"));
    for policy in items(scaler.at("spec.resourcePolicy.containerPolicies")) {
        let name = policy["containerName"].as_str().unwrap_or_default();
        if name != "*" && !target.containers().any(|container| container.name() == name) {
            report.fault(
                scaler,
                format!("has a policy for container `{name}`, which `{}` does not have", target.object.title()),
            );
        }
    }
    let fights = |other: &&Object| {
        items(other.at("spec.metrics"))
            .any(|metric| matches!(metric["type"].as_str(), Some("Resource" | "ContainerResource")))
    };
    if changes && let Some(other) = bundle.scaler_of(target).filter(fights) {
        report.policy(scaler, format!("changes the requests that `{}` measures by", other.title()));
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Level::{Fault, Policy};
    use crate::check::fixture::Sample;

    const RULE: &str = "autoscalers";
    const HPA: &str = "k8s/horizontal-pod-autoscaler.yaml";
    const VPA: &str = "k8s/vertical-pod-autoscaler.yaml";
    const KEDA: &str = "k8s/scaled-object.yaml";

    #[test]
    fn the_target_is_in_the_set() {
        Sample::good().assert_silent(RULE);
        for (path, from) in [(HPA, "    name: shop"), (VPA, "    name: shop"), (KEDA, "    name: shop-worker")] {
            Sample::good().edit(path, from, "    name: gone").assert_finds(
                RULE,
                Fault,
                "`Deployment/gone` is not in the set",
            );
        }
        Sample::good().edit(HPA, "kind: Deployment", "kind: StatefulSet").assert_finds(
            RULE,
            Fault,
            "`StatefulSet/shop`",
        );
        Sample::good().edit(HPA, "apiVersion: apps/v1", "apiVersion: argoproj.io/v1alpha1").assert_finds(
            RULE,
            Fault,
            "is not of",
        );
    }

    #[test]
    fn one_autoscaler_owns_the_number_of_pods() {
        Sample::good().edit("k8s/deployment.yaml", "  strategy:", "  replicas: 3\n  strategy:").assert_finds(
            RULE,
            Fault,
            "sets `replicas`",
        );
        Sample::good().edit("k8s/worker.yaml", "  strategy:", "  replicas: 3\n  strategy:").assert_finds(
            RULE,
            Fault,
            "sets `replicas`",
        );
        Sample::good().edit(KEDA, "    name: shop-worker", "    name: shop").assert_finds(
            RULE,
            Fault,
            "already scales",
        );
    }

    #[test]
    fn bounds_are_in_order() {
        Sample::good().edit(HPA, "minReplicas: 3", "minReplicas: 11").assert_finds(
            RULE,
            Fault,
            "11 is more than `maxReplicas` 10",
        );
        Sample::good().edit(HPA, "minReplicas: 3", "minReplicas: 0").assert_finds(RULE, Fault, "is 0");
        Sample::good().edit(HPA, "  maxReplicas: 10\n", "").assert_finds(RULE, Fault, "has no `maxReplicas`");
        Sample::good().edit(KEDA, "minReplicaCount: 1", "minReplicaCount: 9").assert_finds(
            RULE,
            Fault,
            "9 is more than",
        );
        Sample::good().edit(KEDA, "minReplicaCount: 1", "minReplicaCount: 0").assert_silent(RULE);
    }

    #[test]
    fn what_is_measured_is_requested() {
        Sample::good().edit(HPA, "container: web", "container: app").assert_finds(RULE, Fault, "container `app`");
        Sample::good().edit(HPA, "name: cpu", "name: hugepages-2Mi").assert_finds(RULE, Fault, "requests none");
        let all = "    - type: Resource\n      resource:\n        name: cpu\n        target:\n          type: Utilization\n          averageUtilization: 70\n";
        let with_all = Sample::good().edit(HPA, "  metrics:\n", &format!("  metrics:\n{all}"));
        with_all.assert_silent(RULE);
        with_all.edit("k8s/deployment.yaml", "              cpu: 100m\n", "").assert_finds(
            RULE,
            Fault,
            "`fluent-bit` requests",
        );
    }

    #[test]
    fn a_vpa_that_acts_keeps_away_from_the_hpa() {
        Sample::good().edit(VPA, "\"Off\"", "Auto").assert_finds(RULE, Policy, "changes the requests");
        let policy =
            |name| format!("  resourcePolicy:\n    containerPolicies:\n      - containerName: {name}\n  updatePolicy:");
        Sample::good().edit(VPA, "  updatePolicy:", &policy("web")).assert_silent(RULE);
        Sample::good().edit(VPA, "  updatePolicy:", &policy("app")).assert_finds(RULE, Fault, "container `app`");
    }
}
