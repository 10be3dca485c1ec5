//! `[cron.NAME]` and `[jobs.NAME]`: commands of the same image that come to an end.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ResourcesSection;

/// A command that runs by the clock.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct CronSection {
    /// When, as the five fields of cron (`0 3 * * *`), or `@daily` and its like.
    pub schedule: String,
    /// Time zone of the schedule, by its IANA name. Default: `Etc/UTC`.
    pub timezone: Option<String>,
    /// The command.
    pub command: String,
    /// What happens when the last run is still under way. Default: `forbid`.
    #[serde(default)]
    pub concurrency: Concurrency,
    /// Seconds that a run may begin late, after which it is left out. Default: `600`.
    #[schemars(range(min = 10, max = 604_800))]
    pub start_within: Option<u32>,
    /// Seconds after which a run has failed. Default: `3600`.
    #[schemars(range(min = 10, max = 604_800))]
    pub deadline: Option<u32>,
    /// Tries after the first one of a run. Default: `2`.
    #[schemars(range(min = 0, max = 20))]
    pub retries: Option<u32>,
    /// Finished runs that are kept for their logs, of either outcome. Default: `3`.
    #[schemars(range(min = 0, max = 100))]
    pub history: Option<u32>,
    /// Plan no more runs. Default: `false`.
    #[serde(default)]
    pub suspend: bool,
    /// What a run asks for and may use, over `[resources]`.
    #[serde(default)]
    pub resources: ResourcesSection,
    /// Variables besides the application's, or instead of them.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
}

/// What happens when the last run is still under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Concurrency {
    /// The new run is left out.
    #[default]
    Forbid,
    /// The old run is ended.
    Replace,
    /// Both run.
    Allow,
}

/// A command that runs once for each release.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct JobSection {
    /// The command.
    pub command: String,
    /// Seconds after which it has failed. Default: `3600`.
    #[schemars(range(min = 10, max = 604_800))]
    pub deadline: Option<u32>,
    /// Tries after the first. Default: `2`.
    #[schemars(range(min = 0, max = 20))]
    pub retries: Option<u32>,
    /// Seconds that the finished Job is kept for its logs. Default: `86400`.
    #[schemars(range(min = 0, max = 2_592_000))]
    pub keep_seconds: Option<u32>,
    /// What it asks for and may use, over `[resources]`.
    #[serde(default)]
    pub resources: ResourcesSection,
    /// Variables besides the application's, or instead of them.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
}
