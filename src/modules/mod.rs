//! `pykube add`: small Python modules for what a platform asks of a service, and the lines that put them into it.
//!
//! ```text
//! app.toml ─┐
//!           ├─▶ Facts ──kind──▶ Addition { files, edits, settings, notes } ──▶ add: write the files, print the rest
//! code ─────┘
//! ```
//!
//! The code is read to find where lines go and which libraries talk to the database. It is never edited.

mod app_toml;
mod connections;
mod creation;
mod edit;
mod facts;
mod import;
mod kind;
mod pool_wiring;
mod unused;
mod wiring;

use std::path::Path;

use minijinja::{Value, context};

pub(crate) use app_toml::Setting;
pub(crate) use app_toml::with;
pub(crate) use connections::{Connections, SERVER_DEFAULT};
pub(crate) use edit::Edit;
pub(crate) use kind::ModuleKind;
pub(crate) use unused::unused_modules;

use crate::app::Options;
use crate::bug::bug;
use crate::config;
use crate::detect::{CodeRequest, with_application_code};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::file_set::{FileSet, RelativePath, in_folder};
use crate::render::{Templates, resolved_from};
use crate::vocabulary::{Framework, Interface};
use facts::{Facts, adding_command};
use kind::Access;

/// Seconds between two touches of the heartbeat's files; the readiness probe lets them be 30 seconds old.
const HEARTBEAT_INTERVAL: u32 = 10;

/// Everything that `pykube add` does and says: a value that is shown, written, or both.
#[derive(Clone, Debug)]
pub(crate) struct Addition {
    /// The module and its tests.
    pub files: FileSet,
    /// Lines for the user to add.
    pub edits: Vec<Edit>,
    /// The text of `app.toml` that was read.
    pub app_toml: String,
    /// Keys for `app.toml`.
    pub settings: Vec<Setting>,
    /// What is needed, and what to look at.
    pub notes: Vec<String>,
}

/// What a call asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'a> {
    pub kind: ModuleKind,
    /// Folder of `app.toml`.
    pub root: &'a Path,
    /// `max_connections` of the database server.
    pub max_connections: u32,
}

/// Reads `app.toml` and the code, and makes the module of `request`; nothing is written.
///
/// # Errors
/// [`Diagnostics`] when `app.toml` has a fault, or the project has no use for the module.
pub(crate) fn prepare(request: &Request<'_>) -> anyhow::Result<Addition> {
    let (config, document) = config::load(request.root)?;
    let app = resolved_from(&config, &document, request.root, &Options::default())?;
    let connections = Connections::of(&config, &app, request.max_connections);
    let build = &config.build;
    let beside = build.extras.iter().chain(&build.groups).chain(&build.files).chain(&build.lock);
    // Our own modules make engines and know variables too, and say nothing about the service.
    let written = crate::write::written_paths(request.root);
    let code_request = CodeRequest {
        folder: config.app.dir.as_deref().unwrap_or("."),
        framework: config.app.framework,
        installed: beside.map(String::as_str).collect(),
        left_out: &|path| written.contains(path),
    };
    with_application_code(request.root, &code_request, |code| {
        let facts = Facts::gather(&config, &app, connections, code);
        addition(request, &facts, &document.source().text)
    })?
}

/// What the module of `request` adds to a service of these facts, whose `app.toml` is `text`.
fn addition(request: &Request<'_>, facts: &Facts<'_>, text: &str) -> anyhow::Result<Addition> {
    let kind = request.kind;
    let pool = has_django_pool(facts);
    refuse(kind, facts, pool)?;
    let (settings, refused) = accepted(request.root, text, app_toml::missing(text, settings(kind, facts)))?;
    let files = files(kind, facts, pool)?;
    let mut notes = notes(kind, facts, pool);
    notes.extend(refused);
    Ok(Addition { files, edits: wiring::edits(kind, facts), app_toml: text.to_owned(), settings, notes })
}

