//! Ports are ports, their names are names, and none is there twice.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Report;
use crate::kube::grammar::name;
use crate::kube::object::Object;
use crate::kube::value::{items, scalar};
use crate::kube::workload::Workload;

pub(super) fn check(object: &Object, report: &mut Report) {
    if let Some(workload) = Workload::of(object) {
        let mut names = BTreeSet::new();
        let mut numbers = BTreeSet::new();
        for port in workload.containers().flat_map(|container| items(&container.value["ports"])) {
            number(object, &port["containerPort"], report);
            let protocol = port["protocol"].as_str().unwrap_or("TCP");
            if !numbers.insert((port["containerPort"].as_u64(), protocol)) {
                report.fault(
                    object,
                    format!("declares port {} twice", scalar(&port["containerPort"]).unwrap_or_default()),
                );
            }
            let Some(port_name) = port["name"].as_str() else {
                report.policy(object, "declares a port without a name");
                continue;
            };
            if let Err(why) = name::port_name(port_name) {
                report.fault(object, format!("port name `{port_name}` {why}"));
            }
            if !names.insert(port_name) {
                report.fault(object, format!("has two ports called `{port_name}`"));
            }
        }
    }
    if object.identity.kind == "Service" {
        service(object, report);
    }
}

fn service(object: &Object, report: &mut Report) {
    let ports: Vec<_> = items(object.at("spec.ports")).collect();
    let mut seen = BTreeSet::new();
    for port in &ports {
        number(object, &port["port"], report);
        let target = &port["targetPort"];
        if target.is_number() {
            number(object, target, report);
        } else if let Some(target) = target.as_str()
            && let Err(why) = name::port_name(target)
        {
            report.fault(object, format!("target port `{target}` {why}"));
        }
        match port["name"].as_str() {
            // Service ports are DNS labels, longer than container ports may be.
            Some(port_name) => {
                if let Err(why) = name::dns_label(port_name) {
                    report.fault(object, format!("port name `{port_name}` {why}"));
                }
                if !seen.insert(port_name) {
                    report.fault(object, format!("has two ports called `{port_name}`"));
                }
            }
            None if ports.len() > 1 => report.fault(object, "has several ports, and one without a name"),
            None => {}
        }
    }
}

fn number(object: &Object, port: &Value, report: &mut Report) {
    if !port.as_u64().is_some_and(|port| (1..=65535).contains(&port)) {
        report.fault(object, format!("port `{}` is not between 1 and 65535", scalar(port).unwrap_or_default()));
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Level::{Fault, Policy};
    use crate::check::fixture::Sample;

    const RULE: &str = "ports";
    const DEPLOYMENT: &str = "k8s/deployment.yaml";
    const SERVICE: &str = "k8s/service.yaml";

    #[test]
    fn container_ports() {
        Sample::good().assert_silent(RULE);
        for bad in ["0", "65536", "99999", "\"8000\""] {
            Sample::good().edit(DEPLOYMENT, "containerPort: 8000", &format!("containerPort: {bad}")).assert_finds(
                RULE,
                Fault,
                "is not between",
            );
        }
        Sample::good()
            .edit(DEPLOYMENT, "- name: http\n", "- name: a-name-of-34-characters-is-too-long\n")
            .assert_finds(RULE, Fault, "longer than 15");
        let port = "            - name: http\n              containerPort: 8000\n";
        let again = |text: &str| Sample::good().edit(DEPLOYMENT, port, &format!("{port}{text}"));
        again("            - name: http\n              containerPort: 9000\n").assert_finds(
            RULE,
            Fault,
            "two ports called `http`",
        );
        again("            - name: web\n              containerPort: 8000\n").assert_finds(RULE, Fault, "8000 twice");
        again("            - containerPort: 9000\n").assert_finds(RULE, Policy, "without a name");
    }

    #[test]
    fn service_ports() {
        Sample::good().edit(SERVICE, "port: 80\n", "port: 0\n").assert_finds(RULE, Fault, "is not between");
        Sample::good().edit(SERVICE, "targetPort: http", "targetPort: 70000").assert_finds(RULE, Fault, "`70000`");
        Sample::good().edit(SERVICE, "targetPort: http", "targetPort: \"80\"").assert_finds(
            RULE,
            Fault,
            "holds no letter",
        );
        let port = "    - name: http\n      port: 80\n";
        Sample::good().edit(SERVICE, port, &format!("    - port: 81\n{port}")).assert_finds(
            RULE,
            Fault,
            "one without a name",
        );
        Sample::good().edit(SERVICE, port, &format!("    - name: http\n      port: 81\n{port}")).assert_finds(
            RULE,
            Fault,
            "two ports called `http`",
        );
    }
}
