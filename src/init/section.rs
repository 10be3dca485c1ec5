//! What each section of a new `app.toml` says.

use std::path::Path;

use serde::Serialize;

use super::environment::{self, Line, dummy};
use super::image_name::{dns_label, ghcr_repository};
use super::{local, uv_workspace, written};
use crate::app::value::{DebianPackage, HostName, PythonVersion};
use crate::data::{PLATFORMS, TOOLS};
use crate::detect::{Database, DetectedServer, Linter, Migrations, PackageManager, Project, TestRunner};
use crate::vocabulary::{Framework, Interface, ServerKind};

/// The context of the template `init/app.toml`.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of app.toml that is true or false")]
pub struct Sections {
    name: String,
    framework: &'static str,
    entrypoint: String,
    interface: Option<&'static str>,
    python: Option<String>,
    port: Option<u16>,
    dir: Option<String>,
    repository: String,
    repository_known: bool,
    manager: &'static str,
    lock: Option<String>,
    hashes: bool,
    files: Vec<String>,
    groups: Vec<String>,
    extras: Vec<String>,
    packages: Vec<String>,
    member: Option<String>,
    install_project: bool,
    code_first: bool,
    system: Vec<String>,
    build_system: Vec<String>,
    steps: Vec<String>,
    build_env: Vec<(String, String)>,
    server_kind: Option<&'static str>,
    server_config: Option<String>,
    liveness: Option<String>,
    readiness: Option<String>,
    probe_host: Option<String>,
    config: Vec<Line>,
    secrets: Vec<Line>,
    replicas: Option<u32>,
    writable: Vec<String>,
    data: Option<Data>,
    migrate: Option<String>,
    workers: Vec<Worker>,
    dockerfile: Option<&'static str>,
    workflow: Option<&'static str>,
    dependabot: bool,
    manifests: Option<&'static str>,
    lint: Option<&'static str>,
    test: Option<&'static str>,
    test_requirements: Vec<String>,
    test_env: Vec<(String, String)>,
}

/// The claim that the SQLite file lies on.
#[derive(Clone, Debug, Serialize)]
struct Data {
    mount: String,
    /// The file as the project has it.
    file: String,
}

/// A process of `[workers.NAME]`.
#[derive(Clone, Debug, Serialize)]
struct Worker {
    name: String,
    command: String,
    singleton: bool,
}

impl Sections {
    /// Chooses what to write for `project`, and what to tell a person.
    #[must_use]
    pub fn of(root: &Path, project: &Project) -> (Self, Vec<String>) {
        let folder = root.canonicalize().ok().and_then(|root| Some(root.file_name()?.to_string_lossy().into_owned()));
        let name = dns_label(project.name.as_deref().or(folder.as_deref()).unwrap_or("app"));
        let repository = ghcr_repository(root, &name);
        let mut sections = Self {
            framework: project.framework.as_str(),
            entrypoint: project.entrypoint.clone().unwrap_or_default(),
            interface: (project.interface != project.framework.default_interface()).then(|| project.interface.as_str()),
            port: project.port.filter(|port| *port >= 1024 && *port != 8000),
            dir: (project.backend_dir != ".").then(|| project.backend_dir.clone()),
            repository_known: repository.is_some(),
            repository: repository.unwrap_or_else(|| format!("ghcr.io/example/{name}")),
            name,
            ..Self::default()
        };
        let mut advice = Vec::new();
        if !sections.repository_known {
            advice.push("[image] repository: the registry and owner are not known here; put your own".into());
        }
        sections.python(project, &mut advice);
        sections.build(root, project, &mut advice);
        sections.server(root, project, &mut advice);
        sections.probes(project, &mut advice);
        sections.environment(project, &mut advice);
        sections.state(root, project, &mut advice);
        sections.workers(project, &mut advice);
        sections.ci(root, project);
        sections.beside_own_files(root, &mut advice);
        (sections, advice)
    }

