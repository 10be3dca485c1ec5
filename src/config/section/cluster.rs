//! `[cluster]`: the cluster that the manifests are for.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::defaults;

/// The cluster that the manifests are for.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct ClusterSection {
    /// Minor version of Kubernetes, `1.32` to `1.37`: what the manifests may use.
    #[schemars(extend("default" = defaults::cluster::kubernetes()))]
    pub kubernetes: Option<String>,
    /// Folder that the manifests are written to.
    #[schemars(extend("default" = defaults::cluster::MANIFESTS))]
    pub manifests: Option<String>,
    /// Manifests of your own that are applied with the rendered ones: YAML files below `manifests`, or folders anywhere in the
    /// repository with a `kustomization.yaml` of their own. pykube lists them in its kustomization and never writes or removes
    /// them; `release.py` applies them and deletes none of their objects.
    pub resources: Vec<String>,
}

impl ClusterSection {
    /// The file to read for an entry of `resources`: the entry itself, or the kustomization of the folder.
    #[must_use]
    pub(crate) fn resource_file(entry: &str) -> String {
        let entry = entry.trim_end_matches('/');
        if Self::is_manifest(entry) { entry.to_owned() } else { format!("{entry}/kustomization.yaml") }
    }

    /// Whether an entry of `resources` is a file, and not a folder.
    #[must_use]
    pub(crate) fn is_manifest(entry: &str) -> bool {
        entry.ends_with(".yaml") || entry.ends_with(".yml")
    }
}
