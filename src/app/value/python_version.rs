//! Versions of Python and Kubernetes.

use std::fmt;
use std::str::FromStr;

/// Oldest and newest minor version of Python 3 that an official image is built for.
/// Source: <https://github.com/docker-library/official-images/blob/master/library/python>, August 2026.
const PYTHON_MINORS: std::ops::RangeInclusive<u32> = 10..=15;

/// A minor version of Python 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PythonVersion {
    /// The number after `3.`.
    pub minor: u32,
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
        match minor {
            Some(minor) if PYTHON_MINORS.contains(&minor) => Ok(Self { minor }),
            _ => Err(format!(
                "must be a minor version, `3.{}` to `3.{}`: there is no slim image of another",
                PYTHON_MINORS.start(),
                PYTHON_MINORS.end()
            )),
        }
    }
}

/// Oldest and newest minor version of Kubernetes that the manifests are checked against.
const KUBERNETES_MINORS: std::ops::RangeInclusive<u32> = 32..=37;

/// A minor version of Kubernetes 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KubernetesVersion {
    /// The number after `1.`.
    pub minor: u32,
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
        match minor {
            Some(minor) if KUBERNETES_MINORS.contains(&minor) => Ok(Self { minor }),
            _ => Err(format!("must be `1.{}` to `1.{}`", KUBERNETES_MINORS.start(), KUBERNETES_MINORS.end())),
        }
    }
}
