//! `[expose]`: how requests from outside the cluster arrive.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::defaults;

/// How requests from outside the cluster arrive.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct ExposeSection {
    /// The object that routes to the Service. Default: `ingress` when `host` is given, else `none`.
    pub kind: Option<ExposeKind>,
    /// Host name of the service.
    pub host: Option<String>,
    /// Further host names; `*.example.com` stands for all below it.
    pub aliases: Vec<String>,
    /// Path prefix.
    #[schemars(extend("default" = defaults::expose::PATH))]
    pub path: Option<String>,
    /// Name of the TLS Secret of an Ingress. Default: `NAME-tls` with an `issuer`, else none.
    pub tls: Option<String>,
    /// ClusterIssuer of cert-manager that makes the TLS Secret.
    pub issuer: Option<String>,
    /// Ingress class, or the Gateway as `name`, `namespace/name` or, for one of its listeners,
    /// `namespace/name/listener`. Default for an Ingress: the cluster's own.
    pub class: Option<String>,
    /// Namespace of the ingress controller or gateway; only its pods may then connect. Default: any pod may.
    pub from_namespace: Option<String>,
    /// Seconds that one request may take; gateway only.
    #[schemars(range(min = 1, max = 86_400))]
    pub timeout: Option<u32>,
    /// Annotations of the Ingress, HTTPRoute or Service: controllers are configured by them.
    pub annotations: std::collections::BTreeMap<String, String>,
}

impl ExposeSection {
    /// How the service is reached: by an Ingress where a host is named and nothing else is asked for.
    pub(crate) fn kind(&self) -> ExposeKind {
        self.kind.unwrap_or(if self.host.is_some() { ExposeKind::Ingress } else { ExposeKind::None })
    }
}

/// The object that routes to the Service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ExposeKind {
    /// Only pods of the cluster reach the service.
    None,
    /// An Ingress.
    Ingress,
    /// An HTTPRoute of the Gateway API.
    Gateway,
    /// A Service of type LoadBalancer.
    LoadBalancer,
}
