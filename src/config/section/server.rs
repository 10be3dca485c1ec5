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
    /// Processes in one container; pods are the better way to scale.
    #[schemars(range(min = 1, max = 64))]
    #[schemars(extend("default" = defaults::server::WORKERS))]
    pub workers: Option<u32>,
    /// Threads of each process; WSGI only.
    #[schemars(range(min = 1, max = 256))]
    #[schemars(extend("default" = defaults::server::THREADS))]
    pub threads: Option<u32>,
    /// Seconds after which a worker that does not answer is restarted; gunicorn.
    #[schemars(range(min = 1, max = 86_400))]
    #[schemars(extend("default" = defaults::server::TIMEOUT))]
    pub timeout: Option<u32>,
    /// Seconds that running requests get to end after SIGTERM.
    #[schemars(range(min = 1, max = 3_600))]
    #[schemars(extend("default" = defaults::server::GRACEFUL_TIMEOUT))]
    pub graceful_timeout: Option<u32>,
    /// Requests after which a worker is replaced, against leaks; `0` means never.
    #[schemars(range(min = 0, max = 10_000_000))]
    #[schemars(extend("default" = defaults::server::MAX_REQUESTS))]
    pub max_requests: Option<u32>,
    /// The project's own configuration file, relative to `dir`, or as `/app/…` when it lies above: it is kept, and only the
    /// address is set over it.
    pub config: Option<String>,
    /// Dictionary that configures the logging of gunicorn, as `package.module:NAME`; `pykube add logging` writes one.
    /// The module is run by itself: gunicorn's master must not import the application.
    pub log_config: Option<String>,
    /// The whole command instead of one that pykube makes; it must listen on `port` on all addresses.
    pub command: Option<String>,
}
