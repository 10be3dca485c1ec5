//! `[ci] deploy = "argocd"`, `"flux"` and `"none"`: operators that follow the repository, what they need to know of each
//! object, and the objects that make them follow.

use std::collections::BTreeSet;

use super::super::component::Component;
use super::super::gitops::{Followed, Operator};
use super::super::object::{Kind, Object};
use super::super::pod::{Volume, VolumeSource};
use super::super::workflow::{Deployment, Workflow};
use super::ResolvedSections;
use super::faults::Faults;
use crate::config::section::{CiSection, DeployTarget};
use crate::diagnostic::Diagnostic;
use crate::kube::operator;

/// The operators that the objects must suit. `none` names no operator, so the objects suit both.
pub(super) fn operators(deployments: &[Deployment]) -> BTreeSet<Operator> {
    let suited = |deployment: &Deployment| match deployment.deploy {
        DeployTarget::Argocd => vec![Operator::Argocd],
        DeployTarget::Flux => vec![Operator::Flux],
        DeployTarget::None => vec![Operator::Argocd, Operator::Flux],
        DeployTarget::Kubeconfig | DeployTarget::Eks | DeployTarget::Gke | DeployTarget::Aks => Vec::new(),
    };
    deployments.iter().flat_map(suited).collect()
}

/// Writes on each object what the operators need to know of it.
///
/// Sources: <https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/>,
/// <https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/>,
/// <https://fluxcd.io/flux/components/kustomize/kustomizations/#controlling-the-apply-behavior-of-resources>
pub(super) fn annotate(objects: &mut [Object], operators: &BTreeSet<Operator>) {
    let migration = objects.iter().find(|object| is_migration(object));
    let migrates = migration.is_some();
    let claims: BTreeSet<String> = migration.into_iter().flat_map(claims).collect();
    for object in objects {
        let mut notes: Vec<(&str, &str)> = Vec::new();
        for operator in operators {
            match (operator, &object.kind) {
                (Operator::Argocd, Kind::Job(_)) => notes.extend([operator::ARGO_HOOK, operator::ARGO_REPLACES]),
                // Running pods read it until the rollout is done.
                (Operator::Argocd, Kind::ConfigMap(_)) => notes.push(operator::ARGO_PRUNES_LAST),
                // Data is deleted by people, and a namespace with all that is in it.
                (Operator::Argocd, Kind::PersistentVolumeClaim(_) | Kind::Namespace) => {
                    notes.extend([operator::ARGO_KEEPS, operator::ARGO_IGNORES_KEPT]);
                }
                (Operator::Flux, Kind::Job(_)) => notes.push(operator::FLUX_REPLACES),
                // It prunes before the rollout is done.
                (Operator::Flux, Kind::ConfigMap(_) | Kind::PersistentVolumeClaim(_) | Kind::Namespace) => {
                    notes.push(operator::FLUX_KEEPS);
                }
                _ => {}
            }
        }
        if migrates && operators.contains(&Operator::Argocd) {
            // A claim that the migration mounts is bound by it.
            let is_bound =
                matches!(object.kind, Kind::PersistentVolumeClaim(_)) && claims.contains(&object.metadata.name);
            let with_it = is_bound || is_migration(object);
            let wave = if with_it { Some("-1") } else { precedes_migration(object).then_some("-2") };
            notes.extend(wave.map(|wave| ("argocd.argoproj.io/sync-wave", wave)));
        }
        let notes = notes.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned()));
        object.metadata.annotations.extend(notes);
        // A Job that goes on its own is missing to Flux, which makes it again, and so runs it again.
        if let Kind::Job(job) = &mut object.kind
            && operators.contains(&Operator::Flux)
        {
            job.ttl_seconds_after_finished = None;
        }
    }
}

/// Names of the claims that the pods of `object` mount.
fn claims(object: &Object) -> Vec<String> {
    let volumes = object.kind.pod_template().into_iter().flat_map(|template| &template.volumes);
    let claim = |volume: &Volume| match &volume.source {
        VolumeSource::Claim { claim_name } => Some(claim_name.clone()),
        _ => None,
    };
    volumes.filter_map(claim).collect()
}

