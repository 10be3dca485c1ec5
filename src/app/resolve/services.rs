//! `[services]`: what the application talks to, and the variables that point it there.

mod common;
mod in_cluster;
mod postgresql;
mod redis;

use super::super::component::Component;
use super::super::network::{self, Destination, Egress, IngressRule, NetworkPolicy, ServicePort};
use super::super::object::{Kind, Object};
use super::super::pod::{EnvVar, SecretKeyRef};
use super::super::value::{DnsLabel, EnvName, HostName};
use super::ResolvedSections;
use super::faults::Faults;
use super::names::Names;
use crate::config::defaults;
use crate::config::section::{Config, QueueKind, ServiceKind, ServiceSection};
use crate::diagnostic::Diagnostic;
use in_cluster::InCluster;
use std::collections::BTreeMap;

/// Words of a name and the port of what is usually called so.
/// Source: <https://www.iana.org/assignments/service-names-port-numbers>, and the servers' own documents.
const PORTS: [(&str, u32); 12] = [
    ("postgres", 5_432),
    ("mysql", 3_306),
    ("mariadb", 3_306),
    ("redis", 6_379),
    ("valkey", 6_379),
    ("rabbit", 5_672),
    ("amqp", 5_672),
    ("mongo", 27_017),
    ("memcache", 11_211),
    ("kafka", 9_092),
    ("smtp", 587),
    ("elastic", 9_200),
];

/// Components of the application itself.
const TAKEN: [&str; 6] = ["base", "config", "headless", "migrate", "namespace", "web"];

/// Keys that are for one of the two sorts only.
const KIND_KEYS: [&str; 11] = [
    "secret",
    "password-env",
    "password-in-url",
    "database",
    "driver",
    "image",
    "size",
    "class",
    "eviction",
    "resources",
    "kind",
];

/// Longest name of a StatefulSet: it is in a label of its pods, with a hash of ten digits behind it.
const LONGEST: usize = 52;

/// A server that the application talks to.
#[derive(Clone, Debug)]
pub(super) struct Service {
    /// Its name in `app.toml`.
    pub(super) name: String,
    /// Name by which pods of the namespace reach it.
    pub(super) host: String,
    port: u32,
    /// Variables of the application.
    pub(super) env: Vec<EnvVar>,
    server: Server,
}

/// Where a server is.
#[derive(Clone, Debug)]
enum Server {
    InCluster(Box<InCluster>),
    /// Outside, under this name; an `ExternalName` Service stands for it unless it is used directly.
    External {
        host: String,
        direct: bool,
    },
}

impl Service {
    /// Where its password is.
    pub(super) fn password(&self) -> Option<&SecretKeyRef> {
        match &self.server {
            Server::InCluster(server) => Some(&server.common.password),
            Server::External { .. } => None,
        }
    }

    /// Where the password of a Redis is.
    pub(super) fn redis_password(&self) -> Option<&SecretKeyRef> {
        match &self.server {
            Server::InCluster(server) if server.port_name() == redis::PORT_NAME => Some(&server.common.password),
            _ => None,
        }
    }

    /// Where the application's pods connect to.
    pub(super) fn destination(&self) -> Destination {
        let (comment, instance) = match &self.server {
            Server::InCluster(_) => (self.host.clone(), Some(self.host.clone())),
            Server::External { host, .. } => (format!("{host}:{}", self.port), None),
        };
        Destination { comment, cidr: None, instance, port: self.port }
    }

    /// `host:port` for a caller in another namespace.
    pub(super) fn address_for_others(&self, names: &Names) -> String {
        format!("{}.{}.svc:{}", self.host, names.namespace, self.port)
    }

    fn component(&self) -> Component {
        Component::Service(self.name.clone())
    }
}

/// `[services]`.
pub(super) fn resolve(
    sections: &BTreeMap<String, ServiceSection>,
    names: &Names,
    faults: &mut Faults<'_>,
) -> Vec<Service> {
    sections.iter().filter_map(|(name, section)| service(names, name, section, faults)).collect()
}

fn service(names: &Names, name: &str, section: &ServiceSection, faults: &mut Faults<'_>) -> Option<Service> {
    if !name_fits(names, name, faults) {
        return None;
    }
    match (section.kind, &section.external) {
        (Some(kind), None) => {
            keys_fit(name, &["direct"], "external", faults);
            keys_fit_kind(name, kind, faults);
            in_cluster::resolve(names, name, kind, section, faults)
        }
        (None, Some(host)) => {
            keys_fit(name, &KIND_KEYS, "kind", faults);
            external(names, name, host, section, faults)
        }
        (Some(_), Some(_)) => {
            let (one, other) = (["services", name, "kind"], ["services", name, "external"]);
            let message = format!("`services.{name}` cannot be in the cluster and outside");
            faults.contradiction(&message, (&one, "inside"), (&other, "outside"), "keep one of them");
            None
        }
        (None, None) => {
            let clause = "needs `kind`, for a server in the cluster, or `external`, for one outside";
            faults.refuse(&["services", name], clause);
            None
        }
    }
}

/// Whether objects can be called `name`, beside those of the application itself.
fn name_fits(names: &Names, name: &str, faults: &mut Faults<'_>) -> bool {
    let (message, help) = if let Err(clause) = name.parse::<DnsLabel>() {
        (format!("`services.{name}` {clause}"), None)
    } else if TAKEN.contains(&name) || Component::PREFIXES.iter().any(|taken| name.starts_with(taken)) {
        let message = format!("`services.{name}` has the name of a part of the application");
        (message, Some("name it after what it is: `redis`, `db`"))
    } else if names.of(name).len() > LONGEST {
        let message = format!("`{}` is longer than {LONGEST} characters", names.of(name));
        (message, Some("shorten one of the two names"))
    } else {
        return true;
    };
    let fault = faults.document().at_key(Diagnostic::error(message), &["services", name], "");
    faults.push(match help {
        Some(help) => fault.help(help),
        None => fault,
    });
    false
}

