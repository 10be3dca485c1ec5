//! Which lines make the service use the pool: each library takes its options in another place.

use super::creation;
use super::edit::Edit;
use super::facts::Facts;
use super::import::NewImport;
use super::kind::{Access, ModuleKind};
use crate::detect::{Call, Lines, Source, WrittenCall, written_call};
use crate::file_set::parent;
use crate::vocabulary::Framework;

/// Options of an engine that the pool's own take the place of.
const POOL_OPTIONS: [&str; 5] = ["pool_size", "max_overflow", "pool_timeout", "pool_recycle", "pool_pre_ping"];

/// The lines, by the way to the database.
pub(crate) fn edits(facts: &Facts<'_>) -> Vec<Edit> {
    match (facts.framework, facts.access) {
        (Framework::Django, _) => django(facts),
        (_, Some(Access::FlaskSqlalchemy)) => flask_sqlalchemy(facts),
        (_, Some(access)) if access.is_sqlalchemy() => engine(facts),
        _ => creation::edits(ModuleKind::DbPool, facts),
    }
}

fn import(facts: &Facts<'_>, source: Option<&Source>) -> NewImport {
    NewImport::of_module(facts, ModuleKind::DbPool.module(), source)
}

/// After the last that is said of `DATABASES`, in the settings or a module beside them.
fn django(facts: &Facts<'_>) -> Vec<Edit> {
    let found = facts
        .code
        .files()
        .filter(|source| facts.settings.is_none_or(|settings| parent(&settings.path) == parent(&source.path)))
        .find_map(|source| source.assignment("DATABASES").map(|assignment| (source, assignment)));
    let import = import(facts, found.map(|(source, _)| source));
    let line = format!("DATABASES[\"default\"] = {}.pooled(DATABASES[\"default\"])", import.bound);
    let Some((source, assignment)) = found else { return vec![Edit::unplaced(vec![import.line(), line])] };
    let place = source.last_mention("DATABASES").unwrap_or(assignment.lines.last);
    let mut edits = vec![Edit::after(source, place, vec![line])];
    edits.extend(NewImport::edit(source, &[import]));
    edits
}

/// Before Flask-SQLAlchemy is given the application.
fn flask_sqlalchemy(facts: &Facts<'_>) -> Vec<Edit> {
    let source = facts.creation.map(|(source, _)| source);
    let import = import(facts, source);
    let app = facts.creation.map_or("app", |(_, assignment)| assignment.name);
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
    let databases = facts.code.assigned_calls("SQLAlchemy");
    let is_database =
        |receiver: &str| databases.iter().any(|(_, made, _)| receiver.rsplit('.').next() == Some(made.name));
    let late = source.plain_calls().into_iter().find(|statement| {
        let receiver = statement.call.receiver();
        statement.call.callee() == "init_app" && receiver.is_some_and(|receiver| is_database(&receiver))
    });
    let early = databases.iter().find(|(file, _, call)| file.path == source.path && !call.arguments.is_empty());
    late.map(|statement| (statement.lines.first, statement.indent))
        .or(early.map(|(_, assignment, _)| (assignment.lines.first, assignment.indent)))
}

/// The statement that makes the engine.
struct Making<'a> {
    source: &'a Source,
    call: &'a Call,
    lines: Lines,
    indent: usize,
    /// What is before the call.
    head: String,
}

/// The one statement that makes an engine, when there is exactly one.
fn making<'a>(facts: &Facts<'a>) -> Option<Making<'a>> {
    let mut all = facts.code.files().flat_map(|source| {
        let assigned = source.assignments().into_iter().filter_map(move |made| {
            let call = made.value.as_call()?;
            Some(Making { source, call, lines: made.lines, indent: made.indent, head: format!("{} = ", made.name) })
        });
        let returned = source.returned_calls().into_iter().map(move |made| Making {
            source,
            call: made.call,
            lines: made.lines,
            indent: made.indent,
            head: "return ".to_owned(),
        });
        assigned.chain(returned)
    });
    let one = all.find(is_engine)?;
    all.all(|other| !is_engine(&other)).then_some(one)
}

/// The one statement that makes the engine, with the options of the pool.
fn engine(facts: &Facts<'_>) -> Vec<Edit> {
    let found = making(facts).and_then(|made| Some((written_call(&made.source.excerpt(made.lines))?, made)));
    let import = import(facts, found.as_ref().map(|(_, made)| made.source));
    let Some((call, made)) = found else {
        let line = format!("create_engine(url, **{}.engine_options(url))", import.bound);
        return vec![Edit::unplaced(vec![import.line(), line])];
    };
    let count = made.lines.last - made.lines.first + 1;
    let lines = engine_lines(&made, &call, &import.bound);
    let mut edits = vec![Edit::replacing(made.source, made.lines.first - 1, count, lines)];
    edits.extend(NewImport::edit(made.source, &[import]));
    edits
}

/// Whether what is called is SQLAlchemy's or `SQLModel`'s, and not a function of the project's own by that name.
fn is_engine(made: &Making<'_>) -> bool {
    let callee = made.call.callee();
    matches!(callee, "create_engine" | "create_async_engine")
        && made.source.imports().any(|import| {
            let is_theirs = import.module.starts_with("sqlalchemy") || import.module == "sqlmodel";
            let receiver = made.call.receiver();
            is_theirs && (import.name.as_deref() == Some(callee) || receiver.as_ref() == Some(&import.bound))
        })
}

/// The statement that makes the engine, its own options kept except for those of the pool.
fn engine_lines(made: &Making<'_>, call: &WrittenCall, module: &str) -> Vec<String> {
    let url = call.arguments.first().map_or("url", String::as_str);
    let text = if url.starts_with(['"', '\'']) { url.to_owned() } else { format!("str({url})") };
    let options = format!("{module}.engine_options(");
    let space = " ".repeat(made.indent);
    let mut lines = vec![format!("{space}{}{}(", made.head, call.function), format!("{space}    {url},")];
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
