//! What a module's text and its lines depend on: `app.toml` first, the code for the rest.

use super::connections::Connections;
use super::kind::Access;
use crate::app::App;
use crate::app::value::EntryPoint;
use crate::config::Config;
use crate::config::section::ProbeSection;
use crate::detect::{ApplicationCode, Assignment, Expr, PackageManager, Source};
use crate::file_set::{in_folder, parent};
use crate::vocabulary::{Framework, Interface};

/// Paths that are served when `app.toml` names none.
const LIVENESS_PATH: &str = "/livez";
const READINESS_PATH: &str = "/readyz";
/// Prometheus' own default.
const METRICS_PATH: &str = "/metrics";

/// Names of the variable that holds the address of a dependency, best first; a longer name that ends in one counts too.
const DATABASE_VARIABLES: [&str; 6] =
    ["DATABASE_URL", "SQLALCHEMY_DATABASE_URI", "DATABASE_URI", "POSTGRES_URL", "DB_URL", "DATABASE_DSN"];
const REDIS_VARIABLES: [&str; 3] = ["REDIS_URL", "REDIS_URI", "CACHE_URL"];
const BROKER_VARIABLES: [&str; 3] = ["CELERY_BROKER_URL", "BROKER_URL", "AMQP_URL"];

/// Backends of Django's cache that are a server.
const CACHE_SERVERS: [&str; 4] = ["RedisCache", "django_redis", "PyMemcacheCache", "PyLibMCCache"];

/// What a module's text and its lines depend on.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "facts that do not depend on each other, not states")]
pub(crate) struct Facts<'a> {
    pub(crate) framework: Framework,
    pub(crate) interface: Interface,
    pub(crate) code: &'a ApplicationCode<'a>,
    /// Folder that the module goes to, below that of `app.toml`; empty for that one itself.
    pub(crate) home: String,
    /// Whether that folder is a package.
    pub(crate) in_package: bool,
    /// Where the application is made, for Flask and FastAPI.
    pub(crate) creation: Option<(&'a Source, Assignment<'a>)>,
    /// The module with Django's `MIDDLEWARE`.
    pub(crate) settings: Option<&'a Source>,
    /// The way to the database.
    pub(crate) access: Option<Access>,
    /// Whether that way is asynchronous.
    pub(crate) asynchronous_access: bool,
    /// The engine, when it is a global: its file and name.
    pub(crate) engine: Option<(&'a Source, &'a str)>,
    pub(crate) database_variable: Option<String>,
    pub(crate) redis_variable: Option<String>,
    pub(crate) broker_variable: Option<String>,
    /// Where Celery's application is made.
    pub(crate) celery: Option<(&'a Source, Assignment<'a>)>,
    /// Whether Django's cache is a server.
    pub(crate) cache: bool,
    /// Whether pykube writes the configuration file of gunicorn.
    pub(crate) writes_gunicorn_config: bool,
    pub(crate) liveness_path: String,
    pub(crate) readiness_path: String,
    pub(crate) metrics_path: String,
    /// Whether several processes share their metrics while nothing removes those of a dead one.
    pub(crate) unshared_metrics: bool,
    pub(crate) connections: Connections,
}

impl<'a> Facts<'a> {
    /// Gathers them from `config` and the code.
    pub(crate) fn gather(config: &Config, app: &App, connections: Connections, code: &'a ApplicationCode<'a>) -> Self {
        let framework = config.app.framework;
        let interface = config.app.interface();
        let monitoring = config.monitoring.as_ref();
        let writes_gunicorn_config = app.server_config.is_some();
        let entry: Option<EntryPoint> = config.app.entrypoint.parse().ok();
        let creation = entry.as_ref().and_then(|entry| creation(framework, entry, code));
        let settings = (framework == Framework::Django).then(|| settings(config, entry.as_ref(), code)).flatten();
        let database_variable = variable(config, code, &DATABASE_VARIABLES);
        let (engine, engine_is_async) = engine(code);
        let (access, asynchronous_access) =
            access(framework, code, engine.is_some(), engine_is_async, database_variable.is_some());
        let home = home(entry.as_ref(), creation.map(|(source, _)| source), settings, code);
        let has_redis = code.imports("redis") || code.depends_on("redis");
        let celery = code.assigned_calls("Celery").first().map(|(source, assignment, _)| (*source, *assignment));
        Self {
            framework,
            interface,
            code,
            in_package: code.is_package(&home),
            home,
            creation,
            settings,
            access,
            asynchronous_access,
            engine,
            redis_variable: has_redis.then(|| variable(config, code, &REDIS_VARIABLES)).flatten(),
            broker_variable: celery.and_then(|_| variable(config, code, &BROKER_VARIABLES)),
            database_variable,
            celery,
            cache: settings.is_some_and(|source| CACHE_SERVERS.iter().any(|name| source.mentions(name))),
            liveness_path: probe_path(config.probes.liveness.as_ref(), LIVENESS_PATH),
            readiness_path: probe_path(config.probes.readiness.as_ref(), READINESS_PATH),
            metrics_path: monitoring.and_then(|section| section.metrics.clone()).unwrap_or_else(|| METRICS_PATH.into()),
            unshared_metrics: config.server.workers.unwrap_or(1) > 1 && !writes_gunicorn_config,
            writes_gunicorn_config,
            connections,
        }
    }

