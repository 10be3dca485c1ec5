//! Which lines make the service use a module, and where they go.

use super::edit::Edit;
use super::facts::{Facts, opening_of};
use super::import::NewImport;
use super::kind::ModuleKind;
use super::{creation, pool_wiring};
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
        _ => creation::edits(kind, facts),
    };
    edits.retain(|edit| {
        let file = edit.place.as_ref().map(|place| &place.file);
        !facts.code.files().any(|source| Some(&source.path) == file && edit.is_done(source))
    });
    edits.sort_by_key(|edit| edit.place.as_ref().map(|place| (place.file.clone(), place.after)));
    edits
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
    let edit = if let Some(opens) = opening_of(assignment.value) {
        let entries = assignment.value.elements().iter();
        let before = entries.filter(|entry| entry.as_str().is_some_and(ours)).map(|entry| entry.line).max();
        let indent = " ".repeat(assignment.indent + 4);
        Edit::after(source, before.unwrap_or(opens), vec![format!("{indent}{entry},")])
    } else {
        let indent = " ".repeat(assignment.indent);
        Edit::after(source, assignment.lines.last, vec![format!("{indent}MIDDLEWARE = [{entry}, *MIDDLEWARE]")])
    };
    vec![edit]
}

/// `LOGGING`, the middleware that gives ids, and Celery kept from setting logging up.
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
