//! The application server: its command and its configuration file.

mod command;
mod refusals;

use super::super::image_build::{LogConfig, ServerConfig};
use super::super::value::{Command, EntryPoint, FilePath, Release, RoutePath, WorkerClass};
use super::faults::{Faults, constant};
use super::{APP_FOLDER, ResolvedSections};
use crate::config::defaults;
use crate::config::section::{Config, DeployTarget, ServerSection};
use crate::data::ServerFacts;
use crate::vocabulary::{GUNICORN_CONFIG, Interface, ServerKind};

/// The server with its limits in time.
#[derive(Clone, Debug)]
pub(super) struct Server {
    pub(super) kind: ServerKind,
    /// The installed version; none means the newest.
    pub(super) version: Option<String>,
    pub(super) interface: Interface,
    pub(super) entry_point: EntryPoint,
    pub(super) port: u32,
    pub(super) workers: u32,
    pub(super) threads: u32,
    pub(super) worker_class: Option<String>,
    pub(super) timeout: u32,
    pub(super) graceful_timeout: u32,
    /// Seconds that an idle connection is kept open; none where each answer closes its connection.
    pub(super) keep_alive: Option<u32>,
    /// Requests after which a worker is replaced; 0 means never.
    pub(super) max_requests: u32,
    /// Path under which requests come, without a slash at its end.
    pub(super) root_path: Option<String>,
    /// Words before the server's own.
    pub(super) wrapper: Vec<String>,
    /// The user's further arguments.
    pub(super) arguments: Vec<String>,
    /// The dictionary that configures logging.
    pub(super) log_config: Option<LogConfig>,
    /// The project's own configuration file, as seen from the folder of the code or as an absolute path in the image.
    pub(super) own_config: Option<String>,
    /// The user's whole command.
    pub(super) own_command: Option<Command>,
    /// Whether one of Google's load balancers is in front.
    pub(super) behind_google: bool,
    /// Seconds between leaving the load balancers and SIGTERM.
    pub(super) drain: u32,
}

/// The class of gunicorn's workers that have threads.
const THREADED: &str = "gthread";

/// Seconds between the end of the server's own patience and SIGKILL.
const SPARE_SECONDS: u32 = 10;

impl Server {
    /// Seconds from the start of the shutdown to SIGKILL: drain, requests under way, and some to spare.
    pub(super) fn termination_grace_period(&self) -> u32 {
        self.drain + self.graceful_timeout + SPARE_SECONDS
    }

    /// Whether pykube writes the configuration file.
    pub(super) fn writes_config(&self) -> bool {
        self.kind == ServerKind::Gunicorn && self.own_config.is_none() && self.own_command.is_none()
    }

    fn address(&self) -> String {
        format!("0.0.0.0:{}", self.port)
    }

    /// Whether a worker can be replaced while others answer.
    fn replaces_workers(&self) -> bool {
        self.workers > 1
            && self.own_command.is_none()
            && ServerFacts::of(self.kind.as_str()).replaces_workers
            && self.knows("worker-replacement")
    }

    /// Whether the installed version knows `option`.
    pub(super) fn knows(&self, option: &str) -> bool {
        ServerFacts::of(self.kind.as_str()).knows(option, self.version.as_deref())
    }

    /// Whether requests below the root path are asked for with it: uvicorn expects that the proxy removes it.
    fn takes_root_path(kind: ServerKind, interface: Interface) -> bool {
        kind != ServerKind::Uvicorn && (kind, interface) != (ServerKind::Gunicorn, Interface::Asgi)
    }

    /// Whether the proxy must remove the root path: uvicorn puts it before the path of each request.
    pub(super) fn expects_stripped_path(&self) -> bool {
        self.root_path.is_some() && self.kind == ServerKind::Uvicorn && self.own_command.is_none()
    }

    /// `path` as the kubelet asks for it: below the root path, where the server does not add that itself.
    pub(super) fn path(&self, path: String) -> String {
        match &self.root_path {
            Some(_) if self.expects_stripped_path() => path,
            Some(root) if path != *root && !path.starts_with(&format!("{root}/")) => format!("{root}{path}"),
            _ => path,
        }
    }
}

