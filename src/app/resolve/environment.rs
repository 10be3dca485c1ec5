//! Environment variables: configuration by ConfigMap, secrets by reference.

use std::collections::{BTreeMap, BTreeSet};

use super::super::component::Component;
use super::super::object::{Kind, Object, ObjectMeta};
use super::super::pod::EnvVar;
use super::super::value::EnvName;
use super::super::workload::ConfigMap;
use super::faults::Faults;
use super::names::Names;
use super::object;
use crate::fingerprint::Fingerprint;

/// What every container of the application's image gets.
#[derive(Clone, Debug)]
pub(super) struct Environment {
    /// Data of the ConfigMap.
    pub(super) config: BTreeMap<String, String>,
    /// Variables from Secrets.
    pub(super) secrets: Vec<EnvVar>,
    /// Names of both.
    names: BTreeSet<String>,
}

impl Environment {
    /// Whether `app.toml` sets the variable called `name`, in which case pykube does not.
    pub(super) fn sets(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// The ConfigMap. Its name changes with its data: a change rolls the pods, and a rollback finds the old data.
    pub(super) fn config_map(&self, names: &Names) -> Option<Object> {
        if self.config.is_empty() {
            return None;
        }
        let content: String =
            self.config.iter().map(|(name, value)| format!("{}:{name}={}:{value}", name.len(), value.len())).collect();
        let name = format!("{}-{}", names.of("config"), Fingerprint::of(&content).short());
        let metadata = ObjectMeta { name, ..names.metadata(&Component::Base) };
        Some(object(&Component::Base, "configmap", metadata, Kind::ConfigMap(ConfigMap { data: self.config.clone() })))
    }
}

/// `[config]` and `[secrets.env]`.
pub(super) fn resolve(
    config: &BTreeMap<String, String>,
    secrets: &BTreeMap<String, String>,
    faults: &mut Faults<'_>,
) -> Environment {
    let mut environment = Environment {
        config: BTreeMap::new(),
        secrets: Vec::new(),
        names: config.keys().chain(secrets.keys()).cloned().collect(),
    };
    for (name, value) in config {
        let path = ["config", name.as_str()];
        let parsed: Option<EnvName> = faults.parse(name, &path);
        faults.refuse_control_characters(value, &path);
        faults.refuse_credential(name, value, &path);
        if let Some(other) = secrets.keys().find(|other| value.contains(&format!("$({other})"))) {
            faults.contradiction(
                &format!("`$({other})` in `{name}` reaches the program as it is written: nothing puts a Secret's value into a ConfigMap"),
                (&path, "names a variable of a Secret"),
                (&["secrets", "env", other.as_str()], "this one"),
                "keep the whole value in the Secret: move the variable to [secrets.env]",
            );
        }
        environment.config.extend(parsed.map(|name| (name.to_string(), value.clone())));
    }
    for (name, reference) in secrets {
        let path = ["secrets", "env", name.as_str()];
        let parsed: Option<EnvName> = faults.parse(name, &path);
        let reference = faults.secret_key(reference, &path);
        if config.contains_key(name) {
            faults.contradiction(
                &format!("`{name}` is set twice"),
                (&path, "from a Secret"),
                (&["config", name.as_str()], "and as configuration"),
                "keep one of them",
            );
        }
        let (Some(name), Some(reference)) = (parsed, reference) else { continue };
        environment.secrets.push(EnvVar::from_secret(name.to_string(), reference));
    }
    environment
}
