//! What a repository turned out to be: the value that `pykube detect` prints and `pykube init` writes down.

mod part;
mod word;

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::vocabulary::{Framework, Interface};

pub use super::evidence::Evidence;
pub use part::*;
pub use word::*;

/// The answer to "what is in this folder".
#[derive(Clone, Debug)]
pub enum Detection {
    /// One application, settled.
    Application(Box<Project>),
    /// Several that are equally good; a person has to choose.
    Several(Several),
    /// None to deploy.
    Nothing(Nothing),
}

/// Several applications, none of which is more the project's own than the others.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Several {
    /// The applications, in the order of their folders.
    pub candidates: Vec<Candidate>,
    /// What a person should look at.
    pub warnings: Vec<String>,
}

/// One of several applications in a repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// Folder below the root to run `pykube init` in; `.` for the root.
    pub directory: String,
    /// What it is written with.
    pub framework: Framework,
    /// `module:attribute` or `module:factory()`, importable from `directory`.
    pub entrypoint: String,
    /// File that creates the application, below the root.
    pub file: String,
    /// Line in `file`, from 1.
    pub line: u32,
}

/// How many points speak for one candidate to be the application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CandidateScore {
    /// `module:attribute` or `module:factory()`.
    pub entrypoint: String,
    /// File that creates the application, below the root.
    pub file: String,
    /// Line in `file`, from 1.
    pub line: u32,
    /// The sum of the points of `rows`.
    pub score: i32,
    /// What speaks for it and against it.
    pub rows: Vec<ScoreRow>,
}

/// One row of `data/application-scores.toml` that holds for a candidate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScoreRow {
    /// Points, as often as the row holds.
    pub points: i32,
    pub what: &'static str,
    /// Why that says something.
    pub why: &'static str,
    /// Where it can be seen, if it is one place.
    pub place: Option<Evidence>,
}

/// Why there is nothing to deploy.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Nothing {
    /// Number of Python files that were looked at.
    pub python_files: usize,
    /// The web framework that the dependencies name nevertheless, if any.
    pub framework: Option<Framework>,
    /// Where that dependency is, and what speaks for a library.
    pub reasons: Vec<Reason>,
    /// What was not looked at.
    pub warnings: Vec<String>,
}

/// A sentence and the place that shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// The sentence, lower case, without a full stop.
    pub text: String,
    /// Where it can be seen, if it is in a file.
    pub place: Option<Evidence>,
}

