//! `[monitoring]`: how Prometheus finds the metrics of the web workload, and how several processes share them.

use std::collections::BTreeMap;

use super::super::component::Component;
use super::super::monitoring::Monitor;
use super::super::network::{IngressRule, ServicePort};
use super::super::object::{Kind, Object};
use super::super::pod::{ContainerPort, EnvVar, PodTemplate, Volume, VolumeMount, VolumeSource};
use super::super::value::{DnsLabel, Duration, Quantity, UrlPath};
use super::app_container::set;
use super::faults::Faults;
use super::probes::HTTP;
use super::server::Server;
use super::web_variant::WebVariant;
use super::{ResolvedSections, WEB, object};
use crate::config::defaults;
use crate::config::section::{Config, Scrape};
use crate::vocabulary::ServerKind;

/// Name of the metrics' own port.
const METRICS: &str = "metrics";

/// Variable that tells the application the metrics' own port.
const PORT_VARIABLE: &str = "METRICS_PORT";

/// Folder that the processes share their metrics in.
const MULTIPROCESS_FOLDER: &str = "/run/metrics";

/// Name of its volume; names that begin with `tmp` are pykube's own.
const MULTIPROCESS_VOLUME: &str = "tmp-metrics";

/// What Prometheus reads, and how it finds it.
#[derive(Clone, Debug)]
pub(super) struct Monitoring {
    path: String,
    /// The port, when it is not the application's.
    own_port: Option<u32>,
    scrape: Scrape,
    interval: String,
    labels: BTreeMap<String, String>,
    namespace: Option<String>,
    /// Whether the processes share their metrics in a folder.
    pub(super) multiprocess: bool,
}

impl Monitoring {
    /// The port that a ServiceMonitor reads at the Service of the web workload, besides that of requests.
    pub(super) fn service_port(&self) -> Option<ServicePort> {
        let port = self.own_port.filter(|_| self.scrape == Scrape::ServiceMonitor)?;
        Some(ServicePort::http(port, METRICS))
    }

    fn port_name(&self) -> &'static str {
        if self.own_port.is_some() { METRICS } else { HTTP }
    }
}

pub(super) fn resolve(config: &Config, server: &Server, faults: &mut Faults<'_>) -> Option<Monitoring> {
    let section = config.monitoring.as_ref()?;
    let path: UrlPath =
        faults.parse_or(section.metrics.as_deref(), defaults::monitoring::METRICS, &["monitoring", "metrics"]);
    let interval: Duration =
        faults.parse_or(section.interval.as_deref(), defaults::monitoring::INTERVAL, &["monitoring", "interval"]);
    let namespace = faults.optional::<DnsLabel>(section.namespace.as_ref(), &["monitoring", "namespace"]);
    let own_port = section.port.filter(|port| *port != server.port);
    keys_fit_scrape(config, section.scrape, faults);
    if own_port.is_none() && namespace.is_none() && config.expose.from_namespace.is_some() {
        let message = "Prometheus could not connect: the NetworkPolicy lets one namespace in";
        let expose: (&[&str], &str) = (&["expose", "from-namespace"], "only this one");
        let help = "[monitoring] namespace = \"…\": the one that Prometheus runs in";
        faults.contradiction(message, (&["monitoring"], "no namespace"), expose, help);
    }
    Some(Monitoring {
        path: if own_port.is_some() { path.to_string() } else { server.path(path.to_string()) },
        own_port,
        scrape: section.scrape,
        interval: interval.to_string(),
        labels: faults.labels(&section.labels, &["monitoring", "labels"]),
        namespace,
        multiprocess: multiprocess(section.multiprocess, server, faults),
    })
}

fn keys_fit_scrape(config: &Config, scrape: Scrape, faults: &mut Faults<'_>) {
    if scrape == Scrape::Annotations {
        let written: &[&str] = &["monitoring", "scrape"];
        let other = if faults.has(written) { written } else { &["monitoring"] };
        let message = |key: &str| format!("`{key}` has no meaning for annotations");
        let help = "scrape = \"pod-monitor\" or \"service-monitor\"";
        faults.without_meaning((&["monitoring"], &["interval", "labels"]), (other, "annotations"), message, help);
    }
    if scrape == Scrape::ServiceMonitor && config.stateful.is_some() {
        let message = "a ServiceMonitor would find each replica twice";
        let stateful: (&[&str], &str) = (&["stateful"], "has two Services");
        faults.contradiction(message, (&["monitoring", "scrape"], ""), stateful, "scrape = \"pod-monitor\"");
    }
}

