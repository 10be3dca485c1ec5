//! `[security]`: what the pods may do.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::defaults;

/// What the pods may do. They always meet the Pod Security Standard `restricted`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct SecuritySection {
    /// Numeric user and group of the processes, above 10000, to avoid the users of a node.
    #[schemars(range(min = 1, max = 2_147_483_647))]
    #[schemars(extend("default" = defaults::security::USER))]
    pub user: Option<u32>,
    /// Render NetworkPolicies.
    #[schemars(extend("default" = defaults::security::NETWORK_POLICY))]
    pub network_policy: Option<bool>,
    /// When given, only outgoing connections to DNS and to these are allowed: `host:port` or `CIDR:port`.
    pub egress: Option<Vec<String>>,
    /// Let the pods reach the metadata address of the cloud, where Workload Identity of GKE, Pod Identity of EKS and the
    /// Azure SDK ask for credentials. Without such an identity a pod gets those of the node there.
    pub metadata: bool,
    /// Folders that the process writes to besides `/tmp`, relative to the image's `/app` or absolute; their content is
    /// lost with the pod.
    pub writable: Vec<String>,
}
