//! `[server]`: what serves the application, and what the image needs for it.

use std::collections::BTreeSet;

use serde::Serialize;

use super::build::ImageBuild;
use super::command::below;
use crate::app::value::WorkerClass;
use crate::data::{ServerFacts, TOOLS};
use crate::detect::{DetectedServer, Project};
use crate::vocabulary::{Interface, ServerKind};

/// The keys of `[server]`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Server {
    server_kind: Option<&'static str>,
    server_config: Option<String>,
    /// Processes that the kept configuration starts: CPU and memory are for so many.
    server_workers: Option<u32>,
    /// The pinned version, where it lacks options that newer ones are given.
    server_version: Option<String>,
    /// Worker class of the project's own command.
    worker_class: Option<String>,
}

impl Server {
    /// Chooses the keys for `project`; `build` gets what the image needs, `advice` what a person should look at, and
    /// `written` holds the files that pykube wrote.
    pub(super) fn of(
        project: &Project,
        written: &BTreeSet<String>,
        build: &mut ImageBuild,
        advice: &mut Vec<String>,
    ) -> Self {
        let default = project.interface.default_server();
        let detected = project.server.as_ref();
        let own_config = detected.and_then(|server| server.config.clone()).filter(|file| !written.contains(file));
        let kind = match detected.map(|server| server.kind) {
            // gunicorn speaks ASGI through a worker class only, which the project's own file would name.
            Some(DetectedServer::Known(ServerKind::Gunicorn))
                if project.interface == Interface::Asgi && own_config.is_none() =>
            {
                default
            }
            Some(DetectedServer::Known(kind)) if kind.speaks(project.interface) => kind,
            _ => default,
        };
        let same = detected.is_some_and(|server| server.kind == DetectedServer::Known(kind));
        if !detected.is_some_and(|server| same && server.runtime_dependency) {
            build.packages.extend(TOOLS.server(kind.as_str()));
            // PyPI has no wheels of uWSGI.
            if kind == ServerKind::Uwsgi && build.build_system.is_empty() {
                build.build_system.push("build-essential".into());
            }
            advice.push(format!(
                "{kind} is no runtime dependency of the project; the image installs it from [build] packages"
            ));
        }
        let server_config = own_config.filter(|_| same).map(|file| {
            let seen = below(&file, &project.backend_dir);
            if seen.starts_with("../") { format!("/app/{file}") } else { seen }
        });
        let pinned = project.serving.versions.get(kind.as_str()).filter(|_| same);
        let server_version = pinned.filter(|version| ServerFacts::of(kind.as_str()).is_old(version)).cloned();
        let missing = server_version.iter().flat_map(|version| ServerFacts::of(kind.as_str()).missing(version));
        let missing: Vec<&str> = missing.filter(|option| option.starts_with("--")).collect();
        if let Some(version) = server_version.as_ref().filter(|_| !missing.is_empty()) {
            let options = missing.join(", ");
            advice.push(format!("{kind} {version} does not know {options}, which pykube leaves out: a newer one does"));
        }
        let class = detected.and_then(|server| server.worker_class.as_deref());
        let worker_class = class.filter(|_| same && kind == ServerKind::Gunicorn && server_config.is_none());
        let worker_class =
            worker_class.filter(|class| *class != "gthread" && class.parse::<WorkerClass>().is_ok()).map(str::to_owned);
        let server_workers = project.serving.config_workers.filter(|_| server_config.is_some());
        Self {
            server_kind: (kind != default).then(|| kind.as_str()),
            server_config,
            server_workers,
            server_version,
            worker_class,
        }
    }
}
