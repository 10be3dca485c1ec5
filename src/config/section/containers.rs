//! `[init.NAME]` and `[sidecars.NAME]`: containers before and beside the application.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::defaults;

/// A container that runs to completion before the application starts; several run in the order in which they are
/// written.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct InitSection {
    /// The command.
    pub command: String,
    /// Image with a fixed tag or a digest. Default: the application's, with its variables and volumes.
    pub image: Option<String>,
    /// Variables besides the application's.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// CPU request. Default: the application's, or `100m` for another image.
    pub cpu: Option<String>,
    /// Memory limit and request. Default: the application's, or `128Mi` for another image.
    pub memory: Option<String>,
    /// Volumes of `[volumes]` for another image: name = absolute path.
    #[serde(default)]
    pub volumes: BTreeMap<String, String>,
    /// User of another image. Default: the application's.
    #[schemars(range(min = 1, max = 2_147_483_647))]
    pub user: Option<u32>,
    /// Workloads that get it, by component: `web`, `migrate`, … Default: `web`.
    pub on: Option<Vec<String>>,
}

/// A container that runs beside the application, and stops after it where Kubernetes has native sidecars (from 1.33
/// on).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct SidecarSection {
    /// Image with a fixed tag or a digest.
    pub image: String,
    /// The command instead of the image's own.
    pub command: Option<String>,
    /// Arguments of the image's own command.
    #[serde(default)]
    pub args: Vec<String>,
    /// Variables.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Secret variables: name = `secret/key`.
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
    /// Ports: name of at most 15 letters, digits and `-` = number.
    #[serde(default)]
    pub ports: BTreeMap<String, u32>,
    /// Files: absolute path in the container = path of the content in the repository. They become a ConfigMap.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// Volumes of `[volumes]` that it shares with the application: name = absolute path.
    #[serde(default)]
    pub volumes: BTreeMap<String, String>,
    /// Folders that it writes to; their content is lost with the pod.
    #[serde(default)]
    pub writable: Vec<String>,
    /// CPU request.
    #[schemars(extend("default" = defaults::containers::SIDECAR_CPU))]
    pub cpu: Option<String>,
    /// Memory limit and request.
    #[schemars(extend("default" = defaults::containers::MEMORY))]
    pub memory: Option<String>,
    /// User. Default: the application's.
    #[schemars(range(min = 1, max = 2_147_483_647))]
    pub user: Option<u32>,
    /// Where it answers 200 while it is healthy; after a minute without that it is restarted.
    pub health: Option<HealthSection>,
    /// Workloads that get it, by component: `web`, `migrate`, … Default: `web`.
    pub on: Option<Vec<String>>,
}

/// Where a sidecar answers 200 while it is healthy.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct HealthSection {
    /// Path, beginning with `/`.
    pub path: String,
    /// Name of one of its `ports`.
    pub port: String,
}
