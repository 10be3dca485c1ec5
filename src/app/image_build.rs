//! The Dockerfile, its ignore file and the configuration of the server.

use serde::Serialize;

/// What the Dockerfile says.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImageBuild {
    /// The base image with its tag, and digest when given.
    pub(crate) base: String,
    /// A tool's image and the file taken from it.
    pub(crate) tool: Option<ToolImage>,
    /// Debian packages of the build stage.
    pub(crate) build_packages: Vec<String>,
    /// Debian packages of the running image.
    pub(crate) packages: Vec<String>,
    /// Variables of the build stage, as `NAME=value`.
    pub(crate) build_env: Vec<String>,
    /// Instructions before the code is there: the dependencies.
    pub(crate) install: Vec<Run>,
    /// Instructions after the code is there; without any the build stage needs no code.
    pub(crate) steps: Vec<Run>,
    /// Compiles Python's own library, where the base image has it.
    pub(crate) compile_library: Option<Run>,
    /// Compiles the code.
    pub(crate) compile: Run,
    /// Variables of the running image, as `NAME=value`.
    pub(crate) env: Vec<String>,
    /// Folder of the code in the image.
    pub(crate) workdir: String,
    /// User and group, as `10001:10001`.
    pub(crate) user: String,
    /// The number of the user.
    pub(crate) uid: u32,
    /// Port that the server listens on.
    pub(crate) port: u32,
    /// Arguments of the command.
    pub(crate) command: Vec<String>,
}

/// What the builder does not get.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct IgnoreFile {
    /// The rules of the project's own ignore file.
    pub(crate) project: Vec<String>,
    /// Paths that no rule may take.
    pub(crate) include: Vec<String>,
}

/// A tool that is copied from its image.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ToolImage {
    /// Image with its tag.
    pub(crate) image: String,
    /// Name of the stage.
    pub(crate) stage: &'static str,
    /// File in that image.
    pub(crate) from: &'static str,
    /// File in this one.
    pub(crate) to: &'static str,
}

/// One `RUN`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Run {
    /// One line above it.
    pub(crate) comment: Option<&'static str>,
    /// Its lines, without the backslashes between them: its mounts, then its shell commands with `&&` before each but the
    /// first.
    pub(crate) lines: Vec<String>,
}

/// Where a dictionary for `logging.config.dictConfig` is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct LogConfig {
    /// File of the module, below the folder of the code.
    pub(crate) file: String,
    /// Name of the dictionary.
    pub(crate) attribute: String,
}

/// The file that configures gunicorn.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServerConfig {
    /// Path below the folder of `app.toml`.
    pub(crate) path: String,
    /// Address to listen on.
    pub(crate) bind: String,
    /// Class of the workers.
    pub(crate) worker_class: String,
    /// Processes, unless `WEB_CONCURRENCY` says otherwise.
    pub(crate) workers: String,
    /// Threads of each process, for `gthread`.
    pub(crate) threads: Option<u32>,
    /// Seconds after which a silent worker is restarted.
    pub(crate) timeout: u32,
    /// Seconds that running requests get after SIGTERM.
    pub(crate) graceful_timeout: u32,
    /// Seconds from the start of the shutdown to SIGKILL, for the comment.
    pub(crate) termination_grace_period_seconds: u32,
    /// Seconds that an idle connection is kept open.
    pub(crate) keep_alive: Option<u32>,
    /// Requests after which a worker is replaced; 0 means never.
    pub(crate) max_requests: u32,
    /// Spread of that number.
    pub(crate) max_requests_jitter: u32,
    /// File and name of the dictionary that configures logging.
    pub(crate) log_config: Option<LogConfig>,
    /// Whether the processes share their metrics in a folder.
    pub(crate) multiprocess: bool,
}
