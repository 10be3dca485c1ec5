//! What in a repository names an application.

use super::{App, Evidences};
use crate::data::{SCORES, Score};
use crate::detect::code::{Code, Source};
use crate::detect::deploy::{Command, command};
use crate::detect::project::Evidence;
use crate::detect::python::{ExprKind, StmtKind, walk};
use crate::detect::tree::parent;

/// Something in the repository that names an application.
pub(super) struct Reference {
    module: String,
    attribute: Option<String>,
    pub(super) row: &'static Score,
    pub(super) place: Evidence,
    /// Folder of the file that names it.
    folder: String,
}

impl Reference {
    /// Whether it names that candidate.
    pub(super) fn names(&self, app: &App<'_>) -> bool {
        let path = app.source.path.trim_end_matches(".py").trim_end_matches("/__init__").replace('/', ".");
        let is_module = path == self.module || path.ends_with(&format!(".{}", self.module)) && self.module_fits(app);
        let attribute = app.attribute.trim_end_matches("()");
        let is_attribute = self.attribute.as_deref().is_none_or(|named| {
            let named = named.split('(').next().unwrap_or_default();
            named == attribute || named.split('.').next() == Some(attribute)
        });
        // What lies among examples is meant only by a file beside or above it.
        let is_near = !app.is_aside()
            || path == self.module
            || self.folder.is_empty()
            || app.source.path.starts_with(&format!("{}/", self.folder));
        is_module && is_attribute && is_near
    }

    /// A short module name matches further down only when its file could mean it: below the naming file or the app's root.
    fn module_fits(&self, app: &App<'_>) -> bool {
        self.module == app.module
            || app.root.is_empty()
            || self.folder.is_empty()
            || app.source.path.starts_with(&self.folder)
    }
}

/// Collects what names an application: commands, settings of tools, scripts, calls of `uvicorn.run`.
pub(super) fn references(code: &Code<'_>, evidences: &Evidences<'_>) -> Vec<Reference> {
    let rows = &SCORES.named;
    let mut found = Vec::new();
    for command in &evidences.deployment.commands {
        from_command(command, evidences, &mut found);
    }
    for (name, value, place) in &evidences.deployment.variables {
        if name == "FLASK_APP" {
            push(value, &rows.variable, place, &mut found);
        }
    }
    for image in &evidences.deployment.images {
        for (_, value, place) in image.variables.iter().filter(|(name, ..)| name == "FLASK_APP" || name == "APP_MODULE")
        {
            push(value, &rows.variable, place, &mut found);
        }
    }
    for manifest in evidences.manifests {
        if let Some((entrypoint, place)) = &manifest.fastapi_entrypoint {
            push(entrypoint, &rows.fastapi_entrypoint, place, &mut found);
        }
        for target in manifest.scripts.values() {
            let place = Evidence { file: String::new(), line: 0, text: target.clone() };
            push(target, &rows.console_script, &place, &mut found);
        }
    }
    // An example that starts itself says nothing about the project.
    for source in code.marked().filter(|source| !source.is_aside && !code.is_test(&source.path)) {
        from_source(source, &mut found);
    }
    found
}

/// Whether a file is a variant (`Dockerfile.worker`) beside a plain Dockerfile that starts a server too.
fn is_variant(file: &str, evidences: &Evidences<'_>) -> bool {
    let Some((plain, _)) = file.split_once("Dockerfile.") else { return false };
    let plain = format!("{plain}Dockerfile");
    evidences.deployment.commands.iter().any(|command| command.place.file == plain && command.server().is_some())
}

fn from_command(command: &Command, evidences: &Evidences<'_>, found: &mut Vec<Reference>) {
    let is_server = command.server().is_some() || command.runs("flask") || command.runs("fastapi");
    if !is_server {
        return;
    }
    let rows = &SCORES.named;
    let row = match (command.is_development(), command.weight) {
        (true, _) | (_, 1) => &rows.development_command,
        (_, 2) => &rows.weak_command,
        _ if is_variant(&command.place.file, evidences) => &rows.variant_command,
        _ => &rows.start_command,
    };
    for target in command.targets() {
        push(&target, row, &command.place, found);
    }
}

/// `uvicorn.run("pkg.main:app")`, `WSGI_APPLICATION = "pkg.wsgi.application"`, and their like.
fn from_source(source: &Source, found: &mut Vec<Reference>) {
    let rows = &SCORES.named;
    for (line, call) in walk::calls(&source.module.body) {
        if call.callee() == "run" && source.qualified(&call.function).is_some_and(|name| name.starts_with("uvicorn")) {
            let Some(target) = call.argument(0, "app") else { continue };
            match &target.kind {
                ExprKind::Str(target) => push(target, &rows.uvicorn_run, &source.evidence(line), found),
                ExprKind::Name(name) => {
                    let module = source.path.trim_end_matches(".py").trim_end_matches("/__init__").replace('/', ".");
                    push(&format!("{module}:{name}"), &rows.uvicorn_object, &source.evidence(line), found);
                }
                _ => {}
            }
        }
    }
    // `serve("pkg.wsgi:application", …)`: a server that the project starts by its own function.
    for expr in walk::expressions(&source.module.body) {
        let Some(call) = expr.as_call() else { continue };
        for argument in call.given() {
            if let Some(target) = argument.as_str().filter(|text| command::is_target(text) && text.contains('.')) {
                push(target, &rows.text, &source.evidence(argument.line), found);
            }
        }
    }
    for stmt in walk::scope(&source.module.body) {
        if let StmtKind::Assign { targets, value: Some(value), .. } = &stmt.kind
            && targets.iter().any(|target| matches!(target.as_name(), Some("WSGI_APPLICATION" | "ASGI_APPLICATION")))
            && let Some((module, attribute)) = value.as_str().and_then(|text| text.rsplit_once('.'))
        {
            // Channels' own setting names its router, which `asgi.py` serves.
            let is_wsgi = targets.iter().any(|target| target.as_name() == Some("WSGI_APPLICATION"));
            let row = if is_wsgi { &rows.wsgi_setting } else { &rows.asgi_setting };
            push(&format!("{module}:{attribute}"), row, &source.evidence(stmt.line), found);
        }
    }
}

fn push(target: &str, row: &'static Score, place: &Evidence, found: &mut Vec<Reference>) {
    let (module, attribute) = match target.split_once(':') {
        Some((module, attribute)) => (module, Some(attribute.to_owned())),
        None => (target, None),
    };
    let module = module.trim_start_matches("./").trim_end_matches(".py").replace('/', ".");
    if !module.is_empty() {
        let folder = parent(&place.file).to_owned();
        found.push(Reference { module, attribute, row, place: place.clone(), folder });
    }
}
