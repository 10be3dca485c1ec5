//! The Dockerfile, its ignore file and the configuration of the server.

use serde::Serialize;

/// What the Dockerfile says.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageBuild {
    /// The base image with its tag, and digest when given.
    pub base: String,
    /// A tool's image and the file taken from it.
    pub tool: Option<ToolImage>,
    /// Debian packages of the build stage.
    pub build_packages: Vec<String>,
    /// Debian packages of the running image.
    pub packages: Vec<String>,
    /// Variables of the build stage, as `NAME=value`.
    pub build_env: Vec<String>,
    /// Instructions before the code is there: the dependencies.
    pub install: Vec<Run>,
    /// Instructions after the code is there.
    pub steps: Vec<Run>,
    /// Variables of the running image, as `NAME=value`.
    pub env: Vec<String>,
    /// Folder of the code in the image.
    pub workdir: String,
    /// User and group, as `10001:10001`.
    pub user: String,
    /// The number of the user.
    pub uid: u32,
    /// Port that the server listens on.
    pub port: u32,
    /// Arguments of the command.
    pub command: Vec<String>,
}

/// A tool that is copied from its image.
#[derive(Clone, Debug, Serialize)]
pub struct ToolImage {
    /// Image with its tag.
    pub image: String,
    /// Name of the stage.
    pub stage: &'static str,
    /// File in that image.
    pub from: &'static str,
    /// File in this one.
    pub to: &'static str,
}

/// One `RUN`.
#[derive(Clone, Debug, Serialize)]
pub struct Run {
    /// One line above it.
    pub comment: Option<&'static str>,
    /// Its lines, without the backslashes between them: its mounts, then its shell commands with `&&` before each but the
    /// first.
    pub lines: Vec<String>,
}

/// Where a dictionary for `logging.config.dictConfig` is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogConfig {
    /// File of the module, below the folder of the code.
    pub file: String,
    /// Name of the dictionary.
    pub attribute: String,
}

/// The file that configures gunicorn.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServerConfig {
    /// Path below the folder of `app.toml`.
    pub path: String,
    /// Address to listen on.
    pub bind: String,
    /// Class of the workers.
    pub worker_class: &'static str,
    /// Processes, unless `WEB_CONCURRENCY` says otherwise.
    pub workers: String,
    /// Threads of each process, for `gthread`.
    pub threads: Option<u32>,
    /// Seconds after which a silent worker is restarted.
    pub timeout: u32,
    /// Seconds that running requests get after SIGTERM.
    pub graceful_timeout: u32,
    /// Seconds from the begin of the shutdown to SIGKILL, for the comment.
    pub termination_grace_period_seconds: u32,
    /// Requests after which a worker is replaced.
    pub max_requests: u32,
    /// Spread of that number.
    pub max_requests_jitter: u32,
    /// File and name of the dictionary that configures logging.
    pub log_config: Option<LogConfig>,
    /// Whether the processes share their metrics in a folder.
    pub multiprocess: bool,
}
