//! `app.toml` against how the code is served: versions of the server, processes and their memory, proxies and prefixes.

use crate::config::section::{Config, ExposeKind};
use crate::config::{Document, defaults};
use crate::data::ServerFacts;
use crate::detect::{Project, STATIC_FILES_NOT_SERVED};
use crate::diagnostic::Diagnostic;
use crate::kube::grammar::quantity::Quantity;
use crate::vocabulary::{Framework, Interface, ServerKind};

/// Memory of one busy Python process, in MiB: a Django process holds 37 when it starts and 46 to 62 at work (Django 6.1,
/// Python 3.13).
const PROCESS_MEBIBYTES: u32 = 62;

/// Connections that PostgreSQL allows by default, and those of them that stay free for its superuser.
/// Source: <https://www.postgresql.org/docs/18/runtime-config-connection.html>
const DATABASE_CONNECTIONS: u32 = 100 - 3;

/// Everything that does not fit.
pub(super) fn findings(config: &Config, document: &Document, project: &Project) -> Vec<Diagnostic> {
    let kind = config.server_kind();
    let serving = Serving { config, document, project, kind, facts: ServerFacts::of(kind.as_str()) };
    let mut found = Vec::new();
    if config.server.command.is_none() {
        found.extend(serving.version());
        found.extend(serving.kept_configuration());
    }
    found.extend(serving.proxy());
    found.extend(serving.prefix());
    found.extend(serving.metrics());
    found.extend(serving.memory());
    found.extend(serving.connections());
    found.extend(serving.scheduler());
    found.extend(serving.trusted_host());
    found.extend(serving.static_files());
    found
}

struct Serving<'a> {
    config: &'a Config,
    document: &'a Document,
    project: &'a Project,
    kind: ServerKind,
    facts: &'static ServerFacts,
}

