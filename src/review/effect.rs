//! What a change does, from the riskiest to none.

use std::borrow::Cow;

/// What a change does to the cluster, or to the pipeline. The order is that of the review: riskiest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
    /// It is reached from outside the cluster, where it was not.
    Opens,
    /// It keeps working but tolerates less.
    LessResilient,
    /// It is no longer rendered, and nothing deletes it: it stays.
    Stays,
    /// The pods are replaced.
    RollsPods,
    /// Requests go to other pods, which run already.
    MovesTraffic,
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
    /// How it is written: in JSON, behind the name of an object, and counted in the summary (`1 rolls pods`).
    fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::DataLoss => ("data-loss", "DATA LOSS", "loses data"),
            Self::Immutable => ("immutable", "IMMUTABLE", "cannot be applied"),
            Self::MayBeRefused => ("may-be-refused", "may be refused", "may be refused"),
            Self::Downtime => ("downtime", "downtime", "downtime"),
            Self::WeakerSecurity => ("weaker-security", "weaker security", "weaker"),
            Self::Opens => ("opens", "opens to the outside", "opens to the outside"),
            Self::LessResilient => ("less-resilient", "less resilient", "less resilient"),
            Self::Stays => ("stays", "stays in the cluster", "stays in the cluster"),
            Self::RollsPods => ("rolls-pods", "rolls the pods", "rolls pods"),
            Self::MovesTraffic => ("moves-traffic", "moves traffic", "moves traffic"),
            Self::RunsJob => ("runs-job", "runs a job", "runs a job"),
            Self::Scales => ("scales", "scales", "scales"),
            Self::NewImage => ("new-image", "new image", "new image"),
            Self::Pipeline => ("pipeline", "changes the pipeline", "changes the pipeline"),
            Self::None => ("none", "no effect on running pods", ""),
        }
    }

    /// The word by which JSON knows it.
    pub fn word(self) -> &'static str {
        self.words().0
    }

    /// As it is behind the name of an object.
    pub fn label(self) -> &'static str {
        self.words().1
    }

    /// As it is counted in the summary; none for what is not worth a count.
    pub fn counted(self) -> Option<&'static str> {
        Some(self.words().2).filter(|words| !words.is_empty())
    }

    /// What usually follows, where the label alone does not say what to do.
    pub fn advice(self) -> Option<&'static str> {
        match self {
            Self::Immutable => Some("apply is refused; delete and recreate"),
            Self::DataLoss => Some("back it up first"),
            _ => None,
        }
    }

    /// Whether a reviewer should stop here.
    pub fn is_risky(self) -> bool {
        self <= Self::Stays
    }
}

/// An effect of one change, with its reason.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    pub effect: Effect,
    /// Why, in a clause; empty when the effect says it all.
    pub why: Cow<'static, str>,
    /// The documentation that says so; empty for plain consequences.
    pub source: &'static str,
}

impl Found {
    /// An effect for a fixed reason.
    pub(crate) const fn new(effect: Effect, why: &'static str) -> Self {
        Self { effect, why: Cow::Borrowed(why), source: "" }
    }
}
