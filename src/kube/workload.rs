//! Objects that make pods.

use serde_json::Value;

use super::kind;
use super::labels::{self, Labels};
use super::object::Object;
use super::value::{entries, items};

/// An object that makes pods.
#[derive(Clone, Copy)]
pub(crate) struct Workload<'a> {
    pub(crate) object: &'a Object,
    /// Its pod template.
    pub(crate) template: &'a Value,
}

impl<'a> Workload<'a> {
    /// `object` as a workload, when it is one.
    pub(crate) fn of(object: &'a Object) -> Option<Self> {
        let template = object.at(kind::of(&object.identity.kind)?.pod_template?);
        template.is_object().then_some(Self { object, template })
    }

    /// The `PodSpec`.
    pub(crate) fn pod(self) -> &'a Value {
        &self.template["spec"]
    }

    /// Labels of its pods.
    pub(crate) fn labels(self) -> Labels<'a> {
        labels::of(&self.template["metadata"])
    }

    /// Whether it keeps its pods running, as opposed to running them to completion.
    pub(crate) fn is_long_running(self) -> bool {
        kind::of(&self.object.identity.kind).is_some_and(|kind| kind.keeps_running)
    }

    /// All containers: init containers (native sidecars are among them), then the others.
    pub(crate) fn containers(self) -> impl Iterator<Item = Container<'a>> {
        let pod = self.pod();
        ["initContainers", "containers"].into_iter().flat_map(move |list| {
            items(&pod[list]).map(move |value| Container { value, is_init: list == "initContainers" })
        })
    }

    /// Whether a port of that name or number is declared by one of its containers.
    pub(crate) fn has_port(self, port: &str) -> bool {
        self.containers().any(|container| container.has_port(port))
    }
}

/// One container of a pod template.
#[derive(Clone, Copy)]
pub(crate) struct Container<'a> {
    /// The container as written.
    pub(crate) value: &'a Value,
    /// Whether it is under `initContainers`.
    pub(crate) is_init: bool,
}

impl<'a> Container<'a> {
    pub(crate) fn name(self) -> &'a str {
        self.value["name"].as_str().unwrap_or_default()
    }

    /// Whether it runs beside the others: an init container that always restarts is a native sidecar.
    pub(crate) fn runs_beside(self) -> bool {
        !self.is_init || self.value["restartPolicy"].as_str() == Some("Always")
    }

    /// The words of its command and their arguments.
    pub(crate) fn words(self) -> impl Iterator<Item = &'a str> {
        ["command", "args"].into_iter().flat_map(move |key| items(&self.value[key])).filter_map(Value::as_str)
    }

    /// Whether it declares a port of that name or number.
    pub(crate) fn has_port(self, port: &str) -> bool {
        items(&self.value["ports"]).any(|declared| {
            declared["name"].as_str() == Some(port)
                || port.parse::<u64>().is_ok_and(|number| declared["containerPort"].as_u64() == Some(number))
        })
    }

    /// Each probe that it has, with the key it is under.
    pub(crate) fn probes(self) -> impl Iterator<Item = (&'static str, &'a Value)> {
        ["startupProbe", "livenessProbe", "readinessProbe"]
            .into_iter()
            .map(move |key| (key, &self.value[key]))
            .filter(|(_, probe)| !probe.is_null())
    }
}

/// Kinds that change the number of a workload's pods.
pub(crate) const SCALERS: [&str; 2] = ["HorizontalPodAutoscaler", "ScaledObject"];

/// Whether `scaler` changes the number of pods of `workload`.
pub(crate) fn scales(scaler: &Object, workload: &Value) -> bool {
    let target = scaler.at("spec.scaleTargetRef");
    SCALERS.contains(&scaler.identity.kind.as_str())
        && target["kind"].as_str().unwrap_or("Deployment") == workload["kind"].as_str().unwrap_or_default()
        && target["name"] == workload["metadata"]["name"]
}

/// The fields that say the fewest and the most pods of an autoscaler, and what they say, be it by a default (autoscaling/v2,
/// KEDA's `ScaledObject`).
pub(crate) fn scaler_bounds(scaler: &Object) -> [(&'static str, Option<u64>); 2] {
    let fields = match scaler.identity.kind.as_str() {
        "ScaledObject" => [("minReplicaCount", Some(0)), ("maxReplicaCount", Some(100))],
        _ => [("minReplicas", Some(1)), ("maxReplicas", None)],
    };
    fields.map(|(key, default)| (key, scaler.at("spec")[key].as_u64().or(default)))
}

/// A reference from a pod template to a ConfigMap or a Secret.
pub(crate) struct Reference<'a> {
    /// Name of the ConfigMap or Secret.
    pub(crate) name: &'a str,
    /// The keys that must be there; none when all of it is taken.
    pub(crate) keys: Vec<&'a str>,
    /// Whether the pod starts without it.
    pub(crate) is_optional: bool,
}

/// How each kind of referenced object is spelled in a pod template.
pub(crate) struct Spelling {
    /// `configMapRef` or `secretRef`, in `envFrom`.
    pub(crate) env_from: &'static str,
    /// `configMapKeyRef` or `secretKeyRef`, in `env[].valueFrom`.
    pub(crate) key: &'static str,
    /// `configMap` or `secret`, in `volumes` and projected sources.
    pub(crate) volume: &'static str,
    /// `name` or `secretName`, in `volumes`.
    pub(crate) volume_name: &'static str,
}

/// A ConfigMap's spelling.
pub(crate) const CONFIG_MAP: Spelling =
    Spelling { env_from: "configMapRef", key: "configMapKeyRef", volume: "configMap", volume_name: "name" };
/// A Secret's spelling.
pub(crate) const SECRET: Spelling =
    Spelling { env_from: "secretRef", key: "secretKeyRef", volume: "secret", volume_name: "secretName" };

impl<'a> Workload<'a> {
    /// Every reference of its pods to an object of that spelling.
    pub(crate) fn references(self, spelling: &'static Spelling) -> Vec<Reference<'a>> {
        let mut found = Vec::new();
        let mut add = |source: &'a Value, name_key: &str, keys: Vec<&'a str>| {
            if let Some(name) = source[name_key].as_str() {
                found.push(Reference { name, keys, is_optional: source["optional"].as_bool() == Some(true) });
            }
        };
        for container in self.containers() {
            for entry in items(&container.value["envFrom"]) {
                add(&entry[spelling.env_from], "name", Vec::new());
            }
            for variable in items(&container.value["env"]) {
                let source = &variable["valueFrom"][spelling.key];
                add(source, "name", source["key"].as_str().into_iter().collect());
            }
        }
        for volume in items(&self.pod()["volumes"]) {
            let source = &volume[spelling.volume];
            add(source, spelling.volume_name, item_keys(source));
            for projected in items(&volume["projected"]["sources"]) {
                let source = &projected[spelling.volume];
                add(source, "name", item_keys(source));
            }
        }
        found
    }
}

fn item_keys(source: &Value) -> Vec<&str> {
    items(&source["items"]).filter_map(|item| item["key"].as_str()).collect()
}

/// The keys below `data`, `binaryData` and `stringData`.
pub(crate) fn data_keys(object: &Object) -> Vec<&str> {
    ["data", "binaryData", "stringData"]
        .into_iter()
        .flat_map(|section| entries(&object.value[section]))
        .map(|(key, _)| key)
        .collect()
}