impl Serving<'_> {
    fn at(&self, fault: Diagnostic, path: &[&str]) -> Diagnostic {
        let path = if self.document.has(path) { path } else { &["app", "framework"] };
        self.document.at_value(fault, path, "")
    }

    /// Processes of one pod: of `[server]`, or of the project's own configuration.
    fn processes(&self) -> u32 {
        let kept = self.project.serving.config_workers.filter(|_| self.config.server.config.is_some());
        self.config.server.workers.or(kept).unwrap_or(defaults::server::WORKERS)
    }

    fn is_exposed(&self) -> bool {
        matches!(self.config.expose.kind(), ExposeKind::Ingress | ExposeKind::Gateway)
    }

    /// Options that the pinned version does not have end the server at its start.
    fn version(&self) -> Option<Diagnostic> {
        let (kind, pinned) = (self.kind, self.project.serving.versions.get(self.kind.as_str())?);
        let written = self.config.server.version.as_deref();
        let missing = self.facts.missing(pinned).into_iter().filter(|option| self.is_given(option));
        let given: Vec<&str> = missing.filter(|option| self.facts.knows(option, written)).collect();
        let help = format!("[server] version = \"{pinned}\", or a newer {kind}");
        if !given.is_empty() {
            let message = format!("the project pins {kind} {pinned}, which does not support {}", given.join(", "));
            return Some(self.at(Diagnostic::error(message), &["server", "version"]).help(help));
        }
        let left_out = self.facts.missing(written?).into_iter().filter(|option| self.is_given(option));
        let left_out: Vec<&str> = left_out.filter(|option| self.facts.knows(option, Some(pinned))).collect();
        if left_out.is_empty() {
            return None;
        }
        let message = format!("{} is left out, and the pinned {kind} {pinned} supports it", left_out.join(", "));
        let help = format!("version = \"{pinned}\", or no `version`");
        Some(self.at(Diagnostic::warning(message), &["server", "version"]).help(help))
    }

    /// Whether what `app.toml` says makes a command with the option.
    fn is_given(&self, option: &str) -> bool {
        let server = &self.config.server;
        match option {
            "--limit-max-requests-jitter" | "worker-replacement" => {
                self.processes() > 1 && server.max_requests.is_some_and(|requests| requests > 0)
            }
            "trusted-networks" => self.is_exposed(),
            "--factory" => self.config.app.entrypoint.ends_with("()"),
            "--url-path-prefix" => server.root_path.is_some(),
            "--http1-header-read-timeout" => server.keep_alive.is_some(),
            "--blocking-threads" => self.config.app.interface() == Interface::Wsgi,
            _ => true,
        }
    }

    fn kept_configuration(&self) -> Vec<Diagnostic> {
        let kept = self.config.server.config.iter();
        let faults = kept.flat_map(|_| &self.project.serving.config_faults);
        let finding = |(place, why): &(crate::detect::Evidence, String)| {
            let fault = Diagnostic::error(format!("{}:{}: {why}", place.file, place.line));
            self.at(fault, &["server", "config"])
        };
        let mut found: Vec<Diagnostic> = faults.map(finding).collect();
        let written = self.config.server.workers.unwrap_or(defaults::server::WORKERS);
        if let Some(kept) =
            self.project.serving.config_workers.filter(|kept| self.config.server.config.is_some() && *kept != written)
        {
            let message =
                format!("the kept configuration starts {kept} processes, and CPU and memory are for {written}");
            let fault = self.at(Diagnostic::warning(message), &["server", "config"]);
            found.push(fault.help(format!("[server] workers = {kept}")));
        }
        found
    }

    /// Behind a proxy whose headers nobody reads, redirects lead to http and the client is the proxy.
    fn proxy(&self) -> Option<Diagnostic> {
        if !self.is_exposed() || self.facts.reads_forwarded || self.project.serving.trusts_proxy {
            return None;
        }
        let kind = self.kind;
        let message =
            format!("{kind} does not read X-Forwarded-*: redirects lead to http, and the client is the proxy");
        let help = match (kind, self.config.app.framework) {
            (_, Framework::Django) => {
                "SECURE_PROXY_SSL_HEADER = (\"HTTP_X_FORWARDED_PROTO\", \"https\") in the settings"
            }
            (_, Framework::Flask) => {
                "app.wsgi_app = werkzeug.middleware.proxy_fix.ProxyFix(app.wsgi_app, x_for=1, x_proto=1)"
            }
            (ServerKind::Granian, _) => {
                "app = granian.utils.proxies.wrap_asgi_with_proxy_headers(app, trusted_hosts=[\"10.0.0.0/8\", …])"
            }
            _ => {
                "app = hypercorn.middleware.ProxyFixMiddleware(app, mode=\"legacy\", trusted_hops=1), or kind = \"uvicorn\""
            }
        };
        Some(self.at(Diagnostic::warning(message), &["server", "kind"]).help(help))
    }

    /// An Ingress passes the prefix on; an application that does not know it answers 404 to everything.
    fn prefix(&self) -> Option<Diagnostic> {
        let prefix = self
            .config
            .expose
            .path
            .as_deref()
            .map(|path| path.trim_end_matches('/'))
            .filter(|path| !path.is_empty())?;
        let below = format!("{prefix}/");
        let is_known = self.project.serving.knows_prefix
            || self.project.served.iter().any(|served| served.path == prefix || served.path.starts_with(&below));
        if self.config.server.root_path.is_some() || is_known || !self.is_exposed() {
            return None;
        }
        let message = format!("requests come with the prefix `{prefix}`, and no route of the code begins with it");
        let help = match (self.kind, self.config.app.framework) {
            (ServerKind::Uvicorn, Framework::FastApi) => format!("FastAPI(root_path=\"{prefix}\")"),
            (ServerKind::Uvicorn, _) => format!("FORCE_SCRIPT_NAME = \"{prefix}\" in the settings"),
            _ => format!("[server] root-path = \"{prefix}\""),
        };
        Some(self.at(Diagnostic::warning(message), &["expose", "path"]).help(help))
    }

    /// Each scrape asks one process of several, unless they share a folder.
    fn metrics(&self) -> Option<Diagnostic> {
        let monitoring = self.config.monitoring.as_ref()?;
        let (processes, kind) = (self.processes(), self.kind);
        let shares =
            monitoring.multiprocess.unwrap_or(kind == ServerKind::Gunicorn && self.config.server.config.is_none());
        if processes < 2 || shares || self.config.server.command.is_some() {
            return None;
        }
        let message =
            format!("each scrape reaches one of {processes} processes, and each counts on its own: counters jump");
        let help = if kind == ServerKind::Gunicorn {
            "leave `config` to pykube: its file adds the processes up"
        } else {
            "one process in a pod and more pods, or kind = \"gunicorn\", whose processes are added up"
        };
        Some(self.at(Diagnostic::warning(message), &["server", "workers"]).help(help))
    }

    fn memory(&self) -> Option<Diagnostic> {
        let written = self.config.resources.memory.as_deref();
        let processes = self.processes();
        let limit = written.unwrap_or(defaults::resources::MEMORY);
        let is_counted = self.config.server.workers.is_some();
        if written.is_none() && is_counted {
            // The default follows the number.
            return None;
        }
        let mebibytes = Quantity::parse(limit)?.thousandths() / 1_000.0 / f64::from(1 << 20);
        let wanted = processes * PROCESS_MEBIBYTES;
        if f64::from(wanted) <= mebibytes {
            return None;
        }
        let message = format!(
            "{processes} processes of about {PROCESS_MEBIBYTES} MiB need {wanted} MiB, and a pod gets {limit}: the kernel kills them"
        );
        let help = format!("[resources] memory = \"{}Mi\", or fewer processes and more pods", processes * 128);
        Some(self.at(Diagnostic::warning(message), &["resources", "memory"]).help(help))
    }

    /// A class of gunicorn's workers that serves by other means than threads.
    fn worker_class(&self) -> Option<&str> {
        let kept = || self.project.server.as_ref()?.worker_class.as_deref();
        let class = match &self.config.server.config {
            Some(_) => kept(),
            None => self.config.server.worker_class.as_deref(),
        };
        class.filter(|class| !matches!(*class, "sync" | "gthread"))
    }

    /// The connections that one process holds at most, and what each is of; nothing where a kept file works that out.
    fn connections_of_a_process(&self) -> Option<(u32, &'static str)> {
        const POOL: &str = "DATABASE_POOL_SIZE";
        let is_read = || {
            let environment = &self.project.environment;
            environment.config.iter().any(|variable| variable.name == POOL)
        };
        if let Some(size) = self.config.config.get(POOL).and_then(|size| size.parse().ok()).filter(|_| is_read()) {
            return Some((size, "connections of its pool"));
        }
        let threads = match &self.config.server.config {
            Some(_) => self.project.serving.config_threads?,
            None => self.config.server.threads.unwrap_or(defaults::server::THREADS),
        };
        Some((threads, "threads"))
    }

    /// Threads that each hold a connection, of all processes of all pods.
    fn connections(&self) -> Option<Diagnostic> {
        self.project.databases.iter().find(|database| database.as_str() == "postgresql")?;
        let pods = self.pods();
        // What a managed server allows depends on its size.
        let is_managed = self.config.services.values().any(|service| service.external.is_some());
        let is_threaded = self.config.app.interface() == Interface::Wsgi && self.worker_class().is_none();
        let (each, what) = self.connections_of_a_process()?;
        let wanted = pods * self.processes() * each;
        if !is_threaded || is_managed || wanted <= DATABASE_CONNECTIONS {
            return None;
        }
        let message = format!(
            "{pods} pods × {} processes × {each} {what} may hold {wanted} connections; PostgreSQL allows {DATABASE_CONNECTIONS} by default",
            self.processes()
        );
        let help = "fewer threads or pods, `pykube add db-pool`, or a pooler such as PgBouncer";
        Some(self.at(Diagnostic::warning(message), &["scaling", "max"]).help(help))
    }

    /// Web pods at most.
    fn pods(&self) -> u32 {
        self.config.scaling.bounds().1
    }

    /// A scheduler of the web process runs in all of them.
    fn scheduler(&self) -> Option<Diagnostic> {
        let place = self.project.serving.scheduler.as_ref()?;
        let (pods, processes) = (self.pods(), self.processes());
        if pods * processes < 2 {
            return None;
        }
        let message = format!(
            "{}: `{}` may run in each of {pods} pods × {processes} processes: its jobs run as often",
            place.place(),
            place.text.trim()
        );
        let help = "[cron] for each job, or a worker with `singleton = true` that starts the scheduler";
        Some(self.at(Diagnostic::warning(message), &["scaling"]).help(help))
    }

    /// Starlette's middleware answers 400 to a Host that it does not know.
    fn trusted_host(&self) -> Option<Diagnostic> {
        let hosts = self.project.allowed_hosts.as_ref().filter(|_| self.config.app.framework == Framework::FastApi)?;
        let host = self.config.probes.host.as_deref().or(self.config.expose.host.as_deref());
        let is_let_in = |known: &String| {
            known == "*"
                || host
                    .is_some_and(|host| known == host || known.strip_prefix('*').is_some_and(|end| host.ends_with(end)))
        };
        if hosts.literal.is_empty() || hosts.literal.iter().any(is_let_in) {
            return None;
        }
        let sent = host.map_or("the pod's address".to_owned(), |host| format!("`{host}`"));
        let message = format!("the probes send {sent} as Host, and TrustedHostMiddleware answers 400 to it");
        let path: &[&str] = if self.config.probes.host.is_some() { &["probes", "host"] } else { &["app", "framework"] };
        Some(self.at(Diagnostic::error(message), path).help(format!("[probes] host = \"{}\"", hosts.literal[0])))
    }

    fn static_files(&self) -> Option<Diagnostic> {
        let serves = self.project.serving.serves_static || !self.config.sidecars.is_empty();
        let (message, help) = STATIC_FILES_NOT_SERVED.split_once(": ")?;
        let place = self.project.evidence.get("static").and_then(|places| places.first());
        let place = place.map_or(String::new(), |place| format!("{}: ", place.place()));
        (self.project.static_files && !serves).then(|| Diagnostic::warning(format!("{place}{message}")).help(help))
    }
}
