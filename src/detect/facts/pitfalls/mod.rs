//! What the code itself says that fails in the first deployment, whatever `app.toml` says: only what is certain from what was
//! read. A setting that a branch, a module outside of the tree or the running code may change is passed over.

mod configuration;
mod dependencies;
mod lock;
mod migrations;
mod settings;

use super::django;
use crate::detect::context::Context;
use crate::detect::environment::loopback;
use crate::detect::project::{CodeFault, Evidence, Project};
use crate::detect::python::{Expr, ExprKind, StmtKind, walk};
use crate::vocabulary::Framework;

/// Looks for all of them; `settings` is the module that `app.toml` names.
pub(crate) fn find(context: &Context<'_>, settings: Option<&str>, project: &mut Project) {
    let mut faults = Vec::new();
    project.serving.missing_attribute = missing_attribute(context);
    if project.framework == Framework::Django {
        let module = settings.map(str::to_owned);
        let module = module.or_else(|| project.settings_default.clone()).or_else(|| project.settings_module.clone());
        // What is beside a module that is not in the tree says nothing certain of it.
        let module = module.filter(|module| context.has_module(module));
        let chain = module.as_deref().map(|module| django::chain(context, module)).unwrap_or_default();
        let settings = settings::Settings::of(context, &chain);
        settings.find(project, &mut faults);
        migrations::of_django(context, &settings, &mut faults);
        dependencies::of_settings(context, &settings, &mut faults);
    } else {
        configuration::find(context, project, &mut faults);
        project.pitfalls.revision = migrations::revision(context);
    }
    dependencies::of_imports(context, project, &mut faults);
    dependencies::of_requirements(context, &mut faults);
    lock::find(context, &mut faults);
    faults.sort_by(|one, other| (&one.place, &one.message).cmp(&(&other.place, &other.message)));
    faults.dedup();
    project.pitfalls.faults = faults;
}

/// What the entry point's module binds in place of the attribute that is named, where it certainly has no such name.
fn missing_attribute(context: &Context<'_>) -> Option<String> {
    let (source, attribute) = (context.entry?, context.attribute.as_deref()?);
    let name = attribute.trim_end_matches("()").split(['.', '(']).next().unwrap_or_default();
    let mut bound = Vec::new();
    for stmt in walk::scope(&source.module.body) {
        match &stmt.kind {
            StmtKind::Assign { targets, value, .. } => {
                let is_call = value.as_ref().is_some_and(|value| value.as_call().is_some());
                for target in targets {
                    target.visit(&mut |expr| bound.extend(expr.as_name().map(|name| (name, is_call))));
                }
            }
            StmtKind::Class(class) => bound.push((class.name.as_str(), false)),
            StmtKind::Function(function) => bound.push((function.name.as_str(), false)),
            StmtKind::Import(imports) => bound.extend(imports.iter().map(|import| (import.bound.as_str(), false))),
            StmtKind::For { target, .. } => bound.extend(target.as_name().map(|name| (name, false))),
            _ => {}
        }
    }
    let is_open = bound.iter().any(|(known, _)| *known == "*" || *known == "__getattr__")
        || ["globals()", "global ", "exec(", "setattr("].iter().any(|word| source.mentions(word));
    if is_open || source.mentions(&format!("as {name}")) || bound.iter().any(|(known, _)| *known == name) {
        return None;
    }
    Some(bound.iter().find(|(_, is_call)| *is_call).map(|(name, _)| (*name).to_owned()).unwrap_or_default())
}

fn fault(place: Evidence, message: impl Into<String>, help: impl Into<String>) -> CodeFault {
    CodeFault { place, message: message.into(), help: help.into() }
}

/// The addresses of the pod itself that a literal value names: what is worked out by a call or a choice is not looked at.
fn loopback_literals<'e>(value: &'e Expr, found: &mut Vec<(u32, &'e str)>) {
    match &value.kind {
        ExprKind::Str(text) => found.extend(loopback(text).map(|host| (value.line, host))),
        ExprKind::Sequence(items) => items.iter().for_each(|item| loopback_literals(item, found)),
        ExprKind::Dict(items) => items.iter().for_each(|(_, value)| loopback_literals(value, found)),
        // `f"redis://localhost/{NUMBER}"`.
        ExprKind::Format(parts) => parts.iter().take(1).for_each(|part| loopback_literals(part, found)),
        _ => {}
    }
}

/// A fault for each address of the pod itself in the value of `name`, what holds the address of a server.
fn on_the_pod(name: &str, file: impl Fn(u32) -> Evidence, value: &Expr, faults: &mut Vec<CodeFault>) {
    let mut found = Vec::new();
    loopback_literals(value, &mut found);
    faults.extend(found.into_iter().map(|(line, host)| {
        fault(
            file(line),
            format!("`{name}` names `{host}`, and in a pod nothing answers there"),
            "read it from the environment, and set it in [config] or [secrets.env]",
        )
    }));
}
