//! `[server]`: the application server.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::defaults;

use crate::vocabulary::ServerKind;

/// The application server that runs in the container.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct ServerSection {
    /// The server. Default: `gunicorn` for WSGI, `uvicorn` for ASGI.
    pub kind: Option<ServerKind>,
    /// The installed version of the server, such as `0.21.1`: options that it does not know are left out. `pykube check`
    /// compares it with the lock file. Default: the version in `[build] packages`, else the newest.
    pub version: Option<String>,
    /// Processes in one container; pods are the better way to scale.
    #[schemars(range(min = 1, max = 64))]
    #[schemars(extend("default" = defaults::server::WORKERS))]
    pub workers: Option<u32>,
    /// Threads of each process; WSGI only.
    #[schemars(range(min = 1, max = 256))]
    #[schemars(extend("default" = defaults::server::THREADS))]
    pub threads: Option<u32>,
    /// Class of the workers: `gevent`, `sync` or a class of a package for gunicorn, `uvloop` or `trio` for hypercorn.
    /// Default: `gthread` for WSGI, `uvicorn_worker.UvicornWorker` for ASGI with gunicorn.
    pub worker_class: Option<String>,
    /// Seconds after which a worker that does not answer is restarted; gunicorn and uWSGI.
    #[schemars(range(min = 1, max = 86_400))]
    #[schemars(extend("default" = defaults::server::TIMEOUT))]
    pub timeout: Option<u32>,
    /// Seconds that running requests have to finish after SIGTERM.
    #[schemars(range(min = 1, max = 3_600))]
    #[schemars(extend("default" = defaults::server::GRACEFUL_TIMEOUT))]
    pub graceful_timeout: Option<u32>,
    /// Seconds that an idle connection is kept open; longer than the proxy in front keeps it, or the proxy sends requests
    /// into a connection that is just being closed (sporadic 502). Default: `120`, above ingress-nginx (60) and Traefik
    /// (90); `620` with `[ci] deploy = "gke"` or the class `gce` or `gce-internal`, above Google's 600. Envoy keeps an hour:
    /// `3700`. granian keeps 60 at most, and uWSGI none: by default they close the connection with each answer.
    #[schemars(range(min = 1, max = 86_400))]
    pub keep_alive: Option<u32>,
    /// Requests after which a worker is replaced, against leaks; `0` means never. Needs two workers, of gunicorn, uvicorn or
    /// uWSGI: while a single one is replaced, nobody answers.
    #[schemars(range(min = 0, max = 10_000_000))]
    #[schemars(extend("default" = defaults::server::MAX_REQUESTS))]
    pub max_requests: Option<u32>,
    /// The path under which the proxy passes requests on, such as `/shop`: the server tells the application
    /// (`SCRIPT_NAME`, `root_path`), and the probes ask below it. uvicorn expects requests without it: with
    /// `[expose] kind = "gateway"` and the same `path`, the route removes it; behind an Ingress the application takes it
    /// itself, `FastAPI(root_path="/shop")`.
    pub root_path: Option<String>,
    /// A program that starts the server: `ddtrace-run`, `opentelemetry-instrument`, `newrelic-admin run-program`.
    pub wrapper: Option<String>,
    /// Further arguments of the server, such as `--preload`; not those that have a key here.
    pub arguments: Option<String>,
    /// The project's own configuration file, relative to `dir`, or as `/app/…` when it is above: it is kept, and only
    /// the address is set over it.
    pub config: Option<String>,
    /// Dictionary that configures the logging of gunicorn, as `package.module:NAME`; `pykube add logging` writes one.
    /// The module is run on its own: gunicorn's master must not import the application.
    pub log_config: Option<String>,
    /// The whole command instead of one that pykube makes; it must listen on `port` on all addresses.
    pub command: Option<String>,
}