/// The settings, when `app.toml` takes them; otherwise none of them, and what it says against them.
fn accepted(root: &Path, text: &str, settings: Vec<Setting>) -> anyhow::Result<(Vec<Setting>, Vec<String>)> {
    let after = with(text, &settings)?;
    let faults = match config::parse(config::FILE_NAME.into(), after) {
        Ok((config, document)) => resolved_from(&config, &document, root, &Options::default()).err(),
        Err(faults) => Some(faults),
    };
    let Some(faults) = faults else { return Ok((settings, Vec::new())) };
    let why = faults.0.first().map(|fault| fault.message.clone()).unwrap_or_default();
    let refused = settings.iter().map(|Setting { table, key, value }| {
        format!("{} does not take [{table}] {key} = {value:?} yet: {why}", config::FILE_NAME)
    });
    Ok((Vec::new(), refused.collect()))
}

/// The module and its tests.
fn files(kind: ModuleKind, facts: &Facts<'_>, pool: bool) -> anyhow::Result<FileSet> {
    let Some((folder, template)) = kind.template(facts.framework, facts.access) else {
        return Err(bug(format!("there is no template for `{kind}` here")));
    };
    let templates = Templates::embedded();
    let context = template_context(facts, pool);
    let mut files = FileSet::new();
    for (prefix, name) in [("", template.to_owned()), ("test_", format!("test_{template}"))] {
        let text = templates.render(&format!("{folder}/{name}"), context.clone())?;
        let path = in_folder(&facts.home, &format!("{prefix}{}.py", kind.module()));
        let path = RelativePath::new(path.clone()).map_err(|clause| anyhow::anyhow!("`{path}` {clause}"))?;
        files.add(path, text).map_err(|path| anyhow::anyhow!("two files are called `{path}`"))?;
    }
    Ok(files)
}

fn template_context(facts: &Facts<'_>, pool: bool) -> Value {
    let asynchronous = match facts.framework {
        Framework::Django => facts.interface == Interface::Asgi,
        Framework::Flask => false,
        Framework::FastApi => facts.asynchronous_access,
    };
    let celery = facts.celery.map(|(source, made)| format!("{}.{}", facts.code.dotted(&source.path), made.name));
    let connections = &facts.connections;
    context! {
        framework => facts.framework.as_str(),
        asynchronous, pool,
        package => facts.in_package,
        cache => facts.cache,
        celery_app => celery,
        database => facts.access.map(Access::word),
        database_variable => &facts.database_variable,
        redis_variable => &facts.redis_variable,
        broker_variable => &facts.broker_variable,
        liveness_path => &facts.liveness_path,
        readiness_path => &facts.readiness_path,
        metrics_path => &facts.metrics_path,
        heartbeat_interval => HEARTBEAT_INTERVAL,
        server_connections => connections.server,
        kept_free => connections.kept_free,
        replicas => connections.replicas,
        surge => connections.surge,
        processes => connections.processes,
        threads => connections.threads,
        wanted => connections.wanted(),
    }
}

/// Whether Django can pool: PostgreSQL by psycopg 3, since 5.1.
/// Source: <https://docs.djangoproject.com/en/5.1/releases/5.1/#postgresql-connection-pools>
fn has_django_pool(facts: &Facts<'_>) -> bool {
    let has_driver = facts.code.depends_on("psycopg") || facts.code.depends_on("psycopg-pool");
    let is_new = facts.code.version("django").is_none_or(|version| version >= (5, 1));
    facts.framework == Framework::Django && has_driver && is_new
}

