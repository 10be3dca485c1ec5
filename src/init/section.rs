//! What a new `app.toml` says: each section's keys, put together for the template.

use std::path::Path;

use serde::Serialize;

use super::build::ImageBuild;
use super::ci::Ci;
use super::command::{where_manage_py_is, with_a_count};
use super::environment::{self, Line};
use super::image_name::{dns_label, ghcr_repository, placeholder_repository};
use super::output_names::OutputNames;
use super::server::Server;
use super::state::State;
use crate::app::value::{HostName, PythonVersion};
use crate::config::defaults;
use crate::data::PLATFORMS;
use crate::detect::{HealthPath, Project, Purpose};
use crate::vocabulary::Framework;

/// The context of the template `init/app.toml`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Sections {
    name: String,
    framework: Framework,
    entrypoint: String,
    interface: Option<&'static str>,
    python: Option<String>,
    port: Option<u16>,
    dir: Option<String>,
    repository: String,
    repository_known: bool,
    /// Whether the registry keeps new images private.
    private: bool,
    #[serde(flatten)]
    build: ImageBuild,
    #[serde(flatten)]
    server: Server,
    #[serde(flatten)]
    probes: Probes,
    config: Vec<Line>,
    secrets: Vec<Line>,
    #[serde(flatten)]
    state: State,
    workers: Vec<Worker>,
    #[serde(flatten)]
    names: OutputNames,
    #[serde(flatten)]
    ci: Ci,
}

/// The keys of `[probes]`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Probes {
    liveness: Option<String>,
    readiness: Option<String>,
    probe_host: Option<String>,
}

/// A process of `[workers.NAME]`.
#[derive(Clone, Debug, Serialize)]
struct Worker {
    name: String,
    command: String,
    singleton: bool,
}

impl Sections {
    /// Chooses what to write for `project`, and what to tell a person.
    pub(crate) fn of(root: &Path, project: &Project) -> (Self, Vec<String>) {
        let folder = root.canonicalize().ok().and_then(|root| Some(root.file_name()?.to_string_lossy().into_owned()));
        let name = dns_label(project.name.as_deref().or(folder.as_deref()).unwrap_or("app"));
        let repository = ghcr_repository(root, &name);
        let written = crate::write::written_paths(root);
        let mut advice = Vec::new();
        if repository.is_none() {
            advice.push("[image] repository: replace this with your registry and owner".into());
        }
        advice.extend(below_a_repository(root));
        let python = python(project, &mut advice);
        let mut build = ImageBuild::of(root, project, &mut advice);
        let server = Server::of(root, project, &written, &mut build, &mut advice);
        let probes = Probes::of(project, &mut advice);
        let lines = environment::lines(project, &name, probes.probe_host.as_deref());
        advice.extend(lines.advice);
        if lines.secrets.iter().any(|line| !line.off) {
            advice.push(format!("the Secret `{name}-secrets` must be in the cluster before the first deployment"));
        }
        let workers = workers(project, &mut advice);
        let names: Vec<&str> = workers.iter().map(|worker| worker.name.as_str()).collect();
        let state = State::of(root, project, &names, &mut build, &mut advice);
        let sections = Self {
            framework: project.framework,
            entrypoint: project.entrypoint.clone().unwrap_or_default(),
            interface: (project.interface != project.framework.default_interface()).then(|| project.interface.as_str()),
            python,
            port: project.port.filter(|port| *port >= 1024 && u32::from(*port) != defaults::app::PORT),
            dir: (project.backend_dir != ".").then(|| project.backend_dir.clone()),
            private: repository.as_ref().is_some_and(|name| name.starts_with("ghcr.io/")),
            repository_known: repository.is_some(),
            repository: repository.unwrap_or_else(|| placeholder_repository(&name)),
            ci: Ci::of(root, project, build.manager),
            build,
            server,
            probes,
            config: lines.config,
            secrets: lines.secrets,
            state,
            workers,
            names: OutputNames::beside(root, &written, &mut advice),
            name,
        };
        (sections, advice)
    }
}

/// GitHub reads workflows at the top of a repository only.
fn below_a_repository(root: &Path) -> Option<String> {
    let root = root.canonicalize().ok()?;
    let above = root.ancestors().find(|folder| folder.join(".git").exists())?;
    let dir = root.strip_prefix(above).ok().filter(|dir| !dir.as_os_str().is_empty())?;
    Some(format!(
        "the Git repository begins above this folder, and GitHub reads workflows only there: run `pykube init` at its top, which finds {}/",
        dir.to_string_lossy()
    ))
}

/// The stated version, or the oldest that an image is built for.
fn python(project: &Project, advice: &mut Vec<String>) -> Option<String> {
    let stated = project.python.as_ref()?;
    if stated.parse::<PythonVersion>().is_ok() {
        return Some(stated.clone());
    }
    let oldest = format!("3.{}", PLATFORMS.python.images.oldest);
    advice.push(format!("there are no images for Python {stated} any more; app.toml uses {oldest}, the oldest available. Test before you deploy"));
    Some(oldest)
}

