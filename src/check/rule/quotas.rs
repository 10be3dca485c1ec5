//! The namespace's own quota and limits let the pods in: every pod says what the quota counts, and all of them fit.
//!
//! Source: "Resource Quotas" and "Limit Ranges" of the Kubernetes documentation: once a quota counts a resource, a pod that
//! does not say how much of it it takes is refused, unless a LimitRange fills it in.

use std::cmp::Ordering;

use serde_json::Value;

use super::Report;
use crate::check::tree::Bundle;
use crate::kube::grammar::quantity::Quantity;
use crate::kube::object::Object;
use crate::kube::value::{entries, items};
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
            if let Some(hard) = Quantity::of(hard) {
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
        .find_map(|limit| Quantity::of(&limit[filled_in][resource]));
    let (mut least, mut most) = (Quantity::ZERO, Quantity::ZERO);
    for workload in bundle.workloads() {
        let mut of_pod = Quantity::ZERO;
        for container in workload.containers() {
            match Quantity::of(&container.value["resources"][section][resource]).or(default) {
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
        let (fewest, all) = pods(bundle, workload);
        least = least.plus(of_pod.times(fewest));
        most = most.plus(of_pod.times(all));
    }
    if least > hard {
        report.fault(quota, format!("even with the fewest pods, the {section} for `{resource}` exceed the quota"));
    } else if most > hard {
        report.policy(quota, format!("with the most pods, the {section} for `{resource}` exceed the quota"));
    }
}

fn pods_fit(bundle: &Bundle, quota: &Object, hard: &Value, report: &mut Report) {
    let Some(hard) = Quantity::of(hard) else { return };
    let all: Vec<(u64, u64)> = bundle.workloads().map(|workload| pods(bundle, workload)).collect();
    let least: u64 = all.iter().map(|(least, _)| least).sum();
    let most: u64 = all.iter().map(|(_, most)| most).sum();
    if Quantity::ONE.times(least) > hard {
        report.fault(quota, format!("{least} pods, the fewest that there are, exceed the quota"));
    } else if Quantity::ONE.times(most) > hard {
        report.policy(quota, format!("{most} pods exceed the quota"));
    }
}

/// The fewest and the most pods of a workload: what runs on a schedule, or once, is not there all the time.
fn pods(bundle: &Bundle, workload: Workload) -> (u64, u64) {
    let (least, most) = bundle.replicas(workload);
    (if workload.is_long_running() { least } else { 0 }, most)
}

/// No container asks for more than the greatest or less than the smallest that a LimitRange allows.
fn within_range(bundle: &Bundle, range: &Object, report: &mut Report) {
    for limit in items(range.at("spec.limits")).filter(|limit| limit["type"] == "Container") {
        for workload in bundle.workloads() {
            for container in workload.containers() {
                let resources = &container.value["resources"];
                for (section, bound, word) in [("limits", "max", "more"), ("requests", "min", "less")] {
                    for (resource, value) in entries(&resources[section]) {
                        let order = Quantity::of(value)
                            .zip(Quantity::of(&limit[bound][resource]))
                            .map(|(value, bound)| value.cmp(&bound));
                        let is_out = order == Some(if word == "more" { Ordering::Greater } else { Ordering::Less });
                        if is_out {
                            let (name, range) = (container.name(), range.title());
                            let message = format!("container `{name}` has {word} `{resource}` than `{range}` allows");
                            report.fault(workload.object, message);
                        }
                    }
                }
            }
        }
    }
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
        // KEDA goes to a hundred where nobody says how far.
        quota("pods: 22")
            .edit("k8s/scaled-object.yaml", "  maxReplicaCount: 8\n", "")
            .assert_finds(RULE, Policy, "114 pods");
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
