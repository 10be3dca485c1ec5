//! Quantities parse, requests stay below limits, and every container says how much it needs.

use serde_json::Value;

use super::Report;
use crate::kube::grammar::quantity::Quantity;
use crate::kube::object::Object;
use crate::kube::path::at;
use crate::kube::value::{entries, items, scalar};
use crate::kube::workload::{Container, Workload};

/// What each container has to say: checkov and kube-score ask for all of it, and the scheduler and the kubelet act on it.
/// A CPU limit is left to the user, who may have turned it off.
const WANTED: &[(&str, &str)] = &[
    ("requests", "cpu"),
    ("requests", "memory"),
    ("requests", "ephemeral-storage"),
    ("limits", "memory"),
    ("limits", "ephemeral-storage"),
];

/// Mappings from a resource to a quantity outside of containers, by kind.
const MAPPINGS: &[(&str, &str)] =
    &[("PersistentVolumeClaim", "spec.resources.requests"), ("ResourceQuota", "spec.hard")];

pub(super) fn check(object: &Object, report: &mut Report) {
    if let Some(workload) = Workload::of(object) {
        for container in workload.containers() {
            resources(object, container, report);
        }
        for volume in items(&workload.pod()["volumes"]) {
            optional(object, at(volume, "emptyDir.sizeLimit"), "sizeLimit", report);
        }
        for claim in items(object.at("spec.volumeClaimTemplates")) {
            mapping(object, at(claim, "spec.resources.requests"), report);
        }
    }
    for (_, path) in MAPPINGS.iter().filter(|(kind, _)| *kind == object.identity.kind) {
        mapping(object, object.at(path), report);
    }
    match object.identity.kind.as_str() {
        "HorizontalPodAutoscaler" => metrics(object, report),
        "LimitRange" => {
            for limit in items(object.at("spec.limits")) {
                for (key, value) in entries(limit).filter(|(key, _)| *key != "type") {
                    if value.is_object() && key != "maxLimitRequestRatio" {
                        mapping(object, value, report);
                    }
                }
            }
        }
        "VerticalPodAutoscaler" => {
            for policy in items(object.at("spec.resourcePolicy.containerPolicies")) {
                mapping(object, &policy["minAllowed"], report);
                mapping(object, &policy["maxAllowed"], report);
            }
        }
        _ => {}
    }
}

fn resources(object: &Object, container: Container, report: &mut Report) {
    let resources = &container.value["resources"];
    let name = container.name();
    for (section, resource) in WANTED {
        if resources[*section][*resource].is_null() {
            report.policy(object, format!("container `{name}` has no `{resource}` in its {section}"));
        }
    }
    mapping(object, &resources["requests"], report);
    mapping(object, &resources["limits"], report);
    for (resource, request) in entries(&resources["requests"]) {
        let limit = &resources["limits"][resource];
        if let (Some(request), Some(limit)) = (Quantity::of(request), Quantity::of(limit))
            && request > limit
        {
            report.fault(object, format!("container `{name}` requests more `{resource}` than its limit allows"));
        }
    }
}

/// Each resource's quantity parses, is not negative, and is a whole number of bytes where bytes are meant.
fn mapping(object: &Object, value: &Value, report: &mut Report) {
    for (resource, value) in entries(value) {
        let text = scalar(value).unwrap_or_default();
        let is_bytes = ["memory", "storage"].into_iter().any(|bytes| resource.ends_with(bytes));
        match Quantity::of(value) {
            None => report.fault(object, format!("`{text}` of `{resource}` is not a quantity")),
            Some(quantity) if quantity.is_negative() => {
                report.fault(object, format!("`{text}` of `{resource}` is below zero"));
            }
            Some(quantity) if is_bytes && quantity.is_fractional() => {
                report.fault(object, format!("`{text}` of `{resource}` is less than a byte"));
            }
            Some(quantity) if quantity.is_zero() => report.policy(object, format!("`{resource}` is 0")),
            Some(_) => {}
        }
    }
}

