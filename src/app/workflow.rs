//! The GitHub Actions workflow and the Dependabot file.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::config::section::{DeployTarget, Registry, Scanner};

/// What the workflow says.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Workflow {
    /// Branch that is deployed.
    pub branch: String,
    /// GitHub environment that holds what the build needs.
    pub environment: String,
    /// Repository of the image.
    pub image: String,
    /// Tag that the image is published under, once: two versions run side by side, so no digest stands for both.
    pub version: Option<String>,
    /// That tag as a line of the metadata action.
    pub version_tag: Option<String>,
    /// Registry to log in to.
    pub registry: String,
    pub registry_kind: Registry,
    /// Minor version of Python.
    pub python: String,
    /// Whether uv installs the dependencies.
    pub uses_uv: bool,
    pub uv_version: &'static str,
    /// Shell commands that install what lint and tests need.
    pub install: Vec<String>,
    /// Shell command of the linter.
    pub lint: Option<String>,
    /// Shell command of the tests.
    pub test: Option<String>,
    /// Folder of lint and tests.
    pub workdir: String,
    /// Servers beside the tests.
    pub services: Vec<ServiceContainer>,
    /// Variables of the tests.
    pub test_env: BTreeMap<String, String>,
    /// Name of the build secret for the private index.
    pub index_secret: Option<IndexSecret>,
    /// The review of pull requests.
    pub review: Option<WorkflowReview>,
    pub scan: Scanner,
    /// Where it is deployed to, in this order.
    pub deployments: Vec<Deployment>,
    /// Names of the Jobs of `[jobs]`.
    pub jobs: Vec<String>,
    /// Name of the migration Job.
    pub migration_job: Option<String>,
    /// Label selector of everything that the migration needs, which is all but the workloads.
    pub workload_selector: String,
    /// Minutes after which the deployment is given up.
    pub deploy_minutes: u32,
    /// Workloads whose rollout is awaited, as `deployment/NAME`.
    pub rollouts: Vec<String>,
    /// Time that the rollout may take, as kubectl reads it.
    pub rollout_timeout: String,
    /// Package ecosystem of Dependabot for the dependencies.
    pub dependabot_ecosystem: &'static str,
    /// Folder of the dependency files for Dependabot.
    pub dependabot_directory: String,
    /// Name of the base image for Dependabot.
    pub base_image: String,
}

/// A job that deploys to one GitHub environment.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Deployment {
    /// Name of the job for other jobs.
    pub job: String,
    /// Name of the job for people.
    pub name: String,
    /// The GitHub environment.
    pub environment: String,
    /// Address of the site that is deployed.
    pub url: Option<String>,
    /// Jobs that must succeed first, that of the image among them.
    pub needs: Vec<String>,
    /// Deployments of this group wait for each other.
    pub concurrency: String,
    /// How the cluster is reached.
    pub deploy: DeployTarget,
    /// Folder of the kustomization that is applied.
    pub manifests: String,
    /// Namespace of the objects.
    pub namespace: String,
}

/// The build secret for the private index.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IndexSecret {
    /// The GitHub Actions secret, as an expression.
    pub expression: String,
    /// The input of the build: the secret's name in the Dockerfile, and the expression.
    pub build_secret: String,
}

/// The jobs that review a pull request.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WorkflowReview {
    /// Shell command that installs pykube.
    pub install: String,
}

/// A server beside the tests.
/// Source: <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idservices>
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServiceContainer {
    pub name: &'static str,
    /// Image with its tag.
    pub image: String,
    pub env: BTreeMap<String, String>,
    /// Port of the machine and of the container.
    pub port_mapping: String,
    /// Options of `docker create`: the tests wait until it is healthy.
    pub options: String,
}