    /// The dotted name that the module called `name` is imported by.
    pub(crate) fn dotted(&self, name: &str) -> String {
        self.code.dotted(&in_folder(&self.home, &format!("{name}.py")))
    }
}

fn probe_path(section: Option<&ProbeSection>, default: &str) -> String {
    let written = section.and_then(|section| match section {
        ProbeSection::Path(path) => Some(path.clone()),
        ProbeSection::Table(table) => table.path.clone(),
    });
    written.unwrap_or_else(|| default.to_owned())
}

/// Where the Flask or FastAPI application is made: in the module of the entry point, or else the only place there is.
fn creation<'a>(
    framework: Framework,
    entry: &EntryPoint,
    code: &ApplicationCode<'a>,
) -> Option<(&'a Source, Assignment<'a>)> {
    let class = match framework {
        Framework::Django => return None,
        Framework::Flask => "Flask",
        Framework::FastApi => "FastAPI",
    };
    let all: Vec<_> =
        code.assigned_calls(class).into_iter().map(|(source, assignment, _)| (source, assignment)).collect();
    let module = code.module(&entry.module);
    let here = all.iter().find(|(source, assignment)| {
        module.is_some_and(|module| module.path == source.path)
            && (entry.factory || assignment.name == entry.attribute || !assignment.top_level)
    });
    // `wsgi.py` imports the factory from the package.
    let imported = || {
        let sources: Vec<_> = module.map(|module| code.imported_by(module)).unwrap_or_default();
        all.iter().find(|(source, _)| sources.iter().any(|known| known.path == source.path))
    };
    here.or_else(imported).or(if let [one] = all.as_slice() { Some(one) } else { None }).copied()
}

/// The module that assigns Django's `MIDDLEWARE`: the settings module, what it imports with a star, or a neighbour.
fn settings<'a>(config: &Config, entry: Option<&EntryPoint>, code: &ApplicationCode<'a>) -> Option<&'a Source> {
    let named = config.config.get("DJANGO_SETTINGS_MODULE").cloned();
    let entry_module = entry.and_then(|entry| code.module(&entry.module));
    let manage = code.files().find(|file| file.path.ends_with("manage.py"));
    let default = [entry_module, manage].into_iter().flatten().find_map(default_settings);
    let module = named.or(default)?;
    let has_middleware = |source: &&Source| source.assignment("MIDDLEWARE").is_some();
    let own = code.module(&module)?;
    let is_neighbour = |file: &&Source| parent(&file.path) == parent(&own.path);
    Some(own).filter(has_middleware).or_else(|| code.files().filter(is_neighbour).find(has_middleware)).or(Some(own))
}

/// What `os.environ.setdefault("DJANGO_SETTINGS_MODULE", …)` falls back to.
fn default_settings(source: &Source) -> Option<String> {
    source.plain_calls().into_iter().find_map(|statement| {
        let [name, value] = statement.call.arguments.as_slice() else { return None };
        let is_setting = statement.call.callee() == "setdefault" && name.as_str() == Some("DJANGO_SETTINGS_MODULE");
        value.as_str().filter(|_| is_setting).map(str::to_owned)
    })
}

