//! A namespace of one test: releases are made in it, and what they do is seen.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use pykube::file_set::FileSet;
use pykube::render::{Request, files};
use serde_json::Value;

use super::Cluster;
use super::observed::{State, Watch};

/// What one release did.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) code: i32,
    /// All that it printed.
    pub(crate) text: String,
    pub(crate) before: State,
    pub(crate) after: State,
    /// The fewest ready endpoints that each Service had meanwhile.
    pub(crate) fewest: BTreeMap<String, usize>,
    /// Objects that are there and not asked for, and those that are asked for and not there, as `Kind/name`.
    pub(crate) surplus: BTreeSet<String>,
    pub(crate) missing: BTreeSet<String>,
}

impl Seen {
    /// Pods of a workload that were there before and are there no more.
    pub(crate) fn replaced(&self, workload: &str) -> usize {
        let none = BTreeMap::new();
        let pods =
            |state: &'_ State| state.pods.get(workload).unwrap_or(&none).keys().cloned().collect::<BTreeSet<_>>();
        pods(&self.before).difference(&pods(&self.after)).count()
    }

    /// The images that pods of a workload run.
    pub(crate) fn images(&self, workload: &str) -> BTreeSet<&str> {
        self.after.pods.get(workload).into_iter().flat_map(BTreeMap::values).map(String::as_str).collect()
    }

    #[track_caller]
    pub(crate) fn is_live(&self) -> &Self {
        assert_eq!(self.code, 0, "{}", self.text);
        assert!(self.surplus.is_empty(), "not asked for: {:?}\n{}", self.surplus, self.text);
        assert!(self.missing.is_empty(), "missing: {:?}\n{}", self.missing, self.text);
        self
    }

    #[track_caller]
    pub(crate) fn ended_with(&self, code: i32, text: &str) -> &Self {
        assert_eq!(self.code, code, "{}", self.text);
        assert!(self.text.contains(text), "no `{text}` in\n{}", self.text);
        self
    }

    /// No Service that answered before had fewer than `least` ready endpoints.
    #[track_caller]
    pub(crate) fn kept(&self, service: &str, least: usize) -> &Self {
        let fewest = self.fewest.get(service).copied();
        assert!(fewest.is_some_and(|fewest| fewest >= least), "{service} had {fewest:?}, not {least}\n{}", self.text);
        self
    }
}

/// A namespace, and the folder that is released into it.
pub(crate) struct Space<'c> {
    pub(crate) cluster: &'c Cluster,
    pub(crate) name: String,
    folder: tempfile::TempDir,
}

