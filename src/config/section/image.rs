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
    /// Tag of the version to run; `latest` is refused. The workflow pushes each build under it, too, and deploys by digest:
    /// where a registry lets no tag change, each release needs another one.
    #[schemars(extend("default" = defaults::image::TAG))]
    pub tag: Option<String>,
    /// Repository of the base image. Default: `docker.io/library/python`, or `docker.io/library/pypy`.
    pub base: Option<String>,
    /// Digest of the base image, `sha256:` and 64 hexadecimal digits. Default: none, each build takes the
    /// newest image of its tag, and the workflow builds and scans one every week.
    pub base_digest: Option<String>,
    /// Debian release of the slim base.
    #[schemars(extend("default" = defaults::image::debian()))]
    pub debian: Option<String>,
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
