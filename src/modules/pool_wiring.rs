//! Which lines make the service use the pool: each library takes its options in another place.

use super::edit::Edit;
use super::facts::Facts;
use super::import::NewImport;
use super::kind::{Access, ModuleKind};
use super::survey::{Assignment, Bound, Source};
use super::wiring::at_creation;
use crate::config::section::Framework;

/// Options of an engine that the pool's own take the place of.
const POOL_OPTIONS: [&str; 5] = ["pool_size", "max_overflow", "pool_timeout", "pool_recycle", "pool_pre_ping"];

/// The lines, by the way to the database.
pub(crate) fn edits(facts: &Facts<'_>) -> Vec<Edit> {
    match (facts.framework, facts.access) {
        (Framework::Django, _) => django(facts),
        (_, Some(Access::FlaskSqlalchemy)) => flask_sqlalchemy(facts),
        (_, Some(access)) if access.is_sqlalchemy() => engine(facts),
        _ => at_creation(ModuleKind::DbPool, facts),
    }
}

fn import(facts: &Facts<'_>, source: Option<&Source>) -> NewImport {
    NewImport::of_module(facts, ModuleKind::DbPool.module(), source)
}

/// After `DATABASES`, in the settings or a module beside them.
fn django(facts: &Facts<'_>) -> Vec<Edit> {
    let folder = |path: &str| path.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_owned());
    let found = facts
        .survey
        .files()
        .filter(|source| facts.settings.is_none_or(|settings| folder(&settings.path) == folder(&source.path)))
        .find_map(|source| source.assignment("DATABASES").map(|assignment| (source, assignment)));
    let import = import(facts, found.map(|(source, _)| source));
    let line = format!("DATABASES[\"default\"] = {}.pooled(DATABASES[\"default\"])", import.bound);
    let Some((source, assignment)) = found else { return vec![Edit::unplaced(vec![import.line(), line])] };
    let mut edits = vec![Edit::after(source, assignment.lines.last, vec![line])];
    edits.extend(NewImport::edit(source, &[import]));
    edits
}

/// Before Flask-SQLAlchemy is given the application.
fn flask_sqlalchemy(facts: &Facts<'_>) -> Vec<Edit> {
    let source = facts.creation.map(|(source, _)| source);
    let import = import(facts, source);
    let app = facts.creation.map_or("app", |(_, assignment)| assignment.name.as_str());
    let lines = |indent: usize| {
        let space = " ".repeat(indent);
        vec![
            format!("{space}{app}.config[\"SQLALCHEMY_ENGINE_OPTIONS\"] = {}.engine_options(", import.bound),
            format!("{space}    {app}.config[\"SQLALCHEMY_DATABASE_URI\"],"),
            format!("{space})"),
        ]
    };
    let place = source.and_then(|source| initialisation(facts, source));
    match (source, place) {
        (Some(source), Some((line, indent))) => {
            let mut edits = vec![Edit::after(source, line - 1, lines(indent))];
            edits.extend(NewImport::edit(source, &[import]));
            edits
        }
        _ => vec![Edit::unplaced([vec![import.line()], lines(0)].concat())],
    }
}

/// Line and indent of `db.init_app(app)` or `db = SQLAlchemy(app)` in `source`.
fn initialisation(facts: &Facts<'_>, source: &Source) -> Option<(u32, usize)> {
    let databases: Vec<&str> =
        facts.survey.assigned_calls("SQLAlchemy").map(|(_, assignment, _)| assignment.name.as_str()).collect();
    let is_database = |receiver: &str| databases.iter().any(|name| receiver.rsplit('.').next() == Some(name));
    let late = source
        .calls
        .iter()
        .find(|statement| statement.call.callee() == "init_app" && statement.call.receiver().is_some_and(is_database));
    let early = source.assignments.iter().find(|assignment| {
        matches!(&assignment.value, Bound::Call(call) if call.callee() == "SQLAlchemy" && !call.arguments.is_empty())
    });
    late.map(|statement| (statement.lines.first, statement.indent))
        .or(early.map(|assignment| (assignment.lines.first, assignment.indent)))
}

/// The one call that makes the engine, with the options of the pool.
fn engine(facts: &Facts<'_>) -> Vec<Edit> {
    let made = ["create_async_engine", "create_engine"].into_iter().find_map(|callee| {
        let calls: Vec<_> = facts.survey.assigned_calls(callee).collect();
        if let [one] = calls.as_slice() { Some(*one) } else { None }
    });
    let import = import(facts, made.map(|(source, _, _)| source));
    let Some((source, assignment, _)) = made else {
        let line = format!("create_engine(url, **{}.engine_options(url))", import.bound);
        return vec![Edit::unplaced(vec![import.line(), line])];
    };
    let count = assignment.lines.last - assignment.lines.first + 1;
    let lines = engine_lines(assignment, &import.bound);
    let mut edits = vec![Edit::replacing(source, assignment.lines.first - 1, count, lines)];
    edits.extend(NewImport::edit(source, &[import]));
    edits
}

/// The statement that makes the engine, its own options kept but for those of the pool.
fn engine_lines(assignment: &Assignment, module: &str) -> Vec<String> {
    let Bound::Call(call) = &assignment.value else { return Vec::new() };
    let url = call.arguments.first().map_or("url", String::as_str);
    let text = if url.starts_with(['"', '\'']) { url.to_owned() } else { format!("str({url})") };
    let options = format!("{module}.engine_options(");
    let space = " ".repeat(assignment.indent);
    let mut lines = vec![format!("{space}{} = {}(", assignment.name, call.function), format!("{space}    {url},")];
    let is_kept =
        |(name, value): &&(String, String)| !POOL_OPTIONS.contains(&name.as_str()) && !value.starts_with(&options);
    lines.extend(call.keywords.iter().filter(is_kept).map(|(name, value)| match name.as_str() {
        "" => format!("{space}    **{value},"),
        name => format!("{space}    {name}={value},"),
    }));
    lines.push(format!("{space}    **{options}{text}),"));
    lines.push(format!("{space})"));
    lines
}
