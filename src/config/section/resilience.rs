//! `[resilience]`: circuit breakers for calls to other services.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::defaults;

/// Circuit breakers for calls to other services, by the service mesh of the cluster.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct ResilienceSection {
    /// The mesh. Default: none.
    pub mesh: Option<Mesh>,
    /// Services that the application calls.
    pub calls: BTreeMap<String, CallSection>,
}

/// A service mesh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mesh {
    /// Istio.
    Istio,
}

/// A service that the application calls.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct CallSection {
    /// Host name: of a service outside the cluster, or `NAME.NAMESPACE.svc.cluster.local`.
    pub host: String,
    /// Port. Default: `443`, or `80` for `http`.
    #[schemars(range(min = 1, max = 65_535))]
    pub port: Option<u32>,
    /// What the application speaks on that port.
    #[serde(default)]
    pub protocol: CallProtocol,
    /// Most connections from one pod.
    #[schemars(range(min = 1, max = 1_000_000))]
    #[schemars(extend("default" = defaults::resilience::CONNECTIONS))]
    pub connections: Option<u32>,
    /// `http`: most requests that wait for a connection.
    #[schemars(range(min = 1, max = 1_000_000))]
    #[schemars(extend("default" = defaults::resilience::PENDING))]
    pub pending: Option<u32>,
    /// Time that a connection may take to open.
    #[schemars(extend("default" = defaults::resilience::CONNECT_TIMEOUT))]
    pub connect_timeout: Option<String>,
    /// Failures in a row after which an address is left alone.
    #[schemars(range(min = 1, max = 1_000))]
    #[schemars(extend("default" = defaults::resilience::FAILURES))]
    pub failures: Option<u32>,
    /// Time that it is left alone, longer each time.
    #[schemars(extend("default" = defaults::resilience::PAUSE))]
    pub pause: Option<String>,
}

/// What is spoken on a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum CallProtocol {
    /// TLS from the application on: the mesh sees connections, not requests.
    #[default]
    Tls,
    /// Plain HTTP: the mesh sees requests and their status.
    Http,
    /// Any other protocol over TCP.
    Tcp,
}
