//! Which lines make the service use a module, and where they go.

use super::edit::Edit;
use super::facts::{Facts, opening_of};
use super::kind::{Access, ModuleKind};
use super::survey::{Bound, Source};
use crate::config::section::Framework;

/// Middleware of our modules for Django, outermost first: probes are not measured, and what is measured has ids.
const MIDDLEWARE: [(ModuleKind, &str); 3] = [
    (ModuleKind::Health, "HealthMiddleware"),
    (ModuleKind::Metrics, "MetricsMiddleware"),
    (ModuleKind::Logging, "RequestIdMiddleware"),
];

/// Options of an engine that the pool's own take the place of.
const POOL_OPTIONS: [&str; 5] = ["pool_size", "max_overflow", "pool_timeout", "pool_recycle", "pool_pre_ping"];

/// The lines for `kind`, in the order of files and lines; those that are there already are left out.
pub(crate) fn edits(kind: ModuleKind, facts: &Facts<'_>) -> Vec<Edit> {
    let mut edits = match (kind, facts.framework) {
        (ModuleKind::Heartbeat, _) => heartbeat(facts),
        (ModuleKind::DbPool, Framework::Django) => django_pool(facts),
        (ModuleKind::DbPool, _) => pool(facts),
        (ModuleKind::Logging, Framework::Django) => django_logging(facts),
        (_, Framework::Django) => middleware(kind, facts),
        _ => at_creation(kind, facts, &[call(kind, facts)]),
    };
    edits.retain(|edit| {
        let file = edit.place.as_ref().map(|place| &place.file);
        !facts.survey.files().any(|source| Some(&source.path) == file && edit.is_done(source))
    });
    let key = |edit: &Edit| edit.place.as_ref().map(|place| (place.file.clone(), place.after));
    edits.sort_by_key(key);
    edits
}

/// The statement that puts the module into the application called `app`.
fn call(kind: ModuleKind, facts: &Facts<'_>) -> String {
    let app = facts.creation.map_or("app", |(_, assignment)| assignment.name.as_str());
    let argument = match (facts.access, facts.engine) {
        (Some(Access::FlaskSqlalchemy), _) => app,
        (Some(Access::Engine), Some((_, engine))) => engine,
        _ => "",
    };
    match (kind, facts.framework) {
        (ModuleKind::Health, Framework::Flask) => format!("health.init_app({app}, health.dependencies({argument}))"),
        (ModuleKind::Health, _) => {
            format!("{app}.include_router(health.create_router(health.dependencies({argument})))")
        }
        (ModuleKind::Metrics, Framework::Flask) => format!("metrics.init_app({app})"),
        (ModuleKind::Metrics, _) => format!("{app}.add_middleware(metrics.MetricsMiddleware)"),
        (ModuleKind::Logging, Framework::Flask) => format!("json_logs.init_app({app})"),
        (ModuleKind::Logging, _) => format!("json_logs.install({app})"),
        (_, Framework::Flask) => format!("db_pool.init_app({app})"),
        _ => format!("{app}.include_router(db_pool.create_router())"),
    }
}

/// Statements after the one that makes the application, and the imports that they need.
fn at_creation(kind: ModuleKind, facts: &Facts<'_>, statements: &[String]) -> Vec<Edit> {
    let mut imports = vec![import(facts, kind.module())];
    if let (ModuleKind::Health, Some(Access::Engine), Some((source, name))) = (kind, facts.access, facts.engine)
        && facts.creation.is_none_or(|(creation, _)| creation.path != source.path)
    {
        imports.push(format!("from {} import {name}", facts.survey.dotted(&source.path)));
    }
    let Some((source, assignment)) = facts.creation else {
        return vec![Edit::unplaced([imports, statements.to_vec()].concat())];
    };
    let indent = " ".repeat(assignment.indent);
    let lines = statements.iter().map(|statement| format!("{indent}{statement}")).collect();
    vec![
        Edit::after(source, source.imports_end(), imports),
        Edit::after(source, last_binding(facts, source, assignment.lines.last), lines),
    ]
}

