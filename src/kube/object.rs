//! Kubernetes objects in a YAML text, and which two of them are the same object.

use std::fmt;

use serde_json::Value;

use super::kind;
use super::path::at;
use super::yaml::document::documents;
use crate::fingerprint::{Fingerprint, without_hash};

/// One object: which it is, and all of its fields.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Object {
    pub identity: Identity,
    /// The file that it stands in.
    pub path: String,
    /// The object, as JSON.
    pub value: Value,
}

impl Object {
    /// `value`, which is in the file at `path`; none when it has no kind.
    pub(crate) fn new(path: &str, value: Value) -> Option<Self> {
        Some(Self { identity: Identity::of(&value)?, path: path.to_owned(), value })
    }

    /// The field at `way`; null when there is none.
    pub(crate) fn at(&self, way: &str) -> &Value {
        at(&self.value, way)
    }

    /// `Kind/name`, as `kubectl` would take it.
    pub(crate) fn title(&self) -> String {
        format!("{}/{}", self.identity.kind, self.identity.name)
    }

    /// Its namespace, when it says one.
    pub(crate) fn namespace(&self) -> Option<&str> {
        self.at("metadata.namespace").as_str()
    }
}

/// What is behind the name of an object of `kind` that is called after its content, the same for all values that mean
/// the same. A Job is called after its pods: the template can never change, and nothing else of it makes them run again.
pub(crate) fn content_hash(kind: &str, value: &Value) -> String {
    let mut content = if kind == "Job" { at(value, "spec.template") } else { value }.clone();
    content.sort_all_objects();
    Fingerprint::of(content.to_string()).short().to_owned()
}

/// What makes two objects the same one. The version of the API is left out: an object outlives it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity {
    /// `Deployment`
    pub kind: String,
    /// `apps`; empty for the core group.
    pub group: String,
    /// Empty when none is given.
    pub namespace: String,
    /// The name, hash and all.
    pub name: String,
}

impl Identity {
    /// The identity of an object; none when it has no kind.
    fn of(value: &Value) -> Option<Self> {
        let text = |way: &str| at(value, way).as_str().unwrap_or_default().to_owned();
        let kind = text("kind");
        let version = text("apiVersion");
        let group = version.rsplit_once('/').map_or("", |(group, _)| group).to_owned();
        (!kind.is_empty()).then(|| Self {
            kind,
            group,
            namespace: text("metadata.namespace"),
            name: text("metadata.name"),
        })
    }

    /// The name without the hash of the content that pykube puts behind the names of `ConfigMaps` and Jobs.
    pub fn stem(&self) -> &str {
        stem(&self.kind, &self.name)
    }
}

/// The name of an object of `kind` without the hash of its content.
pub(crate) fn stem<'n>(kind: &str, name: &'n str) -> &'n str {
    if kind::of(kind).is_some_and(|kind| kind.is_named_by_content) { without_hash(name) } else { name }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        if self.name.is_empty() { Ok(()) } else { write!(f, " {}", self.name) }
    }
}

/// The objects of a YAML text, which is in the file at `path`. A document without a kind makes the text no manifest:
/// none.
///
/// # Errors
/// As [`documents`].
pub(crate) fn objects(path: &str, text: &str) -> Result<Option<Vec<Object>>, String> {
    Ok(documents(text)?.into_iter().map(|value| Object::new(path, value)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_become_objects_with_an_identity() {
        let text =
            "kind: A\napiVersion: g/v1\nmetadata: {name: n, namespace: s}\ndata: {1: x, true: y}\n---\n---\nkind: B\n";
        let all = objects("", text).unwrap().unwrap();
        assert_eq!(
            all[0].identity,
            Identity { kind: "A".into(), group: "g".into(), namespace: "s".into(), name: "n".into() }
        );
        assert_eq!(all[0].value["data"]["1"], "x");
        assert_eq!(all[1].identity.to_string(), "B");
        assert_eq!(objects("", "a: 1\n").unwrap(), None);
        assert!(objects("", "a: 1\na: 2\n").is_err());
        assert!(objects("", "<<<<<<< HEAD\na: 1\n").is_err());
    }

    const JOB: &str = "kind: Job\nmetadata: {name: a}\nspec:\n  template:\n    spec:\n      restartPolicy: Never\n      containers:\n        - name: a\n          args: [\"1\"]\n";

    #[test]
    fn jobs_whose_pods_mean_the_same_have_the_same_hash() {
        let hash = |text: &str| content_hash("Job", &documents(text).unwrap()[0]);
        let one = hash(JOB);
        let same = JOB.replace(
            "spec:\n      restartPolicy: Never\n      containers:",
            "spec:\n      # new words\n      containers:",
        ) + "      restartPolicy: \"Never\"\n";
        assert_eq!(one, hash(&same));
        assert_eq!(one, hash(&JOB.replace("name: a}", "name: b}")), "its own name is not part of it");
        for other in [JOB.replace("\"1\"", "1"), JOB.replace("\"1\"", "\"2\""), JOB.replace("Never", "OnFailure")] {
            assert_ne!(one, hash(&other), "{other}");
        }
    }
}