fn is_migration(object: &Object) -> bool {
    object.component == Component::Migrate && matches!(object.kind, Kind::Job(_))
}

/// What a migration may need, and that is ready without the pods that wait for the migration: no claim, which some classes
/// bind to the first pod only, and nothing that an ingress controller answers for.
fn precedes_migration(object: &Object) -> bool {
    let is_base = matches!(object.component, Component::Base | Component::Namespace | Component::Migrate);
    let is_service = matches!(object.component, Component::Service(_));
    is_service || (is_base && !matches!(object.kind, Kind::PersistentVolumeClaim(_)))
}

/// The objects that make Argo CD and Flux follow the repository.
pub(super) fn resolve(
    section: &CiSection,
    parts: &ResolvedSections,
    workflow: &Workflow,
    objects: &[Object],
    faults: &mut Faults<'_>,
) -> Vec<Followed> {
    let deployments = workflow.deployments.iter().filter_map(|deployment| {
        let operator = match deployment.deploy {
            DeployTarget::Argocd => Operator::Argocd,
            DeployTarget::Flux => Operator::Flux,
            _ => return None,
        };
        Some((deployment, operator))
    });
    let deployments: Vec<(&Deployment, Operator)> = deployments.collect();
    let repository = repository(section, deployments.first().map(|(deployment, _)| *deployment), faults);
    let app = parts.names.app.to_string();
    let migration = objects.iter().find(|object| is_migration(object)).map(|object| object.metadata.name.clone());
    let runs = migration.is_some().then(|| runs(objects));
    let followed = |(deployment, operator): (&Deployment, Operator)| Followed {
        name: if section.environments.is_empty() { app.clone() } else { format!("{app}-{}", deployment.environment) },
        operator,
        repository: repository.clone(),
        branch: workflow.branch.clone(),
        path: deployment.manifests.clone(),
        namespace: deployment.namespace.clone(),
        migration: migration.clone(),
        before_migration: runs.as_ref().map(|runs| format!("app.kubernetes.io/component notin ({runs})")),
        after_migration: runs.as_ref().map(|runs| format!("app.kubernetes.io/component in ({runs})")),
        timeout: format!("{}m", workflow.deploy_minutes),
    };
    deployments.into_iter().map(followed).collect()
}

/// Components that run the new version and so wait for the migration.
fn runs(objects: &[Object]) -> String {
    let runs = objects.iter().filter(|object| object.kind.pod_template().is_some()).map(|object| &object.component);
    let runs = runs.filter(|component| !matches!(component, Component::Migrate | Component::Service(_)));
    let mut components: Vec<String> = runs.map(ToString::to_string).collect();
    components.dedup();
    components.join(", ")
}

/// `[ci] repository`, which is missed where an operator must know it.
fn repository(section: &CiSection, needed: Option<&Deployment>, faults: &mut Faults<'_>) -> String {
    let path = ["ci", "repository"];
    match (&section.repository, needed) {
        (Some(url), _) => {
            let is_url = url.starts_with("https://") && !url.contains('@') || url.starts_with("ssh://");
            if !is_url || !url.chars().all(|c| c.is_ascii_graphic() && !"\"'`\\{}<>|$".contains(c)) {
                faults.refuse(&path, "must be an `https://` or `ssh://` URL without a password");
            }
            url.clone()
        }
        (None, Some(_)) => {
            let fault = Diagnostic::error("Argo CD and Flux must know which repository they follow");
            let at = if section.deploy.is_followed() { &["ci", "deploy"][..] } else { &["ci", "environments"] };
            let fault = faults.document().at_key(fault, at, "asked for here");
            faults.push(fault.help("`repository` under `[ci]` is its URL: https://github.com/OWNER/NAME"));
            String::new()
        }
        (None, None) => String::new(),
    }
}
