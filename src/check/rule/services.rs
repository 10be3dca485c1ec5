//! A Service finds pods that run, and its target ports are declared there; a StatefulSet's Service is headless.

use super::Report;
use crate::check::tree::Bundle;
use crate::kube::labels;
use crate::kube::object::Object;
use crate::kube::value::{items, scalar};
use crate::kube::workload::Workload;

pub(super) fn check(bundle: &Bundle, report: &mut Report) {
    for service in bundle.of_kind("Service") {
        meets_pods(bundle, service, report);
    }
    for set in bundle.of_kind("StatefulSet") {
        let name = set.at("spec.serviceName").as_str().unwrap_or_default();
        match bundle.find("Service", name) {
            None => report.fault(set, format!("its `serviceName` `{name}` is not a Service of the set")),
            Some(service) if service.at("spec.clusterIP").as_str() != Some("None") => {
                report.fault(set, format!("its Service `{name}` is not headless"));
            }
            Some(_) => {}
        }
    }
}

fn meets_pods(bundle: &Bundle, service: &Object, report: &mut Report) {
    let spec = service.at("spec");
    if spec["type"].as_str() == Some("ExternalName") {
        if spec["externalName"].as_str().is_none_or(str::is_empty) {
            report.fault(service, "is an `ExternalName` without the name");
        }
        return;
    }
    let selector = labels::plain(&spec["selector"]);
    if selector.is_empty() {
        report.fault(service, "has no selector");
        return;
    }
    let selected: Vec<Workload> = bundle
        .workloads()
        .filter(|workload| workload.is_long_running() && labels::is_subset(&selector, &workload.labels()))
        .collect();
    if selected.is_empty() {
        report.fault(service, "selects no pod of the set");
    }
    if let Some(job) = bundle.workloads().find(|w| !w.is_long_running() && labels::is_subset(&selector, &w.labels())) {
        report.fault(service, format!("sends traffic to the pods of `{}`", job.object.title()));
    }
    for port in items(&spec["ports"]) {
        // Without a target the port itself is the target.
        let target = scalar(&port["targetPort"]).or_else(|| scalar(&port["port"])).unwrap_or_default();
        for workload in selected.iter().filter(|workload| !workload.has_port(&target)) {
            report.fault(
                service,
                format!("target port `{target}` is declared by no container of `{}`", workload.object.title()),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Level::Fault;
    use crate::check::fixture::Sample;

    const RULE: &str = "services";
    const SERVICE: &str = "k8s/service.yaml";

    #[test]
    fn a_service_finds_running_pods_and_their_port() {
        Sample::good().assert_silent(RULE);
        Sample::good().edit(SERVICE, "targetPort: http", "targetPort: 8000").assert_silent(RULE);
        Sample::good().edit(SERVICE, "targetPort: http", "targetPort: web").assert_finds(
            RULE,
            Fault,
            "`web` is declared by no container",
        );
        Sample::good().edit(SERVICE, "targetPort: http", "targetPort: 8001").assert_finds(RULE, Fault, "`8001`");
        Sample::good().edit(SERVICE, "    targetPort: http\n", "").assert_finds(RULE, Fault, "target port `80`");
        let selector = "selector:\n    app.kubernetes.io/instance: shop";
        Sample::good().edit(SERVICE, selector, "selector:\n    app.kubernetes.io/instance: web").assert_finds(
            RULE,
            Fault,
            "selects no pod",
        );
        Sample::good().edit(SERVICE, selector, "selector:\n    app.kubernetes.io/name: shop").assert_finds(
            RULE,
            Fault,
            "sends traffic to the pods of `CronJob",
        );
        Sample::good().edit(SERVICE, selector, "type: ClusterIP").assert_finds(RULE, Fault, "has no selector");
    }

    #[test]
    fn an_external_name_needs_no_pod() {
        let text = "apiVersion: v1\nkind: Service\nmetadata:\n  name: db\n  namespace: shop\nspec:\n  type: ExternalName\n  externalName: db.example.com\n";
        Sample::good().put("k8s/db.yaml", text).assert_silent(RULE);
        Sample::good().put("k8s/db.yaml", &text.replace("  externalName: db.example.com\n", "")).assert_finds(
            RULE,
            Fault,
            "without the name",
        );
    }

    #[test]
    fn a_stateful_set_has_a_headless_service() {
        Sample::good().edit("k8s/redis-service.yaml", "  clusterIP: None\n", "").assert_finds(
            RULE,
            Fault,
            "not headless",
        );
        Sample::good().edit("k8s/redis.yaml", "serviceName: redis", "serviceName: none").assert_finds(
            RULE,
            Fault,
            "not a Service of the set",
        );
    }
}
