//! What the project's own image and start command set variables to.

use crate::credential;
use crate::detect::context::Context;
use crate::detect::deploy::command;
use crate::detect::project::{Evidence, Project, Variable};
use crate::detect::python::{Expr, ExprKind, walk};

/// Notes the value of each variable that an image of the project, or the line that starts its server, gives.
pub(super) fn find(context: &Context<'_>, project: &mut Project) {
    let ahead = ahead_of_server(context, project);
    for variable in &mut project.environment.config {
        let of_line = ahead.iter().find(|(name, _)| *name == variable.name).map(|(_, value)| value.clone());
        let images =
            context.deployment.images.iter().filter(|image| image.is_python).flat_map(|image| &image.variables);
        let of_image = || images.clone().find(|(name, ..)| *name == variable.name).map(|(_, value, _)| value.clone());
        let value = of_line.or_else(of_image);
        let is_value =
            |value: &String| !value.is_empty() && !value.contains('$') && credential::may_show(&variable.name, value);
        let of_table = || production_of_a_table(context, variable).filter(is_value);
        let stated = value.filter(is_value).or_else(|| variable.stated.clone()).or_else(of_table);
        variable.stated = stated;
    }
}

/// `CONFIGS = {"development": …, "production": …}` beside `FLASK_CONFIG`, which is `development` by default.
fn production_of_a_table(context: &Context<'_>, variable: &Variable) -> Option<String> {
    let default = variable.default.as_deref()?;
    let chooses =
        |word: &str| ["CONFIG", "CONF", "ENV", "ENVIRONMENT", "SETTINGS", "MODE", "STAGE", "PROFILE"].contains(&word);
    let is_choice = variable.name.to_ascii_uppercase().split('_').any(chooses);
    let lower = default.to_ascii_lowercase();
    if !is_choice || !matches!(lower.as_str(), "development" | "dev" | "default" | "local" | "develop") {
        return None;
    }
    context.sources().filter(|source| source.mentions(default)).find_map(|source| {
        walk::expressions(&source.module.body).find_map(|expr| {
            let ExprKind::Dict(items) = &expr.kind else { return None };
            // Classes, not texts or numbers that happen to be kept by such a name.
            let is_class = |value: &Expr| value.last_name().is_some_and(|name| name.starts_with(char::is_uppercase));
            let keys: Vec<&str> = items
                .iter()
                .filter(|(_, value)| is_class(value))
                .filter_map(|(key, _)| key.as_ref().and_then(Expr::as_str))
                .collect();
            let production = ["production", "prod", "Production"].into_iter().find(|name| keys.contains(name));
            production.filter(|_| keys.contains(&default)).map(str::to_owned)
        })
    })
}

/// A file of `configparser` whose keys may be variables or settings that nothing else shows.
pub(super) fn ini_files(context: &Context<'_>, project: &mut Project) {
    for source in context.sources().filter(|source| source.imports_package("configparser")) {
        for (line, call) in walk::calls(&source.module.body).filter(|(_, call)| call.callee() == "read") {
            let texts = call.arguments.iter().flat_map(Expr::inside).filter_map(Expr::as_str);
            if let Some(file) = texts.filter(|text| text.ends_with(".ini") || text.ends_with(".cfg")).last() {
                project.warnings.push(format!(
                    "settings come from {file} ({}:{line}), whose keys are not among the variables here",
                    source.path
                ));
                return;
            }
        }
    }
}

/// Assignments ahead of the command that starts the server: `FLASK_CONFIG=production gunicorn app:app`, and lines of the same
/// script that export them.
fn ahead_of_server(context: &Context<'_>, project: &Project) -> Vec<(String, String)> {
    let servers = project.evidence.get("server").into_iter().flatten();
    let places: Vec<&Evidence> = servers.filter(|place| place.line > 0).collect();
    let mut found = Vec::new();
    for place in places {
        let is_script = place.file.ends_with(".sh")
            || place.file.contains("entrypoint")
            || place.file.contains("Procfile")
            || place.file.contains("bin/");
        let Some(text) = context.code.tree.read(&place.file).filter(|_| is_script) else { continue };
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            let words = match line.strip_prefix("export ") {
                Some(rest) if number < place.line => command::split(rest),
                _ if number == place.line => command::split(line.split_once(": ").map_or(line, |(_, rest)| rest)),
                _ => continue,
            };
            let assignments = words.iter().skip_while(|word| matches!(word.as_str(), "exec" | "env"));
            let assignments =
                assignments.map_while(|word| word.split_once('=').filter(|(name, _)| command::is_identifier(name)));
            found.extend(assignments.map(|(name, value)| (name.to_owned(), value.to_owned())));
        }
    }
    found
}