    /// The stated version, or the oldest that an image is built for.
    fn python(&mut self, project: &Project, advice: &mut Vec<String>) {
        let Some(stated) = &project.python else { return };
        if stated.parse::<PythonVersion>().is_ok() {
            self.python = Some(stated.clone());
            return;
        }
        let oldest = format!("3.{}", PLATFORMS.python.images.oldest);
        advice.push(format!("Python {stated} gets no images any more; app.toml says {oldest}, the oldest that does: try it before you deploy"));
        self.python = Some(oldest);
    }

    fn build(&mut self, root: &Path, project: &Project, advice: &mut Vec<String>) {
        let lock = project.lockfile.clone();
        let first = first_file_of_pip(project);
        self.manager = match (project.package_manager, &lock) {
            (Some(PackageManager::Uv), Some(_)) => "uv",
            (Some(PackageManager::Poetry), Some(_)) => "poetry",
            (Some(PackageManager::Pdm), Some(_)) => "pdm",
            (Some(PackageManager::Pipenv), Some(_)) => "pipenv",
            // A requirements file beside an unlocked Pipfile is the better record; alone, the Pipfile has to do.
            (Some(PackageManager::Pipenv), None) if first.is_none() => "pipenv",
            (Some(PackageManager::Poetry), None) if is_pyproject(first.as_deref()) => "poetry",
            (Some(PackageManager::Pdm), None) if is_pyproject(first.as_deref()) => "pdm",
            (Some(PackageManager::Uv), None) if is_pyproject(first.as_deref()) => "uv",
            // pip can only install the project itself, and this one says nowhere how it is built.
            _ if is_pyproject(first.as_deref()) && !is_built(root, first.as_deref()) => "uv",
            (Some(PackageManager::Conda), _) => "conda",
            _ => "pip",
        };
        let file =
            if self.manager == "pip" { first.or(lock) } else { lock.or(project.dependency_files.first().cloned()) };
        if self.manager == "pip" {
            let text = file.as_ref().and_then(|file| std::fs::read_to_string(root.join(file)).ok()).unwrap_or_default();
            self.hashes = text.contains("--hash=");
            // Those that the first one includes, in one step or several; one too many does no harm.
            let others = project.dependency_files.iter().filter(|other| is_requirements_file(other));
            self.files = others.filter(|other| file.as_ref() != Some(other)).cloned().collect();
        }
        self.lock = file;
        let read = local::files_read(self.lock.as_deref(), &self.files, &project.dependency_files);
        self.code_first = local::names_folders(root, &read);
        advice.extend(local::private_indexes(root, &read));
        self.workspace(root, project);
        self.groups.clone_from(&project.groups.groups);
        self.extras.clone_from(&project.groups.extras);
        self.install_project = project.install_project && self.manager != "pipenv" && self.manager != "conda";
        let debian = |packages: &[String]| {
            packages.iter().filter(|name| name.parse::<DebianPackage>().is_ok()).cloned().collect()
        };
        self.system = debian(&project.system_packages.runtime);
        self.build_system = debian(&project.system_packages.build);
        if !self.build_system.is_empty() && !self.build_system.iter().any(|name| name == "build-essential") {
            self.build_system.insert(0, "build-essential".into());
        }
        if project.static_files {
            let manage = manage_py(project);
            self.steps.push(format!("python {manage} collectstatic --noinput"));
            let module =
                project.settings_module.iter().map(|module| ("DJANGO_SETTINGS_MODULE".to_owned(), module.clone()));
            let dummies = project.build_environment.iter().map(|name| (name.clone(), dummy(name).to_owned()));
            self.build_env = module.chain(dummies.filter(|(name, _)| name != "DJANGO_SETTINGS_MODULE")).collect();
        }
    }

