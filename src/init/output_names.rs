//! Files that the project has already: they stay as they are, and ours get other names.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Serialize;

/// The names of what pykube writes, where they are not the usual ones.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OutputNames {
    dockerfile: Option<&'static str>,
    workflow: Option<&'static str>,
    dependabot: bool,
    manifests: Option<&'static str>,
}

impl OutputNames {
    /// Chooses names beside the files below `root` that pykube did not write; `written` holds those that it did.
    pub(super) fn beside(root: &Path, written: &BTreeSet<String>, advice: &mut Vec<String>) -> Self {
        let there = |path: &str| root.join(path).symlink_metadata().is_ok() && !written.contains(path);
        let dockerfile = there("Dockerfile") || there(".dockerignore");
        let workflow = there(".github/workflows/deploy.yml");
        let dependabot = there(".github/dependabot.yml") || there(".github/dependabot.yaml");
        let manifests = there("k8s") && !written.contains("k8s/kustomization.yaml");
        let names =
            [(dockerfile, "Dockerfile"), (workflow, "deploy.yml"), (dependabot, "dependabot.yml"), (manifests, "k8s/")];
        let kept: Vec<&str> = names.iter().filter(|(is_there, _)| *is_there).map(|(_, name)| *name).collect();
        if !kept.is_empty() {
            advice.push(format!("{} of the project: kept as they are, pykube writes beside them", kept.join(", ")));
        }
        Self {
            dockerfile: dockerfile.then_some("Dockerfile.pykube"),
            workflow: workflow.then_some(".github/workflows/pykube.yml"),
            dependabot: !dependabot,
            manifests: manifests.then_some("k8s-pykube"),
        }
    }
}
