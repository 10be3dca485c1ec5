//! A ServiceMonitor, PodMonitor or scrape annotation finds something to scrape, at a port that is there.

use super::Report;
use crate::check::tree::Bundle;
use crate::kube::labels;
use crate::kube::path::at;
use crate::kube::value::{items, scalar};

pub(super) fn check(bundle: &Bundle, report: &mut Report) {
    for monitor in bundle.of_kind("ServiceMonitor") {
        let selected: Vec<_> = bundle
            .of_kind("Service")
            .filter(|service| labels::matches(monitor.at("spec.selector"), &labels::of(&service.value["metadata"])))
            .collect();
        if selected.is_empty() {
            report.fault(monitor, "finds no Service of the set");
        }
        for port in items(monitor.at("spec.endpoints")).filter_map(|endpoint| endpoint["port"].as_str()) {
            let has_port = |service: &&crate::kube::object::Object| {
                items(service.at("spec.ports")).any(|declared| declared["name"].as_str() == Some(port))
            };
            if !selected.iter().any(has_port) {
                report.fault(monitor, format!("scrapes port `{port}`, which no selected Service has"));
            }
        }
    }
    for workload in bundle.workloads() {
        let annotations = at(workload.template, "metadata.annotations");
        if let Some(port) = scalar(&annotations["prometheus.io/port"])
            && !workload.has_port(&port)
        {
            report.fault(workload.object, format!("is scraped at port `{port}`, which it does not declare"));
        }
    }
    for monitor in bundle.of_kind("PodMonitor") {
        let selected: Vec<_> = bundle
            .workloads()
            .filter(|workload| labels::matches(monitor.at("spec.selector"), &workload.labels()))
            .collect();
        if selected.is_empty() {
            report.fault(monitor, "finds no pod of the set");
        }
        for port in items(monitor.at("spec.podMetricsEndpoints")).filter_map(|endpoint| endpoint["port"].as_str()) {
            if !selected.iter().any(|workload| workload.has_port(port)) {
                report.fault(monitor, format!("scrapes port `{port}`, which no selected pod declares"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Level::Fault;
    use crate::check::fixture::Sample;

    const RULE: &str = "monitors";
    const MONITOR: &str = "k8s/service-monitor.yaml";

    #[test]
    fn a_service_monitor_finds_a_service_and_its_port() {
        Sample::good().assert_silent(RULE);
        Sample::good().edit(MONITOR, "instance: shop", "instance: web").assert_finds(RULE, Fault, "finds no Service");
        Sample::good().edit(MONITOR, "port: http", "port: metrics").assert_finds(RULE, Fault, "port `metrics`");
    }

    #[test]
    fn annotations_name_a_declared_port() {
        let annotated = |port: &str| {
            let text = format!(
                "    metadata:\n      annotations:\n        prometheus.io/scrape: \"true\"\n        prometheus.io/port: \"{port}\"\n"
            );
            Sample::good().edit("k8s/deployment.yaml", "    metadata:\n", &text)
        };
        annotated("8000").assert_silent(RULE);
        annotated("9000").assert_finds(RULE, Fault, "scraped at port `9000`");
    }

    #[test]
    fn a_pod_monitor_finds_a_pod_and_its_port() {
        let monitor = |label, port| {
            format!(
                "apiVersion: monitoring.coreos.com/v1\nkind: PodMonitor\nmetadata:\n  name: shop\n  namespace: shop\nspec:\n  selector:\n    matchLabels:\n      app.kubernetes.io/instance: {label}\n  podMetricsEndpoints:\n    - port: {port}\n"
            )
        };
        Sample::good().put("k8s/x.yaml", &monitor("shop", "http")).assert_silent(RULE);
        Sample::good().put("k8s/x.yaml", &monitor("web", "http")).assert_finds(RULE, Fault, "finds no pod");
        Sample::good().put("k8s/x.yaml", &monitor("shop", "metrics")).assert_finds(RULE, Fault, "port `metrics`");
    }
}