    /// A member of a uv workspace is installed from the lock file above it, which wants to see every member.
    fn workspace(&mut self, root: &Path, project: &Project) {
        if self.manager != "uv" || project.backend_dir == "." {
            return;
        }
        let folder = self.lock.as_deref().and_then(|lock| lock.rsplit_once('/')).map_or("", |(folder, _)| folder);
        let members = uv_workspace::members(root, folder);
        let own = members.iter().find(|member| {
            let below = format!("{}/", member.folder);
            project.backend_dir == member.folder || project.backend_dir.starts_with(&below)
        });
        self.member = own.and_then(|member| member.name.clone());
        if self.member.is_some() {
            self.files = members.iter().map(|member| format!("{}/pyproject.toml", member.folder)).collect();
        }
    }

    fn server(&mut self, root: &Path, project: &Project, advice: &mut Vec<String>) {
        let default = project.interface.default_server();
        let detected = project.server.as_ref();
        let own_config = detected.and_then(|server| server.config.clone()).filter(|file| !wrote(root, file));
        let kind = match detected.map(|server| server.kind) {
            // gunicorn speaks ASGI through a worker class only, which the project's own file would name.
            Some(DetectedServer::Known(ServerKind::Gunicorn))
                if project.interface == Interface::Asgi && own_config.is_none() =>
            {
                default
            }
            Some(DetectedServer::Known(kind)) if kind.speaks(project.interface) => kind,
            _ => default,
        };
        if kind != default {
            self.server_kind = Some(kind.as_str());
        }
        let same = detected.is_some_and(|server| server.kind == DetectedServer::Known(kind));
        self.server_config = own_config.filter(|_| same).map(|file| {
            let seen = below(&file, &project.backend_dir);
            if seen.starts_with("../") { format!("/app/{file}") } else { seen }
        });
        if !detected.is_some_and(|server| same && server.runtime_dependency) {
            self.packages.extend(TOOLS.server(kind.as_str()));
            // PyPI has no wheels of uWSGI.
            if kind == ServerKind::Uwsgi && self.build_system.is_empty() {
                self.build_system.push("build-essential".into());
            }
            advice.push(format!(
                "{kind} is no runtime dependency of the project; the image installs it from [build] packages"
            ));
        }
    }

    /// A path that asks the database must not restart the pods, and one that does not says nothing of readiness.
    fn probes(&mut self, project: &Project, advice: &mut Vec<String>) {
        let shallow = project.health.iter().find(|health| health.deep != Some(true));
        let deep = project.health.iter().find(|health| health.deep == Some(true));
        self.liveness = shallow.map(|health| health.path.clone());
        let second = project
            .health
            .iter()
            .filter(|health| Some(&health.path) != self.liveness.as_ref())
            .map(|health| &health.path)
            .next();
        self.readiness = deep.map(|health| &health.path).or(second).cloned();
        match (&self.liveness, &self.readiness) {
            (None, None) => advice.push(
                "no health endpoint was found: an open port counts as alive; `pykube add health` writes one".into(),
            ),
            (Some(path), None) => advice.push(format!(
                "readiness: {path} does not ask the database; `pykube add health` writes a path that does"
            )),
            (None, Some(path)) => {
                advice.push(format!("liveness: {path} asks the database, so it is used for readiness only"));
            }
            (Some(_), Some(_)) => {}
        }
        if let Some(hosts) = project.allowed_hosts.as_ref().filter(|_| project.framework == Framework::Django) {
            let named = hosts.literal.iter().find(|host| host.parse::<HostName>().is_ok());
            self.probe_host = Some(named.cloned().unwrap_or_else(|| "localhost".into()));
        }
    }

    fn environment(&mut self, project: &Project, advice: &mut Vec<String>) {
        let lines = environment::lines(project, &self.name, self.probe_host.as_deref());
        self.config = lines.config;
        self.secrets = lines.secrets;
        advice.extend(lines.advice);
        if self.secrets.iter().any(|line| !line.off) {
            advice
                .push(format!("the Secret `{}-secrets` must be in the cluster before the first deployment", self.name));
        }
    }

