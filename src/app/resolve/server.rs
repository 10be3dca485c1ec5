//! The application server: its command and its configuration file.

use super::super::image_build::{LogConfig, ServerConfig};
use super::super::value::{Command, EntryPoint, FilePath};
use super::Parts;
use super::app_container::APP_FOLDER;
use super::faults::{Faults, constant};
use crate::config::defaults;
use crate::config::section::{AppSection, ServerSection};
use crate::vocabulary::{Interface, ServerKind};

/// The server with its limits in time.
#[derive(Clone, Debug)]
pub(super) struct Server {
    pub(super) kind: ServerKind,
    pub(super) interface: Interface,
    pub(super) entry_point: EntryPoint,
    pub(super) port: u32,
    pub(super) workers: u32,
    pub(super) threads: u32,
    pub(super) timeout: u32,
    pub(super) graceful_timeout: u32,
    pub(super) max_requests: u32,
    /// The dictionary that configures logging.
    pub(super) log_config: Option<LogConfig>,
    /// The project's own configuration file, as seen from the folder of the code or as an absolute path in the image.
    pub(super) own_config: Option<String>,
    /// The user's whole command.
    pub(super) own_command: Option<Command>,
    /// Seconds between leaving the load balancers and SIGTERM.
    pub(super) drain: u32,
}

/// Name of the configuration file that pykube writes for gunicorn, which reads it from its working directory by itself.
const GUNICORN_CONFIG: &str = "gunicorn.conf.py";

/// Seconds between the end of the server's own patience and SIGKILL.
const SPARE_SECONDS: u32 = 10;

impl Server {
    /// Seconds from the begin of the shutdown to SIGKILL: drain, requests under way, and some to spare.
    pub(super) fn termination_grace_period(&self) -> u32 {
        self.drain + self.graceful_timeout + SPARE_SECONDS
    }

    /// Whether pykube writes the configuration file.
    pub(super) fn writes_config(&self) -> bool {
        self.kind == ServerKind::Gunicorn && self.own_config.is_none() && self.own_command.is_none()
    }

    /// The arguments that start the server.
    pub(super) fn command(&self) -> Vec<String> {
        if let Some(command) = &self.own_command {
            return command.0.clone();
        }
        match self.kind {
            ServerKind::Gunicorn => self.gunicorn(),
            ServerKind::Uvicorn => self.uvicorn(),
            ServerKind::Hypercorn => self.hypercorn(),
            ServerKind::Granian => self.granian(),
            ServerKind::Uwsgi => self.uwsgi(),
        }
    }

    fn address(&self) -> String {
        format!("0.0.0.0:{}", self.port)
    }

    fn gunicorn(&self) -> Vec<String> {
        let mut command = words(&["gunicorn", "--config"]);
        match &self.own_config {
            Some(file) => {
                command.push(file.clone());
                command.extend(["--bind".into(), self.address()]);
            }
            None => command.push(GUNICORN_CONFIG.into()),
        }
        command.push(self.entry_point.to_string());
        command
    }

    /// Source: <https://www.uvicorn.org/settings/>
    fn uvicorn(&self) -> Vec<String> {
        let mut command = words(&["uvicorn"]);
        if self.entry_point.factory {
            command.push("--factory".into());
        }
        let target = &self.entry_point;
        command.push(format!("{}:{}", target.module, target.attribute));
        command.extend(["--host".into(), "0.0.0.0".into(), "--port".into(), self.port.to_string()]);
        command.extend([
            "--proxy-headers".into(),
            "--timeout-graceful-shutdown".into(),
            self.graceful_timeout.to_string(),
        ]);
        if self.workers > 1 {
            command.extend(["--workers".into(), self.workers.to_string()]);
            if self.max_requests > 0 {
                // A single process would only end: there is no supervisor to start it again.
                command.extend(["--limit-max-requests".into(), self.max_requests.to_string()]);
            }
        }
        command
    }

