//! Versions of Python and Kubernetes.

use std::fmt;
use std::str::FromStr;

use crate::data::PLATFORMS;

/// A minor version of Python 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PythonVersion {
    /// The number after `3.`.
    pub(crate) minor: u32,
}

impl fmt::Display for PythonVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "3.{}", self.minor)
    }
}

impl FromStr for PythonVersion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let minor = text.strip_prefix("3.").and_then(|minor| minor.parse().ok());
        let images = PLATFORMS.python.images;
        match minor {
            Some(minor) if images.contains(minor) => Ok(Self { minor }),
            _ => Err(format!(
                "must be a minor version, `3.{}` to `3.{}`: there are no slim images of others",
                images.oldest, images.newest
            )),
        }
    }
}

/// A minor version of Kubernetes 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KubernetesVersion {
    /// The number after `1.`.
    pub(crate) minor: u32,
}

impl fmt::Display for KubernetesVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}", self.minor)
    }
}

impl FromStr for KubernetesVersion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let minor = text.strip_prefix("1.").and_then(|minor| minor.parse().ok());
        let manifests = PLATFORMS.kubernetes.manifests;
        match minor {
            Some(minor) if manifests.contains(minor) => Ok(Self { minor }),
            _ => Err(format!("must be `1.{}` to `1.{}`", manifests.oldest, manifests.newest)),
        }
    }
}
