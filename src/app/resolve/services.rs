//! `[services]`: what the application talks to, and the variables that point it there.

mod redis;

use super::super::network::{Destination, IngressRule, NetworkPolicy, ServicePort};
use super::super::object::{Kind, Object};
use super::super::pod::{EnvVar, SecretKeyRef};
use super::super::value::{DnsLabel, EnvName, HostName};
use super::names::Names;
use super::pod::variable;
use super::{Parts, Resolver, object};
use crate::config::section::{QueueKind, ServiceKind, ServiceSection};
use crate::diagnostic::Diagnostic;

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

/// Beginnings of the names of the application's other components.
const TAKEN_BEGINNINGS: [&str; 4] = ["cron-", "job-", "web-", "worker-"];

/// Keys that are for one of the two sorts only.
const KIND_KEYS: [&str; 10] = [
    "secret",
    "password-env",
    "password-in-url",
    "database",
    "image",
    "size",
    "class",
    "eviction",
    "resources",
    "kind",
];

/// Namespace of KEDA.
const KEDA: &str = "keda";

/// A server that the application talks to.
#[derive(Clone, Debug)]
pub(in crate::app) struct Service {
    /// Its name in `app.toml`.
    pub(in crate::app) name: String,
    /// Name of its objects, or the host outside.
    host: String,
    port: u32,
    /// Whether it stands outside the cluster.
    external: Option<String>,
    /// Variables of the application.
    pub(in crate::app) env: Vec<EnvVar>,
    /// Where its password is.
    pub(in crate::app) password: Option<SecretKeyRef>,
}

impl Service {
    /// Component of its objects.
    pub(super) fn component(&self) -> &str {
        &self.name
    }

    /// Where the application's pods connect to.
    pub(super) fn destination(&self) -> Destination {
        let outside = self.external.as_ref();
        Destination {
            comment: outside.map_or_else(|| self.host.clone(), |host| format!("{host}:{}", self.port)),
            cidr: None,
            instance: outside.is_none().then(|| self.host.clone()),
            port: self.port,
        }
    }

    /// `host:port` for a caller in another namespace.
    pub(super) fn address_for_others(&self, parts: &Parts) -> String {
        format!("{}.{}.svc:{}", self.host, parts.names.namespace, self.port)
    }
}

