//! The application server: its command and its configuration file.

use super::super::image_build::{LogConfig, ServerConfig};
use super::super::value::{Command, EntryPoint, FilePath};
use super::pod::APP_FOLDER;
use super::{Parts, Resolver};
use crate::vocabulary::{Interface, ServerKind};

/// The server with its limits in time.
#[derive(Clone, Debug)]
pub(in crate::app) struct Server {
    pub(in crate::app) kind: ServerKind,
    pub(in crate::app) interface: Interface,
    pub(in crate::app) entry_point: EntryPoint,
    pub(in crate::app) port: u32,
    pub(in crate::app) workers: u32,
    pub(in crate::app) threads: u32,
    pub(in crate::app) timeout: u32,
    pub(in crate::app) graceful_timeout: u32,
    pub(in crate::app) max_requests: u32,
    /// The dictionary that configures logging.
    pub(in crate::app) log_config: Option<LogConfig>,
    /// The project's own configuration file, as seen from the folder of the code or as an absolute path in the image.
    pub(in crate::app) own_config: Option<String>,
    /// The user's whole command.
    pub(in crate::app) own_command: Option<Command>,
    /// Seconds between leaving the load balancers and SIGTERM.
    pub(in crate::app) drain: u32,
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
    fn writes_config(&self) -> bool {
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

impl Resolver<'_> {
    pub(super) fn server(&mut self) -> Option<Server> {
        let app = &self.config.app;
        let section = &self.config.server;
        let entry_point: EntryPoint = self.parse(&app.entrypoint, &["app", "entrypoint"])?;
        let interface = app.interface();
        let kind = section.kind.unwrap_or_else(|| interface.default_server());
        self.agree(kind, interface);
        let own_config = match &section.config {
            Some(file) => Some(self.config_path(file)?),
            None => None,
        };
        let own_command = match &section.command {
            Some(command) => Some(self.parse(command, &["server", "command"])?),
            None => None,
        };
        let log_config = self.log_config(kind);
        Some(Server {
            kind,
            interface,
            entry_point,
            port: app.port.unwrap_or(8000),
            workers: section.workers.unwrap_or(1),
            threads: section.threads.unwrap_or(8),
            timeout: section.timeout.unwrap_or(30),
            graceful_timeout: section.graceful_timeout.unwrap_or(25),
            max_requests: section.max_requests.unwrap_or(1000),
            log_config,
            own_config,
            own_command,
            drain: self.config.rollout.drain_seconds.unwrap_or(10),
        })
    }

    /// A path below the code's folder, or one that begins with `/app/` for a file that lies above it.
    fn config_path(&mut self, file: &str) -> Option<String> {
        let path = ["server", "config"];
        match file.strip_prefix(APP_FOLDER).and_then(|rest| rest.strip_prefix('/')) {
            Some(relative) => Some(format!("{APP_FOLDER}/{}", self.parse::<FilePath>(relative, &path)?)),
            None => Some(self.parse::<FilePath>(file, &path)?.to_string()),
        }
    }

    /// The dictionary that the gunicorn configuration of ours names.
    fn log_config(&mut self, kind: ServerKind) -> Option<LogConfig> {
        let path = ["server", "log-config"];
        let text = self.config.server.log_config.clone()?;
        let section = &self.config.server;
        if kind != ServerKind::Gunicorn || section.config.is_some() || section.command.is_some() {
            self.fault(&path, "is for the configuration file that pykube writes for gunicorn, and it writes none here");
            return None;
        }
        let EntryPoint { module, attribute, factory } = self.parse(&text, &path)?;
        if factory {
            self.fault(&path, "must name a dictionary, without `()`");
        }
        Some(LogConfig { file: format!("{}.py", module.replace('.', "/")), attribute })
    }

    /// Refuses a server that does not speak the interface, and keys that contradict each other.
    fn agree(&mut self, kind: ServerKind, interface: Interface) {
        let section = &self.config.server;
        let (written, path) = match section.kind {
            Some(_) => ("this server", ["server", "kind"]),
            None => ("the default server", ["app", "interface"]),
        };
        let fault = match (kind, interface) {
            (ServerKind::Uvicorn, Interface::Wsgi) => {
                Some("uvicorn speaks ASGI only; gunicorn, granian and uwsgi serve WSGI")
            }
            (ServerKind::Uwsgi, Interface::Asgi) => {
                Some("uWSGI speaks WSGI only; uvicorn, hypercorn and granian serve ASGI")
            }
            _ => None,
        };
        if let Some(help) = fault {
            let other: &[&str] =
                if self.document.has(&["app", "interface"]) { &["app", "interface"] } else { &["app", "framework"] };
            self.contradiction("server and interface do not fit", (&path, written), (other, "the interface"), help);
        }
        if section.threads.is_some() && interface == Interface::Asgi {
            let other: &[&str] =
                if self.document.has(&["app", "interface"]) { &["app", "interface"] } else { &["app", "framework"] };
            let help = "an ASGI application runs in one event loop: leave `threads` out";
            self.contradiction(
                "`server.threads` has no meaning for ASGI",
                (&["server", "threads"], ""),
                (other, "ASGI"),
                help,
            );
        }
        for key in ["config", "workers", "threads", "timeout", "graceful-timeout", "max-requests"] {
            // The grace period of the pod is made from `graceful-timeout`, so it keeps its meaning.
            if section.command.is_some() && key != "graceful-timeout" && self.document.has(&["server", key]) {
                let message = format!("`server.{key}` is not used beside `server.command`");
                let help = "say it in the command, or leave the command to pykube";
                self.contradiction(
                    &message,
                    (&["server", key], ""),
                    (&["server", "command"], "the whole command"),
                    help,
                );
            }
        }
    }

    /// The configuration file for gunicorn, unless the project has its own.
    pub(super) fn server_config(&mut self, parts: &Parts) -> Option<ServerConfig> {
        let server = &parts.server;
        if !server.writes_config() {
            return None;
        }
        let asgi = server.interface == Interface::Asgi;
        let folder = self.config.app.dir.as_deref().unwrap_or(".").trim_end_matches('/');
        let path = if folder == "." { GUNICORN_CONFIG.to_owned() } else { format!("{folder}/{GUNICORN_CONFIG}") };
        Some(ServerConfig {
            path,
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
}
