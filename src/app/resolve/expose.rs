//! Service, Ingress and HTTPRoute.

use std::collections::BTreeMap;

use super::super::component::Component;
use super::super::network::{HttpRoute, Ingress, Service, ServicePort};
use super::super::object::{Kind, Object};
use super::super::value::{DnsLabel, HostName, HostPattern, ObjectName, RoutePath};
use super::faults::Faults;
use super::monitoring::Monitoring;
use super::names::Names;
use super::probes::HTTP;
use super::{ResolvedSections, SERVICE_PORT, listeners, object};
use crate::config::defaults;
use crate::config::section::{ExposeKind, ExposeSection};
use crate::kube::grammar::name::qualified_name;

/// How requests from outside the cluster arrive.
#[derive(Clone, Debug)]
pub(super) struct Exposure {
    pub(super) kind: ExposeKind,
    pub(super) hosts: Vec<String>,
    pub(super) path: String,
    pub(super) class: Option<String>,
    pub(super) parent_namespace: Option<String>,
    pub(super) listener: Option<String>,
    pub(super) tls: Option<String>,
    pub(super) issuer: Option<String>,
    pub(super) annotations: BTreeMap<String, String>,
    pub(super) timeout: Option<u32>,
    pub(super) from_namespace: Option<String>,
}

/// Names that an HTTPRoute takes.
/// Source: `hostnames` of `HTTPRouteSpec`, <https://gateway-api.sigs.k8s.io/reference/spec/#httproutespec>
const MOST_HOSTS: usize = 16;

pub(super) fn resolve(section: &ExposeSection, names: &Names, faults: &mut Faults<'_>) -> Exposure {
    let kind = section.kind();
    keys_fit_kind(section, kind, faults);
    let hosts = hosts(section, kind, faults);
    let path: RoutePath = faults.parse_or(section.path.as_deref(), defaults::expose::PATH, &["expose", "path"]);
    let (parent_namespace, class, listener) = class(section, kind, faults);
    let issuer = faults.optional::<ObjectName>(section.issuer.as_ref(), &["expose", "issuer"]);
    let default_tls = issuer.as_ref().map(|_| names.of("tls"));
    let tls = faults.optional::<ObjectName>(section.tls.as_ref(), &["expose", "tls"]).or(default_tls);
    let from_namespace = faults.optional::<DnsLabel>(section.from_namespace.as_ref(), &["expose", "from-namespace"]);
    let annotations = annotations(section, faults);
    Exposure {
        kind,
        hosts,
        path: path.to_string(),
        class,
        parent_namespace,
        listener,
        tls,
        issuer,
        annotations,
        timeout: section.timeout,
        from_namespace,
    }
}

/// The names that requests are for.
fn hosts(section: &ExposeSection, kind: ExposeKind, faults: &mut Faults<'_>) -> Vec<String> {
    let first = section.host.iter().filter_map(|host| faults.parse::<HostName>(host, &["expose", "host"]));
    let mut hosts: Vec<String> = first.map(|host| host.to_string()).collect();
    hosts.extend(
        faults.parse_all::<HostPattern>(&section.aliases, &["expose", "aliases"]).iter().map(ToString::to_string),
    );
    for (key, host) in
        section.host.iter().map(|host| ("host", host)).chain(section.aliases.iter().map(|host| ("aliases", host)))
    {
        if host.parse::<std::net::IpAddr>().is_ok() {
            faults.refuse(&["expose", key], &format!("must be host names; `{host}` is an IP address"));
        }
    }
    if kind == ExposeKind::Gateway && hosts.len() > MOST_HOSTS {
        faults
            .refuse(&["expose", "aliases"], &format!("make more than the {MOST_HOSTS} names that an HTTPRoute takes"));
    }
    hosts
}

fn keys_fit_kind(section: &ExposeSection, kind: ExposeKind, faults: &mut Faults<'_>) {
    let routed = matches!(kind, ExposeKind::Ingress | ExposeKind::Gateway);
    let written: &[&str] = if section.kind.is_some() { &["expose", "kind"] } else { &["expose"] };
    if routed && section.host.is_none() {
        faults.refuse(written, "needs `host`: the name that requests are for");
    }
    if kind == ExposeKind::Gateway && section.class.is_none() {
        faults.refuse(written, "needs `class`: the Gateway that the route hangs on, as `name` or `namespace/name`");
    }
    let fits: [(&str, bool, &str); 6] = [
        ("aliases", routed, "host names belong to an Ingress or a Gateway"),
        ("path", routed, "paths belong to an Ingress or a Gateway"),
        ("tls", kind == ExposeKind::Ingress, "a Gateway holds its own certificates, a Service has none"),
        ("issuer", kind == ExposeKind::Ingress, "a Gateway holds its own certificates, a Service has none"),
        ("class", routed, "a Service has no class"),
        (
            "timeout",
            kind == ExposeKind::Gateway,
            "an Ingress has no timeout of its own: its controller takes an annotation",
        ),
    ];
    for (key, fitting, help) in fits {
        if !fitting {
            let message = |key: &str| format!("`{key}` has no meaning here");
            faults.without_meaning((&["expose"], &[key]), (written, "the kind"), message, help);
        }
    }
}

