//! Objects of KEDA, which scales by what waits and not by what is used.
//! Source: <https://keda.sh/docs/2.21/reference/scaledobject-spec/>

use std::collections::BTreeMap;

use serde::Serialize;

/// `ScaledObjectSpec`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ScaledObject {
    /// Name of the Deployment.
    pub(crate) target_name: String,
    /// Fewest replicas; none run while nothing waits when it is 0.
    pub(crate) min_replica_count: u32,
    /// Most replicas.
    pub(crate) max_replica_count: u32,
    /// Seconds of lower load before replicas are removed, the last one included.
    pub(crate) scale_down_seconds: u32,
    /// What is looked at.
    pub(crate) triggers: Vec<Trigger>,
}

/// One thing that is looked at.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Trigger {
    /// Name of the scaler.
    #[serde(rename = "type")]
    pub(crate) scaler: &'static str,
    pub(crate) metadata: BTreeMap<&'static str, String>,
    /// Name of the `TriggerAuthentication`.
    pub(crate) authentication_ref: Option<String>,
}

/// `TriggerAuthenticationSpec`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TriggerAuthentication {
    /// Parameter of the scaler that comes from a Secret.
    pub(crate) parameter: &'static str,
    pub(crate) secret_name: String,
    pub(crate) secret_key: String,
}
