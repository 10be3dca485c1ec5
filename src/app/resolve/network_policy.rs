//! NetworkPolicies: one closes both directions for all pods of the application except for where they may connect to;
//! one of the web workload, and of each server of `[services]`, lets connections in.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::super::component::Component;
use super::super::network::{Destination, Egress, IngressRule, NetworkPolicy};
use super::super::object::{Kind, Object};
use super::super::value::HostName;
use super::faults::Faults;
use super::{ResolvedSections, object};
use crate::config::section::SecuritySection;
use crate::kube::grammar::cidr::Cidr;

/// The policy of all pods of the application's image: nobody connects to them, and they connect to what they need.
pub(super) fn of_application(parts: &ResolvedSections) -> Option<Object> {
    let servers = parts.services.iter().filter(|service| service.password().is_some());
    let policy = NetworkPolicy {
        match_labels: BTreeMap::from([("app.kubernetes.io/name".into(), parts.names.app.to_string())]),
        other_instances: servers.map(|service| service.host.clone()).collect(),
        ingress: Vec::new(),
        egress: Some(egress_of(parts)),
    };
    let metadata = parts.names.metadata_named(&Component::Base, parts.names.app.to_string());
    let kind = Kind::NetworkPolicy(policy);
    parts.security.network_policy.then(|| object(&Component::Base, "default-network-policy", metadata, kind))
}

/// The policy that lets connections to `component` in; its file is `file`.
pub(super) fn lets_in(
    parts: &ResolvedSections,
    component: &Component,
    file: &str,
    ingress: Vec<IngressRule>,
) -> Option<Object> {
    let policy = NetworkPolicy {
        match_labels: BTreeMap::from([("app.kubernetes.io/instance".into(), parts.names.of(component))]),
        other_instances: Vec::new(),
        ingress,
        egress: None,
    };
    let kind = Kind::NetworkPolicy(policy);
    parts.security.network_policy.then(|| parts.names.object(component, file, kind))
}

/// Where the application's pods may connect to: what `[security]` says, and the servers of `[services]`.
fn egress_of(parts: &ResolvedSections) -> Egress {
    let mut egress = parts.security.egress.clone();
    if !egress.open {
        egress.destinations.extend(parts.services.iter().map(super::services::Service::destination));
        egress.destinations.extend(parts.listening());
    }
    egress
}

/// `egress` of `[security]`.
pub(super) fn egress(section: &SecuritySection, faults: &mut Faults<'_>) -> Egress {
    let numbered = section.egress.iter().flatten().enumerate();
    let destinations = numbered.filter_map(|(index, text)| destination(text, index, faults)).collect();
    Egress { open: section.egress.is_none(), metadata: section.metadata, destinations }
}

fn destination(text: &str, index: usize, faults: &mut Faults<'_>) -> Option<Destination> {
    let position = index.to_string();
    let path = ["security", "egress", position.as_str()];
    let split =
        text.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse::<u16>().ok().filter(|port| *port > 0)?)));
    let Some((host, port)) = split else {
        faults.refuse(&path, "must be `host:port` or `CIDR:port`, such as `db.example.com:5432`");
        return None;
    };
    let port = u32::from(port);
    if let Some(cidr) = as_cidr(host) {
        let cidr = cidr.map_err(|clause| faults.refuse(&path, &clause)).ok()?;
        return Some(Destination { comment: text.to_owned(), cidr: Some(cidr), instance: None, port });
    }
    let host: HostName = faults.parse(host, &path)?;
    Some(Destination { comment: format!("{host}:{port}"), cidr: None, instance: None, port })
}

/// An address, or a range of addresses, as a CIDR block; none when it is a host name.
fn as_cidr(text: &str) -> Option<Result<String, String>> {
    let text = text.trim_matches(['[', ']']);
    let (address, length) = text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
    let address: IpAddr = address.trim_matches(['[', ']']).parse().ok()?;
    let length = length.map(|digits| digits.parse().map_err(drop)).transpose().ok()?;
    let block = Cidr::new(address, length)?;
    if matches!(address, IpAddr::V6(address) if address.to_ipv4_mapped().is_some()) {
        return Some(Err("must be written as an IPv4 range: an API server refuses its IPv6 form".into()));
    }
    let first = block.first();
    // An API server refuses a range that is named by another address than its first.
    Some(if first == block {
        Ok(first.to_string())
    } else {
        Err(format!("must be written with the network address: `{first}`"))
    })
}
