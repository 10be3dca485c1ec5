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
}