/// Files of dead processes must be removed: only gunicorn reports the end of one.
fn multiprocess(written: Option<bool>, server: &Server, faults: &mut Faults<'_>) -> bool {
    let gunicorn = server.kind == ServerKind::Gunicorn && server.own_command.is_none();
    if written == Some(true) && !gunicorn {
        let other: &[&str] = if server.own_command.is_some() { &["server", "command"] } else { &["server", "kind"] };
        let other: &[&str] = if faults.has(other) { other } else { &["app", "framework"] };
        let message = "only gunicorn reports the end of a process, whose numbers are then removed from the sum";
        let help = "one process in each pod needs no folder: [server] workers = 1";
        faults.contradiction(message, (&["monitoring", "multiprocess"], ""), (other, ""), help);
    }
    written.unwrap_or(server.writes_config() && server.workers > 1)
}

/// Puts port, annotations and the shared folder on the pods of the web workload.
pub(super) fn monitor_pods(parts: &ResolvedSections, template: &mut PodTemplate) {
    let Some(monitoring) = &parts.monitoring else { return };
    let Some(container) = template.containers.iter_mut().find(|container| container.name == WEB) else { return };
    if let Some(port) = monitoring.own_port {
        container.ports.push(ContainerPort { name: METRICS.into(), container_port: port });
        let comment = "The module of `pykube add metrics` listens there, and serves them nowhere else.";
        set(&mut container.env, EnvVar::literal(PORT_VARIABLE, &port.to_string(), Some(comment)));
    }
    if monitoring.multiprocess {
        let comment = "Each process writes its numbers there; the metrics endpoint adds them up.";
        set(&mut container.env, EnvVar::literal("PROMETHEUS_MULTIPROC_DIR", MULTIPROCESS_FOLDER, Some(comment)));
        container.volume_mounts.push(VolumeMount::new(MULTIPROCESS_VOLUME, MULTIPROCESS_FOLDER));
        template.volumes.push(Volume {
            name: MULTIPROCESS_VOLUME.into(),
            source: VolumeSource::EmptyDir { size_limit: Quantity::from_text("64Mi"), medium: None },
            comment: None,
        });
    }
    if monitoring.scrape == Scrape::Annotations {
        let port = monitoring.own_port.unwrap_or(parts.server.port);
        let pairs = [("path", monitoring.path.clone()), ("port", port.to_string()), ("scrape", "true".into())];
        let pairs = pairs.map(|(key, value)| (format!("prometheus.io/{key}"), value));
        template.annotations.extend(pairs);
    }
}

/// What the NetworkPolicy must open for Prometheus.
pub(super) fn scraper_rules(parts: &ResolvedSections) -> Vec<IngressRule> {
    let Some(monitoring) = &parts.monitoring else { return Vec::new() };
    let namespace = monitoring.namespace.clone();
    match (monitoring.own_port, &parts.exposure.from_namespace) {
        (Some(_), _) => vec![IngressRule { port: METRICS, namespace, app: None }],
        // The port is open to everybody.
        (None, None) => Vec::new(),
        (None, Some(known)) if namespace.as_ref() == Some(known) => Vec::new(),
        (None, Some(_)) => vec![IngressRule { port: HTTP, namespace, app: None }],
    }
}

/// The monitor of the Prometheus operator.
pub(super) fn objects(parts: &ResolvedSections) -> Vec<Object> {
    let Some(monitoring) = &parts.monitoring else { return Vec::new() };
    let monitor = |match_labels| Monitor {
        match_labels,
        port: monitoring.port_name(),
        path: monitoring.path.clone(),
        interval: monitoring.interval.clone(),
    };
    let of = |component: &Component, file: &str, kind| {
        let mut metadata = parts.names.metadata(component);
        metadata.labels.extend(monitoring.labels.clone());
        object(component, file, metadata, kind)
    };
    match monitoring.scrape {
        Scrape::Annotations => Vec::new(),
        Scrape::ServiceMonitor => {
            let kind = Kind::ServiceMonitor(monitor(parts.names.match_labels(&Component::Web)));
            vec![of(&Component::Web, "service-monitor", kind)]
        }
        Scrape::PodMonitor => {
            let of_variant = |variant: &WebVariant| {
                let kind = Kind::PodMonitor(monitor(variant.match_labels(&parts.names)));
                of(&variant.component, &variant.file("pod-monitor"), kind)
            };
            parts.web.iter().map(of_variant).collect()
        }
    }
}
