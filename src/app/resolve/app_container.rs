//! The container of the application's image, which the web workload, workers and Jobs share.

use std::collections::BTreeMap;

use super::super::pod::{Container, ContainerPort, EnvVar, Resources};
use super::super::value::EnvName;
use super::faults::Faults;
use super::probes::HTTP;
use super::{Parts, WEB};
use crate::config::section::ExposeKind;
use crate::vocabulary::ServerKind;

/// Folder of the application in the image.
pub(super) const APP_FOLDER: &str = "/app";

/// First minor version of Python 3 that reads `PYTHON_CPU_COUNT`.
/// Source: <https://docs.python.org/3/using/cmdline.html#envvar-PYTHON_CPU_COUNT>
const READS_CPU_COUNT: u32 = 13;

/// A container of the application's image with so many processes.
pub(super) fn of(parts: &Parts, name: &str, processes: u32) -> Container {
    with(parts, name, parts.resources.resources(processes))
}

/// A container of the application's image that may use `resources`.
pub(super) fn with(parts: &Parts, name: &str, resources: Resources) -> Container {
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
pub(super) fn web(parts: &Parts) -> Container {
    let server = &parts.server;
    let mut container = of(parts, WEB, server.workers);
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