/// One application and everything that is known about how to run it.
///
/// It is written as the one JSON object of `docs/detection.md`. A field that is `None` or empty was not found; it is never a guess. `warnings` says where a choice was made.
#[derive(Clone, Debug, Serialize)]
pub struct Project {
    /// Name for the service: `[project] name`, else the package, else the folder; not yet a DNS label.
    pub name: Option<String>,
    /// The web framework.
    pub framework: Framework,
    /// Version of the framework as pinned, in short: `5.2`.
    pub framework_version: Option<String>,
    /// `module:attribute` or `module:factory()`, importable from `backend_dir`.
    pub entrypoint: Option<String>,
    /// How the server speaks to the application.
    pub interface: Interface,
    /// The other interface's entry point, where a Django project has both.
    pub other_entrypoint: Option<String>,
    /// Folder below the root that code is imported from; `.` for the root.
    pub backend_dir: String,
    /// Django's settings module for production.
    pub settings_module: Option<String>,
    /// What `wsgi.py` or `manage.py` fall back to, where it is not `settings_module`.
    pub settings_default: Option<String>,
    /// `manage.py` below `backend_dir`, for Django.
    #[serde(skip)]
    pub manage_py: Option<String>,
    /// Minor version, as in `3.13`.
    pub python: Option<String>,
    /// What `requires-python` and the like allow, as written.
    pub python_requires: Option<String>,
    /// What limits the Python that the dependencies are installed with, manifests first.
    #[serde(skip)]
    pub python_bounds: Vec<PythonBound>,
    /// What installs the dependencies.
    pub package_manager: Option<PackageManager>,
    /// The package manager's lock file, below the root.
    pub lockfile: Option<String>,
    /// What a production install reads, best first, below the root.
    pub dependency_files: Vec<String>,
    /// Requirements files that are installed together with the first of `dependency_files`.
    #[serde(skip)]
    pub requirements: Vec<String>,
    /// Pinned packages that the project's image installs beside those.
    #[serde(skip)]
    pub image_packages: Vec<String>,
    /// Variables that the project's image or start script sets.
    #[serde(skip)]
    pub image_variables: Vec<ImageVariable>,
    /// What became of each line of the deployment files.
    #[serde(skip)]
    pub account: Vec<ReadLine>,
    /// Extras and groups that production needs beside the plain dependencies.
    pub groups: DependencyGroups,
    /// Whether the project itself has to be installed (its code asks for its own metadata or entry points).
    pub install_project: bool,
    /// Port that the project's own deployment or settings listen on.
    pub port: Option<u16>,
    /// The application server.
    pub server: Option<Server>,
    /// Every server that a production install brings.
    #[serde(skip)]
    pub installed_servers: Vec<DetectedServer>,
    /// How the code gets on with the server that pykube starts.
    #[serde(skip)]
    pub serving: Serving,
    /// The environment variables that running code reads.
    #[serde(flatten, serialize_with = "names_and_variables")]
    pub environment: Environment,
    /// Celery, when it is used.
    pub celery: Option<Celery>,
    /// Databases, main one first.
    pub databases: Vec<Database>,
    /// Variable that holds the address of the main database, if one does.
    pub database_variable: Option<String>,
    /// The file of the main database, where that is SQLite and nothing but the code says where it lies.
    #[serde(skip)]
    pub sqlite_file: Option<WrittenPlace>,
    /// The address that leads there where `database_variable` is not set.
    #[serde(skip)]
    pub sqlite_address: Option<String>,
    /// What it depends on whether that is SQLite, where the settings have it both ways.
    #[serde(skip)]
    pub sqlite_choice: Option<SqliteChoice>,
    /// Folders that the process makes and files that it logs to, below the root, sorted.
    #[serde(skip)]
    pub written: Vec<WrittenPlace>,
    /// What the code opens of a kind that images leave out, sorted by path.
    #[serde(skip)]
    pub opened: Vec<OpenedPath>,
    /// Broker of the background workers.
    pub broker: Option<Broker>,
    pub cache: Option<Cache>,
    /// Whether a `collectstatic` step belongs in the build.
    #[serde(rename = "static")]
    pub static_files: bool,
    /// `STATIC_ROOT` as written, when it is a literal or joins one to the project's folder.
    pub static_root: Option<String>,
    /// Variables without which the settings cannot be imported, for the build's `collectstatic`.
    pub build_environment: Vec<String>,
    /// Those that the settings take apart, with a value of the form that they expect; empty where the name tells it.
    #[serde(skip)]
    pub build_values: BTreeMap<String, String>,
    /// Paths that the code serves and that tell whether it is well, best first.
    #[serde(flatten, serialize_with = "paths_and_details")]
    pub health: Vec<HealthPath>,
    /// Every path that the code is seen to answer a GET of, in the order of paths.
    #[serde(skip)]
    pub served: Vec<ServedPath>,
    /// Which modules run with the application; asked for only where `app.toml` names it.
    #[serde(skip)]
    pub reach: Option<Reach>,
    #[serde(skip)]
    pub pitfalls: Pitfalls,
    /// Whether Prometheus process metrics are served.
    pub metrics: bool,
    /// Path of the Prometheus metrics of the process, if it serves them.
    pub metrics_path: Option<String>,
    /// What migrates the database.
    pub migrations: Option<Migrations>,
    /// Command that migrates, to be run in `backend_dir`.
    pub migrate_command: Option<String>,
    /// What else runs from the same image.
    pub processes: Vec<Process>,
    /// How Django's host check is fed.
    pub allowed_hosts: Option<AllowedHosts>,
    /// Debian packages that the dependencies need.
    pub system_packages: SystemPackages,
    pub test_runner: Option<TestRunner>,
    /// Requirements files that bring the test runner, the one that says so first.
    #[serde(skip)]
    pub test_requirements: Vec<String>,
    /// Images of servers that the project's own workflow starts beside its tests, then those of its compose files.
    #[serde(skip)]
    pub test_services: Vec<String>,
    pub linter: Option<Linter>,
    /// What a person should look at, most important first.
    pub warnings: Vec<String>,
    /// Field name to why it holds that value.
    #[serde(flatten, serialize_with = "no_candidates_and_evidence")]
    pub evidence: BTreeMap<&'static str, Vec<Evidence>>,
}