/// `[server]`, and what other sections say of it; `drain` are the seconds of `[rollout]`.
pub(super) fn resolve(config: &Config, drain: u32, faults: &mut Faults<'_>) -> Server {
    let (app, section) = (&config.app, &config.server);
    let entry_point: Option<EntryPoint> = faults.parse(&app.entrypoint, &["app", "entrypoint"]);
    let interface = app.interface();
    let kind = config.server_kind();
    refusals::refuse_contradictions(config, kind, interface, faults);
    let workers = section.workers.unwrap_or(defaults::server::WORKERS);
    let words = |key: &'static str, text: Option<&String>, faults: &mut Faults<'_>| {
        text.and_then(|text| refusals::plain_words(text, key, faults)).unwrap_or_default()
    };
    let version = faults.optional::<Release>(section.version.as_ref(), &["server", "version"]);
    let root_path: Option<RoutePath> =
        section.root_path.as_ref().and_then(|path| faults.parse(path, &["server", "root-path"]));
    let mut server = Server {
        kind,
        version: version.or_else(|| pinned_beside(&config.build.packages, kind)),
        interface,
        entry_point: entry_point.unwrap_or_else(|| constant("app:app")),
        port: app.port.unwrap_or(defaults::app::PORT),
        workers,
        threads: section.threads.unwrap_or(defaults::server::THREADS),
        worker_class: faults.optional::<WorkerClass>(section.worker_class.as_ref(), &["server", "worker-class"]),
        timeout: section.timeout.unwrap_or(defaults::server::TIMEOUT),
        graceful_timeout: section.graceful_timeout.unwrap_or(defaults::server::GRACEFUL_TIMEOUT),
        keep_alive: keep_alive(config, kind),
        max_requests: 0,
        root_path: root_path
            .map(|path| path.to_string().trim_end_matches('/').to_owned())
            .filter(|path| !path.is_empty()),
        wrapper: words("wrapper", section.wrapper.as_ref(), faults),
        arguments: words("arguments", section.arguments.as_ref(), faults),
        log_config: log_config(section, kind, faults),
        own_config: section.config.as_ref().and_then(|file| config_path(file, faults)),
        own_command: section.command.as_ref().and_then(|command| faults.parse(command, &["server", "command"])),
        behind_google: is_behind_google(config),
        drain,
    };
    if server.replaces_workers() {
        server.max_requests = section.max_requests.unwrap_or(defaults::server::MAX_REQUESTS);
    }
    refusals::refuse_taken_arguments(&server, faults);
    server
}

/// The version that `[build] packages` pins.
fn pinned_beside(packages: &[String], kind: ServerKind) -> Option<String> {
    packages.iter().find_map(|package| {
        let (name, version) = package.split_once("==")?;
        let name = name.split('[').next().unwrap_or(name).trim();
        name.eq_ignore_ascii_case(kind.package()).then(|| version.trim().to_owned())
    })
}

/// Seconds that an idle connection is kept open; none where each answer closes its connection.
fn keep_alive(config: &Config, kind: ServerKind) -> Option<u32> {
    let seconds = config.server.keep_alive.unwrap_or(if is_behind_google(config) {
        defaults::server::KEEP_ALIVE_GOOGLE
    } else {
        defaults::server::KEEP_ALIVE
    });
    // One that is closed before the proxy's own time is over loses requests; one that is never kept loses none.
    let longest = ServerFacts::of(kind.as_str()).longest_keep_alive;
    longest.is_none_or(|longest| seconds <= longest).then_some(seconds)
}

/// Whether one of Google's load balancers is in front, as far as `app.toml` says it.
fn is_behind_google(config: &Config) -> bool {
    let deploys = config.ci.environments.iter().map(|environment| environment.deploy.unwrap_or(config.ci.deploy));
    deploys.chain([config.ci.deploy]).any(|target| target == DeployTarget::Gke)
        || config.expose.class.as_deref().is_some_and(|class| class.starts_with("gce"))
}

/// A path below the code's folder, or one that begins with `/app/` for a file that is above it.
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

/// The configuration file for gunicorn, unless the project has its own.
pub(super) fn config_file(parts: &ResolvedSections) -> Option<ServerConfig> {
    let server = &parts.server;
    if !server.writes_config() {
        return None;
    }
    // `uvicorn.workers` is deprecated in favour of this package: <https://www.uvicorn.org/deployment/#gunicorn>
    let default = if server.interface == Interface::Asgi { "uvicorn_worker.UvicornWorker" } else { THREADED };
    let class = server.worker_class.as_deref().unwrap_or(default);
    Some(ServerConfig {
        path: parts.code.path_of(GUNICORN_CONFIG),
        bind: server.address(),
        worker_class: class.to_owned(),
        workers: server.workers.to_string(),
        threads: (class == THREADED).then_some(server.threads),
        timeout: server.timeout,
        graceful_timeout: server.graceful_timeout,
        termination_grace_period_seconds: server.termination_grace_period(),
        keep_alive: server.keep_alive,
        max_requests: server.max_requests,
        max_requests_jitter: server.max_requests / 10,
        log_config: server.log_config.clone(),
        multiprocess: parts.monitoring.as_ref().is_some_and(|monitoring| monitoring.multiprocess),
    })
}
