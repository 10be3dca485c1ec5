//! `[monitoring]`: how Prometheus finds the metrics.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::defaults;

/// How Prometheus finds the metrics of the web workload.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct MonitoringSection {
    /// Path of the metrics.
    #[schemars(extend("default" = defaults::monitoring::METRICS))]
    pub metrics: Option<String>,
    /// Port of the metrics, when it is not the application's: an Ingress then never reaches them.
    /// The application learns it from `METRICS_PORT`.
    #[schemars(range(min = 1, max = 65535))]
    pub port: Option<u32>,
    /// How Prometheus learns of them.
    pub scrape: Scrape,
    /// Time between two scrapes, for a monitor.
    #[schemars(extend("default" = defaults::monitoring::INTERVAL))]
    pub interval: Option<String>,
    /// Labels of the monitor, by which a Prometheus may choose its monitors: `release = "prometheus"`.
    pub labels: BTreeMap<String, String>,
    /// Namespace of Prometheus; only its pods, and those of `[expose] from-namespace`, may then connect.
    pub namespace: Option<String>,
    /// The processes share their metrics in a folder (`PROMETHEUS_MULTIPROC_DIR`).
    /// Default: `true` with several processes of gunicorn.
    pub multiprocess: Option<bool>,
}

/// What tells Prometheus of the metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Scrape {
    /// Annotations of the pods, which many configurations of Prometheus look for.
    #[default]
    Annotations,
    /// A ServiceMonitor of the Prometheus operator.
    ServiceMonitor,
    /// A PodMonitor of the Prometheus operator.
    PodMonitor,
}