    fn state(&mut self, root: &Path, project: &Project, advice: &mut Vec<String>) {
        let is_sqlite = project.databases.first() == Some(&Database::Sqlite) && project.database_variable.is_none();
        if is_sqlite || project.sqlite_file.is_some() {
            self.replicas = Some(1);
            let layout = written::sqlite(root, project);
            advice.push(match &layout {
                Some(layout) => format!(
                    "the database is the SQLite file {}: it lies on a volume, and one pod alone can have it",
                    layout.file
                ),
                None => "the database is SQLite inside the container: it is lost with the pod, and two pods have two of them".into(),
            });
            if let Some(layout) = layout {
                self.steps.extend(layout.step);
                self.data = Some(Data { mount: layout.mount, file: layout.file });
            }
        }
        let others = written::others(root, project, self.data.as_ref().map(|data| data.mount.as_str()));
        self.writable = others.folders;
        self.steps.extend(others.steps);
        let manage = manage_py(project);
        self.migrate = project.migrate_command.clone().or(project.migrations.map(|migrations| match migrations {
            Migrations::Django => format!("python {manage} migrate --noinput"),
            Migrations::Alembic => "alembic upgrade head".into(),
            Migrations::FlaskMigrate => "flask db upgrade".into(),
        }));
        self.migrate = self.migrate.take().map(|command| where_manage_py_is(&command, project));
        // Without `--app`, Flask looks for `app.py` and `wsgi.py` only.
        if self.migrate.as_deref() == Some("flask db upgrade") {
            self.migrate = Some(format!("flask --app {} db upgrade", self.entrypoint.trim_end_matches("()")));
        }
    }

    /// Files that the project has already stay as they are: ours get other names.
    fn beside_own_files(&mut self, root: &Path, advice: &mut Vec<String>) {
        let there = |path: &str| root.join(path).symlink_metadata().is_ok() && !wrote(root, path);
        let mut kept = Vec::new();
        if there("Dockerfile") || there(".dockerignore") {
            self.dockerfile = Some("Dockerfile.pykube");
            kept.push("Dockerfile");
        }
        if there(".github/workflows/deploy.yml") {
            self.workflow = Some(".github/workflows/pykube.yml");
            kept.push("deploy.yml");
        }
        self.dependabot = !there(".github/dependabot.yml") && !there(".github/dependabot.yaml");
        if !self.dependabot {
            kept.push("dependabot.yml");
        }
        if there("k8s") && !wrote(root, "k8s/kustomization.yaml") {
            self.manifests = Some("k8s-pykube");
            kept.push("k8s/");
        }
        if !kept.is_empty() {
            advice.push(format!("{} of the project: kept as they are, pykube writes beside them", kept.join(", ")));
        }
    }

    /// What else runs from the same image.
    fn workers(&mut self, project: &Project, advice: &mut Vec<String>) {
        for process in &project.processes {
            let name = dns_label(&process.name);
            if self.workers.iter().any(|worker| worker.name == name) {
                continue;
            }
            let command = with_a_count(&where_manage_py_is(&process.command, project));
            self.workers.push(Worker { name, command, singleton: process.singleton });
        }
        if self.workers.iter().any(|worker| worker.command.starts_with("celery ")) {
            advice.push(
                "the workers have no heartbeat: `pykube add heartbeat` writes one, then set heartbeat = true".into(),
            );
        }
    }

