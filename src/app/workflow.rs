//! The GitHub Actions workflow and the Dependabot file.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::config::section::{DeployTarget, Registry, Scanner};

/// What the workflow says.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Workflow {
    /// Label of the runners.
    pub(crate) runner: String,
    /// What is checked out beside the files themselves.
    pub(crate) lfs: bool,
    pub(crate) submodules: bool,
    /// Name of the workflow for people.
    pub(crate) title: String,
    /// Runs of this group end each other, as far as they may.
    pub(crate) run_group: String,
    /// Builds of this group wait for each other.
    pub(crate) build_group: String,
    /// When the image is built and scanned without a commit, as cron has it.
    pub(crate) schedule: String,
    /// Whether a run releases, as an expression.
    pub(crate) release_condition: String,
    /// Whether a run builds the image and pushes none, as an expression.
    pub(crate) trial_condition: String,
    /// Branch that is deployed.
    pub(crate) branch: String,
    /// Patterns of the tags that are deployed, instead of the branch.
    pub(crate) tags: Vec<String>,
    /// Platforms of the image, separated by commas; none leaves it to the runner.
    pub(crate) platforms: Option<String>,
    /// The one of several platforms whose image is scanned before it is published: Docker's store takes one at a time.
    pub(crate) scanned_platform: Option<String>,
    /// GitHub environment that holds what the build needs.
    pub(crate) environment: String,
    /// Repository of the image.
    pub(crate) image: String,
    /// Tag that the image is published under, once: two versions run side by side, so no digest stands for both.
    pub(crate) version: Option<String>,
    /// Tag of `[image]` as a line of the metadata action: that of the manifests.
    pub(crate) tag: String,
    /// Registry to log in to.
    pub(crate) registry: String,
    pub(crate) registry_kind: Registry,
    /// Minor version of Python.
    pub(crate) python: String,
    /// Whether uv installs the dependencies.
    pub(crate) uses_uv: bool,
    pub(crate) uv_version: &'static str,
    /// Debian packages of the image, which its Python packages need in the tests, too.
    pub(crate) system_packages: Vec<String>,
    /// Shell commands that install what lint and tests need.
    pub(crate) install: Vec<String>,
    /// Shell command of the linter.
    pub(crate) lint: Option<String>,
    /// Shell command of the tests.
    pub(crate) test: Option<String>,
    /// Folder of lint and tests.
    pub(crate) workdir: String,
    /// Servers beside the tests.
    pub(crate) services: Vec<ServiceContainer>,
    /// Variables of the tests.
    pub(crate) test_env: BTreeMap<String, String>,
    /// Name of the build secret for the private index.
    pub(crate) netrc: Option<Netrc>,
    /// How a pull request is checked against app.toml.
    pub(crate) check: Option<WorkflowCheck>,
    pub(crate) scan: Scanner,
    /// Where it is deployed to, in this order.
    pub(crate) deployments: Vec<Deployment>,
    /// Minutes after which the deployment is given up.
    pub(crate) deploy_minutes: u32,
    /// Package ecosystem of Dependabot for the dependencies.
    pub(crate) dependabot_ecosystem: &'static str,
    /// Folder of the dependency files for Dependabot.
    pub(crate) dependabot_directory: String,
    /// The private index for Dependabot, which has secrets of its own.
    pub(crate) dependabot_registry: Option<DependabotRegistry>,
    /// Name of the base image for Dependabot.
    pub(crate) base_image: String,
}

/// A job that deploys to one GitHub environment.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Deployment {
    /// Name of the job for other jobs.
    pub(crate) job: String,
    /// Name of the job for people.
    pub(crate) name: String,
    /// The GitHub environment.
    pub(crate) environment: String,
    /// Address of the site that is deployed.
    pub(crate) url: Option<String>,
    /// Jobs that must succeed first, that of the image among them.
    pub(crate) needs: Vec<String>,
    /// Deployments of this group wait for each other.
    pub(crate) concurrency: String,
    /// How the cluster is reached.
    pub(crate) deploy: DeployTarget,
    /// Whether an operator brings the objects to the cluster.
    pub(crate) followed: bool,
    /// Folder of the kustomization that is applied.
    pub(crate) manifests: String,
    /// Namespace of the objects.
    pub(crate) namespace: String,
}

/// The logins of a private index and of private Git repositories: a build secret, and a file of the test job.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Netrc {
    /// What they are for, as a person reads it.
    pub(crate) of: &'static str,
    /// The GitHub Actions secret, as an expression.
    pub(crate) expression: String,
    /// The input of the build: the secret's name in the Dockerfile, and the expression.
    pub(crate) build_secret: String,
    /// Settings of Git and their values, by which it fetches with the file what is written with SSH.
    pub(crate) git_settings: Vec<(String, String)>,
}

/// A private package index, as Dependabot reads it.
/// Source: <https://docs.github.com/en/code-security/dependabot/working-with-dependabot/configuring-access-to-private-registries-for-dependabot#python-index>
#[derive(Clone, Debug, Serialize)]
pub(crate) struct DependabotRegistry {
    pub(crate) url: String,
    /// The secrets of Dependabot, as expressions.
    pub(crate) username: String,
    pub(crate) password: String,
}

/// The jobs that compare the rendered files of a pull request with its app.toml.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WorkflowCheck {
    /// Shell command that installs pykube; none leaves it to a variable of the repository.
    pub(crate) install: Option<String>,
    /// This pykube.
    pub(crate) version: &'static str,
    /// Whether the pull request gets a comment with what it does to the cluster.
    pub(crate) review: bool,
}

/// A server beside the tests.
/// Source: <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idservices>
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServiceContainer {
    pub(crate) name: &'static str,
    /// Image with its tag.
    pub(crate) image: String,
    pub(crate) env: BTreeMap<String, String>,
    /// Port of the machine and of the container.
    pub(crate) port_mapping: String,
    /// Options of `docker create`: the tests wait until it is healthy.
    pub(crate) options: String,
}
