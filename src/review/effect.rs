//! What a change does, from the riskiest to none.

use serde::Serialize;

/// What a change does to the cluster, or to the pipeline. The order is that of the review: riskiest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Data is deleted, or nothing keeps it any more.
    DataLoss,
    /// The API server refuses the change.
    Immutable,
    /// The API server refuses the change unless a condition holds that cannot be seen from here.
    MayBeRefused,
    /// Callers lose the service, for a while or for good.
    Downtime,
    /// Something is allowed that was not.
    WeakerSecurity,
    /// It goes on, but bears less.
    LessResilient,
    /// The pods are replaced.
    RollsPods,
    /// Requests go to other pods, which run already.
    MovesTraffic,
    /// A Job runs.
    RunsJob,
    /// The number of pods changes.
    Scales,
    /// The next build makes another image.
    NewImage,
    /// The pipeline does something else.
    Pipeline,
    /// Running pods go on as they are.
    None,
}

impl Effect {
    /// As it stands behind the name of an object.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::DataLoss => "DATA LOSS",
            Self::Immutable => "IMMUTABLE",
            Self::MayBeRefused => "may be refused",
            Self::Downtime => "downtime",
            Self::WeakerSecurity => "weaker security",
            Self::LessResilient => "less resilient",
            Self::RollsPods => "rolls the pods",
            Self::MovesTraffic => "moves traffic",
            Self::RunsJob => "runs a job",
            Self::Scales => "scales",
            Self::NewImage => "new image",
            Self::Pipeline => "changes the pipeline",
            Self::None => "no effect on running pods",
        }
    }

    /// As it is counted in the summary: `1 rolls pods`. None for what is not worth a count.
    #[must_use]
    pub fn counted(self) -> Option<&'static str> {
        match self {
            Self::DataLoss => Some("loses data"),
            Self::Immutable => Some("cannot be applied"),
            Self::MayBeRefused => Some("may be refused"),
            Self::Downtime => Some("takes traffic away"),
            Self::WeakerSecurity => Some("weaker"),
            Self::LessResilient => Some("less resilient"),
            Self::RollsPods => Some("rolls pods"),
            Self::MovesTraffic => Some("moves traffic"),
            Self::RunsJob => Some("runs a job"),
            Self::Scales => Some("scales"),
            Self::NewImage => Some("new image"),
            Self::Pipeline => Some("changes the pipeline"),
            Self::None => None,
        }
    }

    /// What usually follows, where the label alone does not say what to do.
    #[must_use]
    pub fn advice(self) -> Option<&'static str> {
        match self {
            Self::Immutable => Some("apply is refused; delete and recreate"),
            Self::DataLoss => Some("back it up first"),
            _ => None,
        }
    }

    /// The word by which JSON knows it: the label in kebab case of the variant.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::DataLoss => "data-loss",
            Self::Immutable => "immutable",
            Self::MayBeRefused => "may-be-refused",
            Self::Downtime => "downtime",
            Self::WeakerSecurity => "weaker-security",
            Self::LessResilient => "less-resilient",
            Self::RollsPods => "rolls-pods",
            Self::MovesTraffic => "moves-traffic",
            Self::RunsJob => "runs-job",
            Self::Scales => "scales",
            Self::NewImage => "new-image",
            Self::Pipeline => "pipeline",
            Self::None => "none",
        }
    }

    /// Whether a reviewer should stop here.
    #[must_use]
    pub fn is_risky(self) -> bool {
        self <= Self::LessResilient
    }
}

/// An effect of one change, with its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Found {
    /// The effect.
    pub effect: Effect,
    /// Why, in a clause; empty when the effect says it all.
    pub why: &'static str,
    /// The documentation that says so; empty for plain consequences.
    pub source: &'static str,
}
