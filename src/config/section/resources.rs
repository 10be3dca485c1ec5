//! `[resources]`: what one replica asks for and may use.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::defaults;

/// What one replica asks for and may use.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct ResourcesSection {
    /// CPU request, such as `250m`: what the node keeps for one replica, and what `[scaling] cpu` is a percentage of.
    #[schemars(extend("default" = defaults::resources::CPU))]
    pub cpu: Option<String>,
    /// CPU limit, or `false` for none. Default: one core for each process of the server.
    pub cpu_limit: Option<CpuLimit>,
    /// Memory limit, such as `512Mi`, and the request unless `memory-request` says less. Default: `512Mi` for up to four
    /// processes, plus `128Mi` for each further one.
    pub memory: Option<String>,
    /// Memory request. Default: as `memory`.
    pub memory_request: Option<String>,
    /// Disk that the container may fill with logs and temporary files, such as `1Gi`.
    #[schemars(extend("default" = defaults::resources::EPHEMERAL_STORAGE))]
    pub ephemeral_storage: Option<String>,
}

/// A CPU limit, or `false` for none.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum CpuLimit {
    /// `false`: no limit.
    Switch(bool),
    /// A quantity, such as `2` or `1500m`.
    Quantity(String),
}
