//! `[[ci.environments]]`: where the workflow deploys to, and in which order.

use super::super::value::{DnsLabel, FilePath, HostName};
use super::super::workflow::Deployment;
use super::{Parts, Resolver};
use crate::config::section::{DeployTarget, DeploymentSection};

/// Longest name of an environment, by what GitHub takes for a job.
const LONGEST: usize = 80;

/// Name of the build's job.
const BUILD: &str = "build";

impl Resolver<'_> {
    /// The GitHub environment that holds what the build needs.
    ///
    /// With several environments it is none of them: a protected one would ask a person before each build.
    pub(super) fn build_environment(&mut self) -> Option<String> {
        let section = &self.config.ci;
        let default = if section.environments.is_empty() { "production" } else { BUILD };
        self.branch("environment", section.environment.as_deref().unwrap_or(default))
    }

    /// The jobs that deploy.
    pub(super) fn deployments(&mut self, parts: &Parts) -> Option<Vec<Deployment>> {
        let sections = self.config.ci.environments.clone();
        if sections.is_empty() {
            return Some(vec![Deployment {
                job: "deploy".into(),
                name: "Deploy".into(),
                environment: self.build_environment()?,
                url: None,
                needs: vec![BUILD.into()],
                concurrency: "deploy-to-cluster".into(),
                deploy: deploy_word(self.config.ci.deploy),
                manifests: self.output_paths()?.manifests,
                namespace: parts.names.namespace.to_string(),
            }]);
        }
        let paths = self.output_paths()?;
        let all = sections.iter().enumerate();
        let deployments = all.map(|(index, section)| {
            let before = index.checked_sub(1).map(|before| vec![sections[before].name.clone()]);
            let after = section.after.clone().or(before).unwrap_or_default();
            Deployment {
                job: job(&section.name),
                name: format!("Deploy to {}", section.name),
                environment: section.name.clone(),
                url: section.host.as_ref().map(|host| format!("https://{host}")),
                needs: std::iter::once(BUILD.to_owned()).chain(after.iter().map(|name| job(name))).collect(),
                concurrency: job(&section.name),
                deploy: deploy_word(section.deploy.unwrap_or(self.config.ci.deploy)),
                manifests: folder(section).unwrap_or_else(|| paths.manifests.clone()),
                namespace: section.namespace.clone().unwrap_or_else(|| parts.names.namespace.to_string()),
            }
        });
        let deployments = deployments.collect();
        self.environment_faults();
        Some(deployments)
    }

    /// Checks every environment.
    pub(super) fn environment_faults(&mut self) {
        let sections = self.config.ci.environments.clone();
        for (index, section) in sections.iter().enumerate() {
            let position = index.to_string();
            let path = |key| ["ci", "environments", position.as_str(), key];
            if !is_name(&section.name) {
                let clause =
                    format!("must be letters, digits, `-` and `_`, a letter first, at most {LONGEST} characters");
                self.fault(&path("name"), &clause);
            }
            // GitHub does not tell capital letters from small ones here.
            let same = |other: &DeploymentSection| other.name.eq_ignore_ascii_case(&section.name);
            if let Some(other) = sections[..index].iter().position(same) {
                self.two_environments(other, index, "name", "two environments have the same name", "give each its own");
            }
            for (at, name) in section.after.iter().flatten().enumerate() {
                if !sections[..index].iter().any(|other| other.name == *name) {
                    let at = at.to_string();
                    self.fault(
                        &[&path("after")[..], &[&at]].concat(),
                        &format!("names `{name}`, which is no environment above this one"),
                    );
                }
            }
            if let Some(host) = &section.host {
                self.parse::<HostName>(host, &path("host"));
            }
            self.own_kustomization(index, section);
            self.followed_folder(index, &sections);
        }
    }

    /// Checks the project's own kustomization of the environment at `index`.
    fn own_kustomization(&mut self, index: usize, section: &DeploymentSection) {
        let position = index.to_string();
        let path = |key| ["ci", "environments", position.as_str(), key];
        if let Some(namespace) = &section.namespace {
            self.parse::<DnsLabel>(namespace, &path("namespace"));
            if section.manifests.is_none() {
                let clause = "has no meaning without `manifests`: the rendered objects name their namespace themselves";
                self.fault(&path("namespace"), clause);
            }
        }
        let Some(manifests) = &section.manifests else { return };
        let (Some(folder), Some(paths)) = (self.parse::<FilePath>(manifests, &path("manifests")), self.output_paths())
        else {
            return;
        };
        let below = folder.as_ref().strip_prefix(paths.manifests.as_str());
        if below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
            let clause = format!("must not lie in `{}`, where pykube writes", paths.manifests);
            self.fault(&path("manifests"), &clause);
        } else if let Some(file) = section.kustomization() {
            self.project_file(&file, &path("manifests"));
        }
    }

    /// Two environments that are followed by an operator must not be told by the same file.
    fn followed_folder(&mut self, index: usize, sections: &[DeploymentSection]) {
        let followed =
            |section: &DeploymentSection| section.deploy.unwrap_or(self.config.ci.deploy) == DeployTarget::None;
        let section = &sections[index];
        if !followed(section) {
            return;
        }
        let same = |other: &DeploymentSection| followed(other) && folder(other) == folder(section);
        if let Some(other) = sections[..index].iter().position(same) {
            self.two_environments(
                other,
                index,
                if section.manifests.is_some() { "manifests" } else { "name" },
                "two environments would be deployed at once: their operators follow the same folder",
                "give each environment `manifests`, a folder with a kustomization of its own",
            );
        }
    }

    fn two_environments(&mut self, one: usize, other: usize, key: &str, message: &str, help: &str) {
        let (one, other) = (one.to_string(), other.to_string());
        let path = |position| ["ci", "environments", position, key];
        self.contradiction(message, (&path(&one), "the one"), (&path(&other), "the other"), help);
    }
}

/// Whether `name` can be part of the name of a job and of a group.
/// Source: <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_id>
fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    name.starts_with(|first: char| first.is_ascii_alphabetic()) && name.len() <= LONGEST && name.chars().all(fits)
}

/// Name of the job that deploys to the environment called `name`, and of the group that it waits in.
fn job(name: &str) -> String {
    format!("deploy-to-{name}")
}

/// The project's own kustomization folder of an environment.
fn folder(section: &DeploymentSection) -> Option<String> {
    section.manifests.as_ref()?.parse().ok().map(|folder: FilePath| folder.to_string())
}

fn deploy_word(deploy: DeployTarget) -> &'static str {
    match deploy {
        DeployTarget::Kubeconfig => "kubeconfig",
        DeployTarget::Eks => "eks",
        DeployTarget::Gke => "gke",
        DeployTarget::Aks => "aks",
        DeployTarget::None => "none",
    }
}
