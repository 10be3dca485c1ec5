//! Every rendered tree, applied with `--dry-run=server` and strict validation to the API servers of three minor versions of
//! Kubernetes: what clusters of today run.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod harness;

use std::path::{Path, PathBuf};

use harness::available;
use harness::cluster::{Cluster, api_server};
use harness::project::copy_folder;

/// What the API server says against the tree in `folder`; objects of kinds that are not among the `known` are left out, their own schemas
/// judge them elsewhere.
fn refused(cluster: &Cluster, known: &str, number: usize, folder: &Path) -> Option<String> {
    let text = cluster.kubectl(["kustomize", folder.to_str().unwrap()]);
    let is_known = |kind: &str| known.lines().any(|line| line.split_whitespace().any(|word| word == kind));
    let namespace = format!("tree-{number}");
    let documents: Vec<serde_json::Value> = harness::trees::documents(&text)
        .into_iter()
        .map(|object| serde_json::to_value(object).unwrap())
        .filter(|object| is_known(object["kind"].as_str().unwrap()))
        .map(|mut object| {
            object["metadata"]["namespace"] = namespace.clone().into();
            object
        })
        .filter(|object| object["kind"] != "Namespace")
        .collect();
    cluster.kubectl(["create", "namespace", &namespace]);
    let list = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": documents});
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), list.to_string()).unwrap();
    let mut command = cluster.command("kubectl");
    command.args(["apply", "--server-side", "--dry-run=server", "--validate=strict", "--filename"]).arg(file.path());
    let output = command.output().unwrap();
    (!output.status.success()).then(|| format!("{}: {}", folder.display(), String::from_utf8_lossy(&output.stderr)))
}

/// The folders of the golden trees and of the examples, each beside what the project wrote itself: a kustomization may name both.
fn trees(beside: &Path) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let apps = std::fs::read_dir(root.join("tests/apps")).unwrap().map(|app| {
        let app = app.unwrap();
        let (app, tree) = (app.path(), beside.join(app.file_name()));
        copy_folder(&app, &tree);
        copy_folder(&app.join("expected"), &tree);
        tree
    });
    let examples = std::fs::read_dir(root.join("examples")).unwrap().map(|app| app.unwrap().path());
    let folders = apps.chain(examples).map(|folder| folder.join("k8s"));
    folders.filter(|folder| folder.join("kustomization.yaml").is_file()).collect()
}

/// Applies every tree to the API server that `program` is.
fn takes_every_tree(program: &str, version: &str) {
    let Some(cluster) = available("rendered trees on an API server", api_server(program)) else { return };
    let said = cluster.kubectl(["version", "--output=json"]);
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    let server = &said["serverVersion"];
    assert_eq!(format!("{}.{}", server["major"].as_str().unwrap(), server["minor"].as_str().unwrap()), version);
    let beside = tempfile::tempdir().unwrap();
    let trees = trees(beside.path());
    assert!(trees.len() > 50, "{trees:?}");
    let known = cluster.kubectl(["api-resources", "--output=wide", "--no-headers"]);
    let refused = trees.iter().enumerate().filter_map(|(number, folder)| refused(&cluster, &known, number, folder));
    let refused: Vec<String> = refused.collect();
    assert!(refused.is_empty(), "{refused:#?}");
}

#[test]
fn kubernetes_1_35_takes_every_rendered_tree() {
    takes_every_tree("kube-apiserver-1.35", "1.35");
}

#[test]
fn kubernetes_1_36_takes_every_rendered_tree() {
    takes_every_tree("kube-apiserver", "1.36");
}

#[test]
fn kubernetes_1_37_takes_every_rendered_tree() {
    takes_every_tree("kube-apiserver-1.37", "1.37");
}
