//! `[rollout]`: how a new version takes the place of the old one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::defaults;

/// How a new version takes the place of the old one.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct RolloutSection {
    /// The strategy.
    pub strategy: RolloutStrategy,
    /// Replicas that may be missing during the rollout: a number or a percentage.
    #[schemars(extend("default" = defaults::rollout::MAX_UNAVAILABLE))]
    pub max_unavailable: Option<Amount>,
    /// Replicas that may be added during the rollout: a number or a percentage.
    #[schemars(extend("default" = defaults::rollout::MAX_SURGE))]
    pub max_surge: Option<Amount>,
    /// The two versions of `blue-green`.
    pub blue_green: Option<BlueGreenSection>,
    /// Seconds without progress after which the rollout has failed.
    #[schemars(range(min = 30, max = 86_400))]
    #[schemars(extend("default" = defaults::rollout::DEADLINE))]
    pub deadline: Option<u32>,
    /// Seconds between leaving the load balancers and SIGTERM, for requests that are still on their way.
    #[schemars(range(min = 0, max = 600))]
    #[schemars(extend("default" = defaults::rollout::DRAIN_SECONDS))]
    pub drain_seconds: Option<u32>,
}

/// How pods are replaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RolloutStrategy {
    /// New pods come before old ones go.
    #[default]
    Rolling,
    /// All old pods go before new ones come: for an application that cannot run twice.
    Recreate,
    /// Two versions run side by side, and the Service is switched from one to the other: `pykube promote COLOUR`.
    BlueGreen,
}

/// The two versions that run side by side.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct BlueGreenSection {
    /// The colour that requests go to; `pykube promote` changes it.
    pub live: Colour,
    /// Tag of the blue version.
    pub blue: String,
    /// Tag of the green version.
    pub green: String,
}

/// One of the two versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Colour {
    /// The version under `blue`.
    Blue,
    /// The version under `green`.
    Green,
}

impl Colour {
    /// The colour as it is written.
    #[must_use]
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Blue => "blue",
            Self::Green => "green",
        }
    }
}

/// A number of pods, or a percentage of the replicas.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Amount {
    /// A number of pods.
    Count(u32),
    /// A percentage such as `25%`.
    Percent(String),
}
