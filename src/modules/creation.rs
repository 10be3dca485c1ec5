//! Where Flask and FastAPI applications take a module: the statement after the one that makes the application.

use super::edit::Edit;
use super::facts::Facts;
use super::import::NewImport;
use super::kind::{Access, ModuleKind};
use crate::detect::Source;
use crate::vocabulary::Framework;

/// The statement that puts the module, known as `name`, into the application.
fn statement(kind: ModuleKind, facts: &Facts<'_>, name: &str) -> String {
    let app = facts.creation.map_or("app", |(_, assignment)| assignment.name);
    let argument = match (facts.access, facts.engine) {
        (Some(Access::FlaskSqlalchemy), _) => app,
        (Some(Access::Engine), Some((_, engine))) => engine,
        _ => "",
    };
    match (kind, facts.framework) {
        (ModuleKind::Health, Framework::Flask) => format!("{name}.init_app({app}, {name}.dependencies({argument}))"),
        (ModuleKind::Health, _) => {
            format!("{app}.include_router({name}.create_router({name}.dependencies({argument})))")
        }
        (ModuleKind::Metrics, Framework::FastApi) => format!("{app}.add_middleware({name}.MetricsMiddleware)"),
        (ModuleKind::Logging, Framework::FastApi) => format!("{name}.install({app})"),
        (ModuleKind::DbPool, Framework::FastApi) => format!("{app}.include_router({name}.create_router())"),
        _ => format!("{name}.init_app({app})"),
    }
}

/// A statement after the one that makes the application, and the imports that it needs.
pub(crate) fn edits(kind: ModuleKind, facts: &Facts<'_>) -> Vec<Edit> {
    let Some((source, assignment)) = facts.creation else {
        let import = NewImport::of_module(facts, kind.module(), None);
        return vec![Edit::unplaced(vec![import.line(), statement(kind, facts, &import.bound)])];
    };
    let import = NewImport::of_module(facts, kind.module(), Some(source));
    let statement = statement(kind, facts, &import.bound);
    let mut imports = vec![import];
    if let (ModuleKind::Health, Some(Access::Engine), Some((engine, name))) = (kind, facts.access, facts.engine)
        && source.path != engine.path
    {
        imports.push(NewImport::of_name(&facts.code.dotted(&engine.path), name));
    }
    let line = format!("{}{statement}", " ".repeat(assignment.indent));
    let mut edits = vec![Edit::after(source, last_binding(facts, source, assignment.lines.last), vec![line])];
    edits.extend(NewImport::edit(source, &imports));
    edits
}

/// The line after which the application is there, and the engine too when the same module makes it further down.
fn last_binding(facts: &Facts<'_>, creation: &Source, line: u32) -> u32 {
    let engine = facts.engine.filter(|(source, _)| source.path == creation.path);
    let engine = engine.and_then(|(source, name)| source.assignment(name));
    engine.map_or(line, |assignment| if assignment.top_level { assignment.lines.last.max(line) } else { line })
}
