//! `[build]`: how the image is built.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::defaults;

/// How the image is built.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct BuildSection {
    /// Package manager; its lock file is honoured, frozen.
    pub manager: Manager,
    /// Lock file, relative to the context, or what is read instead of one: `requirements.txt`, `pyproject.toml`, `Pipfile`.
    /// Default: the manager's own name for it.
    pub lock: Option<String>,
    /// The requirements file holds hashes, and pip refuses what has none.
    pub hashes: bool,
    /// Files that the dependencies are read from besides the lock file: `requirements/base.txt`, a workspace member.
    pub files: Vec<String>,
    /// More requirements files that pip installs together with `lock`, in this order: `requirements/deploy.txt`.
    pub requirements: Vec<String>,
    /// Dependency groups that production needs (PEP 735, or the manager's own).
    pub groups: Vec<String>,
    /// Extras of the project that production needs.
    pub extras: Vec<String>,
    /// Member of a uv workspace that is deployed; `files` then names the `pyproject.toml` of every member.
    pub member: Option<String>,
    /// Packages installed beside the locked ones, such as a server that the project does not declare: `gunicorn==27.0.1`.
    pub packages: Vec<String>,
    /// Install the project itself, not only its dependencies.
    pub install_project: bool,
    /// Variable that gives the project's own build its version, where that is read from Git, which no image has:
    /// `SETUPTOOLS_SCM_PRETEND_VERSION`. Its value is `[image] tag`.
    pub version_env: Option<String>,
    /// The dependencies name folders of the repository (`-e .`, `path = "../lib"`; of a `Pipfile` also `git = "…"`), so the
    /// code is there before they are installed: every change of code installs them again.
    pub code_first: bool,
    /// Debian packages of the running image, such as `libpq5`.
    pub system: Vec<String>,
    /// Debian packages of the build stage only, such as `libpq-dev`.
    pub build_system: Vec<String>,
    /// Shell commands of the build stage, after the code is there.
    pub steps: Vec<String>,
    /// Variables for `steps` only: dummies that settings insist on. They never reach the image's environment.
    pub env: BTreeMap<String, String>,
    /// Files and folders that the image needs although the ignore file leaves their kind out: a public key in a `.pem` file.
    /// Whatever is named here must not be secret.
    pub include: Vec<String>,
    /// Private package index.
    pub index: Option<PrivateIndex>,
    /// Private Git repositories that dependencies come from.
    pub git: Option<PrivateGit>,
    /// Where the Dockerfile is written, for a project that keeps one of its own.
    #[schemars(extend("default" = defaults::build::DOCKERFILE))]
    pub dockerfile: Option<String>,
}

/// Package manager.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Manager {
    /// pip with a requirements file; hashes are required when the file has them.
    #[default]
    Pip,
    /// uv with `uv.lock`.
    Uv,
    /// Poetry with `poetry.lock`.
    Poetry,
    /// PDM with `pdm.lock`.
    Pdm,
    /// Pipenv with `Pipfile.lock`.
    Pipenv,
    /// micromamba with `environment.yml` or an explicit lock.
    Conda,
    /// pip with `pylock.toml` (PEP 751).
    Pylock,
}

impl Manager {
    /// The lock file that the manager writes, or the file that pip reads instead.
    pub(crate) fn default_lock(self) -> &'static str {
        match self {
            Self::Pip => "requirements.txt",
            Self::Uv => "uv.lock",
            Self::Poetry => "poetry.lock",
            Self::Pdm => "pdm.lock",
            Self::Pipenv => "Pipfile.lock",
            Self::Conda => "environment.yml",
            Self::Pylock => "pylock.toml",
        }
    }
}

/// Private package index; the credential is a build secret and is never in the image.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct PrivateIndex {
    /// URL of the simple API (PEP 503), without credentials.
    pub url: String,
    /// Name of the build secret, and of the GitHub Actions secret in upper case, that holds a netrc file: a secret of the
    /// environment `test`, for the tests, and of the one that `[ci] environment` says, for the image. Dependabot reads the two
    /// parts from secrets of its own: that name with `_USERNAME` and `_PASSWORD` appended.
    pub secret: String,
}

/// Private Git repositories; the credential is a build secret and is never in the image.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct PrivateGit {
    /// Name of the build secret, and of the GitHub Actions secret in upper case, that holds a netrc file:
    /// `machine github.com login x-access-token password TOKEN`. With a private index it is the same secret.
    pub secret: String,
    /// Hosts of the repositories. What the dependencies fetch from them by SSH is fetched by HTTPS, for which the file is.
    #[schemars(extend("default" = [defaults::build::GIT_HOST]))]
    pub hosts: Option<Vec<String>>,
}
