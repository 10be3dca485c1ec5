//! The namespace's own quota and limits let the pods in: every pod says what the quota counts, and all of them fit.
//!
//! Source: "Resource Quotas" and "Limit Ranges" of the Kubernetes documentation: once a quota counts a resource, a pod that
//! does not say how much of it it takes is refused, unless a LimitRange fills it in.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Report;
use crate::check::tree::Bundle;
use crate::kube::grammar::quantity::Quantity;
use crate::kube::object::Object;
use crate::kube::value::{entries, items, scalar};
use crate::kube::workload::Workload;

pub(super) fn check(bundle: &Bundle, report: &mut Report) {
    let ranges: Vec<_> = bundle.of_kind("LimitRange").collect();
    for range in &ranges {
        within_range(bundle, range, report);
    }
    for quota in bundle.of_kind("ResourceQuota") {
        for (counted, hard) in entries(quota.at("spec.hard")) {
            if counted == "pods" || counted == "count/pods" {
                pods_fit(bundle, quota, hard, report);
            }
            let Some((section, resource)) = section_of(counted) else { continue };
            if let Some(hard) = parse(hard) {
                resource_fits(bundle, quota, (section, resource), hard, &ranges, report);
            }
        }
    }
}

/// Where containers say how much of a counted resource they take.
fn section_of(counted: &str) -> Option<(&'static str, &str)> {
    match counted.split_once('.') {
        Some(("requests", resource @ ("cpu" | "memory" | "ephemeral-storage"))) => Some(("requests", resource)),
        Some(("limits", resource @ ("cpu" | "memory" | "ephemeral-storage"))) => Some(("limits", resource)),
        None if matches!(counted, "cpu" | "memory" | "ephemeral-storage") => Some(("requests", counted)),
        _ => None,
    }
}

fn resource_fits(
    bundle: &Bundle,
    quota: &Object,
    (section, resource): (&str, &str),
    hard: Quantity,
    ranges: &[&Object],
    report: &mut Report,
) {
    let filled_in = if section == "limits" { "default" } else { "defaultRequest" };
    let default = ranges
        .iter()
        .flat_map(|range| items(range.at("spec.limits")))
        .find_map(|limit| parse(&limit[filled_in][resource]));
    let (mut least, mut most) = (Quantity::ZERO, Quantity::ZERO);
    for workload in bundle.workloads() {
        let mut of_pod = Quantity::ZERO;
        for container in workload.containers() {
            match parse(&container.value["resources"][section][resource]).or(default) {
                // One that runs to its end before the others only matters when it takes more than all of them.
                Some(amount) if container.runs_beside() => of_pod = of_pod.plus(amount),
                Some(_) => {}
                None => {
                    let why = format!(
                        "container `{}` has no `{resource}` in its {section}, which `{}` counts",
                        container.name(),
                        quota.title()
                    );
                    report.fault(workload.object, why);
                }
            }
        }
        let pods = pods(bundle, workload);
        least = least.plus(of_pod.times(pods.least));
        most = most.plus(of_pod.times(pods.most));
    }
    if least > hard {
        report.fault(quota, format!("even with the fewest pods, the {section} for `{resource}` exceed the quota"));
    } else if most > hard {
        report.policy(quota, format!("with the most pods, the {section} for `{resource}` exceed the quota"));
    }
}

fn pods_fit(bundle: &Bundle, quota: &Object, hard: &Value, report: &mut Report) {
    let Some(hard) = parse(hard) else { return };
    let (least, most) = bundle
        .workloads()
        .map(|workload| pods(bundle, workload))
        .fold((0, 0), |(least, most), pods| (least + pods.least, most + pods.most));
    if Quantity::ONE.times(least) > hard {
        report.fault(quota, format!("{least} pods, the fewest that there are, exceed the quota"));
    } else if Quantity::ONE.times(most) > hard {
        report.policy(quota, format!("{most} pods exceed the quota"));
    }
}

/// How many pods a workload has when nothing is being rolled out.
struct Pods {
    least: u64,
    most: u64,
}

fn pods(bundle: &Bundle, workload: Workload) -> Pods {
    let scaled = |kind: &'static str, (least, otherwise): (&str, u64), most: &str| {
        let scales = |scaler: &&Object| {
            scaler.at("spec.scaleTargetRef.name").as_str() == Some(workload.object.identity.name.as_str())
        };
        let spec = bundle.of_kind(kind).find(scales)?.at("spec");
        Some(Pods { least: spec[least].as_u64().unwrap_or(otherwise), most: spec[most].as_u64()? })
    };
    // What runs on a schedule, or once, is not there all the time.
    let always = u64::from(workload.is_long_running());
    scaled("HorizontalPodAutoscaler", ("minReplicas", 1), "maxReplicas")
        .or_else(|| scaled("ScaledObject", ("minReplicaCount", 0), "maxReplicaCount"))
        .unwrap_or_else(|| {
            let fixed = workload.object.at("spec.replicas").as_u64();
            Pods { least: fixed.unwrap_or(always), most: fixed.unwrap_or(1) }
        })
}