fn keys_fit(name: &str, keys: &[&str], sort: &str, faults: &mut Faults<'_>) {
    let other = if sort == "kind" { "external" } else { "kind" };
    let keys: Vec<&str> = keys.iter().copied().filter(|key| *key != sort).collect();
    let message = |key: &str| format!("`{key}` has no meaning together with `{other}`");
    let help = format!("it is for a service with `{sort}`");
    faults.without_meaning((&["services", name], &keys), (&["services", name, other], ""), message, &help);
}

/// Keys that are for one kind of server only.
fn keys_fit_kind(name: &str, kind: ServiceKind, faults: &mut Faults<'_>) {
    let (keys, help): (&[&str], _) = match kind {
        ServiceKind::Redis => (&["driver"], "the URL of a Redis names no driver"),
        ServiceKind::Postgresql => {
            (&["database", "eviction"], "its database is named after the application, and it drops no data")
        }
    };
    let message = |key: &str| format!("`{key}` has no meaning for this kind");
    faults.without_meaning((&["services", name], keys), (&["services", name, "kind"], "the kind"), message, help);
}

fn external(
    names: &Names,
    name: &str,
    host: &str,
    section: &ServiceSection,
    faults: &mut Faults<'_>,
) -> Option<Service> {
    let path = ["services", name, "external"];
    let external: Option<HostName> = faults.parse(host, &path);
    if host.parse::<std::net::IpAddr>().is_ok() {
        faults.refuse(&path, "must be a host name: an ExternalName Service cannot point to an address");
    }
    let known = PORTS.iter().find(|(word, _)| name.contains(word)).map(|(_, port)| *port);
    let database = ["db", "database", "pg"].contains(&name).then_some(5_432);
    let port = section.port.or(known).or(database);
    if port.is_none() {
        faults.refuse(&["services", name], "needs `port`: its name does not say what it is");
    }
    let (external, port) = (external?, port?);
    let inside = if section.direct { external.to_string() } else { names.of(name) };
    let prefix = prefix(name);
    let mut env = Vec::new();
    if section.env.as_deref() != Some("") {
        let host_variable = variable_name(name, "env", section.env.as_deref(), format!("{prefix}_HOST"), faults);
        env.push(EnvVar::literal(&host_variable, &inside, None));
        if section.env.is_none() {
            env.push(EnvVar::literal(&format!("{prefix}_PORT"), &port.to_string(), None));
        }
    }
    let server = Server::External { host: external.to_string(), direct: section.direct };
    Some(Service { name: name.to_owned(), host: inside, port, env, server })
}

/// The name of a variable that `key` may say.
fn variable_name(name: &str, key: &str, written: Option<&str>, default: String, faults: &mut Faults<'_>) -> String {
    let parsed: Option<EnvName> = written.and_then(|text| faults.parse(text, &["services", name, key]));
    parsed.map_or(default, |name| name.to_string())
}

/// The objects of all servers.
pub(super) fn objects(config: &Config, parts: &ResolvedSections) -> Vec<Object> {
    let mut objects = Vec::new();
    for service in &parts.services {
        match &service.server {
            Server::InCluster(server) => {
                objects.extend(server.objects(parts, service));
                objects.extend(policy(config, parts, service, server.port_name()));
            }
            Server::External { direct: true, .. } => {}
            Server::External { host, direct: false } => objects.push(external_name(parts, service, host)),
        }
    }
    objects
}

/// The policy of a server: the application's pods may connect, and whoever counts its queues.
fn policy(config: &Config, parts: &ResolvedSections, service: &Service, port: &'static str) -> Option<Object> {
    if !parts.security.network_policy {
        return None;
    }
    let app = IngressRule { port, namespace: None, app: Some(parts.names.app.to_string()) };
    let keda = config.workers.values().map(|worker| &worker.scaling).filter(|scaling| {
        let named = scaling.service.as_ref().is_none_or(|name| *name == service.name);
        port == redis::PORT_NAME && scaling.queue == Some(QueueKind::Redis) && scaling.address.is_none() && named
    });
    let usual = defaults::workers::KEDA_NAMESPACE;
    let mut namespaces: Vec<&str> = keda.map(|scaling| scaling.keda_namespace.as_deref().unwrap_or(usual)).collect();
    namespaces.sort_unstable();
    namespaces.dedup();
    let rules = namespaces.into_iter().map(|name| IngressRule { port, namespace: Some(name.into()), app: None });
    let policy = NetworkPolicy {
        match_labels: BTreeMap::from([("app.kubernetes.io/instance".into(), service.host.clone())]),
        other_instances: Vec::new(),
        ingress: std::iter::once(app).chain(rules).collect(),
        egress: Some(Egress { open: false, metadata: false, destinations: Vec::new() }),
    };
    let component = service.component();
    let file = format!("{}-network-policy", service.name);
    Some(parts.names.object(&component, &file, Kind::NetworkPolicy(policy)))
}

/// `NAME` as the beginning of a variable's name.
fn prefix(name: &str) -> String {
    name.to_ascii_uppercase().replace('-', "_")
}

fn external_name(parts: &ResolvedSections, service: &Service, host: &str) -> Object {
    let spec = network::Service {
        service_type: "ExternalName",
        headless: false,
        external_name: Some(host.to_owned()),
        selector: BTreeMap::new(),
        ports: vec![ServicePort { name: "server", port: service.port, target_port: None, app_protocol: None }],
    };
    let component = service.component();
    parts.names.object(&component, &format!("{}-service", service.name), Kind::Service(spec))
}