/// The line after which the application is there, and the engine too when the same module makes it further down.
fn last_binding(facts: &Facts<'_>, creation: &Source, line: u32) -> u32 {
    let engine = facts.engine.filter(|(source, _)| source.path == creation.path);
    let engine = engine.and_then(|(source, name)| source.assignment(name));
    engine.map_or(line, |assignment| if assignment.top_level { assignment.lines.last.max(line) } else { line })
}

fn import(facts: &Facts<'_>, module: &str) -> String {
    match facts.dotted(module).rsplit_once('.') {
        Some((package, module)) => format!("from {package} import {module}"),
        None => format!("import {module}"),
    }
}

/// The module's entry of Django's `MIDDLEWARE`: first, or after those of ours that come before it.
fn middleware(kind: ModuleKind, facts: &Facts<'_>) -> Vec<Edit> {
    let Some(rank) = MIDDLEWARE.iter().position(|(known, _)| *known == kind) else { return Vec::new() };
    let entry = format!("{:?}", format!("{}.{}", facts.dotted(kind.module()), MIDDLEWARE[rank].1));
    let Some((source, assignment)) =
        facts.settings.and_then(|source| source.assignment("MIDDLEWARE").map(|assignment| (source, assignment)))
    else {
        return vec![Edit::unplaced(vec![format!("MIDDLEWARE = [{entry}, *MIDDLEWARE]")])];
    };
    let ours = |text: &str| MIDDLEWARE[..rank].iter().any(|(_, class)| text.ends_with(&format!(".{class}")));
    let edit = match (&assignment.value, opening_of(&assignment.value)) {
        (Bound::List { strings, .. }, Some(opens)) => {
            let before = strings.iter().filter(|(text, _)| ours(text)).map(|(_, line)| *line).max();
            let indent = " ".repeat(assignment.indent + 4);
            Edit::after(source, before.unwrap_or(opens), vec![format!("{indent}{entry},")])
        }
        _ => {
            let indent = " ".repeat(assignment.indent);
            Edit::after(source, assignment.lines.last, vec![format!("{indent}MIDDLEWARE = [{entry}, *MIDDLEWARE]")])
        }
    };
    vec![edit]
}

/// `LOGGING`, the middleware that gives ids, and Celery told to keep its hands off.
fn django_logging(facts: &Facts<'_>) -> Vec<Edit> {
    let mut edits = middleware(ModuleKind::Logging, facts);
    let line = "LOGGING = json_logs.LOGGING".to_owned();
    match facts.settings {
        None => edits.push(Edit::unplaced(vec![import(facts, "json_logs"), line])),
        Some(source) => {
            edits.push(Edit::after(source, source.imports_end(), vec![import(facts, "json_logs")]));
            edits.push(match source.assignment("LOGGING") {
                Some(old) => {
                    Edit::replacing(source, old.lines.first - 1, old.lines.last - old.lines.first + 1, vec![line])
                }
                None => Edit::after(source, source.last_line(), vec![String::new(), line]),
            });
        }
    }
    if let Some((source, assignment)) = facts.celery {
        let line = format!("{}.conf.worker_hijack_root_logger = False", assignment.name);
        edits.push(Edit::after(source, assignment.lines.last, vec![line]));
    }
    edits
}

