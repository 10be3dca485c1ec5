//! Strict JSON Schemas of Kubernetes and of the custom resources, compiled once for each kind.
//!
//! Kubernetes' own come with kubernetes-validate (`tests/tools/requirements.txt`), those of custom resources from a folder
//! beside the repository. Strict means that an unknown field is a fault.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use jsonschema::{Registry, Validator};
use serde_json::Value;

use super::Skip;
use super::tools::tools;

/// The versions of Kubernetes that are supported upstream and that every generated tree is checked against.
pub(crate) const VERSIONS: [&str; 3] = ["1.35", "1.36", "1.37"];

/// Groups of custom resources that pykube writes; their schemas do not depend on the version of Kubernetes.
const CUSTOM: &[&str] = &[
    "argoproj.io",
    "autoscaling.k8s.io",
    "bitnami.com",
    "cert-manager.io",
    "external-secrets.io",
    "gateway.networking.k8s.io",
    "keda.sh",
    "kustomize.toolkit.fluxcd.io",
    "monitoring.coreos.com",
    "networking.istio.io",
    "secrets-store.csi.x-k8s.io",
    "source.toolkit.fluxcd.io",
];

/// Custom resources whose schema need not be at hand: `tests/mesh.rs` and `tests/gitops.rs` look at them. One that is not in this list has a schema.
const WITHOUT_SCHEMA: &[&str] = &["Application", "GitRepository", "Kustomization", "ServiceEntry"];

/// Whether objects of that `apiVersion` are custom resources.
pub(crate) fn is_custom(api_version: &str) -> bool {
    api_version.split_once('/').is_some_and(|(group, _)| CUSTOM.contains(&group))
}

/// Whether the schemas of Kubernetes can be had; fast once they are.
pub(crate) fn kubernetes() -> Result<(), Skip> {
    tools().map(|_| ())
}

/// Whether the schemas of custom resources can be had.
pub(crate) fn custom() -> Result<PathBuf, Skip> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/crds");
    if folder.is_dir() { Ok(folder) } else { Err(Skip("no schemas of custom resources in `../shared/crds`".into())) }
}

/// What the strict schema of a Kubernetes `version` has against `document`, one line each.
///
/// A custom resource is checked against its own schema, and not at all when there is none on this machine: ask [`custom`]
/// first. Call [`kubernetes`] first as well.
pub(crate) fn validate(document: &Value, version: &str) -> Vec<String> {
    let api_version = document["apiVersion"].as_str().unwrap_or_default();
    let kind = document["kind"].as_str().unwrap_or_default();
    if is_custom(api_version) && (custom().is_err() || lacks_schema(kind, api_version)) {
        return Vec::new();
    }
    match validator(version, api_version, kind) {
        None => vec![format!("Kubernetes {version} knows no {kind} of {api_version}")],
        Some(validator) => {
            let title = format!("{kind}/{}", document["metadata"]["name"].as_str().unwrap_or_default());
            validator
                .iter_errors(document)
                .map(|error| format!("{title}: {}: {error}", error.instance_path()))
                .collect()
        }
    }
}

/// Whether objects of `kind` are known to have no schema here.
fn lacks_schema(kind: &str, api_version: &str) -> bool {
    WITHOUT_SCHEMA.contains(&kind) && !has_schema(kind, api_version)
}

/// Whether there is a schema of that custom resource.
pub(crate) fn has_schema(kind: &str, api_version: &str) -> bool {
    custom().is_ok_and(|folder| folder.join(file_name(kind, api_version)).is_file())
}

fn file_name(kind: &str, api_version: &str) -> String {
    format!("{}-{}.json", kind.to_ascii_lowercase(), api_version.replace('/', "-"))
}

/// By version, `apiVersion` and kind; nothing for what the version does not know.
type Cache = Mutex<HashMap<(String, String, String), Option<Arc<Validator>>>>;

fn validator(version: &str, api_version: &str, kind: &str) -> Option<Arc<Validator>> {
    static CACHE: OnceLock<Cache> = OnceLock::new();
    let custom = is_custom(api_version);
    // One entry for all versions where the version makes no difference.
    let version = if custom { "" } else { version };
    let key = (version.to_owned(), api_version.to_owned(), kind.to_owned());
    let mut cache = CACHE.get_or_init(Cache::default).lock().unwrap();
    cache
        .entry(key)
        .or_insert_with(|| if custom { compile_custom(api_version, kind) } else { compile(version, api_version, kind) })
        .clone()
}

/// Files are called `KIND-GROUP-VERSION.json`, the group without its domain, in lower case.
fn compile(version: &str, api_version: &str, kind: &str) -> Option<Arc<Validator>> {
    let (group, revision) = api_version.split_once('/').unwrap_or(("", api_version));
    let group = group.split('.').next().filter(|group| !group.is_empty());
    let name = [Some(kind.to_ascii_lowercase().as_str()), group, Some(revision)]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join("-");
    let schema = read(&folder(version).join(format!("{name}.json")))?;
    let validator = jsonschema::options().with_registry(definitions(version)).with_base_uri(BASE).build(&schema);
    Some(Arc::new(validator.unwrap_or_else(|error| panic!("{name}: {error}"))))
}

fn compile_custom(api_version: &str, kind: &str) -> Option<Arc<Validator>> {
    let name = file_name(kind, api_version);
    let schema = read(&custom().ok()?.join(&name))?;
    let validator = jsonschema::validator_for(&schema);
    Some(Arc::new(validator.unwrap_or_else(|error| panic!("{name}: {error}"))))
}

/// What `/api/_definitions.json`, which every schema refers to, is relative to.
const BASE: &str = "https://kubernetes.io/api/schema.json";
const DEFINITIONS: &str = "https://kubernetes.io/api/_definitions.json";

/// The definitions that all schemas of a version share: 1.8 MB, so read once.
fn definitions(version: &str) -> &'static Registry<'static> {
    static REGISTRIES: [OnceLock<Registry<'static>>; VERSIONS.len()] = [const { OnceLock::new() }; VERSIONS.len()];
    let place = VERSIONS.iter().position(|known| *known == version).expect("one of VERSIONS");
    REGISTRIES[place].get_or_init(|| {
        let definitions = read(&folder(version).join("_definitions.json")).expect("the definitions of the schemas");
        Registry::new().add(DEFINITIONS, definitions).unwrap().prepare().unwrap()
    })
}

fn folder(version: &str) -> PathBuf {
    let schemas = tools().expect("ask `kubernetes` first").kubernetes_schemas();
    schemas.join(format!("v{version}.0-local-strict"))
}

fn read(path: &Path) -> Option<Value> {
    let text = fs::read_to_string(path).ok()?;
    Some(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}
