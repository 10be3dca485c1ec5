//! `[[ci.environments]]`: where the workflow deploys to, and in which order.

use super::super::value::{DnsLabel, FilePath, HostName};
use super::super::workflow::Deployment;
use super::faults::Faults;
use super::{Options, ResolvedSections};
use crate::config::defaults;
use crate::config::section::{CiSection, DeploymentSection};

/// Longest name of an environment, by what GitHub takes for a job.
const LONGEST: usize = 80;

/// Name of the build's job.
const BUILD: &str = "build";

/// The GitHub environment that holds what the build needs.
///
/// With several environments it is none of them: a protected one would ask a person before each build.
pub(super) fn build_environment(section: &CiSection, faults: &mut Faults<'_>) -> String {
    let several = !section.environments.is_empty();
    let default = if several { defaults::ci::BUILD_ENVIRONMENT } else { defaults::ci::ENVIRONMENT };
    branch("environment", section.environment.as_deref(), default, faults)
}

/// A name of git or GitHub that needs no quoting in an expression.
pub(super) fn branch(key: &str, written: Option<&str>, default: &str, faults: &mut Faults<'_>) -> String {
    let name = written.unwrap_or(default);
    let fits = |c: char| c.is_alphanumeric() || "._-/".contains(c);
    if name.is_empty() || !name.chars().all(fits) || name.starts_with(['-', '/']) || name.len() > 200 {
        faults.refuse(&["ci", key], "must be a name of letters, digits, `.`, `_`, `-` and `/`");
    }
    name.to_owned()
}

/// The jobs that deploy.
pub(super) fn resolve(
    section: &CiSection,
    options: &Options,
    parts: &ResolvedSections,
    faults: &mut Faults<'_>,
) -> Vec<Deployment> {
    let sections = &section.environments;
    if sections.is_empty() {
        return vec![Deployment {
            job: "deploy".into(),
            name: "Deploy".into(),
            environment: build_environment(section, faults),
            url: None,
            needs: vec![BUILD.into()],
            concurrency: format!("{}-deploy", parts.names.app),
            deploy: section.deploy,
            followed: section.deploy.is_followed(),
            manifests: parts.paths.manifests.clone(),
            namespace: parts.names.namespace.to_string(),
        }];
    }
    environment_faults(section, options, parts, faults);
    let deployment = |(index, environment): (usize, &DeploymentSection)| {
        let before = index.checked_sub(1).map(|before| vec![sections[before].name.clone()]);
        let after = environment.after.clone().or(before).unwrap_or_default();
        let namespace = environment.namespace.clone();
        Deployment {
            job: job(&environment.name),
            name: format!("Deploy to {}", environment.name),
            environment: environment.name.clone(),
            url: environment.host.as_ref().map(|host| format!("https://{host}")),
            needs: std::iter::once(BUILD.to_owned()).chain(after.iter().map(|name| job(name))).collect(),
            concurrency: format!("{}-{}", parts.names.app, job(&environment.name)),
            deploy: environment.deploy.unwrap_or(section.deploy),
            followed: environment.deploy.unwrap_or(section.deploy).is_followed(),
            manifests: folder(environment).unwrap_or_else(|| parts.paths.manifests.clone()),
            namespace: namespace.unwrap_or_else(|| parts.names.namespace.to_string()),
        }
    };
    sections.iter().enumerate().map(deployment).collect()
}

/// Checks every environment.
fn environment_faults(ci: &CiSection, options: &Options, parts: &ResolvedSections, faults: &mut Faults<'_>) {
    let sections = &ci.environments;
    for (index, section) in sections.iter().enumerate() {
        let position = index.to_string();
        let path = |key| ["ci", "environments", position.as_str(), key];
        if !is_name(&section.name) {
            let clause = format!("must be letters, digits, `-` and `_`, a letter first, at most {LONGEST} characters");
            faults.refuse(&path("name"), &clause);
        }
        // GitHub does not tell capital letters from small ones here.
        let same = |other: &DeploymentSection| other.name.eq_ignore_ascii_case(&section.name);
        if let Some(other) = sections[..index].iter().position(same) {
            two_environments(other, index, "name", "two environments have the same name", "give each its own", faults);
        }
        for (at, name) in section.after.iter().flatten().enumerate() {
            if !sections[..index].iter().any(|other| other.name == *name) {
                let at = at.to_string();
                faults.refuse(
                    &[&path("after")[..], &[&at]].concat(),
                    &format!("names `{name}`, which is not an environment above this one"),
                );
            }
        }
        if let Some(host) = &section.host {
            faults.parse::<HostName>(host, &path("host"));
        }
        own_kustomization(index, section, options, parts, faults);
        followed_folder(index, ci, faults);
    }
}

/// Checks the project's own kustomization of the environment at `index`.
fn own_kustomization(
    index: usize,
    section: &DeploymentSection,
    options: &Options,
    parts: &ResolvedSections,
    faults: &mut Faults<'_>,
) {
    let position = index.to_string();
    let path = |key| ["ci", "environments", position.as_str(), key];
    if let Some(namespace) = &section.namespace {
        faults.parse::<DnsLabel>(namespace, &path("namespace"));
        if section.manifests.is_none() {
            let clause = "has no meaning without `manifests`: the rendered objects name their namespace themselves";
            faults.refuse(&path("namespace"), clause);
        }
    }
    let Some(manifests) = &section.manifests else { return };
    let Some(folder) = faults.parse::<FilePath>(manifests, &path("manifests")) else { return };
    let own = &parts.paths.manifests;
    let below = folder.as_ref().strip_prefix(own.as_str());
    if below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
        faults.refuse(&path("manifests"), &format!("must not be in `{own}`, where pykube writes"));
    } else if let Some(file) = section.kustomization() {
        options.text(&file, &path("manifests"), faults);
    }
}

/// Two environments that are followed by an operator must not share one file.
fn followed_folder(index: usize, ci: &CiSection, faults: &mut Faults<'_>) {
    let sections = &ci.environments;
    let followed = |section: &DeploymentSection| section.deploy.unwrap_or(ci.deploy).is_followed();
    let section = &sections[index];
    if !followed(section) {
        return;
    }
    let same = |other: &DeploymentSection| followed(other) && folder(other) == folder(section);
    if let Some(other) = sections[..index].iter().position(same) {
        two_environments(
            other,
            index,
            if section.manifests.is_some() { "manifests" } else { "name" },
            "two environments would be deployed at once: their operators follow the same folder",
            "give each environment `manifests`, a folder with a kustomization of its own",
            faults,
        );
    }
}

fn two_environments(one: usize, other: usize, key: &str, message: &str, help: &str, faults: &mut Faults<'_>) {
    let (one, other) = (one.to_string(), other.to_string());
    let path = |position| ["ci", "environments", position, key];
    faults.contradiction(message, (&path(&one), "the one"), (&path(&other), "the other"), help);
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
