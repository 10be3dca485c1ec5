//! What `kubectl apply --kustomize` would send is what the files hold: what was validated is what is applied.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;

use serde_yaml::{Mapping, Value};

use super::Skip;
use super::tools::of_the_machine;
use super::trees::{Tree, documents, stage};
use super::validators::no_file_found;

const DIGEST: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

/// kustomize takes every folder, leaves every object as it was, and sets the digest of our image.
///
/// The digest is set first, as the workflow does it with `kustomize edit set image` before it applies the manifests.
pub(crate) fn kustomize(trees: &[Tree]) -> Result<Vec<String>, Skip> {
    let root = stage("kustomize");
    let mut found = Vec::new();
    let mut count = 0;
    for tree in trees {
        tree.write(&root.join(&tree.name));
        let images = deployed_images(tree);
        for folder in tree.kustomizations() {
            let place = format!("{}/{folder}", tree.name);
            let path = root.join(&place);
            set_digests(&path.join("kustomization.yaml"), &images);
            let said = of_the_machine("kubectl", &[OsStr::new("kustomize"), path.as_os_str()])?;
            if !said.success {
                found.push(format!("kustomize: {place}: {}", said.text));
                continue;
            }
            let result = documents(&said.output);
            found.extend(
                differences(tree, folder, &result, &images)
                    .into_iter()
                    .map(|line| format!("kustomize: {place}: {line}")),
            );
            count += result.len();
        }
    }
    if count == 0 && found.is_empty() {
        found.extend(no_file_found("kustomize"));
    }
    Ok(found)
}

/// The images whose digest the workflows set: their variable `IMAGE`.
fn deployed_images(tree: &Tree) -> Vec<String> {
    let workflows = tree.workflows().map(|(_, text)| serde_yaml::from_str::<Value>(text).unwrap_or_default());
    workflows.filter_map(|workflow| workflow["env"]["IMAGE"].as_str().map(str::to_owned)).collect()
}

/// What `kustomize edit set image NAME=NAME@DIGEST` does to a kustomization.
fn set_digests(path: &Path, images: &[String]) {
    let mut kustomization: Value = serde_yaml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut entries = kustomization["images"].as_sequence().cloned().unwrap_or_default();
    for name in images {
        entries.retain(|entry| entry["name"].as_str() != Some(name));
        let entry: Mapping = [("name", name.as_str()), ("newName", name), ("digest", DIGEST)]
            .into_iter()
            .map(|(key, value)| (key.into(), value.into()))
            .collect();
        entries.push(Value::Mapping(entry));
    }
    kustomization["images"] = Value::Sequence(entries);
    std::fs::write(path, serde_yaml::to_string(&kustomization).unwrap()).unwrap();
}

/// What kustomize changed, lost or added, except for the digests of our images.
fn differences(tree: &Tree, folder: &str, result: &[Value], images: &[String]) -> Vec<String> {
    let title = |document: &Value| {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        format!("{}/{}", text(&document["kind"]), text(&document["metadata"]["name"]))
    };
    let in_folder = |path: &str| path.rsplit_once('/').is_some_and(|(parent, _)| parent == folder);
    let mut expected: BTreeMap<String, Value> = BTreeMap::new();
    for (_, text) in tree.yaml(folder).filter(|(path, _)| in_folder(path) && !path.ends_with("/kustomization.yaml")) {
        for mut document in documents(text) {
            pin(&mut document, images);
            expected.insert(title(&document), document);
        }
    }
    // What the project wrote itself and the kustomization names.
    let own = tree.beside.iter().filter(|(path, _)| path.ends_with(".yaml"));
    let own: Vec<Value> = own.flat_map(|(_, text)| documents(text)).collect();
    let mut found = Vec::new();
    for document in result {
        let name = title(document);
        match expected.remove(&name) {
            Some(same) if same == *document => {}
            Some(_) => found.push(format!("{name} is not what is written in its file")),
            None if own.contains(document) => {}
            None => found.push(format!("{name} stands in no file")),
        }
    }
    found.extend(expected.into_keys().map(|name| format!("{name} got lost")));
    found
}

/// Gives every container with one of `images` its digest.
fn pin(value: &mut Value, images: &[String]) {
    match value {
        Value::Mapping(mapping) => {
            for (key, value) in mapping {
                if key.as_str() == Some("image")
                    && let Some(name) = value.as_str().and_then(|image| {
                        images.iter().find(|name| {
                            image.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with([':', '@']))
                        })
                    })
                {
                    *value = format!("{name}@{DIGEST}").into();
                }
                pin(value, images);
            }
        }
        Value::Sequence(list) => list.iter_mut().for_each(|item| pin(item, images)),
        _ => {}
    }
}
