//! `[resilience]`: circuit breakers by the service mesh.

use super::super::mesh::{DestinationRule, ServiceEntry};
use super::super::object::{Kind, Object};
use super::super::value::{DnsLabel, Duration, HostName};
use super::pod::BASE;
use super::{Parts, Resolver, object};
use crate::config::section::{CallProtocol, CallSection};

/// End of the names of services in the cluster, which the mesh knows by itself.
const IN_CLUSTER: &str = ".svc.cluster.local";

impl Resolver<'_> {
    /// A DestinationRule for each call, and a ServiceEntry where the host is outside.
    pub(super) fn resilience_objects(&mut self, parts: &Parts) -> Vec<Object> {
        let section = &self.config.resilience;
        if section.mesh.is_none() && !section.calls.is_empty() {
            self.fault(&["resilience", "calls"], "needs `mesh`: Kubernetes itself breaks no circuit");
        }
        if section.mesh.is_some() && section.calls.is_empty() {
            self.fault(&["resilience", "mesh"], "needs `[resilience.calls.NAME]` with `host`: which calls?");
        }
        let mut objects = Vec::new();
        for (name, call) in &section.calls {
            objects.extend(self.call_objects(parts, name, call).unwrap_or_default());
        }
        objects
    }

    fn call_objects(&mut self, parts: &Parts, name: &str, call: &CallSection) -> Option<Vec<Object>> {
        let place = |key| ["resilience", "calls", name, key];
        self.parse::<DnsLabel>(name, &["resilience", "calls", name])?;
        let host: HostName = self.parse(&call.host, &place("host"))?;
        let inside = host.as_ref().ends_with(IN_CLUSTER);
        if !host.as_ref().contains('.') {
            self.fault(
                &place("host"),
                "must be a full name: the mesh takes a short one for a service of its own namespace",
            );
        }
        let sees_requests = call.protocol == CallProtocol::Http;
        if call.pending.is_some() && !sees_requests {
            let (one, other) = (place("pending"), ["resilience", "calls", name]);
            let help = "protocol = \"http\", where the mesh makes TLS itself; else leave it out";
            self.contradiction("the mesh sees no requests to count", (&one, ""), (&other, "not plain HTTP"), help);
        }
        let rule = DestinationRule {
            host: host.to_string(),
            max_connections: call.connections.unwrap_or(100),
            connect_timeout: self.duration(call.connect_timeout.as_deref(), "3s", &place("connect-timeout"))?,
            http1_max_pending_requests: sees_requests.then_some(call.pending.unwrap_or(100)),
            failures: call.failures.unwrap_or(5),
            base_ejection_time: self.duration(call.pause.as_deref(), "30s", &place("pause"))?,
        };
        let metadata = parts.names.metadata_named(BASE, parts.names.of(name));
        let mut objects =
            vec![object(&format!("destination-rule-{name}"), metadata.clone(), Kind::DestinationRule(rule))];
        if !inside {
            let (protocol, port_name, port) = match call.protocol {
                CallProtocol::Tls => ("TLS", "tls", 443),
                CallProtocol::Http => ("HTTP", "http", 80),
                CallProtocol::Tcp => ("TCP", "tcp", 443),
            };
            if call.protocol == CallProtocol::Tcp && call.port.is_none() {
                self.fault(&["resilience", "calls", name], "needs `port`: TCP has no usual one");
            }
            let port = call.port.unwrap_or(port);
            let entry = ServiceEntry { host: host.to_string(), port, protocol, port_name };
            objects.push(object(&format!("service-entry-{name}"), metadata, Kind::ServiceEntry(entry)));
        }
        Some(objects)
    }

    fn duration(&mut self, text: Option<&str>, default: &str, place: &[&str]) -> Option<String> {
        self.parse_or::<Duration>(text, default, place).map(|time| time.to_string())
    }
}