impl Probes {
    /// What asks anything, or may, must not restart the pods, and what asks nothing says little of readiness.
    fn of(project: &Project, advice: &mut Vec<String>) -> Self {
        let (live, ready) = paths(&project.health);
        advice.extend(probe_advice(live, ready));
        let (liveness, readiness) = (live.map(|health| health.path.clone()), ready.map(|health| health.path.clone()));
        let probe_host = probe_host(project);
        Self { liveness, readiness, probe_host }
    }
}

/// The paths for liveness and for readiness. A path that asks anything, or that may, is never for liveness, and neither is
/// one that is named for readiness.
fn paths(health: &[HealthPath]) -> (Option<&HealthPath>, Option<&HealthPath>) {
    let first = |fits: &dyn Fn(&HealthPath) -> bool| health.iter().find(|health| fits(health));
    let alone = |health: &HealthPath| health.deep == Some(false);
    let live = first(&|health| alone(health) && health.purpose() == Purpose::Liveness)
        .or_else(|| first(&|health| alone(health) && health.purpose() == Purpose::Health));
    let is_other = |health: &HealthPath| live.is_none_or(|live| live.path != health.path);
    let ready = first(&|health| health.purpose() == Purpose::Readiness)
        .or_else(|| first(&|health| health.purpose() == Purpose::Health && health.deep == Some(true)))
        .or_else(|| first(&|health| health.purpose() == Purpose::Health && health.deep.is_none()))
        .or_else(|| first(&|health| !alone(health)))
        .or_else(|| first(&|health| health.purpose() == Purpose::Health && is_other(health)))
        .or_else(|| first(&is_other));
    (live, ready)
}

/// What a person should know of the two choices.
fn probe_advice(live: Option<&HealthPath>, ready: Option<&HealthPath>) -> Option<String> {
    let because = |health: &HealthPath| {
        let reason = health.reason.as_ref()?;
        let place = reason.place.as_ref().map_or(String::new(), |place| format!(" ({}:{})", place.file, place.line));
        Some(format!("it {}{place}", reason.text))
    };
    match (live, ready) {
        (None, None) => {
            Some("no health endpoint was found: an open port counts as alive; `pykube add health` writes one".into())
        }
        (Some(live), None) => Some(format!(
            "readiness: {} calls nothing outside the process; `pykube add health` writes a path that does",
            live.path
        )),
        (None, Some(ready)) => {
            let path = &ready.path;
            let why = match ready.deep {
                Some(true) => format!("{path} calls other services: {}", because(ready).unwrap_or_default()),
                Some(false) => format!("{path} is named for readiness"),
                None => match because(ready) {
                    Some(reason) => format!("whether {path} calls other services is unknown: {reason}"),
                    None => format!("whether {path} calls other services is unknown: its code was not found"),
                },
            };
            Some(format!(
                "liveness: {why}; it is used for readiness only, and `pykube add health` writes a path for liveness"
            ))
        }
        (Some(_), Some(_)) => None,
    }
}

/// The Host that the probes send: one that the application lets in, as far as the code names any.
fn probe_host(project: &Project) -> Option<String> {
    let is_django = project.framework == Framework::Django;
    let hosts = project.allowed_hosts.as_ref()?;
    if !is_django && hosts.literal.iter().any(|host| host == "*") {
        return None;
    }
    let valid: Vec<&String> = hosts.literal.iter().filter(|host| host.parse::<HostName>().is_ok()).collect();
    let public = valid.iter().find(|host| **host != "localhost").map(|host| (*host).clone());
    // `.example.com` and `*.example.com` allow what is below.
    let below = |host: &String| {
        let domain = host.strip_prefix('*').unwrap_or(host).strip_prefix('.')?;
        Some(format!("probes.{domain}"))
    };
    let named = public.or_else(|| hosts.literal.iter().find_map(below));
    Some(named.or_else(|| valid.first().map(ToString::to_string)).unwrap_or_else(|| "localhost".into()))
}

/// What else runs from the same image.
fn workers(project: &Project, advice: &mut Vec<String>) -> Vec<Worker> {
    let mut workers: Vec<Worker> = Vec::new();
    for process in &project.processes {
        let name = dns_label(&process.name);
        if workers.iter().any(|worker| worker.name == name) {
            continue;
        }
        let command = with_a_count(&where_manage_py_is(&process.command, project));
        workers.push(Worker { name, command, singleton: process.singleton });
    }
    if workers.iter().any(|worker| worker.command.starts_with("celery ")) {
        advice
            .push("the workers have no heartbeat: `pykube add heartbeat` writes one, then set heartbeat = true".into());
    }
    workers
}