fn django_pool(facts: &Facts<'_>) -> Vec<Edit> {
    let line = "DATABASES[\"default\"] = db_pool.pooled(DATABASES[\"default\"])".to_owned();
    let Some((source, assignment)) = facts
        .survey
        .files()
        .filter(|source| facts.settings.is_none_or(|settings| folder(&settings.path) == folder(&source.path)))
        .find_map(|source| source.assignment("DATABASES").map(|assignment| (source, assignment)))
    else {
        return vec![Edit::unplaced(vec![import(facts, "db_pool"), line])];
    };
    vec![
        Edit::after(source, source.imports_end(), vec![import(facts, "db_pool")]),
        Edit::after(source, assignment.lines.last, vec![line]),
    ]
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The pool of Flask and FastAPI: the engine's options, or a pool of psycopg's.
fn pool(facts: &Facts<'_>) -> Vec<Edit> {
    match facts.access {
        Some(Access::FlaskSqlalchemy) => flask_sqlalchemy_pool(facts),
        Some(access) if access.is_sqlalchemy() => engine_pool(facts),
        _ => at_creation(ModuleKind::DbPool, facts, &[call(ModuleKind::DbPool, facts)]),
    }
}

/// The options have to be there before Flask-SQLAlchemy is given the application.
fn flask_sqlalchemy_pool(facts: &Facts<'_>) -> Vec<Edit> {
    let app = facts.creation.map_or("app", |(_, assignment)| assignment.name.as_str());
    let lines = |indent: usize| {
        let space = " ".repeat(indent);
        vec![
            format!("{space}{app}.config[\"SQLALCHEMY_ENGINE_OPTIONS\"] = db_pool.engine_options("),
            format!("{space}    {app}.config[\"SQLALCHEMY_DATABASE_URI\"],"),
            format!("{space})"),
        ]
    };
    let databases: Vec<&str> =
        facts.survey.assigned_calls("SQLAlchemy").map(|(_, assignment, _)| assignment.name.as_str()).collect();
    let source = facts.creation.map(|(source, _)| source);
    let late = source.and_then(|source| {
        source.calls.iter().find(|statement| {
            statement.call.callee() == "init_app"
                && statement.call.receiver().is_some_and(|receiver| {
                    databases.iter().any(|name| receiver.rsplit('.').next() == Some(name))
                })
        })
    });
    let early = source.and_then(|source| {
        let is_database = |assignment: &&super::survey::Assignment| {
            matches!(&assignment.value, Bound::Call(call) if call.callee() == "SQLAlchemy" && !call.arguments.is_empty())
        };
        source.assignments.iter().find(is_database)
    });
    let place = late
        .map(|statement| (statement.lines.first, statement.indent))
        .or(early.map(|assignment| (assignment.lines.first, assignment.indent)));
    match (source, place) {
        (Some(source), Some((line, indent))) => vec![
            Edit::after(source, source.imports_end(), vec![import(facts, "db_pool")]),
            Edit::after(source, line - 1, lines(indent)),
        ],
        _ => vec![Edit::unplaced([vec![import(facts, "db_pool")], lines(0)].concat())],
    }
}

/// The call that makes the engine, with the options of the pool.
fn engine_pool(facts: &Facts<'_>) -> Vec<Edit> {
    let made = ["create_async_engine", "create_engine"].into_iter().find_map(|callee| {
        let calls: Vec<_> = facts.survey.assigned_calls(callee).collect();
        if let [one] = calls.as_slice() { Some(*one) } else { None }
    });
    let Some((source, assignment, call)) = made else {
        let line = "create_engine(url, **db_pool.engine_options(url))".to_owned();
        return vec![Edit::unplaced(vec![import(facts, "db_pool"), line])];
    };
    let url = call.arguments.first().map_or("url", String::as_str);
    let text = if url.starts_with(['"', '\'']) { url.to_owned() } else { format!("str({url})") };
    let space = " ".repeat(assignment.indent);
    let mut lines = vec![format!("{space}{} = {}(", assignment.name, call.function), format!("{space}    {url},")];
    let kept = call.keywords.iter().filter(|(name, _)| !POOL_OPTIONS.contains(&name.as_str()));
    lines.extend(kept.map(|(name, value)| {
        if name.is_empty() { format!("{space}    **{value},") } else { format!("{space}    {name}={value},") }
    }));
    lines.push(format!("{space}    **db_pool.engine_options({text}),"));
    lines.push(format!("{space})"));
    let count = assignment.lines.last - assignment.lines.first + 1;
    vec![
        Edit::after(source, source.imports_end(), vec![import(facts, "db_pool")]),
        Edit::replacing(source, assignment.lines.first - 1, count, lines),
    ]
}

fn heartbeat(facts: &Facts<'_>) -> Vec<Edit> {
    let lines = vec![import(facts, "heartbeat"), "heartbeat.install()".to_owned()];
    let Some((source, assignment)) = facts.celery else { return vec![Edit::unplaced(lines)] };
    let space = " ".repeat(assignment.indent);
    vec![
        Edit::after(source, source.imports_end(), vec![lines[0].clone()]),
        Edit::after(source, assignment.lines.last, vec![format!("{space}{}", lines[1])]),
    ]
}
