//! `[scaling]`: how many replicas run.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::defaults;

use super::{MetricSection, PaceSection, Vertical};

/// How many replicas run: a fixed number, or between two numbers by load.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct ScalingSection {
    /// A fixed number of replicas and no autoscaler; not beside `min` and `max`.
    #[schemars(range(min = 1, max = 1_000))]
    pub replicas: Option<u32>,
    /// Fewest replicas.
    #[schemars(range(min = 1, max = 1_000))]
    #[schemars(extend("default" = defaults::scaling::MIN))]
    pub min: Option<u32>,
    /// Most replicas. Default: three times `min`.
    #[schemars(range(min = 1, max = 1_000))]
    pub max: Option<u32>,
    /// CPU use that the autoscaler aims at, in percent of the request. Default: `80` when no other metric is given: of the
    /// default request of `500m` that is 400m, 40 % of the one core that a process can use, so requests find it free until
    /// further pods have come. With a smaller request scale at more percent: `cpu = "250m"` and `160` mean the same.
    #[schemars(range(min = 1, max = 1_000))]
    pub cpu: Option<u32>,
    /// Memory use that the autoscaler aims at, in percent of the request. Python seldom gives memory back: prefer `cpu`.
    #[schemars(range(min = 1, max = 1_000))]
    pub memory: Option<u32>,
    /// Seconds of lower load before replicas are removed.
    #[schemars(range(min = 0, max = 3_600))]
    #[schemars(extend("default" = defaults::scaling::SCALE_DOWN_SECONDS))]
    pub scale_down_seconds: Option<u32>,
    /// Metrics of the application's own, such as `{ pods = "http_requests_per_second", average = "100" }`.
    pub metrics: Vec<MetricSection>,
    /// How fast replicas are added.
    pub scale_up: Option<PaceSection>,
    /// How fast replicas are removed.
    pub scale_down: Option<PaceSection>,
    /// Whether a VerticalPodAutoscaler looks at the requests.
    pub vertical: Vertical,
}

impl ScalingSection {
    /// Fewest and most replicas.
    pub(crate) fn bounds(&self) -> (u32, u32) {
        let usual = defaults::scaling::MIN;
        let min = self.min.unwrap_or(self.max.map_or(usual, |max| max.min(usual)));
        self.replicas.map_or((min, self.max.unwrap_or(min * 3)), |replicas| (replicas, replicas))
    }
}