fn metrics(object: &Object, report: &mut Report) {
    for metric in items(object.at("spec.metrics")) {
        for (_, source) in entries(metric) {
            for key in ["averageValue", "value"] {
                optional(object, &source["target"][key], key, report);
            }
        }
    }
    for direction in ["scaleUp", "scaleDown"] {
        optional(object, &object.at("spec.behavior")[direction]["tolerance"], "tolerance", report);
    }
}

fn optional(object: &Object, value: &Value, key: &str, report: &mut Report) {
    if !value.is_null() && Quantity::of(value).is_none() {
        report.fault(object, format!("`{}` of `{key}` is not a quantity", scalar(value).unwrap_or_default()));
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Level::{Fault, Policy};
    use crate::check::fixture::Sample;

    const RULE: &str = "quantities";
    const DEPLOYMENT: &str = "k8s/deployment.yaml";

    #[test]
    fn quantities_of_containers() {
        Sample::good().assert_silent(RULE);
        let with = |from: &str, to: &str| Sample::good().edit(DEPLOYMENT, from, to);
        with("memory: 512Mi", "memory: 512MB").assert_finds(RULE, Fault, "`512MB` of `memory` is not a quantity");
        with("cpu: 100m", "cpu: 500mm").assert_finds(RULE, Fault, "`500mm`");
        with("cpu: 100m", "cpu: -1").assert_finds(RULE, Fault, "below zero");
        with("memory: 512Mi", "memory: 512m").assert_finds(RULE, Fault, "less than a byte");
        with("cpu: 100m", "cpu: 2").assert_finds(RULE, Fault, "`fluent-bit` requests more `cpu`");
        with("memory: 256Mi", "memory: 1Gi").assert_finds(RULE, Fault, "requests more `memory`");
        with("memory: 512Mi", "memory: 0.5Gi").assert_silent(RULE);
        with("sizeLimit: 64Mi", "sizeLimit: 64MB").assert_finds(RULE, Fault, "`64MB` of `sizeLimit`");
    }

    #[test]
    fn every_container_says_what_it_needs() {
        for (line, message) in [
            ("              cpu: 100m\n", "`fluent-bit` has no `cpu` in its requests"),
            ("              memory: 512Mi\n", "`fluent-bit` has no `memory` in its limits"),
            ("              ephemeral-storage: 64Mi\n", "`fluent-bit` has no `ephemeral-storage` in its requests"),
        ] {
            Sample::good().edit(DEPLOYMENT, line, "").assert_finds(RULE, Policy, message);
        }
        Sample::good().edit(DEPLOYMENT, "              cpu: 1\n", "").assert_silent(RULE);
    }

    #[test]
    fn quantities_elsewhere() {
        Sample::good().edit("k8s/media.yaml", "10Gi", "10GB").assert_finds(RULE, Fault, "`10GB` of `storage`");
        Sample::good().edit("k8s/redis.yaml", "storage: 1Gi", "storage: 1G1").assert_finds(RULE, Fault, "`1G1`");
        let target = "          type: Utilization\n          averageUtilization: 70\n";
        let hpa = "k8s/horizontal-pod-autoscaler.yaml";
        Sample::good()
            .edit(hpa, target, "          type: AverageValue\n          averageValue: 100x\n")
            .assert_finds(RULE, Fault, "`100x`");
        Sample::good()
            .edit(hpa, target, "          type: AverageValue\n          averageValue: \"100\"\n")
            .assert_silent(RULE);
        let quota = |value| {
            format!(
                "apiVersion: v1\nkind: ResourceQuota\nmetadata:\n  name: shop\n  namespace: shop\nspec:\n  hard:\n    requests.memory: {value}\n"
            )
        };
        Sample::good().put("k8s/quota.yaml", &quota("8Gi")).assert_silent(RULE);
        Sample::good().put("k8s/quota.yaml", &quota("8GiB")).assert_finds(RULE, Fault, "`8GiB`");
        let range = |value| {
            format!(
                "apiVersion: v1\nkind: LimitRange\nmetadata:\n  name: shop\n  namespace: shop\nspec:\n  limits:\n    - type: Container\n      default:\n        cpu: {value}\n"
            )
        };
        Sample::good().put("k8s/range.yaml", &range("500m")).assert_silent(RULE);
        Sample::good().put("k8s/range.yaml", &range("half")).assert_finds(RULE, Fault, "`half`");
    }
}
