//! django-environ's scheme: names, types and defaults that it is given before anything is read.
//! Source: <https://django-environ.readthedocs.io/en/latest/quickstart.html>

use std::collections::BTreeSet;

use super::{Hint, Read, is_computed, literal};
use crate::detect::code::{Code, Source};
use crate::detect::python::{Call, Class, Expr, ExprKind, StmtKind, walk};

/// How many classes are followed to the one that a metaclass makes.
const MAX_DEPTH: usize = 4;

/// `Env(DEBUG=(bool, False))`, each keyword a name, and the fields of a class that are handed on like that. Those with a default go
/// to `stated` as well: `env("DEBUG")` takes it.
pub(super) fn schemes(code: &Code<'_>, source: &Source, found: &mut Vec<Read>, stated: &mut BTreeSet<String>) {
    let mut add = |name: &str, line: u32, value: &Expr| {
        let default = default(value);
        stated.extend(default.map(|_| name.to_owned()));
        let hint = matches!(cast(value), Some("bool" | "int" | "float")).then_some(Hint::Plain);
        let (place, is_computed) = (source.evidence(line), is_computed(source, default));
        let default = default.and_then(literal);
        found.push(Read { name: name.to_owned(), place, required: false, default, is_computed, hint });
    };
    for (line, call) in walk::calls(&source.module.body) {
        if makes_env(source, call) {
            call.keywords.iter().filter(|(name, _)| !name.is_empty()).for_each(|(name, value)| add(name, line, value));
        }
    }
    for stmt in walk::statements(&source.module.body) {
        if let StmtKind::Class(class) = &stmt.kind
            && fields(class).next().is_some()
            && is_handed_on(code, source, class, MAX_DEPTH)
        {
            fields(class).for_each(|(name, value)| add(name, value.line, value));
        }
    }
}

/// The field of such a class that `Env.DEBUG` stands for: its name, and its type with the default.
pub(super) fn field<'e>(
    code: &'e Code<'_>,
    source: &'e Source,
    expr: &Expr,
) -> Option<(&'e Source, &'e str, &'e Expr)> {
    let ExprKind::Attr(object, wanted) = &expr.kind else { return None };
    let (place, class) = code.class(source, object)?;
    let (name, value) = fields(class).find(|(name, _)| name == wanted)?;
    is_handed_on(code, place, class, MAX_DEPTH).then_some((place, name, value))
}

/// The type that an entry of a scheme names: `bool` of `(bool, False)`, or alone.
pub(super) fn cast(value: &Expr) -> Option<&str> {
    value.elements().first().and_then(Expr::last_name).or_else(|| value.last_name())
}

pub(super) fn default(value: &Expr) -> Option<&Expr> {
    value.elements().get(1)
}

/// `DEBUG = (bool, False)` in a class.
fn fields(class: &Class) -> impl Iterator<Item = (&str, &Expr)> {
    class.body.iter().filter_map(|stmt| match &stmt.kind {
        StmtKind::Assign { targets, value: Some(value), .. } => {
            let is_type = matches!(cast(value), Some("bool" | "str" | "int" | "float" | "list" | "dict"));
            let name = targets.first()?.as_name().filter(|name| !name.starts_with('_') && is_type)?;
            (value.elements().len() == 2).then_some((name, value))
        }
        _ => None,
    })
}

/// Whether the metaclass of a class, or of one that it builds on, gives all fields to django-environ: `environ.Env(**fields)`.
fn is_handed_on(code: &Code<'_>, source: &Source, class: &Class, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    let spreads = |call: &Call| makes_env(source, call) && call.keywords.iter().any(|(name, _)| name.is_empty());
    let has_metaclass = class.keywords.iter().any(|(name, _)| name == "metaclass");
    has_metaclass && walk::calls(&source.module.body).any(|(_, call)| spreads(call))
        || class
            .bases
            .iter()
            .any(|base| code.class(source, base).is_some_and(|(place, base)| is_handed_on(code, place, base, depth)))
}

fn makes_env(source: &Source, call: &Call) -> bool {
    matches!(source.qualified(&call.function).as_deref(), Some("environ.Env" | "environ.FileAwareEnv"))
}
