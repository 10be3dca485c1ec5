//! Objects by which the Prometheus operator finds metrics.
//! Source: <https://prometheus-operator.dev/docs/api-reference/api/>

use std::collections::BTreeMap;

use serde::Serialize;

/// `ServiceMonitorSpec` or `PodMonitorSpec` with one endpoint.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Monitor {
    /// `matchLabels` of the Services or pods.
    pub match_labels: BTreeMap<String, String>,
    /// Name of the port.
    pub port: &'static str,
    pub path: String,
    /// Time between two readings.
    pub interval: String,
}
