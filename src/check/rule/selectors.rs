//! A workload's selector finds its own pods, and no other workload's.

use serde_json::Value;

use super::Report;
use crate::check::tree::Bundle;
use crate::kube::labels;
use crate::kube::path::at;
use crate::kube::value::items;
use crate::kube::workload::Workload;

pub(super) fn check(bundle: &Bundle, report: &mut Report) {
    for workload in bundle.workloads() {
        own_pods(workload, report);
        spread(workload, report);
        let selector = workload.object.at("spec.selector");
        if selector.is_null() {
            continue;
        }
        for other in bundle.workloads() {
            let is_other = !std::ptr::eq(other.object, workload.object);
            if is_other && labels::matches(selector, &other.labels()) {
                report.fault(
                    workload.object,
                    format!("its selector finds the pods of `{}` as well", other.object.title()),
                );
            }
        }
    }
}

fn own_pods(workload: Workload, report: &mut Report) {
    let selector = workload.object.at("spec.selector");
    if matches!(workload.object.identity.kind.as_str(), "Job" | "CronJob") {
        // The controller makes a selector of its own; a given one needs `manualSelector` and is asking for trouble.
        if !selector.is_null() {
            report.fault(workload.object, "has a `selector`, which the Job controller sets");
        }
    } else if labels::is_empty(selector) {
        report.fault(workload.object, "has no selector");
    } else if !labels::matches(selector, &workload.labels()) {
        report.fault(workload.object, "its selector does not find the labels of its own pod template");
    }
}

/// Spread and anti-affinity are about the workload's own pods; another label there makes them do nothing.
fn spread(workload: Workload, report: &mut Report) {
    let pod = workload.pod();
    let spread = items(&pod["topologySpreadConstraints"]);
    let anti = at(pod, "affinity.podAntiAffinity");
    let preferred =
        items(&anti["preferredDuringSchedulingIgnoredDuringExecution"]).map(|term| &term["podAffinityTerm"]);
    let required = items(&anti["requiredDuringSchedulingIgnoredDuringExecution"]);
    for term in spread.chain(preferred).chain(required) {
        let selector = &term["labelSelector"];
        if !labels::matches(selector, &workload.labels()) {
            report.policy(workload.object, "spreads by labels that its own pods do not have");
        }
        for key in items(&term["matchLabelKeys"]).filter_map(Value::as_str) {
            if !selector["matchLabels"][key].is_null() {
                report.fault(workload.object, format!("`{key}` is both in `matchLabelKeys` and in `labelSelector`"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Level::{Fault, Policy};
    use crate::check::fixture::Sample;

    const RULE: &str = "selectors";
    const DEPLOYMENT: &str = "k8s/deployment.yaml";

    #[test]
    fn a_selector_finds_its_own_pods_only() {
        Sample::good().assert_silent(RULE);
        let own = "  selector:\n    matchLabels:\n      app.kubernetes.io/instance: shop\n";
        Sample::good().edit(DEPLOYMENT, own, &own.replace(": shop", ": web")).assert_finds(
            RULE,
            Fault,
            "own pod template",
        );
        Sample::good().edit(DEPLOYMENT, own, "  selector: {}\n").assert_finds(RULE, Fault, "has no selector");
        Sample::good().edit(DEPLOYMENT, own, &own.replace("instance", "name")).assert_finds(
            RULE,
            Fault,
            "finds the pods of `Deployment/shop-beat` as well",
        );
        Sample::good()
            .edit("k8s/migrate.yaml", "  backoffLimit: 2\n", "  selector:\n    matchLabels:\n      a: b\n")
            .assert_finds(RULE, Fault, "the Job controller sets");
    }

    #[test]
    fn pods_are_spread_by_their_own_labels() {
        let constraint =
            "          labelSelector:\n            matchLabels:\n              app.kubernetes.io/instance: shop\n";
        Sample::good().edit(DEPLOYMENT, constraint, &constraint.replace(": shop", ": other")).assert_finds(
            RULE,
            Policy,
            "spreads by labels",
        );
        Sample::good()
            .edit(
                DEPLOYMENT,
                constraint,
                &format!("{constraint}          matchLabelKeys: [app.kubernetes.io/instance]\n"),
            )
            .assert_finds(RULE, Fault, "both in `matchLabelKeys`");
    }
}