/// No container asks for more than the greatest or less than the smallest that a LimitRange allows.
fn within_range(bundle: &Bundle, range: &Object, report: &mut Report) {
    for limit in items(range.at("spec.limits")).filter(|limit| limit["type"].as_str() == Some("Container")) {
        let bounds = |key: &str| -> BTreeMap<&str, Quantity> {
            entries(&limit[key]).filter_map(|(resource, value)| Some((resource, parse(value)?))).collect()
        };
        let (smallest, greatest) = (bounds("min"), bounds("max"));
        for workload in bundle.workloads() {
            for container in workload.containers() {
                let resources = &container.value["resources"];
                for (resource, value) in entries(&resources["limits"]) {
                    if let (Some(value), Some(max)) = (parse(value), greatest.get(resource))
                        && value > *max
                    {
                        report.fault(
                            workload.object,
                            format!(
                                "container `{}` has more `{resource}` than `{}` allows",
                                container.name(),
                                range.title()
                            ),
                        );
                    }
                }
                for (resource, value) in entries(&resources["requests"]) {
                    if let (Some(value), Some(min)) = (parse(value), smallest.get(resource))
                        && value < *min
                    {
                        report.fault(
                            workload.object,
                            format!(
                                "container `{}` has less `{resource}` than `{}` allows",
                                container.name(),
                                range.title()
                            ),
                        );
                    }
                }
            }
        }
    }
}

fn parse(value: &Value) -> Option<Quantity> {
    Quantity::parse(&scalar(value)?)
}

#[cfg(test)]
mod tests {
    use crate::check::Level::{Fault, Policy};
    use crate::check::fixture::Sample;

    const RULE: &str = "quotas";

    fn quota(hard: &str) -> Sample {
        let text = format!(
            "apiVersion: v1\nkind: ResourceQuota\nmetadata:\n  name: shop\n  namespace: shop\nspec:\n  hard:\n    {hard}\n"
        );
        Sample::good().put("k8s/quota.yaml", &text)
    }

    fn range(limits: &str) -> Sample {
        let text = format!(
            "apiVersion: v1\nkind: LimitRange\nmetadata:\n  name: shop\n  namespace: shop\nspec:\n  limits:\n    - type: Container\n      {limits}\n"
        );
        Sample::good().put("k8s/range.yaml", &text)
    }

    #[test]
    fn all_pods_fit_into_the_quota() {
        Sample::good().assert_silent(RULE);
        // Ten web pods with a sidecar each, eight workers, beat, redis, the migration and the clean-up.
        quota("requests.cpu: 3200m").assert_silent(RULE);
        quota("requests.cpu: 3199m").assert_finds(RULE, Policy, "the requests for `cpu`");
        quota("limits.memory: 16Gi").assert_silent(RULE);
        quota("limits.memory: 15Gi").assert_finds(RULE, Policy, "the limits for `memory`");
        quota("pods: 22").assert_silent(RULE);
        quota("pods: 21").assert_finds(RULE, Policy, "22 pods");
        quota("pods: 1").assert_finds(RULE, Fault, "the fewest that there are");
        quota("requests.cpu: 100m").assert_finds(RULE, Fault, "even with the fewest pods");
    }

    #[test]
    fn what_is_counted_is_said() {
        let without = |sample: Sample| sample.edit("k8s/worker.yaml", "              cpu: 1\n", "");
        without(quota("limits.cpu: 100")).assert_finds(RULE, Fault, "no `cpu` in its limits");
        without(quota("requests.cpu: 100")).assert_silent(RULE);
        let filled = "apiVersion: v1\nkind: LimitRange\nmetadata:\n  name: shop\n  namespace: shop\nspec:\n  limits:\n    - type: Container\n      default:\n        cpu: 1\n";
        without(quota("limits.cpu: 100")).put("k8s/range.yaml", filled).assert_silent(RULE);
    }

    #[test]
    fn containers_stay_within_the_range() {
        range("max:\n        memory: 1Gi").assert_silent(RULE);
        range("max:\n        memory: 256Mi").assert_finds(RULE, Fault, "has more `memory`");
        range("min:\n        cpu: 50m").assert_silent(RULE);
        range("min:\n        cpu: 200m").assert_finds(RULE, Fault, "has less `cpu`");
    }
}