/// The folder that the module goes to: that of the settings' package, or of the module that makes the application.
fn home(
    entry: Option<&EntryPoint>,
    creation: Option<&Source>,
    settings: Option<&Source>,
    code: &ApplicationCode<'_>,
) -> String {
    let entry_file = entry.and_then(|entry| code.module(&entry.module));
    let file = if settings.is_some() { entry_file.or(settings) } else { creation.or(entry_file) };
    let folder = file.and_then(|source| source.path.rsplit_once('/')).map(|(folder, _)| folder.to_owned());
    folder.unwrap_or_else(|| code.root().to_owned())
}

/// A global engine of SQLAlchemy, when there is exactly one, and whether it is asynchronous.
fn engine<'a>(code: &ApplicationCode<'a>) -> (Option<(&'a Source, &'a str)>, bool) {
    let of = |callee: &str| -> Vec<(&'a Source, &'a str)> {
        let globals = code.assigned_calls(callee).into_iter().filter(|(_, assignment, _)| assignment.top_level);
        globals.map(|(source, assignment, _)| (source, assignment.name)).collect()
    };
    match (of("create_async_engine").as_slice(), of("create_engine").as_slice()) {
        ([one], _) => (Some(*one), true),
        ([], [one]) => (Some(*one), false),
        _ => (None, false),
    }
}

/// The way to the database, and whether it is asynchronous.
fn access(
    framework: Framework,
    code: &ApplicationCode<'_>,
    has_engine: bool,
    engine_is_async: bool,
    has_variable: bool,
) -> (Option<Access>, bool) {
    let is_fastapi = framework == Framework::FastApi;
    let uses = |module: &str, package: &str| code.imports(module) || code.depends_on(package);
    if framework == Framework::Django {
        return (Some(Access::Django), false);
    }
    if framework == Framework::Flask && code.imports("flask_sqlalchemy") {
        return (Some(Access::FlaskSqlalchemy), false);
    }
    if has_engine && (is_fastapi || !engine_is_async) {
        return (Some(Access::Engine), engine_is_async);
    }
    if !has_variable {
        return (None, is_fastapi);
    }
    if code.imports("sqlalchemy") || code.imports("sqlmodel") {
        return (Some(Access::SqlalchemyUrl), is_fastapi && code.imports("sqlalchemy.ext.asyncio"));
    }
    // Driver, the package that brings it, the way, and whether it is asynchronous in FastAPI.
    let drivers = [
        ("asyncpg", "asyncpg", Access::Asyncpg, is_fastapi),
        ("psycopg", "psycopg", Access::Psycopg, true),
        ("psycopg2", "psycopg2-binary", Access::Psycopg2, true),
    ];
    let found = drivers.into_iter().find(|(module, package, _, usable)| *usable && uses(module, package));
    match found {
        Some((_, _, access, _)) => (Some(access), is_fastapi && access != Access::Psycopg2),
        None => (None, is_fastapi),
    }
}

/// The variable that holds the address of a dependency: one that `app.toml` provides, or that the code reads.
fn variable(config: &Config, code: &ApplicationCode<'_>, names: &[&str]) -> Option<String> {
    let provided: Vec<&String> = config.secrets.env.keys().chain(config.config.keys()).collect();
    let ends =
        |name: &str| provided.iter().find(|known| known.as_str() == name || known.ends_with(&format!("_{name}")));
    if let Some(name) = names.iter().find_map(|name| ends(name)) {
        return Some((*name).clone());
    }
    let read = |name: &str| {
        code.files().any(|file| file.mentions(&format!("\"{name}\"")) || file.mentions(&format!("'{name}'")))
    };
    names.iter().find(|name| read(name)).map(|name| (*name).to_owned())
}

/// The line that a list opens on, where an element can be put on the next.
pub(crate) fn opening_of(list: &Expr) -> Option<u32> {
    let first = list.elements().first()?;
    (first.as_str().is_some() && first.line > list.line).then_some(list.line)
}

/// What adds `package` to the dependencies.
pub(crate) fn adding_command(code: &ApplicationCode<'_>, package: &str) -> String {
    // Source: the `--help` of each.
    let command = match code.package_manager() {
        Some(PackageManager::Uv) => "uv add",
        Some(PackageManager::Poetry) => "poetry add",
        Some(PackageManager::Pdm) => "pdm add",
        Some(PackageManager::Pipenv) => "pipenv install",
        _ => return format!("add `{package}` to the requirements"),
    };
    format!("{command} '{package}'")
}
