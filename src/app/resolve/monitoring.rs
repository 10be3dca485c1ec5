//! `[monitoring]`: how Prometheus finds the metrics of the web workload, and how several processes share them.

use std::collections::BTreeMap;

use super::super::monitoring::Monitor;
use super::super::network::{IngressRule, ServicePort};
use super::super::object::{Kind, Object};
use super::super::pod::{ContainerPort, PodTemplate, Volume, VolumeMount, VolumeSource};
use super::super::value::{DnsLabel, Duration, Quantity, UrlPath};
use super::expose::SERVICE_PORT;
use super::pod::variable;
use super::probes::HTTP;
use super::worker::set;
use super::{Parts, Resolver, WEB, object};
use crate::config::section::Scrape;
use crate::vocabulary::{Framework, ServerKind};

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
pub(in crate::app) struct Monitoring {
    path: String,
    /// The port, when it is not the application's.
    own_port: Option<u32>,
    scrape: Scrape,
    interval: String,
    labels: BTreeMap<String, String>,
    namespace: Option<String>,
    /// Whether the processes share their metrics in a folder.
    pub(in crate::app) multiprocess: bool,
}

impl Monitoring {
    fn port_name(&self) -> &'static str {
        if self.own_port.is_some() { METRICS } else { HTTP }
    }
}

impl Resolver<'_> {
    pub(super) fn monitoring(&mut self) -> Option<Monitoring> {
        let section = self.config.monitoring.clone()?;
        let path: UrlPath = self.parse_or(section.metrics.as_deref(), "/metrics", &["monitoring", "metrics"])?;
        let interval: Duration = self.parse_or(section.interval.as_deref(), "30s", &["monitoring", "interval"])?;
        let namespace = self.optional::<DnsLabel>(section.namespace.as_ref(), &["monitoring", "namespace"]);
        let app_port = self.config.app.port.unwrap_or(8000);
        let own_port = section.port.filter(|port| *port != app_port);
        if section.scrape == Scrape::Annotations {
            for key in ["interval", "labels"] {
                if self.document.has(&["monitoring", key]) {
                    let message = format!("`monitoring.{key}` has no meaning for annotations");
                    let other: &[&str] = if self.document.has(&["monitoring", "scrape"]) {
                        &["monitoring", "scrape"]
                    } else {
                        &["monitoring"]
                    };
                    let help = "scrape = \"pod-monitor\" or \"service-monitor\"";
                    self.contradiction(&message, (&["monitoring", key], ""), (other, "annotations"), help);
                }
            }
        }
        if section.scrape == Scrape::ServiceMonitor && self.config.stateful.is_some() {
            let message = "a ServiceMonitor would find each replica twice";
            let help = "scrape = \"pod-monitor\"";
            let stateful: (&[&str], &str) = (&["stateful"], "has two Services");
            self.contradiction(message, (&["monitoring", "scrape"], ""), stateful, help);
        }
        if own_port.is_none() && namespace.is_none() && self.config.expose.from_namespace.is_some() {
            let message = "Prometheus could not connect: the NetworkPolicy lets one namespace in";
            let expose: (&[&str], &str) = (&["expose", "from-namespace"], "only this one");
            let help = "[monitoring] namespace = \"…\": the one that Prometheus runs in";
            self.contradiction(message, (&["monitoring"], "no namespace"), expose, help);
        }
        let multiprocess = self.multiprocess(section.multiprocess);
        let labels = section.labels.clone();
        Some(Monitoring {
            path: path.to_string(),
            own_port,
            scrape: section.scrape,
            interval: interval.to_string(),
            labels,
            namespace,
            multiprocess,
        })
    }

    /// Files of dead processes must be taken away: only gunicorn says when one ends.
    fn multiprocess(&mut self, written: Option<bool>) -> bool {
        let server = &self.config.server;
        let wsgi = self.config.app.framework != Framework::FastApi;
        let gunicorn = server.kind.map_or(wsgi, |kind| kind == ServerKind::Gunicorn) && server.command.is_none();
        let several = server.workers.unwrap_or(1) > 1;
        if written == Some(true) && !gunicorn {
            let path = ["monitoring", "multiprocess"];
            let other: &[&str] = if server.command.is_some() { &["server", "command"] } else { &["server", "kind"] };
            let other: &[&str] = if self.document.has(other) { other } else { &["app", "framework"] };
            let message = "only gunicorn tells when a process ends, so that its numbers are taken out of the sum";
            let help = "one process in each pod needs no folder: [server] workers = 1";
            self.contradiction(message, (&path, ""), (other, ""), help);
        }
        written.unwrap_or(gunicorn && several && server.config.is_none())
    }

    /// Ports of the Service of the web workload.
    pub(super) fn service_ports(&self, parts: &Parts) -> Vec<ServicePort> {
        let mut ports = vec![ServicePort::http(SERVICE_PORT, HTTP)];
        let monitored = parts.monitoring.iter().filter(|monitoring| monitoring.scrape == Scrape::ServiceMonitor);
        ports.extend(monitored.filter_map(|monitoring| Some(ServicePort::http(monitoring.own_port?, METRICS))));
        ports
    }

    /// Puts port, annotations and the shared folder on the pods of the web workload.
    pub(super) fn monitor_pods(&mut self, parts: &Parts, template: &mut PodTemplate) {
        let Some(monitoring) = &parts.monitoring else { return };
        let Some(container) = template.containers.iter_mut().find(|container| container.name == WEB) else { return };
        if let Some(port) = monitoring.own_port {
            container.ports.push(ContainerPort { name: METRICS.into(), container_port: port });
            let comment = "The module of `pykube add metrics` listens there, and serves them nowhere else.";
            set(&mut container.env, variable(PORT_VARIABLE, &port.to_string(), Some(comment)));
        }
        if monitoring.multiprocess {
            let comment = "Each process writes its numbers there; the page of metrics adds them up.";
            set(&mut container.env, variable("PROMETHEUS_MULTIPROC_DIR", MULTIPROCESS_FOLDER, Some(comment)));
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
    pub(super) fn scraper_rules(&self, parts: &Parts) -> Vec<IngressRule> {
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
    pub(super) fn monitor_objects(&self, parts: &Parts) -> Vec<Object> {
        let Some(monitoring) = &parts.monitoring else { return Vec::new() };
        let monitor = |match_labels| Monitor {
            match_labels,
            port: monitoring.port_name(),
            path: monitoring.path.clone(),
            interval: monitoring.interval.clone(),
        };
        let metadata = |component: &str| {
            let mut metadata = parts.names.metadata(component);
            metadata.labels.extend(monitoring.labels.clone());
            metadata
        };
        match monitoring.scrape {
            Scrape::Annotations => Vec::new(),
            Scrape::ServiceMonitor => {
                let kind = Kind::ServiceMonitor(monitor(parts.names.match_labels(WEB)));
                vec![object("service-monitor", metadata(WEB), kind)]
            }
            Scrape::PodMonitor => {
                let of_face = |face: &super::web::Face| {
                    let kind = Kind::PodMonitor(monitor(face.match_labels(parts)));
                    object(&format!("pod-monitor{}", face.suffix), metadata(&face.component), kind)
                };
                parts.faces.iter().map(of_face).collect()
            }
        }
    }
}
