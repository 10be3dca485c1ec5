//! Objects of the mesh, as far as no schema at hand says: a `ServiceEntry` is held against Istio's published API, and against
//! the `DestinationRule` that needs it.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod harness;

use std::collections::BTreeSet;
use std::io::Write as _;

use harness::{schemas, trees};
use serde_yaml::Value;

/// What one field may hold.
enum Holds {
    Texts,
    OneOf(&'static [&'static str]),
    Ports,
}

/// Fields of `ServiceEntrySpec` of networking.istio.io/v1 that pykube may write.
/// Source: <https://istio.io/latest/docs/reference/config/networking/service-entry/> and the
/// `CustomResourceDefinition` of <https://github.com/istio/api> at b8f8791, July 2026.
const FIELDS: [(&str, Holds); 5] = [
    ("hosts", Holds::Texts),
    ("exportTo", Holds::Texts),
    ("location", Holds::OneOf(&["MESH_EXTERNAL", "MESH_INTERNAL"])),
    ("resolution", Holds::OneOf(&["NONE", "STATIC", "DNS", "DNS_ROUND_ROBIN", "DYNAMIC_DNS"])),
    ("ports", Holds::Ports),
];

/// Protocols of a port.
/// Source: <https://istio.io/latest/docs/reference/config/networking/gateway/#Port>
const PROTOCOLS: [&str; 8] = ["HTTP", "HTTPS", "GRPC", "GRPC-WEB", "HTTP2", "MONGO", "TCP", "TLS"];

/// What is wrong with a `ServiceEntry`.
fn faults(entry: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    if entry["apiVersion"] != "networking.istio.io/v1" {
        faults.push(format!("apiVersion: {:?}", entry["apiVersion"]));
    }
    let Some(spec) = entry["spec"].as_mapping() else { return vec!["no spec".into()] };
    for (field, value) in spec {
        let field = field.as_str().unwrap_or_default();
        match FIELDS.iter().find(|(known, _)| *known == field).map(|(_, holds)| holds) {
            None => faults.push(format!("{field}: is not a field")),
            Some(Holds::OneOf(words)) => {
                if !value.as_str().is_some_and(|word| words.contains(&word)) {
                    faults.push(format!("{field}: {value:?}"));
                }
            }
            Some(Holds::Texts) => {
                let texts = value.as_sequence().map(Vec::as_slice).unwrap_or_default();
                if texts.is_empty() || texts.iter().any(|text| text.as_str().is_none_or(str::is_empty)) {
                    faults.push(format!("{field}: {value:?}"));
                }
            }
            Some(Holds::Ports) => faults.extend(port_faults(value)),
        }
    }
    for needed in ["hosts", "ports"] {
        if !spec.contains_key(needed) {
            faults.push(format!("{needed}: is missing"));
        }
    }
    faults
}

fn port_faults(ports: &Value) -> Vec<String> {
    let ports = ports.as_sequence().map(Vec::as_slice).unwrap_or_default();
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    for port in ports {
        let known = |key: &Value| matches!(key.as_str(), Some("number" | "name" | "protocol" | "targetPort"));
        if !port.as_mapping().is_some_and(|port| port.keys().all(known)) {
            faults.push(format!("ports: {port:?}"));
        }
        let number = port["number"].as_u64().filter(|number| (1..=65_535).contains(number));
        if !number.is_some_and(|number| seen.insert(number)) {
            faults.push(format!("ports: number {:?}", port["number"]));
        }
        let protocol = port["protocol"].as_str().unwrap_or_default();
        let name = port["name"].as_str().unwrap_or_default();
        // The mesh tells the protocol by the name's first part where nothing else says it.
        if !PROTOCOLS.contains(&protocol) || !name.starts_with(&protocol.to_ascii_lowercase()) {
            faults.push(format!("ports: `{name}` is {protocol:?}"));
        }
    }
    if ports.is_empty() {
        faults.push("ports: none".into());
    }
    faults
}

/// Kind, namespace and hosts.
fn hosts(objects: &[Value], kind: &str) -> BTreeSet<(String, String)> {
    let of_kind = objects.iter().filter(|object| object["kind"] == kind);
    let hosts = of_kind.flat_map(|object| {
        let spec = &object["spec"];
        let all = spec["hosts"].as_sequence().cloned().unwrap_or_else(|| vec![spec["host"].clone()]);
        all.into_iter().map(|host| (object["metadata"]["namespace"].clone(), host)).collect::<Vec<_>>()
    });
    hosts.map(|(namespace, host)| (namespace.as_str().unwrap().into(), host.as_str().unwrap().into())).collect()
}

#[test]
fn a_service_entry_is_one_that_the_mesh_takes() {
    if !schemas::has_schema("ServiceEntry", "networking.istio.io/v1") {
        let _ = writeln!(
            std::io::stderr(),
            "skipped: the strict schema of ServiceEntry: there is none in `../shared/crds`; held against Istio's published fields instead"
        );
    }
    let mut count = 0;
    for tree in trees::all() {
        let objects: Vec<Value> = tree.manifests().flat_map(|(_, text)| trees::documents(text)).collect();
        for entry in objects.iter().filter(|object| object["kind"] == "ServiceEntry") {
            assert_eq!(faults(entry), Vec::<String>::new(), "{}", tree.name);
            count += 1;
        }
        // Each host outside is known to the mesh once, and each that is made known has a breaker.
        let inside = |host: &str| host.ends_with(".svc.cluster.local");
        let rules = hosts(&objects, "DestinationRule").into_iter().filter(|(_, host)| !inside(host)).collect();
        assert_eq!(hosts(&objects, "ServiceEntry"), rules, "{}", tree.name);
    }
    assert!(count > 0, "no generated tree has a ServiceEntry");
}

#[test]
fn what_the_mesh_refuses_is_found() {
    let good = "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nspec:\n  hosts: [a.example.com]\n  exportTo: [.]\n  location: MESH_EXTERNAL\n  resolution: DNS\n  ports:\n    - {number: 443, name: tls, protocol: TLS}\n";
    let read = |text: &str| -> Vec<String> { faults(&serde_yaml::from_str(text).unwrap()) };
    assert_eq!(read(good), Vec::<String>::new());
    for (from, to) in [
        ("hosts: [a.example.com]", "host: a.example.com"),
        ("[a.example.com]", "[]"),
        ("MESH_EXTERNAL", "EXTERNAL"),
        ("resolution: DNS", "resolution: dns"),
        ("443", "0"),
        ("443", "\"443\""),
        ("name: tls", "name: https"),
        ("protocol: TLS", "protocol: UDP"),
        ("protocol: TLS", "protocol: TLS, nodePort: 3"),
        ("networking.istio.io/v1\n", "networking.istio.io/v1beta2\n"),
    ] {
        assert_ne!(read(&good.replacen(from, to, 1)), Vec::<String>::new(), "{to}");
    }
}
