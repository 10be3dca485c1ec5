//! Objects of KEDA, which scales by what waits and not by what is used.
//! Source: <https://keda.sh/docs/2.21/reference/scaledobject-spec/>

use std::collections::BTreeMap;

use serde::Serialize;

/// `ScaledObjectSpec`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ScaledObject {
    /// Name of the Deployment.
    pub target_name: String,
    /// Fewest replicas; none run while nothing waits when it is 0.
    pub min_replica_count: u32,
    /// Most replicas.
    pub max_replica_count: u32,
    /// Seconds of lower load before replicas are taken away, the last one included.
    pub scale_down_seconds: u32,
    /// What is looked at.
    pub triggers: Vec<Trigger>,
}

/// One thing that is looked at.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Trigger {
    /// Name of the scaler.
    #[serde(rename = "type")]
    pub scaler: &'static str,
    pub metadata: BTreeMap<&'static str, String>,
    /// Name of the `TriggerAuthentication`.
    pub authentication_ref: Option<String>,
}

/// `TriggerAuthenticationSpec`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TriggerAuthentication {
    /// Parameter of the scaler that comes from a Secret.
    pub parameter: &'static str,
    pub secret_name: String,
    pub secret_key: String,
}
