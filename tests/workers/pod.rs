//! What the kubelet makes of a rendered manifest: command, variables and probes of its first container.

use std::collections::BTreeMap;
use std::path::Path;

use pykube::file_set::FileSet;
use serde_yaml::Value;

/// One container, ready to be started.
#[derive(Clone, Debug)]
pub(crate) struct Pod {
    pub(crate) command: Vec<String>,
    pub(crate) env: Vec<(String, String)>,
    /// Commands of the exec probes, by key.
    pub(crate) probes: BTreeMap<&'static str, Vec<String>>,
}

impl Pod {
    /// The container of `manifest`; every key of a Secret is `secret`.
    pub(crate) fn new(manifest: &str, files: &FileSet, secret: &str) -> Self {
        let manifest: Value = serde_yaml::from_str(manifest).unwrap();
        let container = &manifest["spec"]["template"]["spec"]["containers"][0];
        let mut env: Vec<(String, String)> = Vec::new();
        for source in items(&container["envFrom"]) {
            env.extend(config_map(files, text(&source["configMapRef"]["name"])));
        }
        for variable in items(&container["env"]) {
            let value = match variable["value"].as_str() {
                Some(value) => expand(value, &env),
                None => {
                    assert!(variable["valueFrom"]["secretKeyRef"]["key"].is_string(), "{variable:?}");
                    secret.to_owned()
                }
            };
            env.push((text(&variable["name"]).to_owned(), value));
        }
        let words = |list: &Value, env: &[(String, String)]| -> Vec<String> {
            items(list).map(|word| expand(text(word), env)).collect()
        };
        let keys = ["startupProbe", "livenessProbe", "readinessProbe"];
        let probes = keys.map(|key| (key, words(&container[key]["exec"]["command"], &env)));
        Self { command: words(&container["command"], &env), env, probes: probes.into() }
    }

    /// The same, with another name of the host called `host`.
    pub(crate) fn with_host(mut self, host: &str, address: &str) -> Self {
        for (_, value) in &mut self.env {
            *value = value.replace(host, address);
        }
        self
    }

    /// The same, with `folder` where the container has `path`.
    pub(crate) fn with_folder(mut self, path: &str, folder: &str) -> Self {
        for word in &mut self.command {
            if word == path {
                folder.clone_into(word);
            }
        }
        for (_, value) in &mut self.env {
            if value == path {
                folder.clone_into(value);
            }
        }
        self
    }

    /// The same, with the programs of the Python environment at `root`.
    pub(crate) fn with_path(mut self, root: &Path) -> Self {
        self.env.push(("PATH".into(), format!("{}:/usr/bin:/bin", root.join("bin").display())));
        self
    }

    /// A command that runs `code` in the pod's Python.
    pub(crate) fn python(code: &str) -> Vec<String> {
        ["python", "-c", code].map(str::to_owned).to_vec()
    }

    /// The command of the image, for a container that has none of its own.
    pub(crate) fn image_command(files: &FileSet) -> Vec<String> {
        let dockerfile = files.get("Dockerfile").unwrap();
        let line = dockerfile.lines().find_map(|line| line.strip_prefix("CMD ")).unwrap();
        serde_json::from_str(line).unwrap()
    }
}

fn config_map(files: &FileSet, name: &str) -> Vec<(String, String)> {
    let map: Value = serde_yaml::from_str(files.get("k8s/configmap.yaml").unwrap()).unwrap();
    assert_eq!(map["metadata"]["name"].as_str(), Some(name));
    let data = map["data"].as_mapping().unwrap().iter();
    data.map(|(key, value)| (text(key).to_owned(), text(value).to_owned())).collect()
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_sequence().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// `$(NAME)` becomes the value of a variable above, `$$` one `$`.
/// Source: <https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/>
fn expand(text: &str, env: &[(String, String)]) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
            continue;
        }
        let known = rest.strip_prefix('(').and_then(|inner| inner.split_once(')'));
        match known.and_then(|(name, after)| Some((env.iter().rfind(|(known, _)| known == name)?, after))) {
            Some(((_, value), after)) => {
                out.push_str(value);
                rest = after;
            }
            None => out.push('$'),
        }
    }
    out + rest
}
