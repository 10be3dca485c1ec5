//! Pods of the application's image: the web workload, and what every other one shares with it.

use std::collections::BTreeMap;

use super::super::component::Component;
use super::super::pod::{Container, ContainerPort, EnvVar, PodTemplate, Resources, Volume, VolumeMount};
use super::super::value::EnvName;
use super::faults::Faults;
use super::probes::HTTP;
use super::{Parts, WEB, containers, secrets};
use crate::config::section::ExposeKind;
use crate::vocabulary::ServerKind;

/// Folder of the application in the image.
pub(super) const APP_FOLDER: &str = "/app";

/// Users below it are taken for those of the node.
const LOWEST_OWN_USER: u32 = 10_000;

/// First minor version of Python 3 that reads `PYTHON_CPU_COUNT`.
/// Source: <https://docs.python.org/3/using/cmdline.html#envvar-PYTHON_CPU_COUNT>
const READS_CPU_COUNT: u32 = 13;

/// A pod with one container of the application's image and what a read-only root needs.
pub(super) fn pod_template(
    parts: &Parts,
    component: &Component,
    container: Container,
    faults: &mut Faults<'_>,
) -> PodTemplate {
    let (mounts, mut volumes) = pod_volumes(parts, component, faults);
    let extra = containers::around(parts, component, &mounts, faults);
    volumes.extend(extra.volumes);
    let mut containers = vec![Container { volume_mounts: mounts, ..container }];
    containers.extend(extra.beside);
    PodTemplate {
        automount_service_account_token: parts.rbac.iter().any(|rule| component.is_on(rule.on.as_deref())),
        init_containers: extra.before,
        volumes,
        ..PodTemplate::new(parts.names.labels(component), parts.names.app.to_string(), parts.security.user, containers)
    }
}

/// A container of the application's image with so many processes.
pub(super) fn container(parts: &Parts, name: &str, processes: u32) -> Container {
    container_with(parts, name, parts.resources.resources(processes))
}

/// A container of the application's image that may use `resources`.
pub(super) fn container_with(parts: &Parts, name: &str, resources: Resources) -> Container {
    let mut env = allocator_env(parts, &resources);
    env.extend(parts.environment.secrets.iter().cloned());
    let own = parts.services.iter().flat_map(|service| &service.env);
    env.extend(own.filter(|variable| !parts.environment.sets(&variable.name)).cloned());
    let config_map = parts.environment.config_map(&parts.names);
    Container {
        env_from: config_map.map(|object| object.metadata.name).into_iter().collect(),
        env,
        ..Container::new(name, parts.image.reference.clone(), resources)
    }
}

/// The container that answers requests.
pub(super) fn web_container(parts: &Parts) -> Container {
    let server = &parts.server;
    let mut container = container(parts, WEB, server.workers);
    container.ports = vec![ContainerPort { name: HTTP.into(), container_port: server.port }];
    container.startup_probe = Some(parts.probes.startup.clone());
    container.liveness_probe = Some(parts.probes.liveness.clone());
    container.readiness_probe = Some(parts.probes.readiness.clone());
    container.pre_stop_sleep = (server.drain > 0).then_some(server.drain);
    // What `app.toml` sets wins over what pykube would.
    let mut env = server_env(parts);
    env.retain(|variable| !parts.environment.sets(&variable.name));
    env.append(&mut container.env);
    container.env = env;
    container
}

fn server_env(parts: &Parts) -> Vec<EnvVar> {
    let server = &parts.server;
    let mut env = Vec::new();
    if server.writes_config() {
        let comment =
            "Not the node's core count, which gunicorn's own advice would use: the limit below is what there is.";
        env.push(EnvVar::literal("WEB_CONCURRENCY", &server.workers.to_string(), Some(comment)));
    }
    let proxied = matches!(parts.exposure.kind, ExposeKind::Ingress | ExposeKind::Gateway);
    let reads = matches!(server.kind, ServerKind::Gunicorn | ServerKind::Uvicorn);
    if proxied && parts.security.network_policy && reads {
        let comment = "The proxy's address is not known before; the NetworkPolicy decides who may connect.";
        env.push(EnvVar::literal("FORWARDED_ALLOW_IPS", "*", Some(comment)));
    }
    env
}

