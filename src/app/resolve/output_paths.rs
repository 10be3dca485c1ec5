//! Where the outputs are written.

use super::super::OutputPaths;
use super::super::value::FilePath;
use super::Resolver;

/// Name of the Dockerfile and of its ignore file, as builders look for them.
const DOCKERFILE: (&str, &str) = ("Dockerfile", ".dockerignore");

impl Resolver<'_> {
    pub(super) fn output_paths(&mut self) -> Option<OutputPaths> {
        let config = self.config;
        let dockerfile: FilePath =
            self.parse_or(config.build.dockerfile.as_deref(), DOCKERFILE.0, &["build", "dockerfile"])?;
        let manifests: FilePath =
            self.parse_or(config.cluster.manifests.as_deref(), "k8s", &["cluster", "manifests"])?;
        let workflow: FilePath =
            self.parse_or(config.ci.workflow.as_deref(), ".github/workflows/deploy.yml", &["ci", "workflow"])?;
        if !dockerfile.file_name().starts_with(DOCKERFILE.0) {
            self.fault(
                &["build", "dockerfile"],
                "must be called `Dockerfile` or `Dockerfile.NAME`, as tools look for it",
            );
        }
        if workflow.folder() != ".github/workflows"
            || !(workflow.as_ref().ends_with(".yml") || workflow.as_ref().ends_with(".yaml"))
        {
            self.fault(&["ci", "workflow"], "must be a `.yml` file in `.github/workflows`, where GitHub looks for it");
        }
        // BuildKit prefers `NAME.dockerignore` beside the Dockerfile: https://docs.docker.com/build/concepts/context/#filename-and-location
        let dockerignore = if dockerfile.as_ref() == DOCKERFILE.0 {
            DOCKERFILE.1.to_owned()
        } else {
            format!("{dockerfile}.dockerignore")
        };
        Some(OutputPaths {
            dockerfile: dockerfile.to_string(),
            dockerignore,
            manifests: manifests.to_string(),
            workflow: workflow.to_string(),
            dependabot: config.ci.dependabot.unwrap_or(true).then(|| ".github/dependabot.yml".to_owned()),
        })
    }
}
