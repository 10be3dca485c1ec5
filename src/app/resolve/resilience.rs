//! `[resilience]`: circuit breakers by the service mesh.

use super::super::component::Component;
use super::super::mesh::{DestinationRule, ServiceEntry};
use super::super::object::{Kind, Object};
use super::super::value::{DnsLabel, Duration, HostName};
use super::faults::Faults;
use super::names::Names;
use super::object;
use crate::config::defaults::resilience as defaults;
use crate::config::section::{CallProtocol, CallSection, ResilienceSection};

/// End of the names of services in the cluster, which the mesh knows on its own.
const IN_CLUSTER: &str = ".svc.cluster.local";

/// A DestinationRule for each call, and a ServiceEntry where the host is outside.
pub(super) fn objects(section: &ResilienceSection, names: &Names, faults: &mut Faults<'_>) -> Vec<Object> {
    if section.mesh.is_none() && !section.calls.is_empty() {
        faults.refuse(&["resilience", "calls"], "needs `mesh`: Kubernetes has no circuit breaker");
    }
    if section.mesh.is_some() && section.calls.is_empty() {
        faults.refuse(&["resilience", "mesh"], "needs `[resilience.calls.NAME]` with `host`, the host of the calls");
    }
    let mut objects = Vec::new();
    for (name, call) in &section.calls {
        objects.extend(call_objects(names, name, call, faults).unwrap_or_default());
    }
    objects
}

fn call_objects(names: &Names, name: &str, call: &CallSection, faults: &mut Faults<'_>) -> Option<Vec<Object>> {
    let place = |key| ["resilience", "calls", name, key];
    faults.parse::<DnsLabel>(name, &["resilience", "calls", name])?;
    let host: HostName = faults.parse(&call.host, &place("host"))?;
    let inside = host.as_ref().ends_with(IN_CLUSTER);
    if !host.as_ref().contains('.') {
        faults.refuse(
            &place("host"),
            "must be a full name: the mesh reads a short one as a service of its own namespace",
        );
    }
    let sees_requests = call.protocol == CallProtocol::Http;
    if call.pending.is_some() && !sees_requests {
        let (one, other) = (place("pending"), ["resilience", "calls", name]);
        let help = "protocol = \"http\", where the mesh adds TLS itself; else leave it out";
        faults.contradiction("the mesh sees no requests to count", (&one, ""), (&other, "not plain HTTP"), help);
    }
    let rule = DestinationRule {
        host: host.to_string(),
        max_connections: call.connections.unwrap_or(defaults::CONNECTIONS),
        connect_timeout: duration(
            call.connect_timeout.as_deref(),
            defaults::CONNECT_TIMEOUT,
            &place("connect-timeout"),
            faults,
        ),
        http1_max_pending_requests: sees_requests.then_some(call.pending.unwrap_or(defaults::PENDING)),
        failures: call.failures.unwrap_or(defaults::FAILURES),
        base_ejection_time: duration(call.pause.as_deref(), defaults::PAUSE, &place("pause"), faults),
    };
    let metadata = names.metadata_named(&Component::Base, names.of(name));
    let mut objects = vec![object(
        &Component::Base,
        &format!("destination-rule-{name}"),
        metadata.clone(),
        Kind::DestinationRule(rule),
    )];
    if !inside {
        let (protocol, port_name, port) = match call.protocol {
            CallProtocol::Tls => ("TLS", "tls", 443),
            CallProtocol::Http => ("HTTP", "http", 80),
            CallProtocol::Tcp => ("TCP", "tcp", 443),
        };
        if call.protocol == CallProtocol::Tcp && call.port.is_none() {
            faults.refuse(&["resilience", "calls", name], "needs `port`: TCP has no default");
        }
        let port = call.port.unwrap_or(port);
        let entry = ServiceEntry { host: host.to_string(), port, protocol, port_name };
        objects.push(object(&Component::Base, &format!("service-entry-{name}"), metadata, Kind::ServiceEntry(entry)));
    }
    Some(objects)
}

fn duration(text: Option<&str>, default: &'static str, place: &[&str], faults: &mut Faults<'_>) -> String {
    faults.parse_or::<Duration>(text, default, place).to_string()
}
