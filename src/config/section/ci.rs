//! `[ci]`: the GitHub Actions workflow.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::defaults;

/// The GitHub Actions workflow.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct CiSection {
    /// Render the workflow.
    #[schemars(extend("default" = defaults::ci::ENABLED))]
    pub enabled: Option<bool>,
    /// Where the workflow is written.
    #[schemars(extend("default" = defaults::ci::WORKFLOW))]
    pub workflow: Option<String>,
    /// Render the Dependabot file.
    #[schemars(extend("default" = defaults::ci::DEPENDABOT))]
    pub dependabot: Option<bool>,
    /// Branch that is deployed; with `tags`, the branch whose pushes are tested only.
    #[schemars(extend("default" = defaults::ci::BRANCH))]
    pub branch: Option<String>,
    /// Patterns of the tags whose push is deployed, instead of pushes to `branch`: `v*`, `release-*`. The image also
    /// gets the name of the tag. Default: none, each push to `branch` is deployed.
    pub tags: Vec<String>,
    /// GitHub environment that holds the secrets of the deployment. Default: `production`. With `[[ci.environments]]`, the one
    /// that holds what the build needs, if it needs secrets at all. Default there: `build`.
    pub environment: Option<String>,
    /// GitHub environments that the same image is deployed to, one after the other: a job each, with secrets, variables and
    /// protection rules of its own. Default: one, named by `environment`.
    pub environments: Vec<DeploymentSection>,
    /// Label of the runners that the jobs run on.
    #[schemars(extend("default" = defaults::ci::RUNNER))]
    pub runner: Option<String>,
    /// Check out files of Git LFS, not their pointers.
    pub lfs: bool,
    /// Check out submodules that the workflow's own token may read.
    pub submodules: bool,
    /// The linter.
    pub lint: Linter,
    /// The test runner.
    pub test: TestRunner,
    /// Files or groups that the tests need besides the locked dependencies: `requirements-dev.txt` for pip, `dev` for others.
    pub test_requirements: Vec<String>,
    /// Servers that run beside the tests: `postgresql`, `mysql`, `mariadb`, `redis`, `rabbitmq`, `mongodb`, `memcached`, each
    /// with a tag for another version (`postgresql:18.1`). The variable with the server's URL is set as well.
    pub services: Vec<String>,
    /// Variables of the test job, such as `SECRET_KEY`; no secrets.
    pub env: std::collections::BTreeMap<String, String>,
    /// The registry, for its login. Default: read from `[image] repository`.
    pub registry: Option<Registry>,
    /// How the cluster is reached.
    pub deploy: DeployTarget,
    /// URL of this Git repository, for Argo CD and Flux: `https://github.com/acme/shop`. Needed with `deploy = "argocd"` or
    /// `"flux"`.
    pub repository: Option<String>,
    /// Pull requests run `pykube render --check`. Default: `true`.
    pub check: Option<bool>,
    /// Comment on pull requests with what they do to the cluster. Needs `check`.
    pub review: bool,
    /// Shell command that installs pykube in the workflow, at a version of your choice. Default: `pipx install` of what the
    /// variable `PYKUBE` of the repository names; without the variable nothing is checked.
    pub install_pykube: Option<String>,
    /// The image scanner.
    pub scan: Scanner,
}

/// A GitHub environment that is deployed to.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct DeploymentSection {
    /// Name of the GitHub environment, such as `staging`: its secrets and variables say which cluster this is, and its
    /// protection rules who must agree.
    pub name: String,
    /// Environments above that must be deployed first. Default: the one before. `[]` deploys as soon as the image is built.
    pub after: Option<Vec<String>>,
    /// How the cluster is reached. Default: `[ci] deploy`.
    pub deploy: Option<DeployTarget>,
    /// Folder of a kustomization of your own that is applied here: it takes the rendered manifests as a resource and patches
    /// what differs, but no names. Default: the rendered manifests as they are.
    pub manifests: Option<String>,
    /// Namespace that your kustomization puts the objects in. Default: that of the rendered manifests.
    pub namespace: Option<String>,
    /// Host of the site that is deployed, which GitHub links to.
    pub host: Option<String>,
}

impl DeploymentSection {
    /// Path of the project's own kustomization, if there is one.
    #[must_use]
    pub(crate) fn kustomization(&self) -> Option<String> {
        self.manifests.as_ref().map(|folder| format!("{}/kustomization.yaml", folder.trim_end_matches('/')))
    }
}

/// The linter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Linter {
    /// Ruff.
    #[default]
    Ruff,
    /// Flake8.
    Flake8,
    /// No linter.
    None,
}

/// The test runner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TestRunner {
    /// pytest.
    #[default]
    Pytest,
    /// Django's own.
    Django,
    /// unittest of the standard library.
    Unittest,
    /// No tests.
    None,
}

/// The registry, for its login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Registry {
    /// GitHub Container Registry, with the workflow's own token.
    Ghcr,
    /// Amazon Elastic Container Registry, by OpenID Connect.
    Ecr,
    /// Google Artifact Registry, by OpenID Connect.
    Gar,
    /// Azure Container Registry, by OpenID Connect.
    Acr,
    /// Any other, with the secrets `REGISTRY_USERNAME` and `REGISTRY_PASSWORD`.
    Generic,
}

/// How the cluster is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DeployTarget {
    /// With the secret `KUBECONFIG` of the GitHub environment.
    #[default]
    Kubeconfig,
    /// Amazon EKS, by OpenID Connect.
    Eks,
    /// Google GKE, by OpenID Connect.
    Gke,
    /// Azure AKS, by OpenID Connect.
    Aks,
    /// Not at all: Argo CD follows the repository. Its Application is rendered, too.
    Argocd,
    /// Not at all: Flux follows the repository. Its `GitRepository` and Kustomizations are rendered, too.
    Flux,
    /// Not at all: an operator that you set up follows the repository. The objects suit both Argo CD and Flux.
    None,
}

impl DeployTarget {
    /// Whether an operator follows the repository, and the workflow commits the digest.
    #[must_use]
    pub(crate) fn is_followed(self) -> bool {
        matches!(self, Self::Argocd | Self::Flux | Self::None)
    }
}

/// The image scanner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Scanner {
    /// Grype, through anchore/scan-action.
    #[default]
    Grype,
    /// Trivy, through aquasecurity/trivy-action.
    Trivy,
    /// No scan.
    None,
}
