//! Objects, and those of them that make pods.

use serde_yaml::{Mapping, Value};

use super::labels::{self, Labels};
use super::tree::{at, entries, items};

/// One manifest.
pub(super) struct Object {
    /// The file it stands in.
    pub(super) path: String,
    /// Its `kind`.
    pub(super) kind: String,
    /// Its `metadata.name`.
    pub(super) name: String,
    /// The whole manifest.
    pub(super) value: Value,
}

impl Object {
    /// Reads kind and name.
    pub(super) fn new(path: &str, value: Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (kind, name) = (text(&value["kind"]), text(&value["metadata"]["name"]));
        Self { path: path.to_owned(), kind, name, value }
    }

    /// The ConfigMap or Secret that an entry of a kustomization's generator stands for, its values left out.
    pub(super) fn generated(path: &str, kind: &str, namespace: Option<&str>, entry: &Value) -> Self {
        let key_of = |text: &str| text.split_once('=').map_or(text, |(key, _)| key).to_owned();
        let literals = items(&entry["literals"]).filter_map(Value::as_str).map(key_of);
        // `files` without `KEY=` take the file's name for the key.
        let file_key = |text: &str| match text.split_once('=') {
            Some((key, _)) => key.to_owned(),
            None => text.rsplit('/').next().unwrap_or(text).to_owned(),
        };
        let files = items(&entry["files"]).filter_map(Value::as_str).map(file_key);
        let data: Mapping = literals.chain(files).map(|key| (Value::from(key), Value::from(""))).collect();
        let mut metadata = Mapping::new();
        metadata.insert("name".into(), entry["name"].clone());
        if let Some(namespace) = entry["namespace"].as_str().or(namespace) {
            metadata.insert("namespace".into(), namespace.into());
        }
        let mut value = Mapping::new();
        value.insert("kind".into(), kind.into());
        value.insert("metadata".into(), Value::Mapping(metadata));
        value.insert("data".into(), Value::Mapping(data));
        Self::new(path, Value::Mapping(value))
    }

    /// `Kind/name`, as `kubectl` would take it.
    pub(super) fn title(&self) -> String {
        format!("{}/{}", self.kind, self.name)
    }

    /// The value below `path`, keys parted by dots.
    pub(super) fn at(&self, path: &str) -> &Value {
        at(&self.value, path)
    }

    /// Its namespace, when it says one.
    pub(super) fn namespace(&self) -> Option<&str> {
        self.at("metadata.namespace").as_str()
    }
}

/// Kinds that make pods, and where their pod template stands.
///
/// Source: API reference of apps/v1 and batch/v1; Argo Rollouts `RolloutSpec.template`.
const POD_TEMPLATES: &[(&str, &str)] = &[
    ("CronJob", "spec.jobTemplate.spec.template"),
    ("DaemonSet", "spec.template"),
    ("Deployment", "spec.template"),
    ("Job", "spec.template"),
    ("ReplicaSet", "spec.template"),
    ("Rollout", "spec.template"),
    ("StatefulSet", "spec.template"),
];

/// An object that makes pods.
#[derive(Clone, Copy)]
pub(super) struct Workload<'a> {
    /// The object.
    pub(super) object: &'a Object,
    /// Its pod template.
    pub(super) template: &'a Value,
}

impl<'a> Workload<'a> {
    /// `object` as a workload, when it is one.
    pub(super) fn of(object: &'a Object) -> Option<Self> {
        let (_, path) = POD_TEMPLATES.iter().find(|(kind, _)| *kind == object.kind)?;
        let template = object.at(path);
        template.is_mapping().then_some(Self { object, template })
    }

    /// The `PodSpec`.
    pub(super) fn pod(self) -> &'a Value {
        &self.template["spec"]
    }

    /// Labels of its pods.
    pub(super) fn labels(self) -> Labels<'a> {
        labels::of(&self.template["metadata"])
    }

    /// Whether it keeps its pods running, as against running them to their end.
    pub(super) fn is_long_running(self) -> bool {
        !matches!(self.object.kind.as_str(), "Job" | "CronJob")
    }

    /// All containers: init containers (native sidecars are among them), then the others.
    pub(super) fn containers(self) -> impl Iterator<Item = Container<'a>> {
        let pod = self.pod();
        ["initContainers", "containers"].into_iter().flat_map(move |list| {
            items(&pod[list]).map(move |value| Container { value, is_init: list == "initContainers" })
        })
    }

    /// Whether a port of that name or number is declared by one of its containers.
    pub(super) fn has_port(self, port: &str) -> bool {
        self.containers().any(|container| container.has_port(port))
    }
}

/// One container of a pod template.
#[derive(Clone, Copy)]
pub(super) struct Container<'a> {
    /// The container as written.
    pub(super) value: &'a Value,
    /// Whether it stands under `initContainers`.
    pub(super) is_init: bool,
}

impl<'a> Container<'a> {
    /// Its name.
    pub(super) fn name(self) -> &'a str {
        self.value["name"].as_str().unwrap_or_default()
    }

    /// Whether it runs beside the others: an init container that always restarts is a native sidecar.
    pub(super) fn runs_beside(self) -> bool {
        !self.is_init || self.value["restartPolicy"].as_str() == Some("Always")
    }

    /// Whether it declares a port of that name or number.
    pub(super) fn has_port(self, port: &str) -> bool {
        items(&self.value["ports"]).any(|declared| {
            declared["name"].as_str() == Some(port)
                || port.parse::<u64>().is_ok_and(|number| declared["containerPort"].as_u64() == Some(number))
        })
    }

    /// Each probe that it has, with the key it stands under.
    pub(super) fn probes(self) -> impl Iterator<Item = (&'static str, &'a Value)> {
        ["startupProbe", "livenessProbe", "readinessProbe"]
            .into_iter()
            .map(move |key| (key, &self.value[key]))
            .filter(|(_, probe)| !probe.is_null())
    }
}

/// A reference from a pod template to a ConfigMap or a Secret.
pub(super) struct Reference<'a> {
    /// Name of the ConfigMap or Secret.
    pub(super) name: &'a str,
    /// The keys that must be there; none when all of it is taken.
    pub(super) keys: Vec<&'a str>,
    /// Whether the pod starts without it.
    pub(super) is_optional: bool,
}

/// How each kind of referenced object is spelled in a pod template.
pub(super) struct Spelling {
    /// `configMapRef` or `secretRef`, in `envFrom`.
    pub(super) env_from: &'static str,
    /// `configMapKeyRef` or `secretKeyRef`, in `env[].valueFrom`.
    pub(super) key: &'static str,
    /// `configMap` or `secret`, in `volumes` and projected sources.
    pub(super) volume: &'static str,
    /// `name` or `secretName`, in `volumes`.
    pub(super) volume_name: &'static str,
}

/// A ConfigMap's spelling.
pub(super) const CONFIG_MAP: Spelling =
    Spelling { env_from: "configMapRef", key: "configMapKeyRef", volume: "configMap", volume_name: "name" };
/// A Secret's spelling.
pub(super) const SECRET: Spelling =
    Spelling { env_from: "secretRef", key: "secretKeyRef", volume: "secret", volume_name: "secretName" };

impl<'a> Workload<'a> {
    /// Every reference of its pods to an object of that spelling.
    pub(super) fn references(self, spelling: &'static Spelling) -> Vec<Reference<'a>> {
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
pub(super) fn data_keys(object: &Object) -> Vec<&str> {
    ["data", "binaryData", "stringData"]
        .into_iter()
        .flat_map(|section| entries(&object.value[section]))
        .map(|(key, _)| key)
        .collect()
}
