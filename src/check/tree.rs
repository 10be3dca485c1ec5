//! The rendered tree, read once for all rules.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{Finding, Level};
use crate::file_set::{FileSet, RelativePath, file_name};
use crate::kube::dockerfile::Dockerfile;
use crate::kube::grammar::image_reference::ImageReference;
use crate::kube::object::Object;
use crate::kube::value::items;
use crate::kube::workload::{Workload, scaler_bounds, scales};
use crate::kube::yaml::document::documents;
use crate::parallel;

/// Everything the rules look at.
pub(super) struct Tree<'a> {
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
    /// Entries of the kustomization that are manifests of the user's own.
    pub(super) own: BTreeSet<String>,
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
        let texts: Vec<(&RelativePath, &str)> = files.iter().collect();
        let read = parallel::map(&texts, |(path, text)| path.is_yaml().then(|| read_document(path.as_str(), text)));
        for ((file, text), read) in texts.into_iter().zip(read) {
            let path = file.as_str();
            let folder = file.folder();
            if file.is_dockerfile() {
                dockerfiles.push((path, Dockerfile::new(text)));
            }
            let Some((document, refused)) = read else { continue };
            findings.extend(refused);
            let Some(document) = document else { continue };
            if file.is_workflow() {
                workflows.push((path, document));
            } else if file.name() == "kustomization.yaml" {
                bundle_at(&mut bundles, folder).kustomization = Some((path, document));
            } else if let Some(object) = Object::new(path, document) {
                let bundle = bundle_at(&mut bundles, folder);
                bundle.paths.push(path);
                bundle.objects.push(object);
            }
        }
        let mut bundles: Vec<_> = bundles.into_values().collect();
        for bundle in &mut bundles {
            bundle.own = bundle.own_entries(files);
            bundle.generate();
        }
        Self { files, bundles, dockerfiles, workflows }
    }
}

fn bundle_at<'m, 'a>(bundles: &'m mut BTreeMap<&'a str, Bundle<'a>>, folder: &'a str) -> &'m mut Bundle<'a> {
    bundles.entry(folder).or_insert_with(|| Bundle { folder, ..Bundle::default() })
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
    let mut all = match documents(text) {
        Ok(all) => all.into_iter(),
        Err(error) => return (None, Some(refuse(error))),
    };
    let Some(first) = all.next() else { return (None, Some(refuse("holds no document".into()))) };
    let refused = all.next().map(|_| refuse("holds more than one document; validators read only the first".into()));
    (Some(first), refused)
}

impl Bundle<'_> {
    fn own_entries(&self, files: &FileSet) -> BTreeSet<String> {
        let listed = self.kustomization.iter().flat_map(|(_, kustomization)| items(&kustomization["resources"]));
        let entries = listed.filter_map(Value::as_str).filter(|entry| files.names(self.folder, entry));
        entries.map(str::to_owned).collect()
    }

    /// Adds the `ConfigMaps` and Secrets that kustomize will make.
    fn generate(&mut self) {
        let Some((path, kustomization)) = &self.kustomization else { return };
        let namespace = kustomization["namespace"].as_str();
        for (section, kind) in [("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")] {
            for entry in items(&kustomization[section]) {
                self.objects.extend(generated(path, kind, namespace, entry));
            }
        }
    }

    /// Every object that makes pods, with its pod template.
    pub(super) fn workloads(&self) -> impl Iterator<Item = Workload<'_>> {
        self.objects.iter().filter_map(Workload::of)
    }

    pub(super) fn of_kind<'b>(&'b self, kind: &'b str) -> impl Iterator<Item = &'b Object> {
        self.objects.iter().filter(move |object| object.identity.kind == kind)
    }

    /// The autoscaler of a workload.
    pub(super) fn scaler_of(&self, workload: Workload) -> Option<&Object> {
        self.objects.iter().find(|scaler| scales(scaler, &workload.object.value))
    }

    /// The fewest and the most pods that a workload has when nothing is rolled out.
    pub(super) fn replicas(&self, workload: Workload) -> (u64, u64) {
        let Some(scaler) = self.scaler_of(workload) else {
            let fixed = workload.object.at("spec.replicas").as_u64().unwrap_or(1);
            return (fixed, fixed);
        };
        let [(_, least), (_, most)] = scaler_bounds(scaler);
        (least.unwrap_or(1), most.or(least).unwrap_or(1))
    }

    /// Repositories of the images of all containers.
    pub(super) fn repositories(&self) -> impl Iterator<Item = &str> {
        let images = self.workloads().flat_map(Workload::containers);
        let images = images.filter_map(|container| ImageReference::parse(container.value["image"].as_str()?));
        images.map(|reference| reference.repository)
    }

    pub(super) fn find(&self, kind: &str, name: &str) -> Option<&Object> {
        self.objects.iter().find(|object| object.identity.kind == kind && object.identity.name == name)
    }
}

/// The ConfigMap or Secret that an entry of a kustomization's generator stands for, its values left out.
fn generated(path: &str, kind: &str, namespace: Option<&str>, entry: &Value) -> Option<Object> {
    let key_of = |text: &str| text.split_once('=').map_or(text, |(key, _)| key).to_owned();
    let literals = items(&entry["literals"]).filter_map(Value::as_str).map(key_of);
    // `files` without `KEY=` take the file's name for the key.
    let file_key = |text: &str| match text.split_once('=') {
        Some((key, _)) => key.to_owned(),
        None => file_name(text).to_owned(),
    };
    let files = items(&entry["files"]).filter_map(Value::as_str).map(file_key);
    let data: Map<String, Value> = literals.chain(files).map(|key| (key, "".into())).collect();
    let mut metadata = Map::from_iter([("name".to_owned(), entry["name"].clone())]);
    if let Some(namespace) = entry["namespace"].as_str().or(namespace) {
        metadata.insert("namespace".into(), namespace.into());
    }
    Object::new(path, json!({ "kind": kind, "metadata": metadata, "data": data }))
}

#[cfg(test)]
mod tests {
    use super::SYNTAX;
    use crate::check::fixture::Sample;

    #[test]
    fn what_cannot_be_read_is_a_finding() {
        for (text, message) in [
            ("a: [b\n", "did not find"),
            ("a: b\na: c\n", "the key `a` is given twice"),
            ("a:\n  b: c\n  b: d\n", "the key `b` is given twice"),
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
