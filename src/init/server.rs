//! `[server]`: what serves the application, and what the image needs for it.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Serialize;

use super::build::ImageBuild;
use super::command::below;
use crate::app::value::WorkerClass;
use crate::config::defaults;
use crate::data::{ServerFacts, TOOLS};
use crate::detect::{DetectedServer, Project};
use crate::vocabulary::{GUNICORN_CONFIG, Interface, ServerKind};

/// The keys of `[server]`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Server {
    server_kind: Option<&'static str>,
    server_config: Option<String>,
    /// Processes that the kept configuration starts: CPU and memory are for that many.
    server_workers: Option<u32>,
    /// The pinned version, where it lacks options that newer ones are given.
    server_version: Option<String>,
    /// Worker class of the project's own command.
    worker_class: Option<String>,
    server_wrapper: Option<String>,
    server_options: Vec<(&'static str, u32)>,
}

/// The path of a file in the folder of the code.
fn below_code(project: &Project, name: &str) -> String {
    if project.backend_dir == "." { name.to_owned() } else { format!("{}/{name}", project.backend_dir) }
}

/// The server to run: the project's own where it can serve the application.
fn kind(project: &Project, has_config: bool) -> ServerKind {
    match project.server.as_ref().map(|server| server.kind) {
        // gunicorn speaks ASGI through a worker class only, which the project's own file would name.
        Some(DetectedServer::Known(ServerKind::Gunicorn)) if project.interface == Interface::Asgi && !has_config => {
            project.interface.default_server()
        }
        Some(DetectedServer::Known(kind)) if kind.speaks(project.interface) => kind,
        _ => project.interface.default_server(),
    }
}

/// What a person should know about options that an old version lacks.
fn unknown_options(kind: ServerKind, version: &str) -> Option<String> {
    let missing = ServerFacts::of(kind.as_str()).missing(version).into_iter();
    let missing: Vec<&str> = missing.filter(|option| option.starts_with("--")).collect();
    let options = missing.join(", ");
    let text = format!("{kind} {version} does not support {options}, which pykube leaves out: a newer one does");
    (!missing.is_empty()).then_some(text)
}

/// Threads for the workers of the project's own command, which names none: a pod answers as many requests at a time as pykube's
/// own default, and holds as many connections to the database.
fn threads_beside(options: &[(&'static str, u32)]) -> Option<(&'static str, u32)> {
    let has_threads = options.iter().any(|(key, _)| *key == "threads");
    let (_, workers) = options.iter().find(|(key, workers)| *key == "workers" && *workers > 1 && !has_threads)?;
    Some(("threads", (defaults::server::THREADS / workers).max(1)))
}

impl Server {
    /// Chooses the keys for `project`; `build` gets what the image needs, `advice` what a person should look at, and
    /// `written` holds the files that pykube wrote.
    pub(super) fn of(
        root: &Path,
        project: &Project,
        written: &BTreeSet<String>,
        build: &mut ImageBuild,
        advice: &mut Vec<String>,
    ) -> Self {
        let detected = project.server.as_ref();
        let own_config = detected.and_then(|server| server.config.clone()).filter(|file| !written.contains(file));
        let kind = kind(project, own_config.is_some());
        let same = detected.is_some_and(|server| server.kind == DetectedServer::Known(kind));
        let is_brought = project.installed_servers.contains(&DetectedServer::Known(kind))
            || detected.is_some_and(|server| same && server.runtime_dependency);
        if !is_brought {
            let is_own = |package: &String| package.split(['=', '[']).next() == Some(kind.as_str());
            if !build.packages.iter().any(is_own) {
                build.packages.extend(TOOLS.server(kind.as_str()));
            }
            // PyPI has no wheels of uWSGI.
            if kind == ServerKind::Uwsgi && build.build_system.is_empty() {
                build.build_system.push("build-essential".into());
            }
            advice.push(format!(
                "{kind} is not a runtime dependency of the project; the image installs it from [build] packages"
            ));
        }
        // gunicorn reads a file of that name wherever it is started, so it is the project's configuration.
        let usual = below_code(project, GUNICORN_CONFIG);
        let is_there = kind == ServerKind::Gunicorn && root.join(&usual).is_file() && !written.contains(&usual);
        let own_config = own_config.filter(|_| same).or(is_there.then_some(usual));
        let server_config = own_config.map(|file| {
            let seen = below(&file, &project.backend_dir);
            if seen.starts_with("../") { format!("/app/{file}") } else { seen }
        });
        // The project's own file says them, and gunicorn would take the command's over it.
        let own = detected.filter(|_| same && server_config.is_none()).map(|server| server.options.as_slice());
        let has_several = own.is_some_and(|own| own.iter().any(|option| option.key == "workers" && option.value > 1));
        let applies = |key: &str| match key {
            "threads" => project.interface == Interface::Wsgi,
            "timeout" => kind == ServerKind::Gunicorn,
            // While a single one is replaced, nobody answers.
            "max-requests" => has_several,
            _ => true,
        };
        let options = own.unwrap_or_default().iter().filter(|option| applies(option.key));
        let mut server_options: Vec<(&'static str, u32)> = options.map(|option| (option.key, option.value)).collect();
        let pinned = project.serving.versions.get(kind.as_str()).filter(|_| is_brought);
        let server_version = pinned.filter(|version| ServerFacts::of(kind.as_str()).is_old(version)).cloned();
        advice.extend(server_version.as_ref().and_then(|version| unknown_options(kind, version)));
        let class = detected.and_then(|server| server.worker_class.as_deref());
        let worker_class = class.filter(|_| same && kind == ServerKind::Gunicorn && server_config.is_none());
        let worker_class =
            worker_class.filter(|class| *class != "gthread" && class.parse::<WorkerClass>().is_ok()).map(str::to_owned);
        let is_threaded =
            kind == ServerKind::Gunicorn && project.interface == Interface::Wsgi && worker_class.is_none();
        server_options.extend(threads_beside(&server_options).filter(|_| is_threaded));
        let server_workers = project.serving.config_workers.filter(|_| server_config.is_some());
        Self {
            server_kind: (kind != project.interface.default_server()).then(|| kind.as_str()),
            server_config,
            server_workers,
            server_version,
            worker_class,
            server_wrapper: detected.filter(|_| same).and_then(|server| server.wrapper.clone()),
            server_options,
        }
    }
}