    /// Source: <https://hypercorn.readthedocs.io/en/latest/how_to_guides/configuring.html>
    fn hypercorn(&self) -> Vec<String> {
        let mut command = words(&["hypercorn"]);
        if let Some(file) = &self.own_config {
            let scheme = if file.ends_with(".py") { "file:" } else { "" };
            command.extend(["--config".into(), format!("{scheme}{file}")]);
        }
        command.extend(["--bind".into(), self.address(), "--workers".into(), self.workers.to_string()]);
        command.extend(["--graceful-timeout".into(), self.graceful_timeout.to_string()]);
        command.extend(["--access-logfile".into(), "-".into()]);
        command.push(self.entry_point.to_string());
        command
    }

    /// Source: `granian --help` of 2.8
    fn granian(&self) -> Vec<String> {
        let interface = if self.interface == Interface::Asgi { "asgi" } else { "wsgi" };
        let mut command = words(&["granian", "--interface", interface, "--host", "0.0.0.0"]);
        command.extend(["--port".into(), self.port.to_string(), "--workers".into(), self.workers.to_string()]);
        command.extend(["--workers-kill-timeout".into(), self.graceful_timeout.to_string()]);
        if self.interface == Interface::Wsgi {
            command.extend(["--blocking-threads".into(), self.threads.to_string()]);
        }
        if self.entry_point.factory {
            command.push("--factory".into());
        }
        command.push(format!("{}:{}", self.entry_point.module, self.entry_point.attribute));
        command
    }

