//! A workload's strategy lets a rollout go on, and its pods restart as its kind allows.
//!
//! Source: API reference of apps/v1 and batch/v1, and `ValidateDeploymentStrategy` and `ValidateJobSpec` of kubernetes.

use serde_json::Value;

use super::Report;
use crate::kube::operator;
use crate::kube::path::at;
use crate::kube::workload::Workload;

pub(super) fn check(workload: Workload, report: &mut Report) {
    let object = workload.object;
    if object.identity.kind == "Deployment" {
        strategy(workload, report);
    }
    let restart = workload.pod()["restartPolicy"].as_str();
    if workload.is_long_running() {
        if restart.is_some_and(|policy| policy != "Always") {
            report.fault(object, "its pods must restart always");
        }
    } else if !matches!(restart, Some("Never" | "OnFailure")) {
        report.fault(object, "its pods must restart never or on failure");
    }
    match object.identity.kind.as_str() {
        // The CronJob's history limits remove its Jobs; a time to live would race them.
        "CronJob" if !object.at("spec.jobTemplate.spec.ttlSecondsAfterFinished").is_null() => {
            report.policy(object, "sets a time to live for its Jobs as well as history limits");
        }
        // Flux replaces it at each release, and would run it again if it went on its own.
        "Job" if operator::has(&object.value, operator::FLUX_REPLACES) => {}
        "Job" if object.at("spec.ttlSecondsAfterFinished").is_null() => {
            report.policy(object, "is never removed after it finishes; set `ttlSecondsAfterFinished`");
        }
        _ => {}
    }
    let deadline =
        if object.identity.kind == "CronJob" { object.at("spec.jobTemplate.spec") } else { object.at("spec") };
    if !workload.is_long_running() && deadline["activeDeadlineSeconds"].is_null() {
        report.policy(object, "may never end: it has no `activeDeadlineSeconds`");
    }
}

fn strategy(workload: Workload, report: &mut Report) {
    let object = workload.object;
    let strategy = object.at("spec.strategy");
    let rolling = &strategy["rollingUpdate"];
    if strategy["type"].as_str() == Some("Recreate") && !rolling.is_null() {
        report.fault(object, "sets rolling-update parameters with strategy `Recreate`");
    }
    // Percentages of unavailable pods are rounded down: `0%` is the only one that is certainly none.
    let is_none = |value: &Value| value.as_u64() == Some(0) || value.as_str() == Some("0%");
    if is_none(&rolling["maxUnavailable"]) && is_none(&rolling["maxSurge"]) {
        report.fault(object, "may neither add nor remove a pod during a rollout");
    }
    let ready = at(&object.value, "spec.minReadySeconds").as_u64().unwrap_or(0);
    let deadline = at(&object.value, "spec.progressDeadlineSeconds").as_u64().unwrap_or(600);
    if deadline <= ready {
        report.fault(object, format!("gives up after {deadline} s, before a pod counts as available after {ready} s"));
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Level::{Fault, Policy};
    use crate::check::fixture::Sample;

    const RULE: &str = "rollouts";
    const DEPLOYMENT: &str = "k8s/deployment.yaml";

    #[test]
    fn a_rollout_can_go_on() {
        Sample::good().assert_silent(RULE);
        Sample::good().edit(DEPLOYMENT, "maxSurge: 25%", "maxSurge: 0").assert_finds(
            RULE,
            Fault,
            "neither add nor remove a pod",
        );
        Sample::good().edit(DEPLOYMENT, "maxSurge: 25%", "maxSurge: 0%").assert_finds(
            RULE,
            Fault,
            "neither add nor remove a pod",
        );
        Sample::good().edit(DEPLOYMENT, "type: RollingUpdate", "type: Recreate").assert_finds(
            RULE,
            Fault,
            "with strategy `Recreate`",
        );
        Sample::good().edit(DEPLOYMENT, "  strategy:", "  minReadySeconds: 600\n  strategy:").assert_finds(
            RULE,
            Fault,
            "gives up after 600 s",
        );
    }

    #[test]
    fn pods_restart_as_their_kind_allows() {
        Sample::good()
            .edit("k8s/worker.yaml", "      serviceAccountName", "      restartPolicy: Never\n      serviceAccountName")
            .assert_finds(RULE, Fault, "restart always");
        Sample::good().edit("k8s/migrate.yaml", "restartPolicy: Never", "restartPolicy: Always").assert_finds(
            RULE,
            Fault,
            "never or on failure",
        );
        Sample::good().edit("k8s/clear-sessions.yaml", "          restartPolicy: Never\n", "").assert_finds(
            RULE,
            Fault,
            "never or on failure",
        );
    }

    #[test]
    fn jobs_come_to_an_end_and_go_away() {
        Sample::good().edit("k8s/migrate.yaml", "  ttlSecondsAfterFinished: 3600\n", "").assert_finds(
            RULE,
            Policy,
            "never removed after",
        );
        Sample::good().edit("k8s/migrate.yaml", "  activeDeadlineSeconds: 900\n", "").assert_finds(
            RULE,
            Policy,
            "may never end",
        );
        let deadline = "      activeDeadlineSeconds: 900\n";
        Sample::good().edit("k8s/clear-sessions.yaml", deadline, "").assert_finds(RULE, Policy, "may never end");
        Sample::good()
            .edit("k8s/clear-sessions.yaml", deadline, &format!("{deadline}      ttlSecondsAfterFinished: 1\n"))
            .assert_finds(RULE, Policy, "history limits");
    }
}