/// What the project cannot use, and why.
fn refuse(kind: ModuleKind, facts: &Facts<'_>, pool: bool) -> Result<(), Diagnostics> {
    let connections = &facts.connections;
    let fault = match kind {
        ModuleKind::Heartbeat if facts.celery.is_none() => {
            Diagnostic::error("no Celery application here: nothing is assigned from `Celery(…)`")
                .help("the heartbeat is for Celery's worker and beat")
        }
        ModuleKind::DbPool if kind.template(facts.framework, facts.access).is_none() => {
            Diagnostic::error("no database that can be pooled was found in the code")
                .help("known are Django, Flask-SQLAlchemy, SQLAlchemy, and psycopg 3 with its address in a variable")
        }
        ModuleKind::DbPool if facts.framework == Framework::Django && !pool && facts.interface == Interface::Asgi => {
            Diagnostic::error("connections cannot be kept under ASGI without a pool")
                .help("Django pools PostgreSQL from 5.1 on, with `psycopg[pool]` (psycopg 3) instead of psycopg2")
        }
        ModuleKind::DbPool if connections.share() == 0 => too_many(connections, "even one connection each is"),
        ModuleKind::DbPool
            if facts.framework == Framework::Django
                && !pool
                && connections.kept_by_threads() > connections.server.saturating_sub(connections.kept_free) =>
        {
            let needed = format!("one for each thread, {} in all, is", connections.kept_by_threads());
            too_many(connections, &needed)
        }
        _ => return Ok(()),
    };
    Err(fault.into())
}

fn too_many(connections: &Connections, what: &str) -> Diagnostic {
    let mut fault = Diagnostic::error(format!("{what} more than the server's {} connections", connections.server));
    for line in connections.to_string().lines() {
        fault = fault.help(line);
    }
    fault.help("lower `[scaling] max`, `[server] workers` or `threads`; raise max_connections and pass --max-connections; or put PgBouncer before the server")
}

/// The keys of `app.toml` that go with the module.
fn settings(kind: ModuleKind, facts: &Facts<'_>) -> Vec<Setting> {
    match kind {
        ModuleKind::Health => vec![
            Setting { table: "probes", key: "liveness", value: facts.liveness_path.clone() },
            Setting { table: "probes", key: "readiness", value: facts.readiness_path.clone() },
        ],
        ModuleKind::Metrics => {
            vec![Setting { table: "monitoring", key: "metrics", value: facts.metrics_path.clone() }]
        }
        ModuleKind::Logging if facts.writes_gunicorn_config => {
            let value = format!("{}:LOGGING", facts.dotted(kind.module()));
            vec![Setting { table: "server", key: "log-config", value }]
        }
        ModuleKind::Logging | ModuleKind::DbPool | ModuleKind::Heartbeat => Vec::new(),
    }
}

/// What is needed, and what to look at.
fn notes(kind: ModuleKind, facts: &Facts<'_>, pool: bool) -> Vec<String> {
    let mut notes = Vec::new();
    let mut need = |package: &str, there: bool| {
        if !there {
            notes.push(format!("needs {package}: {}", adding_command(facts.code, package)));
        }
    };
    let code = facts.code;
    match kind {
        ModuleKind::Metrics => need("prometheus-client", code.depends_on("prometheus-client")),
        ModuleKind::DbPool if pool || facts.access == Some(Access::Psycopg) => {
            need("psycopg[pool]", code.depends_on("psycopg-pool") || code.depends_on_extra("psycopg", "pool"));
        }
        _ => {}
    }
    if kind == ModuleKind::Health && facts.framework != Framework::Django && facts.access.is_none() {
        notes.push(
            "no database was found whose address is in a variable: add what a request needs to `dependencies()`".into(),
        );
    }
    if kind == ModuleKind::Logging && facts.interface == Interface::Wsgi && !facts.writes_gunicorn_config {
        let file = format!("{}.py", facts.dotted(kind.module()).replace('.', "/"));
        notes.push(format!(
            "gunicorn's own lines too, in its configuration file: import runpy; \
             logconfig_dict = runpy.run_path(\"{file}\")[\"LOGGING\"]"
        ));
    }
    if kind == ModuleKind::Metrics && facts.unshared_metrics {
        notes.push(
            "several processes that count each for itself: [server] workers = 1, or \
             PROMETHEUS_MULTIPROC_DIR names an empty folder that they share"
                .into(),
        );
    }
    if kind == ModuleKind::DbPool {
        notes.extend(facts.connections.to_string().lines().map(str::to_owned));
        if facts.connections.pool_size() < facts.connections.wanted() {
            notes
                .push("the pool is smaller than what could be used at once: some requests will wait for others".into());
        }
    }
    notes
}
