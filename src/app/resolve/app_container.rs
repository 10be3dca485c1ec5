//! The container of the application's image, which the web workload, workers and Jobs share.

use std::collections::BTreeMap;

use super::super::pod::{Container, ContainerPort, EnvVar, Resources};
use super::super::value::EnvName;
use super::faults::Faults;
use super::probes::HTTP;
use super::{ResolvedSections, WEB};
use crate::config::section::ExposeKind;
use crate::data::ServerFacts;
use crate::vocabulary::{Interface, ServerKind};

/// Networks that pods and nodes are in: RFC 1918, RFC 6598, RFC 4193.
const PRIVATE_NETWORKS: [&str; 5] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"];

/// Where Google's load balancers connect from when they send straight to pods.
/// Source: <https://cloud.google.com/load-balancing/docs/firewall-rules>
const GOOGLE_FRONT_ENDS: [&str; 2] = ["35.191.0.0/16", "130.211.0.0/22"];

/// First minor version of Python 3 that reads `PYTHON_CPU_COUNT`.
/// Source: <https://docs.python.org/3/using/cmdline.html#envvar-PYTHON_CPU_COUNT>
const READS_CPU_COUNT: u32 = 13;

/// A container of the application's image with that many processes.
pub(super) fn of(parts: &ResolvedSections, name: &str, processes: u32) -> Container {
    with(parts, name, parts.resources.resources(processes))
}

/// A container of the application's image that may use `resources`.
pub(super) fn with(parts: &ResolvedSections, name: &str, resources: Resources) -> Container {
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
pub(super) fn web(parts: &ResolvedSections) -> Container {
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

fn server_env(parts: &ResolvedSections) -> Vec<EnvVar> {
    let server = &parts.server;
    let mut env = Vec::new();
    if server.writes_config() {
        let comment =
            "Not the node's core count, which gunicorn's own advice would use: the limit below is what there is.";
        env.push(EnvVar::literal("WEB_CONCURRENCY", &server.workers.to_string(), Some(comment)));
    }
    let comment = "What platforms call it; code and a server's own configuration may ask for it.";
    env.push(EnvVar::literal("PORT", &server.port.to_string(), Some(comment)));
    if let Some(path) = server.root_path.as_ref().filter(|_| server.kind == ServerKind::Gunicorn) {
        let comment = "gunicorn removes it from the path of each request and tells the application.";
        env.push(EnvVar::literal("SCRIPT_NAME", path, Some(comment)));
    }
    let proxied = matches!(parts.exposure.kind, ExposeKind::Ingress | ExposeKind::Gateway);
    if proxied && ServerFacts::of(server.kind.as_str()).reads_forwarded {
        env.push(forwarded_allow_ips(parts));
    }
    env
}

/// Whose `X-Forwarded-*` headers are believed.
///
/// gunicorn takes only the scheme from them. uvicorn takes the client too: with `*` the leftmost address of
/// X-Forwarded-For, which the client may have written; with networks the last one that is not in them.
fn forwarded_allow_ips(parts: &ResolvedSections) -> EnvVar {
    let server = &parts.server;
    let (value, comment) = if (server.kind, server.interface) == (ServerKind::Gunicorn, Interface::Wsgi) {
        ("*".to_owned(), "Of the proxy's headers gunicorn takes the scheme only, from whoever sends them.")
    } else if !server.knows("trusted-networks") {
        ("*".to_owned(), "uvicorn before 0.31 does not support networks: a client can claim any address.")
    } else {
        let networks =
            PRIVATE_NETWORKS.iter().chain(server.behind_google.then_some(&GOOGLE_FRONT_ENDS).into_iter().flatten());
        let networks: Vec<&str> = networks.copied().collect();
        (networks.join(","), "Where proxies are; an address that a client adds to X-Forwarded-For is not believed.")
    };
    EnvVar::literal("FORWARDED_ALLOW_IPS", &value, Some(comment))
}

/// Variables that fit the allocator and thread pools to the limits.
fn allocator_env(parts: &ResolvedSections, resources: &Resources) -> Vec<EnvVar> {
    let comment = "glibc keeps an arena for each thread and core; two keep a threaded Python's memory flat.";
    let mut env = vec![EnvVar::literal("MALLOC_ARENA_MAX", "2", Some(comment))];
    if let Some(limit) = &resources.cpu_limit {
        // Rounded up: a pool needs a thread.
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
pub(super) fn reads_cpu_count(parts: &ResolvedSections) -> bool {
    parts.python.minor >= READS_CPU_COUNT
}

/// Puts the variables of `own`, which are at `place`, over those of a container.
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

/// Replaces the variable of the same name by `variable`, or at the end.
pub(super) fn set(env: &mut Vec<EnvVar>, variable: EnvVar) {
    match env.iter_mut().find(|known| known.name == variable.name) {
        Some(known) => *known = variable,
        None => env.push(variable),
    }
}