    /// Source: <https://uwsgi-docs.readthedocs.io/en/latest/ThingsToKnow.html>
    fn uwsgi(&self) -> Vec<String> {
        let mut command = words(&["uwsgi"]);
        if let Some(file) = &self.own_config {
            command.extend(["--ini".into(), file.clone()]);
        }
        command.extend(["--http-socket".into(), self.address(), "--module".into(), self.entry_point.to_string()]);
        command.extend(words(&["--master", "--need-app", "--die-on-term", "--enable-threads", "--vacuum"]));
        command.extend(["--processes".into(), self.workers.to_string(), "--threads".into(), self.threads.to_string()]);
        command.extend(["--harakiri".into(), self.timeout.to_string()]);
        if self.max_requests > 0 {
            command.extend(["--max-requests".into(), self.max_requests.to_string()]);
        }
        command
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

/// `[server]`, and what `[app]` says of it; `drain` are the seconds of `[rollout]`.
pub(super) fn resolve(app: &AppSection, section: &ServerSection, drain: u32, faults: &mut Faults<'_>) -> Server {
    let entry_point: Option<EntryPoint> = faults.parse(&app.entrypoint, &["app", "entrypoint"]);
    let interface = app.interface();
    let kind = section.kind.unwrap_or_else(|| interface.default_server());
    server_speaks_interface(section, kind, interface, faults);
    keys_fit(section, interface, faults);
    Server {
        kind,
        interface,
        entry_point: entry_point.unwrap_or_else(|| constant("app:app")),
        port: app.port.unwrap_or(defaults::app::PORT),
        workers: section.workers.unwrap_or(defaults::server::WORKERS),
        threads: section.threads.unwrap_or(defaults::server::THREADS),
        timeout: section.timeout.unwrap_or(defaults::server::TIMEOUT),
        graceful_timeout: section.graceful_timeout.unwrap_or(defaults::server::GRACEFUL_TIMEOUT),
        max_requests: section.max_requests.unwrap_or(defaults::server::MAX_REQUESTS),
        log_config: log_config(section, kind, faults),
        own_config: section.config.as_ref().and_then(|file| config_path(file, faults)),
        own_command: section.command.as_ref().and_then(|command| faults.parse(command, &["server", "command"])),
        drain,
    }
}

/// A path below the code's folder, or one that begins with `/app/` for a file that lies above it.
fn config_path(file: &str, faults: &mut Faults<'_>) -> Option<String> {
    let path = ["server", "config"];
    match file.strip_prefix(APP_FOLDER).and_then(|rest| rest.strip_prefix('/')) {
        Some(relative) => Some(format!("{APP_FOLDER}/{}", faults.parse::<FilePath>(relative, &path)?)),
        None => Some(faults.parse::<FilePath>(file, &path)?.to_string()),
    }
}

/// The dictionary that the gunicorn configuration of ours names.
fn log_config(section: &ServerSection, kind: ServerKind, faults: &mut Faults<'_>) -> Option<LogConfig> {
    let path = ["server", "log-config"];
    let text = section.log_config.as_ref()?;
    if kind != ServerKind::Gunicorn || section.config.is_some() || section.command.is_some() {
        faults.refuse(&path, "is for the configuration file that pykube writes for gunicorn, and it writes none here");
        return None;
    }
    let EntryPoint { module, attribute, factory } = faults.parse(text, &path)?;
    if factory {
        faults.refuse(&path, "must name a dictionary, without `()`");
    }
    Some(LogConfig { file: format!("{}.py", module.replace('.', "/")), attribute })
}

/// What says that the interface is this one.
fn interface_place(faults: &Faults<'_>) -> [&'static str; 2] {
    if faults.has(&["app", "interface"]) { ["app", "interface"] } else { ["app", "framework"] }
}

fn server_speaks_interface(section: &ServerSection, kind: ServerKind, interface: Interface, faults: &mut Faults<'_>) {
    let (written, path) = match section.kind {
        Some(_) => ("this server", ["server", "kind"]),
        None => ("the default server", ["app", "interface"]),
    };
    let help = match (kind, interface) {
        (ServerKind::Uvicorn, Interface::Wsgi) => "uvicorn speaks ASGI only; gunicorn, granian and uwsgi serve WSGI",
        (ServerKind::Uwsgi, Interface::Asgi) => "uWSGI speaks WSGI only; uvicorn, hypercorn and granian serve ASGI",
        _ => return,
    };
    let other = interface_place(faults);
    faults.contradiction("server and interface do not fit", (&path, written), (&other, "the interface"), help);
}

/// Refuses keys that contradict each other.
fn keys_fit(section: &ServerSection, interface: Interface, faults: &mut Faults<'_>) {
    if section.threads.is_some() && interface == Interface::Asgi {
        let other = interface_place(faults);
        let help = "an ASGI application runs in one event loop: leave `threads` out";
        let message = "`server.threads` has no meaning for ASGI";
        faults.contradiction(message, (&["server", "threads"], ""), (&other, "ASGI"), help);
    }
    // The grace period of the pod is made from `graceful-timeout`, so it keeps its meaning beside a command.
    for key in ["config", "workers", "threads", "timeout", "max-requests"] {
        if section.command.is_some() && faults.has(&["server", key]) {
            let message = format!("`server.{key}` is not used beside `server.command`");
            let help = "say it in the command, or leave the command to pykube";
            let command: (&[&str], &str) = (&["server", "command"], "the whole command");
            faults.contradiction(&message, (&["server", key], ""), command, help);
        }
    }
}

/// The configuration file for gunicorn, unless the project has its own.
pub(super) fn config_file(parts: &Parts) -> Option<ServerConfig> {
    let server = &parts.server;
    if !server.writes_config() {
        return None;
    }
    let asgi = server.interface == Interface::Asgi;
    Some(ServerConfig {
        path: parts.code.path_of(GUNICORN_CONFIG),
        bind: server.address(),
        // `uvicorn.workers` is deprecated in favour of this package: <https://www.uvicorn.org/deployment/#gunicorn>
        worker_class: if asgi { "uvicorn_worker.UvicornWorker" } else { "gthread" },
        workers: server.workers.to_string(),
        threads: (!asgi).then_some(server.threads),
        timeout: server.timeout,
        graceful_timeout: server.graceful_timeout,
        termination_grace_period_seconds: server.termination_grace_period(),
        max_requests: server.max_requests,
        max_requests_jitter: server.max_requests / 10,
        log_config: server.log_config.clone(),
        multiprocess: parts.monitoring.as_ref().is_some_and(|monitoring| monitoring.multiprocess),
    })
}
