//! Whatever leads traffic to a Service leads to one of the set, and to a port that it has.

use serde_json::Value;

use super::Report;
use crate::check::tree::Bundle;
use crate::kube::grammar::name;
use crate::kube::object::Object;
use crate::kube::path::at;
use crate::kube::value::{items, scalar};

pub(super) fn check(bundle: &Bundle, report: &mut Report) {
    for ingress in bundle.of_kind("Ingress") {
        self::ingress(bundle, ingress, report);
    }
    for route in bundle.of_kind("HTTPRoute") {
        for host in items(route.at("spec.hostnames")).filter_map(Value::as_str) {
            host_name(route, host, report);
        }
        for backend in items(route.at("spec.rules")).flat_map(|rule| items(&rule["backendRefs"])) {
            if backend["namespace"].is_null() && matches!(backend["kind"].as_str(), None | Some("Service")) {
                leads(bundle, route, &backend["name"], scalar(&backend["port"]), report);
            }
        }
    }
    for route in bundle.of_kind("VirtualService") {
        for target in items(route.at("spec.http")).flat_map(|rule| items(&rule["route"])) {
            host_name(route, at(target, "destination.host").as_str().unwrap_or_default(), report);
        }
    }
    for rule in bundle.of_kind("DestinationRule") {
        // Often a dependency that somebody else deploys, in this namespace or another.
        host_name(rule, rule.at("spec.host").as_str().unwrap_or_default(), report);
    }
}

fn ingress(bundle: &Bundle, ingress: &Object, report: &mut Report) {
    let secured: Vec<_> =
        items(ingress.at("spec.tls")).flat_map(|tls| items(&tls["hosts"])).filter_map(Value::as_str).collect();
    for rule in items(ingress.at("spec.rules")) {
        if let Some(host) = rule["host"].as_str() {
            host_name(ingress, host, report);
            if !secured.contains(&host) {
                report.policy(ingress, format!("serves `{host}` without TLS"));
            }
        }
    }
    let paths = items(ingress.at("spec.rules")).flat_map(|rule| items(at(rule, "http.paths")));
    let default = Some(ingress.at("spec.defaultBackend")).filter(|backend| !backend.is_null());
    for service in paths.map(|path| &path["backend"]).chain(default).map(|backend| &backend["service"]) {
        let port = scalar(&service["port"]["name"]).or_else(|| scalar(&service["port"]["number"]));
        leads(bundle, ingress, &service["name"], port, report);
    }
}

fn host_name(object: &Object, host: &str, report: &mut Report) {
    if let Err(why) = name::host(host) {
        report.fault(object, format!("host `{host}` {why}"));
    }
}

fn leads(bundle: &Bundle, from: &Object, name: &Value, port: Option<String>, report: &mut Report) {
    let name = name.as_str().unwrap_or_default();
    let Some(service) = bundle.find("Service", name) else {
        return report.fault(from, format!("routes to Service `{name}`, which is not in the set"));
    };
    let Some(port) = port else {
        return report.fault(from, format!("routes to no port of Service `{name}`"));
    };
    let is_port = |declared: &Value| {
        [&declared["name"], &declared["port"]].into_iter().any(|known| scalar(known).as_ref() == Some(&port))
    };
    if !items(service.at("spec.ports")).any(is_port) {
        report.fault(from, format!("routes to port `{port}` of Service `{name}`, which has no such port"));
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Level::{Fault, Policy};
    use crate::check::fixture::Sample;

    const RULE: &str = "routes";
    const INGRESS: &str = "k8s/ingress.yaml";
    const ROUTE: &str = "k8s/http-route.yaml";

    #[test]
    fn backends_are_services_of_the_set() {
        Sample::good().assert_silent(RULE);
        Sample::good().edit(INGRESS, "                name: shop\n", "                name: web\n").assert_finds(
            RULE,
            Fault,
            "Service `web`",
        );
        Sample::good().edit(INGRESS, "                  name: http", "                  name: web").assert_finds(
            RULE,
            Fault,
            "port `web`",
        );
        Sample::good()
            .edit(INGRESS, "                  name: http", "                  number: 80")
            .assert_silent(RULE);
        Sample::good()
            .edit(INGRESS, "                port:\n                  name: http\n", "")
            .assert_finds(RULE, Fault, "no port");
        Sample::good().edit(ROUTE, "        - name: shop", "        - name: web").assert_finds(
            RULE,
            Fault,
            "Service `web`",
        );
        Sample::good().edit(ROUTE, "port: 80", "port: 8000").assert_finds(RULE, Fault, "port `8000`");
    }

    #[test]
    fn a_host_has_tls() {
        Sample::good().edit(INGRESS, "hosts: [shop.example.com]", "hosts: [www.example.com]").assert_finds(
            RULE,
            Policy,
            "without TLS",
        );
    }

    #[test]
    fn hosts_are_host_names() {
        Sample::good().edit(INGRESS, "host: shop.example.com", "host: Shop.example.com").assert_finds(
            RULE,
            Fault,
            "host `Shop.example.com`",
        );
        Sample::good().edit(ROUTE, "[shop.example.com]", "[\"*.example.com\"]").assert_silent(RULE);
        Sample::good().edit(ROUTE, "[shop.example.com]", "[\"https://a\"]").assert_finds(
            RULE,
            Fault,
            "host `https://a`",
        );
    }

    #[test]
    fn a_mesh_rule_is_about_a_host() {
        let rule = |host| {
            format!(
                "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata:\n  name: x\n  namespace: shop\nspec:\n  host: {host}\n"
            )
        };
        Sample::good().put("k8s/x.yaml", &rule("stock.warehouse.svc.cluster.local")).assert_silent(RULE);
        Sample::good().put("k8s/x.yaml", &rule("https://stock")).assert_finds(RULE, Fault, "host `https://stock`");
        let route = |host| {
            format!(
                "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata:\n  name: x\n  namespace: shop\nspec:\n  hosts: [shop]\n  http:\n    - route:\n        - destination:\n            host: {host}\n"
            )
        };
        Sample::good().put("k8s/x.yaml", &route("shop")).assert_silent(RULE);
        Sample::good().put("k8s/x.yaml", &route("\"\"")).assert_finds(RULE, Fault, "host `` is empty");
    }
}
