//! `[probes]`: the paths that the kubelet probes.

use schemars::JsonSchema;
use serde::Deserialize;

/// The probes of the kubelet.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct ProbesSection {
    /// Path that answers 200 while the process is healthy; it must not depend on the database. Default: the port is
    /// open.
    pub liveness: Option<ProbeSection>,
    /// Path that answers 200 while requests can be served. Default: any path answers below 500.
    pub readiness: Option<ProbeSection>,
    /// Path probed until the first success; the other probes wait for it. Default: as `liveness`, for 150 seconds.
    pub startup: Option<ProbeSection>,
    /// `Host` header of the probes. Default: the host of `[expose]`, or `localhost` for Django.
    pub host: Option<String>,
}

/// A path, or a path with its timing.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum ProbeSection {
    /// The path, beginning with `/`.
    Path(String),
    /// The path with its timing.
    Table(ProbeTable),
}

/// The path with its timing.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct ProbeTable {
    /// The path, beginning with `/`.
    pub path: Option<String>,
    /// How many seconds failures are tolerated: during the start, or in a row.
    #[schemars(range(min = 1, max = 86_400))]
    pub seconds: Option<u32>,
    /// Seconds between two probes.
    #[schemars(range(min = 1, max = 3_600))]
    pub period: Option<u32>,
    /// Seconds that one answer may take.
    #[schemars(range(min = 1, max = 3_600))]
    pub timeout: Option<u32>,
}

impl ProbeSection {
    /// The path, where one is written.
    #[must_use]
    pub(crate) fn path(&self) -> Option<&str> {
        match self {
            Self::Path(path) => Some(path),
            Self::Table(table) => table.path.as_deref(),
        }
    }
}
