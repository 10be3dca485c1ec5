//! Services, routes into the cluster and network policies.

use std::collections::BTreeMap;

use serde::Serialize;

/// `ServiceSpec`.
/// Source: <https://kubernetes.io/docs/reference/kubernetes-api/service-resources/service-v1/>
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Service {
    /// `ClusterIP` or `LoadBalancer`.
    #[serde(rename = "type")]
    pub(crate) service_type: &'static str,
    /// Whether it has no address of its own: a name for each of its pods instead.
    pub(crate) headless: bool,
    /// Host name outside the cluster that the Service stands for.
    pub(crate) external_name: Option<String>,
    /// Labels of the pods.
    pub(crate) selector: BTreeMap<String, String>,
    pub(crate) ports: Vec<ServicePort>,
}

impl Service {
    /// One inside the cluster.
    pub(crate) fn cluster_ip(selector: BTreeMap<String, String>, ports: Vec<ServicePort>) -> Self {
        Self { service_type: "ClusterIP", headless: false, external_name: None, selector, ports }
    }
}

/// `ServicePort`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServicePort {
    pub(crate) name: &'static str,
    pub(crate) port: u32,
    /// Name of the container's port; none for a Service without pods.
    pub(crate) target_port: Option<&'static str>,
    /// What is spoken, for proxies that want to know.
    pub(crate) app_protocol: Option<&'static str>,
}

impl ServicePort {
    /// A port for requests.
    #[must_use]
    pub(crate) fn http(port: u32, target_port: &'static str) -> Self {
        Self { name: target_port, port, target_port: Some(target_port), app_protocol: Some("http") }
    }
}

/// Requests below a path go to a Service.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Route {
    /// Path prefix.
    pub(crate) path: String,
    pub(crate) service_name: String,
}

/// `IngressSpec`.
/// Source: <https://kubernetes.io/docs/reference/kubernetes-api/service-resources/ingress-v1/>
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Ingress {
    /// Ingress class; none means the cluster's default class.
    pub(crate) ingress_class_name: Option<String>,
    pub(crate) tls_secret_name: Option<String>,
    /// Host names.
    pub(crate) hosts: Vec<String>,
    pub(crate) routes: Vec<Route>,
}

/// `HTTPRouteSpec`.
/// Source: <https://gateway-api.sigs.k8s.io/reference/spec/#httproute>
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HttpRoute {
    /// Name of the Gateway.
    pub(crate) parent_name: String,
    /// Namespace of the Gateway; none means the route's own.
    pub(crate) parent_namespace: Option<String>,
    /// Listener of the Gateway; none means all that take the hosts.
    pub(crate) section_name: Option<String>,
    /// Host names.
    pub(crate) hostnames: Vec<String>,
    pub(crate) routes: Vec<Route>,
    /// What takes the place of the path before the web workload sees it; none leaves it.
    pub(crate) replaces_prefix: Option<&'static str>,
    /// Time that one request may take, as a duration of the Gateway API.
    pub(crate) request_timeout: Option<String>,
    pub(crate) service_port: u32,
}

/// `NetworkPolicySpec` of one workload; both directions are closed except for what is named.
/// Source: <https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/>
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NetworkPolicy {
    /// Labels of the pods.
    pub(crate) match_labels: BTreeMap<String, String>,
    /// `app.kubernetes.io/instance` of pods among them that it is not about.
    pub(crate) other_instances: Vec<String>,
    /// Incoming connections that are let in beside those of other policies.
    pub(crate) ingress: Vec<IngressRule>,
    /// Outgoing connections; none says nothing about them.
    pub(crate) egress: Option<Egress>,
}

/// Who may connect.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct IngressRule {
    /// Name of the container's port.
    pub(crate) port: &'static str,
    /// Namespace of the callers; none means anybody.
    pub(crate) namespace: Option<String>,
    /// `app.kubernetes.io/name` of the callers in the same namespace.
    pub(crate) app: Option<String>,
}

/// Where connections may go.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Egress {
    /// Everywhere but the metadata service of the cloud.
    pub(crate) open: bool,
    /// There, too.
    pub(crate) metadata: bool,
    /// Beside DNS, when not open.
    pub(crate) destinations: Vec<Destination>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Destination {
    /// What `app.toml` says, for the comment.
    pub(crate) comment: String,
    /// Address range; none means every address but the metadata service, for a host name.
    pub(crate) cidr: Option<String>,
    /// `app.kubernetes.io/instance` of pods in the same namespace.
    pub(crate) instance: Option<String>,
    /// TCP port.
    pub(crate) port: u32,
}
