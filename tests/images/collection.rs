//! The manifests of one example, file by file.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_yaml::Value;

use crate::manifests::Workload;

/// The objects of one example that the test acts on.
#[derive(Default)]
pub(crate) struct Manifests {
    /// Each Deployment, StatefulSet and Job, in the order of the files.
    pub(crate) workloads: Vec<Workload>,
    /// Data of each ConfigMap, by name.
    pub(crate) config_maps: BTreeMap<String, BTreeMap<String, String>>,
    /// Names of the Services.
    pub(crate) services: Vec<String>,
}

impl Manifests {
    /// Reads every YAML file of a folder.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let mut found = Self::default();
        let mut paths: Vec<_> = folder
            .read_dir()
            .with_context(|| format!("reading {}", folder.display()))?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()?;
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
        paths.sort();
        for path in paths {
            let text = std::fs::read_to_string(&path)?;
            for document in serde_yaml::Deserializer::from_str(&text) {
                let object = Value::deserialize(document).with_context(|| path.display().to_string())?;
                found.take(object, folder).with_context(|| path.display().to_string())?;
            }
        }
        Ok(found)
    }

    fn take(&mut self, object: Value, folder: &Path) -> Result<()> {
        match object["kind"].as_str() {
            Some("Deployment" | "StatefulSet" | "Job") => self.workloads.push(serde_yaml::from_value(object)?),
            Some("ConfigMap") => {
                let data = object.get("data").cloned().unwrap_or(Value::Mapping(serde_yaml::Mapping::new()));
                self.config_maps.insert(name_of(&object)?, serde_yaml::from_value(data)?);
            }
            Some("Service") => self.services.push(name_of(&object)?),
            Some("Kustomization") => self.generated(serde_yaml::from_value(object)?, folder)?,
            _ => {}
        }
        Ok(())
    }

    /// What kustomize generates counts as a ConfigMap too.
    fn generated(&mut self, kustomization: Kustomization, folder: &Path) -> Result<()> {
        for generator in kustomization.config_map_generator {
            let data = self.config_maps.entry(generator.name).or_default();
            for literal in generator.literals {
                let (key, value) = literal.split_once('=').with_context(|| format!("literal `{literal}`"))?;
                data.insert(key.to_owned(), value.to_owned());
            }
            for file in generator.files {
                let (key, path) = match file.split_once('=') {
                    Some((key, path)) => (key.to_owned(), path),
                    None => (file.rsplit('/').next().unwrap_or(&file).to_owned(), file.as_str()),
                };
                data.insert(key, std::fs::read_to_string(folder.join(path))?);
            }
        }
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kustomization {
    #[serde(default)]
    config_map_generator: Vec<Generator>,
}

#[derive(Deserialize)]
struct Generator {
    name: String,
    #[serde(default)]
    literals: Vec<String>,
    #[serde(default)]
    files: Vec<String>,
}

fn name_of(object: &Value) -> Result<String> {
    Ok(object["metadata"]["name"].as_str().context("an object without a name")?.to_owned())
}
