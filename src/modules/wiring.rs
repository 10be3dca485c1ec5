//! Which lines make the service use a module, and where they go.

use super::edit::Edit;
use super::facts::{Facts, opening_of};
use super::import::NewImport;
use super::kind::{Access, ModuleKind};
use super::pool_wiring;
use super::survey::{Bound, Source};
use crate::vocabulary::Framework;

/// Middleware of our modules for Django, outermost first: probes are not measured, and what is measured has ids.
const MIDDLEWARE: [(ModuleKind, &str); 3] = [
    (ModuleKind::Health, "HealthMiddleware"),
    (ModuleKind::Metrics, "MetricsMiddleware"),
    (ModuleKind::Logging, "RequestIdMiddleware"),
];

/// The lines for `kind`, in the order of files and lines; those that are there already are left out.
pub(crate) fn edits(kind: ModuleKind, facts: &Facts<'_>) -> Vec<Edit> {
    let mut edits = match (kind, facts.framework) {
        (ModuleKind::Heartbeat, _) => heartbeat(facts),
        (ModuleKind::DbPool, _) => pool_wiring::edits(facts),
        (ModuleKind::Logging, Framework::Django) => django_logging(facts),
        (_, Framework::Django) => middleware(kind, facts),
        _ => at_creation(kind, facts),
    };
    edits.retain(|edit| {
        let file = edit.place.as_ref().map(|place| &place.file);
        !facts.survey.files().any(|source| Some(&source.path) == file && edit.is_done(source))
    });
    edits.sort_by_key(|edit| edit.place.as_ref().map(|place| (place.file.clone(), place.after)));
    edits
}

/// The statement that puts the module, known as `name`, into the application.
fn statement(kind: ModuleKind, facts: &Facts<'_>, name: &str) -> String {
    let app = facts.creation.map_or("app", |(_, assignment)| assignment.name.as_str());
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
pub(crate) fn at_creation(kind: ModuleKind, facts: &Facts<'_>) -> Vec<Edit> {
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
        imports.push(NewImport::of_name(&facts.survey.dotted(&engine.path), name));
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

/// The module's entry of Django's `MIDDLEWARE`: first, or after those of ours that come before it.
fn middleware(kind: ModuleKind, facts: &Facts<'_>) -> Vec<Edit> {
    let Some(rank) = MIDDLEWARE.iter().position(|(known, _)| *known == kind) else { return Vec::new() };
    let entry = format!("\"{}.{}\"", facts.dotted(kind.module()), MIDDLEWARE[rank].1);
    let Some((source, assignment)) =
        facts.settings.and_then(|source| source.assignment("MIDDLEWARE").map(|assignment| (source, assignment)))
    else {
        return vec![Edit::unplaced(vec![format!("MIDDLEWARE = [{entry}, *MIDDLEWARE]")])];
    };
    let ours = |text: &str| MIDDLEWARE[..rank].iter().any(|(_, class)| text.ends_with(&format!(".{class}")));
    let edit = if let (Bound::List { strings, .. }, Some(opens)) = (&assignment.value, opening_of(&assignment.value)) {
        let before = strings.iter().filter(|(text, _)| ours(text)).map(|(_, line)| *line).max();
        let indent = " ".repeat(assignment.indent + 4);
        Edit::after(source, before.unwrap_or(opens), vec![format!("{indent}{entry},")])
    } else {
        let indent = " ".repeat(assignment.indent);
        Edit::after(source, assignment.lines.last, vec![format!("{indent}MIDDLEWARE = [{entry}, *MIDDLEWARE]")])
    };
    vec![edit]
}

/// `LOGGING`, the middleware that gives ids, and Celery told to keep its hands off.
fn django_logging(facts: &Facts<'_>) -> Vec<Edit> {
    let mut edits = middleware(ModuleKind::Logging, facts);
    let import = NewImport::of_module(facts, "json_logs", facts.settings);
    let line = format!("LOGGING = {}.LOGGING", import.bound);
    match facts.settings {
        None => edits.push(Edit::unplaced(vec![import.line(), line])),
        Some(source) => {
            edits.push(match source.assignment("LOGGING") {
                Some(old) => {
                    Edit::replacing(source, old.lines.first - 1, old.lines.last - old.lines.first + 1, vec![line])
                }
                None => Edit::after(source, source.last_line(), vec![String::new(), line]),
            });
            edits.extend(NewImport::edit(source, &[import]));
        }
    }
    if let Some((source, assignment)) = facts.celery {
        let line = format!("{}.conf.worker_hijack_root_logger = False", assignment.name);
        edits.push(Edit::after(source, assignment.lines.last, vec![line]));
    }
    edits
}

fn heartbeat(facts: &Facts<'_>) -> Vec<Edit> {
    let source = facts.celery.map(|(source, _)| source);
    let import = NewImport::of_module(facts, "heartbeat", source);
    let line = format!("{}.install()", import.bound);
    let Some((source, assignment)) = facts.celery else { return vec![Edit::unplaced(vec![import.line(), line])] };
    let line = format!("{}{line}", " ".repeat(assignment.indent));
    let mut edits = vec![Edit::after(source, assignment.lines.last, vec![line])];
    edits.extend(NewImport::edit(source, &[import]));
    edits
}

#[cfg(test)]
#[path = "wiring_tests.rs"]
mod tests;
