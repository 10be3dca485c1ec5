//! What an answer says of one thing: a server, a variable, a process.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{DetectedServer, Evidence, Reason};

/// Extras and dependency groups that a production install needs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DependencyGroups {
    /// `[project.optional-dependencies]` or Poetry extras.
    pub extras: Vec<String>,
    /// `[dependency-groups]` or Poetry groups.
    pub groups: Vec<String>,
}

/// The application server, as the dependencies and the project's own commands name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Server {
    pub kind: DetectedServer,
    /// Whether a production install of the dependencies brings it.
    pub runtime_dependency: bool,
    /// The project's own configuration file for it, below the root.
    pub config: Option<String>,
    /// Gunicorn's worker class, where one is named.
    pub worker_class: Option<String>,
    /// Options of the project's own command that have a key in `[server]`.
    #[serde(skip)]
    pub options: Vec<StartOption>,
    /// The program that starts the server, as `ddtrace-run`.
    #[serde(skip)]
    pub wrapper: Option<String>,
}

/// An option of the command that starts the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartOption {
    /// The key of `[server]` that means the same.
    pub key: &'static str,
    pub value: u32,
    pub place: Evidence,
}

/// A variable that the project's own image or start script sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageVariable {
    pub name: String,
    pub value: String,
    /// Why it is not set in the pods, if it is not.
    pub left: Option<&'static str>,
    pub place: Evidence,
}

/// A line of a deployment file of the project, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadLine {
    pub place: Evidence,
    /// What the line says.
    pub what: String,
    /// Whether `app.toml` says it too.
    pub is_taken: bool,
    /// Where it went, or why it went nowhere.
    pub why: String,
}

/// How the code and a kept configuration get on with the server that pykube starts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Serving {
    /// Servers and the version of each that the lock file or the requirements pin.
    pub versions: BTreeMap<String, String>,
    /// Whether the code believes a proxy's headers on its own.
    pub trusts_proxy: bool,
    /// Whether the code says something about a prefix that it is served under.
    pub knows_prefix: bool,
    /// Processes that the kept configuration starts, as a number in it.
    pub config_workers: Option<u32>,
    /// Threads of each of them: gunicorn's own 1 where the file says nothing, unknown where it works them out.
    pub config_threads: Option<u32>,
    /// What the kept configuration sets that does not work in the container, and why.
    pub config_faults: Vec<(Evidence, String)>,
    /// Whether the code serves the files that `collectstatic` collects, or sends them elsewhere.
    pub serves_static: bool,
    /// A name that the entry point's module has, or an empty text, where it lacks the one that is named.
    pub missing_attribute: Option<String>,
    /// Where Django's settings answer plain requests with a redirect to https, in any case.
    pub ssl_redirect: Option<Evidence>,
    /// Where a module that the application imports starts a scheduler, whose jobs then run in each web process.
    pub scheduler: Option<Evidence>,
    /// Django's settings where they, all of which were read, say nothing of `STATIC_ROOT`.
    pub lacks_static_root: Option<Evidence>,
}

/// What the code says of its first deployment; looked for only where `app.toml` names the application.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pitfalls {
    pub faults: Vec<CodeFault>,
    /// A revision of Alembic in the repository.
    pub revision: Option<String>,
}

/// What fails in the first deployment, whatever `app.toml` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeFault {
    pub place: Evidence,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// The environment variables that running code reads, each list sorted by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Environment {
    /// Those that may be in a `ConfigMap`.
    pub config: Vec<Variable>,
    /// Those that belong in a `Secret`.
    pub secret: Vec<Variable>,
    /// What switches debugging on and off.
    #[serde(skip)]
    pub debug: Vec<Switch>,
}

impl Environment {
    /// How the variable called `name` switches debugging, if it does.
    #[must_use]
    pub fn debug_switch(&self, name: &str) -> Option<&Switch> {
        self.debug.iter().find(|switch| switch.variable == name)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Variable {
    pub name: String,
    /// Whether the program does not start without it: read without a default while settings are imported.
    pub required: bool,
    /// The literal default, for a variable that is not a secret.
    pub default: Option<String>,
    /// Whether the code puts a value of its own in place of a missing one, which is not a literal.
    #[serde(skip)]
    pub is_computed: bool,
    /// Whether the default names a place that a pod does not have: itself, a compose service, a text to be replaced.
    pub is_local: bool,
    /// What the project's own image or start command sets it to, for a variable that is not a secret.
    pub stated: Option<String>,
    /// Where it is first read.
    pub place: Evidence,
}

impl Variable {
    /// One of which nothing is known but its name and a place that reads it.
    pub(crate) fn new(name: String, place: Evidence) -> Self {
        Self { name, required: false, default: None, is_computed: false, is_local: false, stated: None, place }
    }
}

/// A variable that switches a setting on and off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Switch {
    pub variable: String,
    /// Usual values with which it is on.
    pub on: Vec<&'static str>,
    /// Usual values with which it is off, the plainest first; never empty.
    pub off: Vec<&'static str>,
    /// Whether it is on where the variable is not set.
    pub is_on_unset: bool,
    /// Where the setting is.
    pub place: Evidence,
}

impl Switch {
    /// The value to write for off: in the form of `default`.
    #[must_use]
    pub fn off(&self, default: Option<&str>) -> &'static str {
        let wanted = match default {
            // Any text is as good, and one says what is meant.
            _ if ["true", "True", "1"].iter().all(|word| self.off.contains(word)) => "true",
            Some("True") => "False",
            _ => "false",
        };
        self.off.iter().find(|value| **value == wanted).or(self.off.first()).copied().unwrap_or(wanted)
    }

