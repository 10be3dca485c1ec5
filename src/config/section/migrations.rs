//! `[migrations]`: database migrations.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::defaults;

/// Database migrations.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct MigrationsSection {
    /// The command, such as `python manage.py migrate --noinput`. Default: none, and no migration runs.
    pub command: Option<String>,
    /// Where it runs.
    pub run: MigrationRun,
    /// Seconds after which it has failed.
    #[schemars(range(min = 10, max = 86_400))]
    #[schemars(extend("default" = defaults::migrations::DEADLINE))]
    pub deadline: Option<u32>,
}

/// Where migrations run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum MigrationRun {
    /// Once, in a Job, before the rollout.
    #[default]
    Job,
    /// In every pod before its application starts; replicas race.
    InitContainer,
    /// Nowhere.
    None,
}