impl<'c> Space<'c> {
    /// A new namespace called `name`.
    pub(crate) fn new(cluster: &'c Cluster, name: &str) -> Self {
        cluster.kubectl(["create", "namespace", name]);
        Self { cluster, name: name.to_owned(), folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Makes the Secrets that the rendered pods name, with any value.
    fn make_secrets(&self, tree: &FileSet) {
        let mut wanted: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for object in objects(tree) {
            secrets_of(&object, &mut wanted);
        }
        for (name, keys) in wanted {
            let data: BTreeMap<String, &str> = keys.into_iter().map(|key| (key, "value")).collect();
            let metadata = serde_json::json!({"name": name, "namespace": self.name});
            let secret = serde_json::json!(
                {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": data}
            );
            self.apply(&secret);
        }
    }

    /// Applies an object as somebody else.
    pub(crate) fn apply(&self, object: &Value) {
        let mut command = self.cluster.command("kubectl");
        command.args(["apply", "--server-side", "--filename=-"]).stdin(Stdio::piped()).stdout(Stdio::null());
        let mut process = command.spawn().unwrap();
        process.stdin.take().unwrap().write_all(object.to_string().as_bytes()).unwrap();
        assert!(process.wait().unwrap().success());
    }

    /// Writes what `app_toml` renders into the folder; its namespace becomes this one. What was there goes.
    pub(crate) fn render(&self, app_toml: &str) -> FileSet {
        self.render_with(app_toml, &[])
    }

    /// The same beside manifests of one's own.
    pub(crate) fn render_with(&self, app_toml: &str, own: &[(&str, &str)]) -> FileSet {
        let _ = fs::remove_dir_all(self.folder().join("k8s"));
        for (path, text) in own {
            let path = self.folder().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let (before, after) = app_toml.split_once("[app]\n").expect("an [app]");
        let text = format!("{before}[app]\nnamespace = \"{}\"\n{after}", self.name);
        fs::write(self.folder().join("app.toml"), text).unwrap();
        let request = Request { directory: self.folder().to_owned(), ..Request::default() };
        let tree = files(&request).unwrap_or_else(|error| panic!("{app_toml}\n{error:#}"));
        self.write(&tree);
        tree
    }

    /// Writes a rendered tree into the folder.
    pub(crate) fn write(&self, tree: &FileSet) {
        for (path, text) in tree.iter() {
            let path = self.folder().join(path.as_str());
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }

    /// The command that releases the folder.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.cluster.command("python3");
        command.arg(self.program()).args(arguments).current_dir(self.folder());
        command
    }

    fn program(&self) -> PathBuf {
        self.folder().join("k8s/release.py")
    }

    /// Renders `app_toml`, gives its pods their Secrets and releases it.
    pub(crate) fn release(&self, app_toml: &str, arguments: &[&str]) -> Seen {
        let tree = self.render(app_toml);
        self.make_secrets(&tree);
        self.see(&tree, arguments)
    }

    /// Releases `tree`, which is in the folder, and watches.
    pub(crate) fn see(&self, tree: &FileSet, arguments: &[&str]) -> Seen {
        let before = State::of(self.cluster, &self.name);
        let watch = Watch::start(self.cluster, &self.name);
        let output = self.command(arguments).output().unwrap();
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let fewest = watch.fewest();
        let after = State::of(self.cluster, &self.name);
        let asked: BTreeSet<String> = objects(tree).iter().map(named).collect();
        // Never deleted: data, Secrets, and the configuration that a rollback of the Deployment would need.
        let kept = |name: &String| {
            name.starts_with("Secret/")
                || name.starts_with("PersistentVolumeClaim/")
                || name.strip_prefix("ConfigMap/").is_some_and(|map| after.has_revision_with(map))
        };
        let surplus = after.objects.difference(&asked).filter(|name| !kept(name)).cloned().collect();
        let missing =
            asked.difference(&after.objects).filter(|name| !name.starts_with("Namespace/")).cloned().collect();
        Seen { code: output.status.code().unwrap_or(-1), text, before, after, fewest, surplus, missing }
    }

    /// Starts a release and kills it at the first line that begins with `line`.
    pub(crate) fn killed_at(&self, line: &str) {
        let mut process: Child = self.command(&[]).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
        let seen: Vec<String> =
            lines.inspect(|text| assert!(!text.starts_with("live"), "{text}")).fold(Vec::new(), |mut seen, text| {
                if text.trim_start().starts_with(line) {
                    process.kill().unwrap();
                }
                seen.push(text);
                seen
            });
        process.wait().unwrap();
        assert!(seen.iter().any(|text| text.trim_start().starts_with(line)), "no line `{line}` in {seen:#?}");
    }
}

/// The objects of a rendered tree.
pub(crate) fn objects(tree: &FileSet) -> Vec<Value> {
    let yaml =
        tree.iter().filter(|(path, _)| path.folder() == "k8s" && path.is_yaml() && path.name() != "kustomization.yaml");
    yaml.map(|(_, text)| serde_yaml::from_str(text).unwrap()).collect()
}

fn named(object: &Value) -> String {
    format!("{}/{}", object["kind"].as_str().unwrap(), object["metadata"]["name"].as_str().unwrap())
}

/// Names and keys of the Secrets that `value` refers to, at any depth.
fn secrets_of(value: &Value, found: &mut BTreeMap<String, BTreeSet<String>>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| secrets_of(item, found)),
        Value::Object(fields) => {
            for (field, below) in fields {
                let name = below["name"].as_str().or_else(|| below["secretName"].as_str());
                match (field.as_str(), name) {
                    ("secretKeyRef" | "secretRef" | "secret", Some(name)) => {
                        let keys = found.entry(name.to_owned()).or_default();
                        keys.extend(below["key"].as_str().map(str::to_owned));
                    }
                    _ => secrets_of(below, found),
                }
            }
        }
        _ => {}
    }
}
