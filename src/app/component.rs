//! The parts of an application that have objects of their own.

use std::fmt;

use crate::config::section::Colour;

/// A part of the application: the value of `app.kubernetes.io/component`, and the second half of its objects' names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Component {
    /// What every workload needs before it starts.
    Base,
    /// The namespace and what it limits.
    Namespace,
    /// The workload that answers requests.
    Web,
    /// One version of it, where two run side by side.
    WebColour(Colour),
    /// The database migration.
    Migrate,
    /// A process of `[workers]`.
    Worker(String),
    /// A command of `[cron]`.
    Cron(String),
    /// A command of `[jobs]`.
    Job(String),
    /// A server of `[services]`.
    Service(String),
}

impl Component {
    /// Beginnings of the names of components that the user names.
    pub(in crate::app) const PREFIXES: [&'static str; 4] = ["cron-", "job-", "web-", "worker-"];

    /// The name under which `on` of `app.toml` means it: the two versions of a blue-green rollout are one workload.
    pub(crate) fn written(&self) -> String {
        match self {
            Self::WebColour(_) => Self::Web.to_string(),
            other => other.to_string(),
        }
    }

    /// Whether a table with `on` is for it; without `on` a table is for the web workload.
    pub(crate) fn is_on(&self, on: Option<&[String]>) -> bool {
        match on {
            None => matches!(self, Self::Web | Self::WebColour(_)),
            Some(on) => on.contains(&self.written()),
        }
    }

    /// Whether its pods run until they are replaced, and not to an end of their own.
    pub(crate) fn runs_on(&self) -> bool {
        matches!(self, Self::Web | Self::WebColour(_) | Self::Worker(_) | Self::Service(_))
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Base => f.write_str("base"),
            Self::Namespace => f.write_str("namespace"),
            Self::Web => f.write_str("web"),
            Self::WebColour(colour) => write!(f, "web-{}", colour.word()),
            Self::Migrate => f.write_str("migrate"),
            Self::Worker(name) => write!(f, "worker-{name}"),
            Self::Cron(name) => write!(f, "cron-{name}"),
            Self::Job(name) => write!(f, "job-{name}"),
            Self::Service(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_means_the_web_workload_by_default_and_both_of_its_colours() {
        let on = ["web".to_owned(), "worker-mail".to_owned()];
        for (component, by_default, named) in [
            (Component::Web, true, true),
            (Component::WebColour(Colour::Blue), true, true),
            (Component::Worker("mail".into()), false, true),
            (Component::Worker("beat".into()), false, false),
            (Component::Migrate, false, false),
        ] {
            assert_eq!((component.is_on(None), component.is_on(Some(&on))), (by_default, named), "{component}");
        }
    }
}