    fn ci(&mut self, root: &Path, project: &Project) {
        self.lint = match project.linter {
            Some(Linter::Ruff) => None,
            Some(Linter::Flake8) => Some("flake8"),
            None => Some("none"),
        };
        self.test = match project.test_runner {
            Some(TestRunner::Pytest) => None,
            Some(TestRunner::Django) => Some("django"),
            Some(TestRunner::Unittest) => Some("unittest"),
            None => Some("none"),
        };
        if self.manager == "pip" && self.test.is_none() {
            let names = [
                "requirements-dev.txt",
                "requirements-test.txt",
                "dev-requirements.txt",
                "requirements/dev.txt",
                "requirements/test.txt",
            ];
            self.test_requirements =
                names.iter().find(|name| root.join(name).is_file()).map(ToString::to_string).into_iter().collect();
        }
        if self.test != Some("none") {
            self.test_env =
                project.build_environment.iter().map(|name| (name.clone(), dummy(name).to_owned())).collect();
        }
    }
}

/// `file` as seen from `folder`, below the same root.
fn below(file: &str, folder: &str) -> String {
    if folder == "." {
        return file.to_owned();
    }
    file.strip_prefix(folder)
        .and_then(|rest| rest.strip_prefix('/'))
        .map_or_else(|| format!("{}{file}", "../".repeat(folder.split('/').count())), str::to_owned)
}

fn is_pyproject(file: Option<&str>) -> bool {
    file.is_some_and(|file| file == "pyproject.toml" || file.ends_with("/pyproject.toml"))
}

/// Whether a `pyproject.toml` names what builds the project, or leaves its dependencies to that.
///
/// Without `[build-system]` pip takes setuptools, which gives up as soon as it sees two folders that could be meant.
/// Source: <https://setuptools.pypa.io/en/latest/userguide/package_discovery.html#flat-layout>
fn is_built(root: &Path, file: Option<&str>) -> bool {
    let text = file.and_then(|file| std::fs::read_to_string(root.join(file)).ok()).unwrap_or_default();
    let table: toml::Table = text.parse().unwrap_or_default();
    let dynamic = table.get("project").and_then(|project| project.get("dynamic")).and_then(toml::Value::as_array);
    let is_dynamic = dynamic.into_iter().flatten().any(|field| field.as_str() == Some("dependencies"));
    table.contains_key("build-system") || is_dynamic
}

/// The file that pip installs from: any but a `Pipfile`, which it cannot read.
fn first_file_of_pip(project: &Project) -> Option<String> {
    project.dependency_files.iter().find(|file| file.rsplit('/').next() != Some("Pipfile")).cloned()
}

/// Whether `path` is a file that pip reads requirements or constraints from.
fn is_requirements_file(path: &str) -> bool {
    [".txt", ".in", ".pip"].iter().any(|ending| path.ends_with(ending))
}

/// Whether pykube wrote `path` at an earlier time.
fn wrote(root: &Path, path: &str) -> bool {
    let lock = std::fs::read_to_string(root.join(crate::write::LOCK_PATH)).unwrap_or_default();
    let lock: toml::Table = lock.parse().unwrap_or_default();
    lock.get("files").and_then(|files| files.get(path)).is_some()
}

/// Celery and dramatiq start a process for each core of the node unless the command says a number.
fn with_a_count(command: &str) -> String {
    let words: Vec<&str> = command.split_whitespace().collect();
    let says = |options: &[&str]| words.iter().any(|word| options.iter().any(|option| word.starts_with(option)));
    if words.contains(&"celery") && words.contains(&"worker") && !says(&["-c", "--concurrency", "--autoscale", "-P"]) {
        format!("{command} --concurrency 2")
    } else if words.contains(&"dramatiq") && !says(&["-p", "--processes"]) {
        format!("{command} --processes 2")
    } else {
        command.to_owned()
    }
}

/// A command that names `manage.py` as if it lay in the folder of the code.
fn where_manage_py_is(command: &str, project: &Project) -> String {
    match command.strip_prefix("python manage.py ") {
        Some(rest) => format!("python {} {rest}", manage_py(project)),
        None => command.to_owned(),
    }
}

/// `manage.py` as seen from the folder of the code, where commands run.
fn manage_py(project: &Project) -> String {
    project.manage_py.as_deref().map_or("manage.py".into(), |path| below(path, &project.backend_dir))
}
