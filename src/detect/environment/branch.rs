//! Which branch of a condition runs only when a variable asks for it.

use super::access::access;
use super::literal;
use crate::detect::code::{Code, Definition, Source};
use crate::detect::python::{Expr, ExprKind};

/// Beginnings of words about the surroundings: what they choose between is development and production, and production is what
/// is asked about.
const SURROUNDINGS: [&str; 7] = ["DEBUG", "ENV", "TEST", "PROD", "LOCAL", "DEV", "STAGE"];

/// The branch of a condition that does not run while its variables are not set: 0 the first, 1 the other.
pub(super) fn optional(code: &Code<'_>, source: &Source, test: &Expr) -> Option<usize> {
    let first = |part: &Expr| optional(code, source, part) == Some(0);
    match &test.kind {
        ExprKind::Not(inner) => optional(code, source, inner).map(|branch| 1 - branch),
        ExprKind::And(parts) => parts.iter().any(first).then_some(0),
        ExprKind::Or(parts) => parts.iter().all(first).then_some(0),
        _ => is_on(code, source, test).map(usize::from),
    }
}

/// What a condition reads: the expression with the read, and the default of that.
struct Switch {
    default: Option<String>,
    names: Vec<String>,
}

/// Whether a condition about a variable holds while that is not set; nothing where it is about no variable, or about the
/// surroundings.
fn is_on(code: &Code<'_>, source: &Source, test: &Expr) -> Option<bool> {
    let sides = match &test.kind {
        ExprKind::Equal(left, right) | ExprKind::In(left, right) if access(code, source, test).is_none() => {
            vec![&**left, &**right]
        }
        _ => vec![test],
    };
    let (at, mut switch) = sides.iter().enumerate().find_map(|(at, side)| Some((at, read_by(code, source, side)?)))?;
    names(test, &mut switch.names);
    let is_about = |name: &String| {
        SURROUNDINGS.iter().any(|word| name.split('_').any(|part| part.starts_with(word) && part != "ENVIRON"))
    };
    if switch.names.iter().any(is_about) {
        return None;
    }
    let Some(default) = switch.default else { return Some(false) };
    let Some(other) = sides.get(1 - at.min(1)).filter(|_| sides.len() == 2) else {
        return Some(!["", "0", "false", "no", "off"].iter().any(|word| default.eq_ignore_ascii_case(word)));
    };
    let mut others = other.elements().iter().chain(std::iter::once(*other)).filter_map(literal);
    Some(others.any(|other| other.eq_ignore_ascii_case(&default)))
}

/// The variable that an expression reads, itself or through the name that it is.
fn read_by(code: &Code<'_>, source: &Source, expr: &Expr) -> Option<Switch> {
    if let Some(switch) = read_in(code, source, expr) {
        return Some(switch);
    }
    let Some(Definition::Value(place, stmt, value)) = code.resolve(source, expr) else { return None };
    let mut switch = read_in(code, place, value)?;
    stmt.exprs().into_iter().for_each(|expr| names(expr, &mut switch.names));
    Some(switch)
}

/// The first read in an expression.
fn read_in(code: &Code<'_>, source: &Source, expr: &Expr) -> Option<Switch> {
    let mut found = None;
    expr.visit(&mut |expr| {
        if found.is_none()
            && let Some(access) = access(code, source, expr)
        {
            found = Some(Switch { default: access.default.and_then(literal), names: Vec::new() });
        }
    });
    found
}

/// Names and texts, in capitals; the object that reads is not one of them, though it is called `env`.
fn names(expr: &Expr, found: &mut Vec<String>) {
    expr.visit(&mut |expr| {
        let name = expr.as_str().or(expr.last_name()).filter(|_| expr.as_name() != Some("env"));
        found.extend(name.map(str::to_ascii_uppercase));
    });
}
