//! `[image]`: where the image is pushed to and what it is built on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::defaults;

/// Owner in a repository that `pykube init` writes down where it does not know the owner.
pub(crate) const PLACEHOLDER_OWNER: &str = "example";

/// The image: where it is pushed to and what it is built on.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ImageSection {
    /// Repository with its registry, without tag: `ghcr.io/acme/shop`.
    pub repository: String,
    /// Tag of the version to run; `latest` is refused. The workflow also pushes each build under it, and deploys by
    /// digest: in a registry with immutable tags, each release needs another one.
    #[schemars(extend("default" = defaults::image::TAG))]
    pub tag: Option<String>,
    /// Secret with the credentials of the registry, which must exist in the cluster: `kubectl create secret docker-registry`.
    /// Packages of ghcr.io are private until somebody makes them public. Default: none.
    pub pull_secret: Option<String>,
    /// Repository of the base image. Default: `docker.io/library/python`, or `docker.io/library/pypy`.
    pub base: Option<String>,
    /// Digest of the base image, `sha256:` and 64 hexadecimal digits. Default: none, each build takes the
    /// newest image of its tag, and the workflow builds and scans one every week.
    pub base_digest: Option<String>,
    /// Debian release of the slim base.
    #[schemars(extend("default" = defaults::image::debian()))]
    pub debian: Option<String>,
    /// Platforms that the workflow builds the image for. With one, pods run on nodes of its architecture only. Default: that
    /// of the runner, on any node.
    #[serde(default)]
    pub platforms: Vec<Platform>,
    /// Python implementation.
    #[serde(default)]
    pub implementation: Implementation,
}

/// Python implementation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Implementation {
    /// The reference implementation.
    #[default]
    Cpython,
    /// The just-in-time compiler; its newest language level is 3.11.
    Pypy,
}

/// A platform of the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub(crate) enum Platform {
    /// 64-bit x86.
    #[serde(rename = "linux/amd64")]
    Amd64,
    /// 64-bit ARM: AWS Graviton, Google Axion, Azure Cobalt, Ampere.
    #[serde(rename = "linux/arm64")]
    Arm64,
}

impl Platform {
    /// As nodes name their architecture in the label `kubernetes.io/arch`.
    #[must_use]
    pub(crate) fn architecture(self) -> &'static str {
        match self {
            Self::Amd64 => "amd64",
            Self::Arm64 => "arm64",
        }
    }
}