/// Namespace, name and listener of the Gateway, or the class of the Ingress.
fn class(
    section: &ExposeSection,
    kind: ExposeKind,
    faults: &mut Faults<'_>,
) -> (Option<String>, Option<String>, Option<String>) {
    let Some(class) = &section.class else { return (None, None, None) };
    let (namespace, name) = match class.split_once('/') {
        Some((namespace, name)) if kind == ExposeKind::Gateway => (Some(namespace), name),
        _ => (None, class.as_str()),
    };
    let (name, listener) = match name.split_once('/') {
        Some((name, listener)) if namespace.is_some() => (name, Some(listener)),
        _ => (name, None),
    };
    let path = ["expose", "class"];
    let namespace = namespace.and_then(|namespace| faults.parse::<DnsLabel>(namespace, &path));
    let name = faults.parse::<ObjectName>(name, &path);
    let listener = listener.and_then(|listener| faults.parse::<ObjectName>(listener, &path));
    (namespace.map(|name| name.to_string()), name.map(|name| name.to_string()), listener.map(|name| name.to_string()))
}

fn annotations(section: &ExposeSection, faults: &mut Faults<'_>) -> BTreeMap<String, String> {
    let mut annotations = BTreeMap::new();
    for (key, value) in &section.annotations {
        let path = ["expose", "annotations", key.as_str()];
        faults.refuse_control_characters(value, &path);
        if key == "kubernetes.io/ingress.class" && section.class.is_some() {
            let help = "`class` replaced it; an API server refuses both at once";
            let message = "the class of the Ingress is given twice";
            faults.contradiction(message, (&path, "the one"), (&["expose", "class"], "the other"), help);
        }
        if key.ends_with("-snippet") {
            faults.refuse(
                &path,
                "lets an annotation write the controller's configuration, which controllers refuse (CVE-2021-25742)",
            );
        }
        if qualified_name(key).is_ok() {
            annotations.insert(key.clone(), value.clone());
        } else {
            faults.refuse(&path, "must be the key of an annotation: `example.com/name`");
        }
    }
    annotations
}

/// The Service and what routes to it.
pub(super) fn objects(parts: &ResolvedSections) -> Vec<Object> {
    let exposure = &parts.exposure;
    let load_balancer = exposure.kind == ExposeKind::LoadBalancer;
    let mut service = Service::cluster_ip(parts.live_labels(), service_ports(parts));
    let mut metadata = parts.names.metadata(&Component::Web);
    if load_balancer {
        service.service_type = "LoadBalancer";
        metadata.annotations.clone_from(&exposure.annotations);
    }
    let mut objects = vec![object(&Component::Web, "service", metadata, Kind::Service(service))];
    // The version that is not live has a Service of its own, for a look at it before the switch.
    for variant in parts.web.iter().filter(|variant| !variant.live) {
        let preview = Service::cluster_ip(variant.match_labels(&parts.names), service_ports(parts));
        let metadata = parts.names.metadata_named(&Component::Web, parts.names.of("web-preview"));
        objects.push(object(&Component::Web, "service-preview", metadata, Kind::Service(preview)));
    }
    let mut metadata = parts.names.metadata(&Component::Web);
    metadata.annotations.clone_from(&exposure.annotations);
    match exposure.kind {
        ExposeKind::Ingress => {
            // Source: https://cert-manager.io/docs/usage/ingress/
            let issuer = exposure.issuer.iter().map(|issuer| ("cert-manager.io/cluster-issuer".into(), issuer.clone()));
            metadata.annotations.extend(issuer);
            objects.push(object(&Component::Web, "ingress", metadata, Kind::Ingress(ingress(parts))));
        }
        ExposeKind::Gateway => {
            objects.push(object(&Component::Web, "http-route", metadata, Kind::HTTPRoute(http_route(parts))));
        }
        ExposeKind::None | ExposeKind::LoadBalancer => {}
    }
    objects
}

fn ingress(parts: &ResolvedSections) -> Ingress {
    Ingress {
        ingress_class_name: parts.exposure.class.clone(),
        tls_secret_name: parts.exposure.tls.clone(),
        hosts: parts.exposure.hosts.clone(),
        routes: listeners::routes(parts),
    }
}

fn http_route(parts: &ResolvedSections) -> HttpRoute {
    HttpRoute {
        parent_name: parts.exposure.class.clone().unwrap_or_default(),
        parent_namespace: parts.exposure.parent_namespace.clone(),
        section_name: parts.exposure.listener.clone(),
        hostnames: parts.exposure.hosts.clone(),
        routes: listeners::routes(parts),
        // uvicorn puts the root path before what it is asked for.
        replaces_prefix: parts.server.expects_stripped_path().then_some("/"),
        request_timeout: parts.exposure.timeout.map(|seconds| format!("{seconds}s")),
        service_port: SERVICE_PORT,
    }
}

/// Ports of the Service of the web workload.
fn service_ports(parts: &ResolvedSections) -> Vec<ServicePort> {
    let mut ports = vec![ServicePort::http(SERVICE_PORT, HTTP)];
    ports.extend(parts.monitoring.iter().filter_map(Monitoring::service_port));
    ports
}