impl Project {
    /// Adds a reason for a field.
    pub(crate) fn because(&mut self, field: &'static str, evidence: Evidence) {
        let known = self.evidence.entry(field).or_default();
        if known.len() < 4 && !known.contains(&evidence) {
            known.push(evidence);
        }
    }

    /// A project of which only the framework and the folder are known.
    #[must_use]
    pub fn new(framework: Framework, interface: Interface, backend_dir: String) -> Self {
        Self {
            name: None,
            framework,
            framework_version: None,
            entrypoint: None,
            interface,
            other_entrypoint: None,
            backend_dir,
            settings_module: None,
            settings_default: None,
            manage_py: None,
            python: None,
            python_requires: None,
            python_bounds: Vec::new(),
            package_manager: None,
            lockfile: None,
            dependency_files: Vec::new(),
            requirements: Vec::new(),
            image_packages: Vec::new(),
            image_variables: Vec::new(),
            account: Vec::new(),
            groups: DependencyGroups::default(),
            install_project: false,
            port: None,
            server: None,
            installed_servers: Vec::new(),
            serving: Serving::default(),
            environment: Environment::default(),
            celery: None,
            databases: Vec::new(),
            database_variable: None,
            sqlite_file: None,
            sqlite_address: None,
            sqlite_choice: None,
            written: Vec::new(),
            opened: Vec::new(),
            broker: None,
            cache: None,
            static_files: false,
            static_root: None,
            build_environment: Vec::new(),
            build_values: BTreeMap::new(),
            health: Vec::new(),
            served: Vec::new(),
            reach: None,
            pitfalls: Pitfalls::default(),
            metrics_path: None,
            metrics: false,
            migrations: None,
            migrate_command: None,
            processes: Vec::new(),
            allowed_hosts: None,
            system_packages: SystemPackages::default(),
            test_runner: None,
            test_requirements: Vec::new(),
            test_services: Vec::new(),
            linter: None,
            warnings: Vec::new(),
            evidence: BTreeMap::new(),
        }
    }
}

/// `env` with the names alone, which is what most programs ask for, and `variables` with what is known of each.
fn names_and_variables<S: Serializer>(environment: &Environment, serializer: S) -> Result<S::Ok, S::Error> {
    fn names(variables: &[Variable]) -> Vec<&str> {
        variables.iter().map(|variable| variable.name.as_str()).collect()
    }
    #[derive(Serialize)]
    struct Names<'a> {
        config: Vec<&'a str>,
        secret: Vec<&'a str>,
    }
    #[derive(Serialize)]
    struct Both<'a> {
        env: Names<'a>,
        variables: &'a Environment,
    }
    let env = Names { config: names(&environment.config), secret: names(&environment.secret) };
    Both { env, variables: environment }.serialize(serializer)
}

/// `health` with the paths alone, and `health_details` with what is known of each.
fn paths_and_details<S: Serializer>(health: &[HealthPath], serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Both<'a> {
        health: Vec<&'a str>,
        health_details: &'a [HealthPath],
    }
    Both { health: health.iter().map(|health| health.path.as_str()).collect(), health_details: health }
        .serialize(serializer)
}

/// `candidates`, of which a settled answer has none, and the evidence.
fn no_candidates_and_evidence<S: Serializer>(
    evidence: &BTreeMap<&'static str, Vec<Evidence>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Both<'a> {
        candidates: [Candidate; 0],
        evidence: &'a BTreeMap<&'static str, Vec<Evidence>>,
    }
    Both { candidates: [], evidence }.serialize(serializer)
}
