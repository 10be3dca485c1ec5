//! Every ConfigMap that a pod reads is in the set and has the keys that are read.

use super::Report;
use crate::check::tree::Bundle;
use crate::kube::grammar::name;
use crate::kube::value::entries;
use crate::kube::workload::{CONFIG_MAP, data_keys};

/// Written into every namespace by the cluster itself.
const OF_THE_CLUSTER: &[&str] = &["kube-root-ca.crt"];

pub(super) fn check(bundle: &Bundle, report: &mut Report) {
    for map in bundle.of_kind("ConfigMap") {
        for key in data_keys(map) {
            if let Err(why) = name::data_key(key) {
                report.fault(map, format!("key `{key}` {why}"));
            }
        }
        for (key, value) in entries(&map.value["data"]) {
            if !value.is_string() {
                report.fault(map, format!("the value of `{key}` is not a string"));
            }
        }
    }
    for workload in bundle.workloads() {
        for reference in workload.references(&CONFIG_MAP) {
            let name = reference.name;
            if reference.is_optional || OF_THE_CLUSTER.contains(&name) {
                continue;
            }
            let Some(map) = bundle.find("ConfigMap", name) else {
                report.fault(workload.object, format!("reads ConfigMap `{name}`, which is not in the set"));
                continue;
            };
            let known = data_keys(map);
            for key in reference.keys.iter().filter(|key| !known.contains(key)) {
                report
                    .fault(workload.object, format!("reads key `{key}` of ConfigMap `{name}`, which has no such key"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Level::Fault;
    use crate::check::fixture::Sample;

    const RULE: &str = "config-maps";
    const DEPLOYMENT: &str = "k8s/deployment.yaml";

    #[test]
    fn what_is_read_is_there() {
        Sample::good().assert_silent(RULE);
        Sample::good().edit(DEPLOYMENT, "name: shop\n          env:", "name: other\n          env:").assert_finds(
            RULE,
            Fault,
            "ConfigMap `other`",
        );
        Sample::good()
            .edit(
                DEPLOYMENT,
                "name: shop\n          env:",
                "name: other\n                optional: true\n          env:",
            )
            .assert_silent(RULE);
        let volume = |key| {
            format!(
                "      volumes:\n        - name: files\n          configMap:\n            name: shop\n            items:\n              - key: {key}\n                path: x\n"
            )
        };
        Sample::good().edit(DEPLOYMENT, "      volumes:\n", &volume("LOG_LEVEL")).assert_silent(RULE);
        Sample::good().edit(DEPLOYMENT, "      volumes:\n", &volume("NOPE")).assert_finds(RULE, Fault, "key `NOPE`");
        let variable = |key| {
            format!(
                "          env:\n            - name: X\n              valueFrom:\n                configMapKeyRef:\n                  name: shop\n                  key: {key}\n"
            )
        };
        Sample::good().edit(DEPLOYMENT, "          env:\n", &variable("LOG_LEVEL")).assert_silent(RULE);
        Sample::good().edit(DEPLOYMENT, "          env:\n", &variable("NOPE")).assert_finds(RULE, Fault, "key `NOPE`");
    }

    #[test]
    fn kustomize_makes_maps_too() {
        let generator = "configMapGenerator:\n  - name: shop\n    literals:\n      - LOG_LEVEL=info\n      - DJANGO_SETTINGS_MODULE=config.settings\n    files:\n      - fluent-bit.yaml\n";
        let sample = Sample::good()
            .without("k8s/config-map.yaml")
            .edit("k8s/kustomization.yaml", "  - config-map.yaml\n", "")
            .edit("k8s/kustomization.yaml", "images:\n", &format!("{generator}images:\n"));
        sample.assert_silent(RULE);
        let volume = |key| {
            format!(
                "      volumes:\n        - name: files\n          configMap:\n            name: shop\n            items:\n              - key: {key}\n                path: x\n"
            )
        };
        sample.clone().edit(DEPLOYMENT, "      volumes:\n", &volume("fluent-bit.yaml")).assert_silent(RULE);
        sample.edit(DEPLOYMENT, "      volumes:\n", &volume("NOPE")).assert_finds(RULE, Fault, "key `NOPE`");
    }

    #[test]
    fn keys_and_values_are_what_the_api_takes() {
        Sample::good().edit("k8s/config-map.yaml", "LOG_LEVEL", "\"LOG LEVEL\"").assert_finds(
            RULE,
            Fault,
            "key `LOG LEVEL`",
        );
        Sample::good().edit("k8s/config-map.yaml", "info", "1").assert_finds(RULE, Fault, "is not a string");
    }
}
