//! A PodDisruptionBudget protects pods of the set, says one thing, and lets a node be drained.

use serde_json::Value;

use super::Report;
use crate::check::tree::Bundle;
use crate::kube::labels;
use crate::kube::object::Object;
use crate::kube::workload::Workload;

pub(super) fn check(bundle: &Bundle, report: &mut Report) {
    let protects =
        |budget: &Object, workload: &Workload| labels::matches(budget.at("spec.selector"), &workload.labels());
    for budget in bundle.of_kind("PodDisruptionBudget") {
        if labels::is_empty(budget.at("spec.selector")) {
            report.fault(budget, "has no selector; it protects every pod of the namespace");
            continue;
        }
        let mut protected = bundle.workloads().filter(|workload| protects(budget, workload));
        let Some(workload) = protected.next() else {
            report.fault(budget, "protects no pod of the set");
            continue;
        };
        if let Some(other) = protected.next() {
            report.fault(
                budget,
                format!("counts the pods of `{}` and `{}` together", workload.object.title(), other.object.title()),
            );
        }
        room(budget, bundle.replicas(workload).0, report);
    }
    for workload in bundle.workloads().filter(|workload| workload.is_long_running()) {
        let count = bundle.of_kind("PodDisruptionBudget").filter(|budget| protects(budget, &workload)).count();
        if count > 1 {
            report.fault(workload.object, "is protected by several budgets, and no eviction passes two of them");
        }
        if count == 0 && bundle.replicas(workload).1 > 1 {
            report.policy(workload.object, "can have several replicas and has no PodDisruptionBudget");
        }
    }
}

fn room(budget: &Object, smallest: u64, report: &mut Report) {
    let available = budget.at("spec.minAvailable");
    let unavailable = budget.at("spec.maxUnavailable");
    let allowed = match (available.is_null(), unavailable.is_null()) {
        (false, false) => return report.fault(budget, "sets both `minAvailable` and `maxUnavailable`"),
        (true, true) => return report.fault(budget, "sets neither `minAvailable` nor `maxUnavailable`"),
        (true, false) => count(unavailable, smallest),
        (false, true) => count(available, smallest).map(|available| smallest.saturating_sub(available)),
    };
    match allowed {
        None => report.fault(budget, "its number of pods is neither a number nor a percentage"),
        Some(0) => report.fault(budget, format!("lets none of {smallest} pods be evicted; no node can be drained")),
        Some(_) => {}
    }
}

/// A number of pods, or a percentage of `all`, rounded up as the disruption controller does.
fn count(value: &Value, all: u64) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => {
            let percent: u64 = text.strip_suffix('%')?.parse().ok()?;
            Some((all * percent).div_ceil(100))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Level::{Fault, Policy};
    use crate::check::fixture::Sample;

    const RULE: &str = "disruption-budgets";
    const BUDGET: &str = "k8s/pod-disruption-budget.yaml";

    #[test]
    fn a_budget_protects_one_workload_of_the_set() {
        Sample::good().assert_silent(RULE);
        Sample::good().edit(BUDGET, "io/instance: shop", "io/instance: web").assert_finds(
            RULE,
            Fault,
            "protects no pod",
        );
        Sample::good().edit(BUDGET, "io/instance: shop", "io/name: shop").assert_finds(RULE, Fault, "together");
        Sample::good()
            .edit(BUDGET, "    matchLabels:\n      app.kubernetes.io/instance: shop\n", "    matchLabels: {}\n")
            .assert_finds(RULE, Fault, "every pod");
        let second = "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: two\n  namespace: shop\nspec:\n  maxUnavailable: 1\n  selector:\n    matchLabels:\n      app.kubernetes.io/instance: shop\n";
        Sample::good().put("k8s/two.yaml", second).assert_finds(RULE, Fault, "several budgets");
    }

    #[test]
    fn a_budget_leaves_room_for_a_drain() {
        let with = |text: &str| Sample::good().edit(BUDGET, "maxUnavailable: 1", text);
        for good in ["minAvailable: 2", "minAvailable: 50%", "maxUnavailable: 1%"] {
            with(good).assert_silent(RULE);
        }
        for bad in
            ["minAvailable: 3", "minAvailable: 100%", "minAvailable: 90%", "maxUnavailable: 0", "maxUnavailable: 0%"]
        {
            with(bad).assert_finds(RULE, Fault, "lets none of 3 pods be evicted");
        }
        with("maxUnavailable: 1\n  minAvailable: 1").assert_finds(RULE, Fault, "both");
        with("unhealthyPodEvictionPolicy: AlwaysAllow").assert_finds(RULE, Fault, "neither");
        with("maxUnavailable: some").assert_finds(RULE, Fault, "neither a number nor a percentage");
    }

    #[test]
    fn several_replicas_have_a_budget() {
        Sample::good().without(BUDGET).assert_finds(RULE, Policy, "no PodDisruptionBudget");
        Sample::good()
            .without(BUDGET)
            .edit("k8s/horizontal-pod-autoscaler.yaml", "minReplicas: 3", "minReplicas: 1")
            .assert_finds(RULE, Policy, "no PodDisruptionBudget");
        Sample::good()
            .without(BUDGET)
            .edit("k8s/horizontal-pod-autoscaler.yaml", "  minReplicas: 3\n  maxReplicas: 10\n", "  maxReplicas: 1\n")
            .assert_silent(RULE);
    }
}
