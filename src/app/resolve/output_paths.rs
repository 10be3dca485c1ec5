//! Where the outputs are written.

use super::super::OutputPaths;
use super::super::value::FilePath;
use super::faults::Faults;
use crate::config::defaults;
use crate::config::section::Config;

/// Name of the ignore file beside a Dockerfile that has the default name.
const DOCKERIGNORE: &str = ".dockerignore";

/// Paths of `[build]`, `[cluster]` and `[ci]`.
pub(super) fn resolve(config: &Config, faults: &mut Faults<'_>) -> OutputPaths {
    let name = defaults::build::DOCKERFILE;
    let dockerfile: FilePath = faults.parse_or(config.build.dockerfile.as_deref(), name, &["build", "dockerfile"]);
    let manifests: FilePath =
        faults.parse_or(config.cluster.manifests.as_deref(), defaults::cluster::MANIFESTS, &["cluster", "manifests"]);
    let workflow: FilePath =
        faults.parse_or(config.ci.workflow.as_deref(), defaults::ci::WORKFLOW, &["ci", "workflow"]);
    if !dockerfile.file_name().starts_with(name) {
        faults
            .refuse(&["build", "dockerfile"], "must be called `Dockerfile` or `Dockerfile.NAME`, as tools look for it");
    }
    let is_yaml = [".yml", ".yaml"].iter().any(|ending| workflow.as_ref().ends_with(ending));
    if workflow.folder() != ".github/workflows" || !is_yaml {
        faults.refuse(&["ci", "workflow"], "must be a `.yml` file in `.github/workflows`, where GitHub looks for it");
    }
    // BuildKit prefers `NAME.dockerignore` beside the Dockerfile: https://docs.docker.com/build/concepts/context/#filename-and-location
    let dockerignore =
        if dockerfile.as_ref() == name { DOCKERIGNORE.to_owned() } else { format!("{dockerfile}.dockerignore") };
    let dependabot = config.ci.dependabot.unwrap_or(defaults::ci::DEPENDABOT);
    OutputPaths {
        dockerfile: dockerfile.to_string(),
        dockerignore,
        manifests: manifests.to_string(),
        workflow: workflow.to_string(),
        dependabot: dependabot.then(|| ".github/dependabot.yml".to_owned()),
    }
}
