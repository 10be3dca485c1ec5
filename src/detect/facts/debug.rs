//! What switches debugging on and off.

use super::django;
use crate::detect::code::Source;
use crate::detect::context::Context;
use crate::detect::environment;
use crate::detect::project::Project;
use crate::detect::python::{Expr, ExprKind, StmtKind, walk};

pub(super) fn find(context: &Context<'_>, project: &mut Project) {
    let chain = django::chosen(context, project);
    let sources: Vec<&Source> = if chain.is_empty() { context.sources().collect() } else { chain };
    for source in sources.into_iter().filter(|source| source.mentions("DEBUG")) {
        for stmt in walk::scope(&source.module.body) {
            if let StmtKind::Assign { targets, value: Some(value), .. } = &stmt.kind
                && targets.iter().any(is_debug)
                && let Some(switch) = environment::switch(context.code, source, value)
                && project.environment.debug_switch(&switch.variable).is_none()
            {
                project.environment.debug.push(switch);
            }
        }
    }
    for variable in &mut project.image_variables {
        let switch = project.environment.debug_switch(&variable.name);
        if switch.is_some_and(|switch| switch.is_on(&variable.value) == Some(true)) {
            variable.left = Some("it switches debugging on");
        }
    }
}

/// `DEBUG`, `app.debug`, `app.config["DEBUG"]`.
fn is_debug(target: &Expr) -> bool {
    match &target.kind {
        ExprKind::Name(name) => name == "DEBUG",
        ExprKind::Attr(_, name) => name == "DEBUG" || name == "debug",
        ExprKind::Index(_, key) => key.as_str() == Some("DEBUG"),
        _ => false,
    }
}
