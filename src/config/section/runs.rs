//! `[cron.NAME]` and `[jobs.NAME]`: commands of the same image that come to an end.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::defaults;

use super::ResourcesSection;

/// A command that runs on a schedule.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct CronSection {
    /// When, as the five fields of cron (`0 3 * * *`), or `@daily` and the like.
    pub schedule: String,
    /// Time zone of the schedule, by its IANA name.
    #[schemars(extend("default" = defaults::runs::TIMEZONE))]
    pub timezone: Option<String>,
    /// The command.
    pub command: String,
    /// What happens while the last run is still going.
    #[serde(default)]
    pub concurrency: Concurrency,
    /// How many seconds late a run may start; later it is skipped.
    #[schemars(range(min = 10, max = 604_800))]
    #[schemars(extend("default" = defaults::runs::START_WITHIN))]
    pub start_within: Option<u32>,
    /// Seconds after which a run has failed.
    #[schemars(range(min = 10, max = 604_800))]
    #[schemars(extend("default" = defaults::runs::DEADLINE))]
    pub deadline: Option<u32>,
    /// Retries of a failed run.
    #[schemars(range(min = 0, max = 20))]
    #[schemars(extend("default" = defaults::runs::RETRIES))]
    pub retries: Option<u32>,
    /// Finished runs that are kept for their logs, of either outcome.
    #[schemars(range(min = 0, max = 100))]
    #[schemars(extend("default" = defaults::runs::HISTORY))]
    pub history: Option<u32>,
    /// Start no more runs.
    #[serde(default)]
    pub suspend: bool,
    /// What a run asks for and may use, over `[resources]`.
    #[serde(default)]
    pub resources: ResourcesSection,
    /// Variables besides the application's, or instead of them.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
}

/// What happens while the last run is still going.
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
    /// Seconds after which it has failed.
    #[schemars(range(min = 10, max = 604_800))]
    #[schemars(extend("default" = defaults::runs::DEADLINE))]
    pub deadline: Option<u32>,
    /// Retries after a failure.
    #[schemars(range(min = 0, max = 20))]
    #[schemars(extend("default" = defaults::runs::RETRIES))]
    pub retries: Option<u32>,
    /// Seconds that the finished Job is kept for its logs.
    #[schemars(range(min = 0, max = 2_592_000))]
    #[schemars(extend("default" = defaults::runs::KEEP_SECONDS))]
    pub keep_seconds: Option<u32>,
    /// What it asks for and may use, over `[resources]`.
    #[serde(default)]
    pub resources: ResourcesSection,
    /// Variables besides the application's, or instead of them.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
}
