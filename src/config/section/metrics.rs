//! Custom metrics and behaviour of an autoscaler, and the vertical one.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A metric that the cluster's adapter serves: of the pods, of something outside, or of an object.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct MetricSection {
    /// Name of a metric that each pod has, such as `http_requests_per_second`; it takes `average`.
    pub pods: Option<String>,
    /// Name of a metric of something outside the cluster; it takes `average` or `value`.
    pub external: Option<String>,
    /// Name of a metric of one object, which `of` names; it takes `average` or `value`.
    pub object: Option<String>,
    /// The object that a metric is of.
    pub of: Option<MetricObject>,
    /// Labels that choose among metrics of that name.
    #[serde(default)]
    pub selector: BTreeMap<String, String>,
    /// Target for each replica, such as `100`.
    pub average: Option<MetricAmount>,
    /// Target for all replicas together.
    pub value: Option<MetricAmount>,
}

/// The object that a metric is of.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct MetricObject {
    /// Its version, such as `networking.k8s.io/v1`.
    pub api_version: String,
    /// Its kind, such as `Ingress`.
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// An amount of a metric.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum MetricAmount {
    /// A whole number.
    Number(u32),
    /// A quantity, such as `500m`.
    Quantity(String),
}

/// How fast an autoscaler changes the number of replicas.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct PaceSection {
    /// Percent of the replicas that are added or removed in one period. Default: `100` up, `50` down.
    #[schemars(range(min = 1, max = 10_000))]
    pub percent: Option<u32>,
    /// Replicas that are added or removed in one period, when that is more. Default: `4` up.
    #[schemars(range(min = 1, max = 1_000))]
    pub pods: Option<u32>,
    /// Seconds of the period. Default: `30` up, `60` down.
    #[schemars(range(min = 1, max = 1_800))]
    pub period: Option<u32>,
    /// Stabilisation window in seconds: the smallest change within it counts. Default: `0` up, `300` down.
    #[schemars(range(min = 0, max = 3_600))]
    pub wait: Option<u32>,
}

/// Whether a VerticalPodAutoscaler looks at requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Vertical {
    /// None does.
    #[default]
    Off,
    /// It says what it would set: `kubectl describe vpa`.
    Recommend,
    /// It sets them, in the running pod where Kubernetes can.
    Auto,
}