impl Resolver<'_> {
    /// The servers, each checked by itself.
    pub(super) fn services(&mut self, names: &Names) -> Vec<Service> {
        let sections = self.config.services.clone();
        sections.iter().filter_map(|(name, section)| self.service(names, name, section)).collect()
    }

    fn service(&mut self, names: &Names, name: &str, section: &ServiceSection) -> Option<Service> {
        let place = ["services", name];
        if let Err(clause) = name.parse::<DnsLabel>() {
            let fault = Diagnostic::error(format!("`services.{name}` {clause}"));
            self.faults.push(self.document.at_key(fault, &place, ""));
            return None;
        }
        if TAKEN.contains(&name) || TAKEN_BEGINNINGS.iter().any(|taken| name.starts_with(taken)) {
            let fault = Diagnostic::error(format!("`services.{name}` has the name of a part of the application"));
            self.faults.push(self.document.at_key(fault, &place, "").help("name it after what it is: `redis`, `db`"));
            return None;
        }
        // The name of a StatefulSet stands in a label of its pods, with a hash of ten digits behind it.
        if names.of(name).len() > 52 {
            let fault = Diagnostic::error(format!("`{}` is longer than 52 characters", names.of(name)));
            self.faults.push(self.document.at_key(fault, &place, "").help("shorten one of the two names"));
            return None;
        }
        match (section.kind, &section.external) {
            (Some(ServiceKind::Redis), None) => {
                self.keys_fit(name, &["direct"], "external");
                self.redis(names, name, section)
            }
            (None, Some(host)) => {
                self.keys_fit(name, &KIND_KEYS, "kind");
                self.external(names, name, host, section)
            }
            (Some(_), Some(_)) => {
                let (one, other) = (["services", name, "kind"], ["services", name, "external"]);
                let message = format!("`services.{name}` cannot be in the cluster and outside");
                self.contradiction(&message, (&one, "inside"), (&other, "outside"), "keep one of them");
                None
            }
            (None, None) => {
                self.fault(&place, "needs `kind`, for a server in the cluster, or `external`, for one outside");
                None
            }
        }
    }

    fn keys_fit(&mut self, name: &str, keys: &[&str], sort: &str) {
        let other = if sort == "kind" { "external" } else { "kind" };
        for key in keys {
            let path = ["services", name, key];
            if *key != sort && self.document.has(&path) {
                let message = format!("`services.{name}.{key}` has no meaning beside `{other}`");
                let help = format!("it is for a service with `{sort}`");
                self.contradiction(&message, (&path, ""), (&["services", name, other], ""), &help);
            }
        }
    }

    fn external(&mut self, names: &Names, name: &str, host: &str, section: &ServiceSection) -> Option<Service> {
        let path = ["services", name, "external"];
        let external: HostName = self.parse(host, &path)?;
        if host.parse::<std::net::IpAddr>().is_ok() {
            self.fault(&path, "must be a host name: an ExternalName Service cannot stand for an address");
            return None;
        }
        let known = PORTS.iter().find(|(word, _)| name.contains(word)).map(|(_, port)| *port);
        let database = ["db", "database", "pg"].contains(&name).then_some(5_432);
        let Some(port) = section.port.or(known).or(database) else {
            self.fault(&["services", name], "needs `port`: its name does not say what it is");
            return None;
        };
        let inside = if section.direct { external.to_string() } else { names.of(name) };
        let prefix = prefix(name);
        let mut env = Vec::new();
        if section.env.as_deref() != Some("") {
            let host_variable = self.variable_name(name, "env", section.env.as_deref(), &format!("{prefix}_HOST"))?;
            env.push(variable(&host_variable, &inside, None));
            if section.env.is_none() {
                env.push(variable(&format!("{prefix}_PORT"), &port.to_string(), None));
            }
        }
        let host = external.to_string();
        Some(Service { name: name.to_owned(), host: inside, port, external: Some(host), env, password: None })
    }

    fn variable_name(&mut self, name: &str, key: &str, written: Option<&str>, default: &str) -> Option<String> {
        let parsed: Option<EnvName> = self.parse_or(written, default, &["services", name, key]);
        parsed.map(|name| name.to_string())
    }

    /// The objects of all servers.
    pub(super) fn service_objects(&mut self, parts: &Parts) -> Vec<Object> {
        let mut objects = Vec::new();
        for service in &parts.services {
            let Some(section) = self.config.services.get(&service.name).cloned() else { continue };
            if let Some(host) = &service.external {
                objects.extend((!section.direct).then(|| external_name(parts, service, host)));
            } else {
                objects.extend(self.redis_objects(parts, service, &section).unwrap_or_default());
            }
        }
        objects
    }

    /// The policy of a server: the application's pods may connect, and whoever counts its queues.
    fn service_policy(&self, parts: &Parts, service: &Service, port: &'static str) -> Option<Object> {
        if !self.has_network_policy() {
            return None;
        }
        let app = IngressRule { port, namespace: None, app: Some(parts.names.app.to_string()) };
        let keda = self.config.workers.values().filter(|worker| {
            let scaling = &worker.scaling;
            let named = scaling.service.as_ref().is_none_or(|name| *name == service.name);
            scaling.queue == Some(QueueKind::Redis) && scaling.address.is_none() && named
        });
        let mut namespaces: Vec<String> =
            keda.map(|worker| worker.scaling.keda_namespace.clone().unwrap_or_else(|| KEDA.into())).collect();
        namespaces.sort();
        namespaces.dedup();
        let rules = namespaces.into_iter().map(|namespace| IngressRule { port, namespace: Some(namespace), app: None });
        let policy = NetworkPolicy {
            instance: service.host.clone(),
            ingress: std::iter::once(app).chain(rules).collect(),
            egress: super::super::network::Egress { open: false, destinations: Vec::new() },
        };
        let file = format!("{}-network-policy", service.name);
        Some(object(&file, parts.names.metadata(&service.name), Kind::NetworkPolicy(policy)))
    }
}

/// `NAME` as the beginning of a variable's name.
fn prefix(name: &str) -> String {
    name.to_ascii_uppercase().replace('-', "_")
}

fn external_name(parts: &Parts, service: &Service, host: &str) -> Object {
    let spec = super::super::network::Service {
        service_type: "ExternalName",
        headless: false,
        external_name: Some(host.to_owned()),
        selector: std::collections::BTreeMap::new(),
        ports: vec![ServicePort { name: "server", port: service.port, target_port: None, app_protocol: None }],
    };
    let metadata = parts.names.metadata(&service.name);
    object(&format!("{}-service", service.name), metadata, Kind::Service(spec))
}
