//! Objects by which the Prometheus operator finds metrics.
//! Source: <https://prometheus-operator.dev/docs/api-reference/api/>

use std::collections::BTreeMap;

use serde::Serialize;

/// `ServiceMonitorSpec` or `PodMonitorSpec` with one endpoint.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Monitor {
    /// `matchLabels` of the Services or pods.
    pub(crate) match_labels: BTreeMap<String, String>,
    /// Name of the port.
    pub(crate) port: &'static str,
    pub(crate) path: String,
    /// Time between two readings.
    pub(crate) interval: String,
}
