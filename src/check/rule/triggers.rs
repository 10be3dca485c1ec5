//! The triggers of a KEDA ScaledObject read variables that the target has, and log in with something of the set.
//!
//! Source: KEDA "Scaling Deployments" and "Authentication": a parameter that ends in `FromEnv` names a variable of the
//! target's container, the first one unless `envSourceContainerName` says another.

use super::Report;
use crate::check::tree::Bundle;
use crate::kube::object::Object;
use crate::kube::value::{entries, items};
use crate::kube::workload::{Container, SECRET, Workload, data_keys};

pub(super) fn check(bundle: &Bundle, report: &mut Report) {
    for scaler in bundle.of_kind("ScaledObject") {
        let name = scaler.at("spec.scaleTargetRef.name").as_str().unwrap_or_default();
        let kind = scaler.at("spec.scaleTargetRef.kind").as_str().unwrap_or("Deployment");
        let container = bundle.find(kind, name).and_then(Workload::of).and_then(|workload| source(scaler, workload));
        for trigger in items(scaler.at("spec.triggers")) {
            for (key, value) in entries(&trigger["metadata"]) {
                let variable = value.as_str().unwrap_or_default();
                if !value.is_string() {
                    report.fault(scaler, format!("the trigger's `{key}` is not a string"));
                } else if key.ends_with("FromEnv")
                    && container.is_some_and(|container| !has_variable(bundle, container, variable))
                {
                    report.fault(scaler, format!("reads variable `{variable}`, which its target does not set"));
                }
            }
            let reference = &trigger["authenticationRef"];
            let is_cluster_wide = reference["kind"].as_str() == Some("ClusterTriggerAuthentication");
            if let Some(name) = reference["name"].as_str()
                && !is_cluster_wide
                && bundle.find("TriggerAuthentication", name).is_none()
            {
                report.fault(scaler, format!("logs in with TriggerAuthentication `{name}`, which is not in the set"));
            }
        }
    }
}

/// The container whose variables the triggers read.
fn source<'b>(scaler: &Object, workload: Workload<'b>) -> Option<Container<'b>> {
    let wanted = scaler.at("spec.scaleTargetRef.envSourceContainerName").as_str();
    let mut containers = workload.containers().filter(|container| !container.is_init);
    containers.find(|container| wanted.is_none_or(|name| name == container.name()))
}

fn has_variable(bundle: &Bundle, container: Container, variable: &str) -> bool {
    let own = items(&container.value["env"]).any(|entry| entry["name"].as_str() == Some(variable));
    own || items(&container.value["envFrom"]).any(|source| {
        let map = source["configMapRef"]["name"].as_str().and_then(|name| bundle.find("ConfigMap", name));
        // The keys of a Secret from elsewhere are not known.
        map.is_some_and(|map| data_keys(map).contains(&variable)) || !source[SECRET.env_from].is_null()
    })
}

#[cfg(test)]
mod tests {
    use crate::check::Level::Fault;
    use crate::check::fixture::Sample;

    const RULE: &str = "triggers";
    const SCALED: &str = "k8s/scaled-object.yaml";

    fn from_variable(variable: &str) -> Sample {
        Sample::good().edit(SCALED, "address: redis:6379", &format!("addressFromEnv: {variable}")).edit(
            "k8s/worker.yaml",
            "          command:",
            "          env:\n            - name: REDIS_ADDRESS\n              value: redis:6379\n          command:",
        )
    }

    #[test]
    fn variables_are_set() {
        Sample::good().assert_silent(RULE);
        from_variable("REDIS_ADDRESS").assert_silent(RULE);
        from_variable("BROKER").assert_finds(RULE, Fault, "variable `BROKER`");
        let source = "    name: shop-worker\n    envSourceContainerName: other\n";
        from_variable("BROKER").edit(SCALED, "    name: shop-worker\n", source).assert_silent(RULE);
        Sample::good().edit(SCALED, "\"10\"", "10").assert_finds(RULE, Fault, "`listLength` is not a string");
    }

    #[test]
    fn authentications_are_there() {
        let reference = |text: &str| {
            Sample::good().edit(
                SCALED,
                "    - type: redis\n",
                &format!("    - type: redis\n      authenticationRef:\n        {text}\n"),
            )
        };
        reference("name: gone").assert_finds(RULE, Fault, "`gone`");
        reference("name: gone\n        kind: ClusterTriggerAuthentication").assert_silent(RULE);
        let authentication = "apiVersion: keda.sh/v1alpha1\nkind: TriggerAuthentication\nmetadata:\n  name: gone\n  namespace: shop\nspec: {}\n";
        reference("name: gone").put("k8s/authentication.yaml", authentication).assert_silent(RULE);
    }
}
