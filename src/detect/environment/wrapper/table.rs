//! Wrappers that are called with the entries of a table.

use super::known::{Wrappers, called};
use crate::detect::code::{Code, Source};
use crate::detect::environment::Read;
use crate::detect::python::{Call, Expr, ExprKind, StmtKind, walk};

/// `read(**entry) for entry in TABLE`, or `read(entry["name"])`: the names in a table of dictionaries.
pub(super) fn reads(code: &Code<'_>, source: &Source, wrappers: &Wrappers, found: &mut Vec<Read>) {
    let mut over = |target: &Expr, iter: &Expr, call: &Call| {
        let Some(variable) = target.as_name() else { return };
        for wrapper in called(code, source, call, wrappers) {
            let splat = call.keywords.iter().any(|(name, value)| name.is_empty() && value.as_name() == Some(variable));
            let key = match call.argument(wrapper.position, &wrapper.parameter).map(|argument| &argument.kind) {
                Some(ExprKind::Index(object, key)) if object.as_name() == Some(variable) => {
                    key.as_str().unwrap_or_default()
                }
                Some(ExprKind::Name(name)) if name == variable => "",
                None if splat => &wrapper.parameter,
                _ => continue,
            };
            let (place, table) = code.value(source, iter);
            for entry in table.elements() {
                let named = match &entry.kind {
                    ExprKind::Dict(items) => items
                        .iter()
                        .find(|(name, _)| name.as_ref().and_then(Expr::as_str) == Some(key))
                        .map(|(_, value)| value),
                    ExprKind::Str(_) if key.is_empty() => Some(entry),
                    _ => None,
                };
                if let Some(name) = named.and_then(|named| code.text(place, named)) {
                    found.push(Read {
                        name: format!("{}{name}{}", wrapper.prefix, wrapper.suffix),
                        place: place.evidence(entry.line.max(1)),
                        required: false,
                        default: None,
                        is_computed: false,
                        hint: None,
                    });
                }
            }
        }
    };
    for stmt in walk::statements(&source.module.body) {
        if let StmtKind::For { target, iter, body } = &stmt.kind {
            for (_, call) in walk::calls(body) {
                over(target, iter, call);
            }
        }
        for expr in stmt.exprs() {
            expr.visit(&mut |expr| {
                if let ExprKind::Comprehension { element, loops } = &expr.kind {
                    for (target, iter) in loops {
                        for call in element.iter().flat_map(Expr::calls) {
                            over(target, iter, call);
                        }
                    }
                }
            });
        }
    }
}
