//! The rendered tree, read once for all rules.

use std::collections::BTreeMap;

use serde::Deserialize as _;
use serde_yaml::Value;

use super::dockerfile::Dockerfile;
use super::kubernetes::{Object, Workload};
use super::{Finding, Level};
use crate::file_set::FileSet;
use crate::parallel;

/// Everything the rules look at.
pub(super) struct Tree<'a> {
    /// Every file.
    pub(super) files: &'a FileSet,
    /// The folders that hold manifests, one kustomization each.
    pub(super) bundles: Vec<Bundle<'a>>,
    /// Every file named `Dockerfile`, with its path.
    pub(super) dockerfiles: Vec<(&'a str, Dockerfile<'a>)>,
    /// Every workflow, with its path.
    pub(super) workflows: Vec<(&'a str, Value)>,
}

/// One folder of manifests: what one `kubectl apply -k` applies.
#[derive(Default)]
pub(super) struct Bundle<'a> {
    /// The folder, without a slash at its end; empty for the target directory itself.
    pub(super) folder: &'a str,
    /// The kustomization and its path.
    pub(super) kustomization: Option<(&'a str, Value)>,
    /// Paths of all YAML files but the kustomization.
    pub(super) paths: Vec<&'a str>,
    /// Every object, in the order of the paths; those that a generator of the kustomization makes come last.
    pub(super) objects: Vec<Object>,
}

/// The rule that a text breaks that cannot be read at all.
pub(super) const SYNTAX: &str = "yaml-syntax";

impl<'a> Tree<'a> {
    /// Reads all of `files`; what cannot be read is a finding and is left out.
    pub(super) fn new(files: &'a FileSet, findings: &mut Vec<Finding>) -> Self {
        let mut bundles: BTreeMap<&str, Bundle> = BTreeMap::new();
        let mut dockerfiles = Vec::new();
        let mut workflows = Vec::new();
        let texts: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text)).collect();
        let read = parallel::map(&texts, |(path, text)| is_yaml(path).then(|| read_document(path, text)));
        for ((path, text), read) in texts.into_iter().zip(read) {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            if name.starts_with("Dockerfile") && !name.ends_with(".dockerignore") {
                dockerfiles.push((path, Dockerfile::new(text)));
            }
            let Some((document, refused)) = read else { continue };
            findings.extend(refused);
            let Some(document) = document else { continue };
            if folder.ends_with(".github/workflows") {
                workflows.push((path, document));
            } else if name == "kustomization.yaml" {
                bundle_at(&mut bundles, folder).kustomization = Some((path, document));
            } else if !document["kind"].is_null() {
                let bundle = bundle_at(&mut bundles, folder);
                bundle.paths.push(path);
                bundle.objects.push(Object::new(path, document));
            }
        }
        let mut bundles: Vec<_> = bundles.into_values().collect();
        for bundle in &mut bundles {
            bundle.generate();
        }
        Self { files, bundles, dockerfiles, workflows }
    }
}

fn bundle_at<'m, 'a>(bundles: &'m mut BTreeMap<&'a str, Bundle<'a>>, folder: &'a str) -> &'m mut Bundle<'a> {
    bundles.entry(folder).or_insert_with(|| Bundle { folder, ..Bundle::default() })
}

/// Whether the file at `path` is read as YAML.
pub(super) fn is_yaml(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, extension)| matches!(extension, "yaml" | "yml"))
}

/// The only document of `text`, and what is wrong with the text.
fn read_document(path: &str, text: &str) -> (Option<Value>, Option<Finding>) {
    let refuse = |message: String| Finding {
        level: Level::Fault,
        rule: SYNTAX,
        path: path.into(),
        object: String::new(),
        message,
    };
    let mut documents = serde_yaml::Deserializer::from_str(text);
    let first = match documents.next().map(Value::deserialize) {
        Some(Ok(value)) if !value.is_null() => value,
        Some(Err(error)) => return (None, Some(refuse(error.to_string()))),
        _ => return (None, Some(refuse("holds no document".into()))),
    };
    let is_last = documents.next().is_none();
    let refused = (!is_last).then(|| refuse("holds more than one document; validators read only the first".into()));
    (Some(first), refused)
}

impl Bundle<'_> {
    /// Adds the `ConfigMaps` and Secrets that kustomize will make.
    fn generate(&mut self) {
        let Some((path, kustomization)) = &self.kustomization else { return };
        let namespace = kustomization["namespace"].as_str();
        for (section, kind) in [("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")] {
            for entry in items(&kustomization[section]) {
                self.objects.push(Object::generated(path, kind, namespace, entry));
            }
        }
    }

    /// Every object that makes pods, with its pod template.
    pub(super) fn workloads(&self) -> impl Iterator<Item = Workload<'_>> {
        self.objects.iter().filter_map(Workload::of)
    }

    /// The objects of one kind.
    pub(super) fn of_kind<'b>(&'b self, kind: &'b str) -> impl Iterator<Item = &'b Object> {
        self.objects.iter().filter(move |object| object.kind == kind)
    }

    /// The object of that kind and name.
    pub(super) fn find(&self, kind: &str, name: &str) -> Option<&Object> {
        self.objects.iter().find(|object| object.kind == kind && object.name == name)
    }
}

/// The value below `path`, keys parted by dots; null when there is none.
pub(super) fn at<'v>(value: &'v Value, path: &str) -> &'v Value {
    path.split('.').fold(value, |value, key| &value[key])
}

/// The items of a list; none for anything else.
pub(super) fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_sequence().into_iter().flatten()
}

/// The entries of a mapping whose keys are strings; none for anything else.
pub(super) fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_mapping().into_iter().flatten().filter_map(|(key, value)| Some((key.as_str()?, value)))
}

/// A scalar as the text that was meant: names and ports may be written as numbers.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::SYNTAX;
    use crate::check::fixture::Sample;

    #[test]
    fn what_cannot_be_read_is_a_finding() {
        for (text, message) in [
            ("a: [b\n", "did not find"),
            ("a: b\na: c\n", "duplicate entry with key \"a\""),
            ("a:\n  b: c\n  b: d\n", "duplicate entry with key \"b\""),
            ("", "holds no document"),
            ("# nothing\n", "holds no document"),
            ("a: b\n---\nc: d\n", "more than one document"),
            ("a: *b\n", "unknown anchor"),
        ] {
            let findings = Sample::good().put("k8s/x.yaml", text).findings();
            let hit = findings.iter().find(|finding| finding.rule == SYNTAX && finding.path == "k8s/x.yaml");
            assert!(hit.is_some_and(|finding| finding.message.contains(message)), "{text:?}: {findings:?}");
        }
    }

    #[test]
    fn other_yaml_is_no_manifest() {
        let dependabot = "version: 2\nupdates: []\n";
        assert_eq!(Sample::good().put(".github/dependabot.yml", dependabot).findings(), []);
    }
}
