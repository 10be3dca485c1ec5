//! Objects of a service mesh.

use serde::Serialize;

/// `DestinationRule` of networking.istio.io/v1: a circuit breaker for the calls to one host.
/// Source: <https://istio.io/latest/docs/reference/config/networking/destination-rule/>
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DestinationRule {
    /// Host that is called.
    pub host: String,
    /// Most connections from one pod.
    pub max_connections: u32,
    /// Time that a connection may take to open.
    pub connect_timeout: String,
    /// Most requests that wait for a connection; none where the mesh sees no requests.
    pub http1_max_pending_requests: Option<u32>,
    /// Failures in a row after which an address is left alone.
    pub failures: u32,
    /// Time that it is left alone.
    pub base_ejection_time: String,
}

/// `ServiceEntry` of networking.istio.io/v1: makes the mesh know a host outside, which a `DestinationRule` needs.
/// Source: <https://istio.io/latest/docs/reference/config/networking/service-entry/>
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceEntry {
    pub host: String,
    pub port: u32,
    /// `TLS`, `HTTP` or `TCP`.
    pub protocol: &'static str,
    pub port_name: &'static str,
}