/// Variables that fit the allocator and thread pools to the limits.
fn allocator_env(parts: &Parts, resources: &Resources) -> Vec<EnvVar> {
    let comment = "glibc keeps an arena for each thread and core; two keep a threaded Python's memory flat.";
    let mut env = vec![EnvVar::literal("MALLOC_ARENA_MAX", "2", Some(comment))];
    if let Some(limit) = &resources.cpu_limit {
        // Rounded up: a pool of no threads is none.
        let cores = (limit.thousandths() / 1_000.0).ceil().max(1.0).to_string();
        let comment = "NumPy and others would start a thread for each core of the node.";
        env.push(EnvVar::literal("OMP_NUM_THREADS", &cores, Some(comment)));
        if reads_cpu_count(parts) {
            env.push(EnvVar::literal("PYTHON_CPU_COUNT", &cores, None));
        }
    }
    env.retain(|variable| !parts.environment.sets(&variable.name));
    env
}

/// Whether Python counts the cores that `PYTHON_CPU_COUNT` says.
pub(super) fn reads_cpu_count(parts: &Parts) -> bool {
    parts.python.minor >= READS_CPU_COUNT
}

/// Mounts of the application's containers, and the volumes of their pod.
fn pod_volumes(parts: &Parts, component: &Component, faults: &mut Faults<'_>) -> (Vec<VolumeMount>, Vec<Volume>) {
    let (mut mounts, mut volumes) = parts.security.writable_folders();
    let (secret_mounts, secret_volumes) = secrets::volumes(parts);
    mounts.extend(secret_mounts);
    volumes.extend(secret_volumes);
    for shared in parts.volumes.iter().filter(|volume| component.is_on(volume.on.as_deref())) {
        if mounts.iter().any(|other| other.mount_path == shared.mount.mount_path) {
            faults.refuse(&["volumes", &shared.mount.name, "mount"], "is mounted already");
        }
        mounts.push(shared.mount.clone());
        volumes.push(shared.volume.clone());
    }
    (mounts, volumes)
}

/// Annotations that tell a validator why a rule of its is not met.
pub(super) fn exceptions(parts: &Parts, template: &PodTemplate) -> BTreeMap<String, String> {
    let containers = || template.containers.iter().chain(&template.init_containers);
    let mut reasons: Vec<(&str, &str)> = Vec::new();
    if containers().any(|container| container.resources.cpu_limit.is_none()) {
        reasons.push(("CKV_K8S_11", "app.toml asks for no CPU limit"));
    }
    if containers().flat_map(|container| &container.env).any(|variable| variable.secret_key_ref.is_some()) {
        reasons.push(("CKV_K8S_35", "the framework reads its secrets from variables; each is one named key"));
    }
    if template.automount_service_account_token {
        reasons.push(("CKV_K8S_38", "the application asks the Kubernetes API, with the rights of its Role only"));
    }
    if parts.web.len() > 1 {
        reasons.push(("CKV_K8S_43", "two versions run side by side, each by its tag"));
    } else if !parts.image.by_digest {
        reasons.push(("CKV_K8S_43", "the workflow deploys by digest"));
    } else if containers().any(|container| !container.image.contains('@')) {
        reasons.push(("CKV_K8S_43", "app.toml names the tag of another image"));
    }
    let users = containers().filter_map(|container| container.user).chain([template.user]);
    if users.min().is_some_and(|user| user < LOWEST_OWN_USER) {
        reasons.push(("CKV_K8S_40", "app.toml sets the user"));
    }
    checkov_skips(&reasons)
}

/// Rules of checkov that are not met, each with its reason.
/// Source: <https://www.checkov.io/2.Concepts/Suppressing%20and%20Skipping%20Policies.html>
pub(super) fn checkov_skips(reasons: &[(&str, &str)]) -> BTreeMap<String, String> {
    let numbered = reasons.iter().enumerate();
    numbered
        .map(|(index, (rule, reason))| (format!("checkov.io/skip{}", index + 1), format!("{rule}={reason}")))
        .collect()
}

/// Puts the variables of `own`, which stand at `place`, over those of a container.
pub(super) fn own_env(env: &mut Vec<EnvVar>, own: &BTreeMap<String, String>, place: &[&str], faults: &mut Faults<'_>) {
    for (name, value) in own {
        let path = [place, &["env", name.as_str()]].concat();
        faults.refuse_control_characters(value, &path);
        faults.refuse_credential(name, value, &path);
        if let Some(parsed) = faults.parse::<EnvName>(name, &path) {
            set(env, EnvVar::literal(parsed.as_ref(), value, None));
        }
    }
}

/// Puts `variable` in the place of one of its name, or at the end.
pub(super) fn set(env: &mut Vec<EnvVar>, variable: EnvVar) {
    match env.iter_mut().find(|known| known.name == variable.name) {
        Some(known) => *known = variable,
        None => env.push(variable),
    }
}
