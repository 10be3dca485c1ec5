//! A probe asks one thing, at a declared port, and liveness and readiness are not the same question.

use serde_json::Value;

use super::Report;
use crate::kube::path::at;
use crate::kube::value::{entries, scalar};
use crate::kube::workload::{Container, Workload};

/// How a probe can ask, and where each says the port.
const HANDLERS: &[(&str, Option<&str>)] =
    &[("exec", None), ("grpc", Some("port")), ("httpGet", Some("port")), ("tcpSocket", Some("port"))];

pub(super) fn check(workload: Workload, report: &mut Report) {
    // Containers beside the first often know one question only, and no Service leads to them.
    if let Some(container) = workload.containers().find(|container| !container.is_init) {
        same_question(workload, container, report);
    }
    for container in workload.containers() {
        if container.probes().next().is_some() && !container.runs_beside() {
            report.fault(
                workload.object,
                format!("init container `{}` runs to its end and has a probe", container.name()),
            );
        }
        for (key, probe) in container.probes() {
            handler(workload, container, key, probe, report);
        }
        if container.value["livenessProbe"]["successThreshold"].as_u64().is_some_and(|threshold| threshold != 1) {
            report.fault(
                workload.object,
                format!("container `{}` has a liveness probe whose `successThreshold` is not 1", container.name()),
            );
        }
        grace(workload, container, report);
    }
}

fn same_question(workload: Workload, container: Container, report: &mut Report) {
    let (liveness, readiness) = (&container.value["livenessProbe"], &container.value["readinessProbe"]);
    if !liveness.is_null() && question(liveness) == question(readiness) {
        report.policy(
            workload.object,
            format!("container `{}` uses the same request for liveness and readiness", container.name()),
        );
    }
}

/// What a probe asks, without how often.
fn question(probe: &Value) -> Vec<(&str, &Value)> {
    entries(probe).filter(|(key, _)| HANDLERS.iter().any(|(handler, _)| handler == key)).collect()
}

fn handler(workload: Workload, container: Container, key: &str, probe: &Value, report: &mut Report) {
    let asked = question(probe);
    let [(how, detail)] = asked.as_slice() else {
        let text = format!("{key} of container `{}` has {} handlers, not one", container.name(), asked.len());
        return report.fault(workload.object, text);
    };
    let port_key = HANDLERS.iter().find(|(handler, _)| handler == how).and_then(|(_, port)| *port);
    if let Some(port_key) = port_key {
        let port = scalar(&detail[port_key]).unwrap_or_default();
        if !container.has_port(&port) {
            report.fault(
                workload.object,
                format!("{key} requests port `{port}`, which container `{}` does not declare", container.name()),
            );
        }
    }
    if *how == "httpGet" {
        if !detail["path"].as_str().is_some_and(|path| path.starts_with('/')) {
            report
                .fault(workload.object, format!("{key} of container `{}` has no path from the root", container.name()));
        }
        // Pod Security `baseline` refuses it since 1.34: it makes the kubelet connect elsewhere.
        if !detail["host"].is_null() {
            report.fault(
                workload.object,
                format!(
                    "{key} of container `{}` sets `host`; the Host header belongs in `httpHeaders`",
                    container.name()
                ),
            );
        }
    }
}

/// The kubelet counts the time of the preStop hook as grace: nothing may be left for the server otherwise.
fn grace(workload: Workload, container: Container, report: &mut Report) {
    let pause = at(container.value, "lifecycle.preStop.sleep.seconds").as_u64().unwrap_or(0);
    let grace = workload.pod()["terminationGracePeriodSeconds"].as_u64().unwrap_or(30);
    if pause >= grace {
        report.fault(
            workload.object,
            format!("container `{}` sleeps {pause} s before it stops, and is killed after {grace} s", container.name()),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Level::{Fault, Policy};
    use crate::check::fixture::Sample;

    const RULE: &str = "probes";
    const DEPLOYMENT: &str = "k8s/deployment.yaml";

    #[test]
    fn probes_ask_a_declared_port() {
        Sample::good().assert_silent(RULE);
        Sample::good().edit(DEPLOYMENT, "port: http", "port: 8000").assert_silent(RULE);
        Sample::good().edit(DEPLOYMENT, "port: http", "port: web").assert_finds(
            RULE,
            Fault,
            "startupProbe requests port `web`",
        );
        Sample::good().edit(DEPLOYMENT, "port: http", "port: 80").assert_finds(RULE, Fault, "port `80`");
        Sample::good().edit("k8s/redis.yaml", "port: redis", "port: x").assert_finds(
            RULE,
            Fault,
            "readinessProbe requests port `x`",
        );
    }

    #[test]
    fn a_probe_has_one_handler_and_a_path() {
        Sample::good()
            .edit(
                DEPLOYMENT,
                "            failureThreshold: 30\n",
                "            exec:\n              command: [\"true\"]\n",
            )
            .assert_finds(RULE, Fault, "2 handlers");
        Sample::good()
            .edit(
                "k8s/redis.yaml",
                "            tcpSocket:\n              port: redis\n",
                "            periodSeconds: 5\n",
            )
            .assert_finds(RULE, Fault, "0 handlers");
        Sample::good().edit(DEPLOYMENT, "path: /livez", "path: livez").assert_finds(
            RULE,
            Fault,
            "no path from the root",
        );
        Sample::good().edit(DEPLOYMENT, "path: /livez", "path: /livez\n              host: a").assert_finds(
            RULE,
            Fault,
            "sets `host`",
        );
        Sample::good()
            .edit(
                DEPLOYMENT,
                "          livenessProbe:\n",
                "          livenessProbe:\n            successThreshold: 2\n",
            )
            .assert_finds(RULE, Fault, "successThreshold");
    }

    #[test]
    fn liveness_is_not_readiness() {
        Sample::good().edit(DEPLOYMENT, "/readyz", "/livez").assert_finds(RULE, Policy, "`web` uses the same request");
    }

    #[test]
    fn an_init_container_has_no_probe_unless_it_stays() {
        let probe = "          livenessProbe:\n            exec:\n              command: [\"true\"]\n";
        let always = "          restartPolicy: Always\n";
        Sample::good().edit(DEPLOYMENT, always, &format!("{always}{probe}")).assert_silent(RULE);
        Sample::good().edit(DEPLOYMENT, always, probe).assert_finds(RULE, Fault, "runs to its end");
    }

    #[test]
    fn the_server_has_time_left_after_the_pause() {
        Sample::good()
            .edit(DEPLOYMENT, "terminationGracePeriodSeconds: 45", "terminationGracePeriodSeconds: 10")
            .assert_finds(RULE, Fault, "killed after 10 s");
        Sample::good().edit(DEPLOYMENT, "      terminationGracePeriodSeconds: 45\n", "").assert_silent(RULE);
        Sample::good().edit(DEPLOYMENT, "                seconds: 10", "                seconds: 60").assert_finds(
            RULE,
            Fault,
            "sleeps 60 s",
        );
    }
}
