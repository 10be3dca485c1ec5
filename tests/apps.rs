//! One small `app.toml` for each system of the reference text (`docs/coverage.md`): every one renders the tree that is
//! committed beside it, twice the same, and passes our own checks and the strict schemas of Kubernetes and of the custom
//! resources.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by its panic")]

mod harness;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use harness::{available, schemas};
use pykube::app::KINDS;
use pykube::check::check;
use pykube::file_set::FileSet;
use pykube::render::{Request, files};
use serde::Deserialize as _;
use serde_json::Value;
use similar::TextDiff;

fn apps() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/apps");
    let entries = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
    let mut apps: Vec<PathBuf> = entries.filter(|folder| folder.join("app.toml").is_file()).collect();
    apps.sort();
    assert!(!apps.is_empty(), "there is no test app");
    apps
}

fn rendered(app: &Path) -> FileSet {
    let request = Request { directory: app.to_owned(), ..Request::default() };
    files(&request).unwrap_or_else(|error| panic!("{}:\n{error}", app.display()))
}

fn name(app: &Path) -> &str {
    app.file_name().unwrap().to_str().unwrap()
}

/// The manifests of a rendered tree, with their paths.
fn manifests(files: &FileSet) -> Vec<(String, Value)> {
    let yaml = files
        .iter()
        .filter(|(path, _)| path.as_str().starts_with("k8s/") && path.as_str().ends_with(".yaml"))
        .filter(|(path, _)| !path.as_str().ends_with("kustomization.yaml"));
    yaml.map(|(path, text)| {
        let value = Value::deserialize(serde_yaml::Deserializer::from_str(text)).unwrap();
        (path.to_string(), value)
    })
    .collect()
}

#[test]
fn every_app_renders_the_same_twice_and_our_checks_are_silent() {
    for app in apps() {
        let first = rendered(&app);
        assert_eq!(first, rendered(&app), "{}", name(&app));
        let findings = check(&first);
        assert!(findings.is_empty(), "{}: {findings:#?}", name(&app));
    }
}

/// Where the expected tree of `app` is committed.
///
/// Only `expected/` is compared: what is beside it (`app.toml`, files that it names) is input.
fn expected_folder(app: &Path) -> PathBuf {
    app.join("expected")
}

/// Every file below `folder` with its text, by its path with `/`.
fn read_tree(folder: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(next) = waiting.pop() {
        let Ok(entries) = std::fs::read_dir(&next) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                waiting.push(path);
            } else {
                let parts = path.strip_prefix(folder).unwrap().components();
                let name: Vec<_> = parts.map(|part| part.as_os_str().to_str().unwrap()).collect();
                files.insert(name.join("/"), std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    files
}

/// Replaces the expected tree of `app` by `files`.
fn overwrite(app: &Path, files: &BTreeMap<String, String>) {
    let folder = expected_folder(app);
    let _ = std::fs::remove_dir_all(&folder);
    for (path, text) in files {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

/// A unified difference of every file in which the two trees are not the same.
fn difference(expected: &BTreeMap<String, String>, actual: &BTreeMap<String, String>) -> String {
    let paths: BTreeSet<&String> = expected.keys().chain(actual.keys()).collect();
    let of = |tree: &BTreeMap<String, String>, path: &str| tree.get(path).cloned().unwrap_or_default();
    let mut text = String::new();
    for path in paths {
        let (old, new) = (of(expected, path), of(actual, path));
        if expected.get(path) != actual.get(path) {
            let diff = TextDiff::from_lines(&old, &new);
            text += &diff.unified_diff().header(&format!("expected/{path}"), "rendered").to_string();
        }
    }
    text
}

/// The program that releases is the same text for every application, so it is not committed with each.
fn is_release(path: &str) -> bool {
    path.ends_with("/release.py")
}

#[test]
fn the_release_is_the_same_for_every_app() {
    let text = include_str!("../templates/release/release.py.j2");
    let mut seen = 0;
    for app in apps() {
        for (path, rendered) in rendered(&app).iter().filter(|(path, _)| is_release(path.as_str())) {
            assert_eq!(rendered, text, "{} {path}", name(&app));
            seen += 1;
        }
    }
    assert!(seen > 0, "no app renders it");
}

#[test]
fn every_app_renders_its_expected_tree() {
    let is_overwritten = std::env::var("SNAPSHOTS").is_ok_and(|value| value == "overwrite");
    let mut stale = String::new();
    for app in apps() {
        let files = rendered(&app);
        let compared = files.iter().filter(|(path, _)| !is_release(path.as_str()));
        let actual: BTreeMap<String, String> =
            compared.map(|(path, text)| (path.to_string(), text.to_owned())).collect();
        let expected = read_tree(&expected_folder(&app));
        if expected == actual {
            continue;
        }
        if is_overwritten {
            overwrite(&app, &actual);
        } else {
            let _ = writeln!(stale, "{}:\n{}", name(&app), difference(&expected, &actual));
        }
    }
    assert!(
        stale.is_empty(),
        "read these; where they are meant, `SNAPSHOTS=overwrite cargo test --test apps` writes them:\n{stale}"
    );
}

#[test]
fn every_manifest_of_every_app_meets_the_strict_schemas() {
    let test = "the strict schemas of the test apps";
    if available(test, schemas::kubernetes()).is_none() {
        return;
    }
    let _ = available("the schemas of custom resources", schemas::custom());
    for app in apps() {
        for (path, manifest) in manifests(&rendered(&app)) {
            for version in schemas::VERSIONS {
                let complaints = schemas::validate(&manifest, version);
                assert!(complaints.is_empty(), "{} {path} ({version}): {complaints:#?}", name(&app));
            }
        }
    }
}

#[test]
fn every_kind_stands_in_the_expected_tree_of_an_app_or_an_example() {
    let folders = apps().into_iter().map(|app| expected_folder(&app)).chain([PathBuf::from("examples")]);
    let texts: Vec<String> = folders.flat_map(|folder| read_tree(&folder).into_values()).collect();
    let seen: BTreeSet<&str> =
        texts.iter().flat_map(|text| text.lines()).filter_map(|line| line.strip_prefix("kind: ")).collect();
    let missing: Vec<_> = KINDS.iter().filter(|kind| !seen.contains(*kind)).collect();
    assert!(missing.is_empty(), "no tree shows {missing:?}");
}
