//! Objects of a service mesh.

use serde::Serialize;

/// `DestinationRule` of networking.istio.io/v1: a circuit breaker for the calls to one host.
/// Source: <https://istio.io/latest/docs/reference/config/networking/destination-rule/>
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DestinationRule {
    /// Host that is called.
    pub(crate) host: String,
    /// Most connections from one pod.
    pub(crate) max_connections: u32,
    /// Time that a connection may take to open.
    pub(crate) connect_timeout: String,
    /// Most requests that wait for a connection; none where the mesh sees no requests.
    pub(crate) http1_max_pending_requests: Option<u32>,
    /// Failures in a row after which an address is left alone.
    pub(crate) failures: u32,
    /// Time that it is left alone.
    pub(crate) base_ejection_time: String,
}

/// `ServiceEntry` of networking.istio.io/v1: makes the mesh know a host outside, which a `DestinationRule` needs.
/// Source: <https://istio.io/latest/docs/reference/config/networking/service-entry/>
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServiceEntry {
    pub(crate) host: String,
    pub(crate) port: u32,
    /// `TLS`, `HTTP` or `TCP`.
    pub(crate) protocol: &'static str,
    pub(crate) port_name: &'static str,
}
