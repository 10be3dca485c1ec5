//! `[cluster]`: the cluster that the manifests are for.

use schemars::JsonSchema;
use serde::Deserialize;

/// The cluster that the manifests are for.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct ClusterSection {
    /// Minor version of Kubernetes, `1.32` to `1.37`: what the manifests may use. Default: `1.35`.
    pub kubernetes: Option<String>,
    /// Folder that the manifests are written to. Default: `k8s`.
    pub manifests: Option<String>,
}
