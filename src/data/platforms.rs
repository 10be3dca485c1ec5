//! Minor versions of Python and Kubernetes, and releases of Debian, that there are images and manifests for.

use std::ops::RangeInclusive;
use std::sync::LazyLock;

use serde::Deserialize;

use super::read;

const TEXT: &str = include_str!("../../data/platforms.toml");

pub(crate) static PLATFORMS: LazyLock<Platforms> = LazyLock::new(|| read(TEXT));

/// What applications run on.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Platforms {
    pub(crate) python: Python,
    pub(crate) kubernetes: Kubernetes,
    pub(crate) debian: Debian,
}

/// Minor versions of Python 3.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Python {
    /// Those that an official image is built for.
    pub(crate) images: MinorVersions,
    /// Rendered when `app.toml` names none.
    pub(crate) default: u32,
    /// The language level of the newest `PyPy`.
    pub(crate) pypy: u32,
    /// Those that detection considers; a newer one is chosen only when the project states it.
    pub(crate) detected: MinorVersions,
    /// Taken by detection when the project allows it and says no more.
    pub(crate) usual: u32,
    /// The oldest that detection does not warn about.
    pub(crate) maintained: u32,
}

impl Python {
    /// `3.N`, rendered when `app.toml` names none.
    pub(crate) fn default_version(&self) -> String {
        format!("3.{}", self.default)
    }
}

/// Minor versions of Kubernetes 1.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kubernetes {
    /// Those that the manifests are checked against.
    pub(crate) manifests: MinorVersions,
    /// Rendered for when `app.toml` names none.
    pub(crate) default: u32,
}

/// Releases of Debian.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Debian {
    /// Those whose images are supported in full, newest first.
    pub(crate) releases: Vec<String>,
}

impl Debian {
    /// The newest release.
    pub(crate) fn newest(&self) -> &str {
        self.releases.first().map_or("", String::as_str)
    }
}

/// The minor versions from the oldest to the newest.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MinorVersions {
    pub(crate) oldest: u32,
    pub(crate) newest: u32,
}

impl MinorVersions {
    pub(crate) fn range(self) -> RangeInclusive<u32> {
        self.oldest..=self.newest
    }

    pub(crate) fn contains(self, minor: u32) -> bool {
        self.range().contains(&minor)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn read() {
        toml::from_str::<Platforms>(TEXT).unwrap();
    }

    #[test]
    fn defaults_lie_within_what_there_is() {
        let Platforms { python, kubernetes, debian } = &*PLATFORMS;
        assert!(python.images.contains(python.default) && python.images.contains(python.pypy));
        assert!(python.detected.contains(python.usual) && python.detected.contains(python.maintained));
        assert!(kubernetes.manifests.contains(kubernetes.default) && !debian.newest().is_empty());
    }
}