    /// Whether `value` leaves it on; unknown for an unusual one.
    #[must_use]
    pub fn is_on(&self, value: &str) -> Option<bool> {
        if self.on.contains(&value) { Some(true) } else { self.off.contains(&value).then_some(false) }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Celery {
    /// What to give to `celery -A`: `module` or `module:attribute`.
    pub app: String,
    /// Whether a beat process is needed.
    pub beat: bool,
    /// Beat's scheduler class where it is not Celery's own, as `django_celery_beat.schedulers:DatabaseScheduler`.
    pub scheduler: Option<String>,
}

/// A file that limits which Python the dependencies are installed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PythonBound {
    /// What it allows, in the words of PEP 440; `3.13` for a file that names one version.
    pub specifier: String,
    /// Where it says so.
    pub place: Evidence,
}

/// Settings that have SQLite in one branch and another database in the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SqliteChoice {
    /// The variable, or the expression, that the condition is about.
    pub variable: String,
    /// Whether SQLite is taken when the condition holds.
    pub when_set: bool,
    /// Where SQLite is set.
    pub place: Evidence,
    /// Where the other database is; nothing where the variable itself names it.
    pub other: Option<Evidence>,
}

/// Paths of the modules that run with an application.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Those that something imports or names.
    pub(crate) imported: BTreeSet<String>,
    /// Those of which what was imported is also used.
    pub(crate) used: BTreeSet<String>,
    /// Whether modules are imported by names that only the running code knows: any module may be one of them.
    pub(crate) is_open: bool,
}

impl Reach {
    /// Whether the module at `path` may run with the application.
    pub fn imports(&self, path: &str) -> bool {
        self.is_open || self.imported.contains(path)
    }

    /// Whether the application may use anything of the module at `path`.
    pub fn uses(&self, path: &str) -> bool {
        self.is_open || self.used.contains(path)
    }
}

/// A path that the code answers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServedPath {
    /// The full path, parameters as written.
    pub path: String,
    /// The file that serves it, below the root.
    pub file: String,
    /// The line in that file, from 1.
    pub line: u32,
    /// What makes it ask for a login, and where, if anything was found to.
    pub login: Option<String>,
}

/// A path that tells whether the application is well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HealthPath {
    /// The full path.
    pub path: String,
    /// Whether the code behind it asks a database, a cache, a broker or another server; `false` only when every call was
    /// followed, `None` when it is not known.
    pub deep: Option<bool>,
    /// What it asks, or what could not be followed.
    pub reason: Option<Reason>,
}

/// What a path is for, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Liveness,
    Readiness,
    /// The name says neither.
    Health,
}

impl HealthPath {
    /// What the path is for, by its last parts: names that Kubernetes, Dockerflow and load balancers gave their meaning.
    ///
    /// Sources: <https://kubernetes.io/docs/reference/using-api/health-checks/>, <https://github.com/mozilla-services/Dockerflow>.
    pub fn purpose(&self) -> Purpose {
        const LIVE: &str =
            "livez live liveness liveliness alive isalive livenessprobe lbheartbeat ping pong healthz lbstatus up";
        const READY: &str = "readyz ready readiness readinessprobe isready heartbeat startupz startup";
        let plain = |part: &str| -> String {
            part.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
        };
        let named = |list: &str, part: &str| list.split_ascii_whitespace().any(|name| name == part);
        let mut parts = self.path.split('/').rev().filter(|part| !part.is_empty()).map(plain);
        let last = parts.next().unwrap_or_default();
        // `/healthz/ready` is for readiness, `/ready/check` too.
        for part in std::iter::once(last).chain(parts.take(1)) {
            if named(READY, &part) || part.ends_with("readiness") || part.ends_with("readyz") {
                return Purpose::Readiness;
            }
            if named(LIVE, &part) || part.ends_with("liveness") || part.ends_with("livez") {
                return Purpose::Liveness;
            }
        }
        Purpose::Health
    }
}

/// What else runs from the same image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Process {
    /// Short name: `worker`, `beat`, `rq-worker`, `sendalerts`.
    pub name: String,
    /// The command, to be run in `backend_dir`.
    pub command: String,
    /// Whether there must be exactly one of it.
    pub singleton: bool,
    /// Where it was seen.
    pub place: Evidence,
}

/// How `ALLOWED_HOSTS` is set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AllowedHosts {
    /// Environment variable that feeds it.
    pub variable: Option<String>,
    /// Whether the variable holds them as JSON: a list in a class of pydantic's settings.
    #[serde(skip)]
    pub is_json: bool,
    /// Whether nothing but the variable, or else `literal`, says which; looked at only where `app.toml` names the application.
    #[serde(skip)]
    pub is_certain: bool,
    /// The hosts that are written in the settings.
    pub literal: Vec<String>,
    /// Where it is set.
    pub place: Evidence,
}

/// Debian packages (trixie) that the dependencies need beside their wheels, each list sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SystemPackages {
    /// In the final image.
    pub runtime: Vec<String>,
    /// Only where packages are built.
    pub build: Vec<String>,
}

/// A file or folder below the root that the running code opens or imports, of a kind that images leave out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedPath {
    /// Path below the root.
    pub path: String,
    /// Whether it holds a private key.
    pub is_private_key: bool,
    /// Where the code says so.
    pub place: Evidence,
}

/// A file or folder below the root that the running process writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WrittenPlace {
    /// Path below the root.
    pub path: String,
    pub is_folder: bool,
    /// Where the code says so.
    pub place: Evidence,
}
