//! One small `app.toml` for each system of the reference text (`docs/coverage.md`): every one renders, twice the same, and
//! passes our own checks and the strict schemas of Kubernetes and of the custom resources.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by its panic")]

mod harness;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use harness::{available, schemas};
use pykube::check::check;
use pykube::file_set::FileSet;
use pykube::render::{Request, files};
use serde::Deserialize as _;
use serde_json::Value;

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

/// Custom resources that pykube renders and whose schema is beside the project; the HTTPRoute is in `examples/fastapi`.
const KINDS: [&str; 9] = [
    "DestinationRule",
    "ExternalSecret",
    "PodMonitor",
    "ScaledObject",
    "SealedSecret",
    "SecretProviderClass",
    "ServiceMonitor",
    "TriggerAuthentication",
    "VerticalPodAutoscaler",
];

/// The manifests of a rendered tree, with their paths.
fn manifests(files: &FileSet) -> Vec<(String, Value)> {
    let yaml = files
        .iter()
        .filter(|(path, _)| path.as_str().starts_with("k8s/") && !path.as_str().ends_with("kustomization.yaml"));
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

#[test]
fn every_manifest_of_every_app_meets_the_strict_schemas() {
    let test = "the strict schemas of the test apps";
    if available(test, schemas::kubernetes()).is_none() {
        return;
    }
    let custom = available("the schemas of custom resources", schemas::custom()).is_some();
    let mut seen = BTreeSet::new();
    for app in apps() {
        for (path, manifest) in manifests(&rendered(&app)) {
            if custom && schemas::is_custom(manifest["apiVersion"].as_str().unwrap()) {
                seen.insert(manifest["kind"].as_str().unwrap().to_owned());
            }
            for version in schemas::VERSIONS {
                let complaints = schemas::validate(&manifest, version);
                assert!(complaints.is_empty(), "{} {path} ({version}): {complaints:#?}", name(&app));
            }
        }
    }
    if custom {
        for kind in KINDS {
            assert!(seen.contains(kind), "no test app renders a {kind}");
        }
    }
}
