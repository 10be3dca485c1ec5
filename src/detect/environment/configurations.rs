//! Classes of django-configurations, whose `values` are variables.

use super::{Hint, Read, is_computed, literal};
use crate::detect::code::{Code, Source};
use crate::detect::python::{Call, Class, Expr, ExprKind, StmtKind};

/// django-configurations: `X = values.SecretValue()` reads `DJANGO_X`.
pub(super) fn configuration(code: &Code<'_>, source: &Source, class: &Class, prefix: &str, found: &mut Vec<Read>) {
    for stmt in &class.body {
        let StmtKind::Assign { targets, value: Some(value), .. } = &stmt.kind else { continue };
        let Some(name) = targets.first().and_then(Expr::as_name) else { continue };
        let own = value.as_call().map(std::ptr::from_ref);
        value.visit(&mut |expr| {
            let Some(call) = expr.as_call() else { return };
            let off = call.keyword("environ").is_some_and(|value| matches!(value.kind, ExprKind::Bool(false)));
            // One inside a dictionary has no name but the one that it is given.
            let has_name = own == Some(std::ptr::from_ref(call)) || call.keyword("environ_name").is_some();
            if call.callee().ends_with("Value") && !off && has_name {
                found.push(value_read(code, source, expr.line.max(stmt.line), name, prefix, call));
            }
        });
    }
}

fn value_read(code: &Code<'_>, source: &Source, line: u32, name: &str, prefix: &str, call: &Call) -> Read {
    let implied = match call.callee() {
        "DatabaseURLValue" => Some("DATABASE_URL"),
        "CacheURLValue" => Some("CACHE_URL"),
        "EmailURLValue" => Some("EMAIL_URL"),
        "SearchURLValue" => Some("SEARCH_URL"),
        _ => None,
    };
    let stated = call.keyword("environ_name").and_then(|value| code.text(source, value));
    let prefix = match call.keyword("environ_prefix") {
        Some(value) => code.text(source, value).map(|prefix| format!("{prefix}_")).unwrap_or_default(),
        None if implied.is_some() => String::new(),
        None => prefix.to_owned(),
    };
    let bare = stated.or_else(|| implied.map(str::to_owned)).unwrap_or_else(|| name.to_owned());
    let hint = match call.callee() {
        name if name.starts_with("Secret") => Some(Hint::Secret),
        "BooleanValue" | "IntegerValue" | "PositiveIntegerValue" | "FloatValue" => Some(Hint::Plain),
        _ => None,
    };
    Read {
        name: format!("{prefix}{bare}"),
        place: source.evidence(line),
        required: matches!(call.callee(), "SecretValue") || call.keyword("environ_required").is_some(),
        default: call.argument(0, "default").and_then(literal),
        is_computed: is_computed(source, call.argument(0, "default")),
        hint,
    }
}
