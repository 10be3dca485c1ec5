//! Whether the active database is SQLite: the settings decide, not the drivers among the dependencies.

use super::django;
use crate::detect::code::Source;
use crate::detect::context::Context;
use crate::detect::environment::Read;
use crate::detect::project::{Database, Evidence, Project, SqliteChoice};
use crate::detect::python::{Expr, ExprKind, Stmt, StmtKind, walk};

/// Notes on what it depends that Django's database is SQLite, where the settings have it both ways.
pub(super) fn find(context: &Context<'_>, project: &mut Project) {
    let chain = django::chosen(context, project);
    for source in chain {
        let choice = |stmt: &Stmt| branches(context, source, stmt).or_else(|| engine(context, source, stmt));
        if let Some(choice) = walk::scope(&source.module.body).find_map(choice) {
            if !project.databases.contains(&Database::Sqlite) {
                project.databases.push(Database::Sqlite);
            }
            project.sqlite_choice = Some(choice);
            return;
        }
    }
}

/// `if "DYNO" in os.environ: DATABASES = …server… else: DATABASES = …SQLite…`.
fn branches(context: &Context<'_>, source: &Source, stmt: &Stmt) -> Option<SqliteChoice> {
    let StmtKind::If { test, body, orelse } = &stmt.kind else { return None };
    let (first, second) = (database(body)?, database(orelse)?);
    let (is_sqlite, other) = match (is_file(first), is_file(second)) {
        (true, false) => (true, second),
        (false, true) => (false, first),
        _ => return None,
    };
    let lines = test.line..=test.line;
    let read = context.reads.iter().find(|read| read.place.file == source.path && lines.contains(&read.place.line));
    let mut named = None;
    test.visit(&mut |expr| named = named.take().or_else(|| expr.as_str().map(str::to_owned)));
    let variable = read.map(|read| read.name.clone()).or(named).or_else(|| test.dotted());
    let at = |expr: &Expr| -> Evidence { source.evidence(expr.line) };
    Some(SqliteChoice {
        when_set: is_sqlite,
        variable: variable.unwrap_or_else(|| "a condition".to_owned()),
        place: at(if is_sqlite { first } else { second }),
        other: Some(at(other)),
    })
}

/// `"ENGINE": os.environ.get("SQL_ENGINE", "django.db.backends.sqlite3")`: the variable names the database, and a `HOST` beside
/// it is a server's as soon as it says so.
fn engine(context: &Context<'_>, source: &Source, stmt: &Stmt) -> Option<SqliteChoice> {
    let default = database(std::slice::from_ref(stmt))?.entry("default")?;
    let engine = default.entry("ENGINE").filter(|engine| is_file(engine))?;
    let is_at =
        |read: &&Read| read.place.file == source.path && read.place.line == engine.line && read.default.is_some();
    let read = context.reads.iter().find(is_at)?;
    Some(SqliteChoice {
        when_set: false,
        variable: read.name.clone(),
        place: source.evidence(engine.line),
        other: default.entry("HOST").map(|host| source.evidence(host.line)),
    })
}

/// What the statements set `DATABASES`, or its `default`, to.
fn database(body: &[Stmt]) -> Option<&Expr> {
    let is_database = |target: &Expr| match &target.kind {
        ExprKind::Name(name) => name == "DATABASES" || name == "DATABASE" || name == "DATABASE_CONFIG",
        ExprKind::Index(object, _) => object.as_name() == Some("DATABASES"),
        _ => false,
    };
    let set = walk::scope(body).filter_map(|stmt| match &stmt.kind {
        StmtKind::Assign { targets, value, .. } if targets.iter().any(is_database) => value.as_ref(),
        _ => None,
    });
    set.last()
}

/// Whether a value names SQLite and nothing else.
fn is_file(value: &Expr) -> bool {
    value.any(|expr| expr.as_str().is_some_and(|text| text.ends_with("sqlite3") && text.contains("backends")))
}
