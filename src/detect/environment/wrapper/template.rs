//! How the name of a variable is put together around a parameter.

use std::collections::BTreeMap;

use crate::detect::code::{Code, Source};
use crate::detect::python::{Expr, ExprKind, Function, Stmt, StmtKind, walk};

/// Local names that are made from a parameter: `name = PREFIX + key`.
pub(super) fn locals(
    code: &Code<'_>,
    source: &Source,
    body: &[Stmt],
    function: &Function,
) -> BTreeMap<String, (String, String, String)> {
    let mut known: BTreeMap<String, (String, String, String)> = function
        .parameters
        .iter()
        .map(|parameter| (parameter.name.clone(), (String::new(), parameter.name.clone(), String::new())))
        .collect();
    for stmt in walk::scope(body) {
        if let StmtKind::Assign { targets, value: Some(value), .. } = &stmt.kind
            && let Some(name) = targets.first().and_then(Expr::as_name)
            && let Some(made) = template(code, source, value, &known)
        {
            known.insert(name.to_owned(), made);
        }
    }
    known
}

/// Prefix, parameter and suffix of an expression that puts text around a parameter.
pub(super) fn template(
    code: &Code<'_>,
    source: &Source,
    expr: &Expr,
    locals: &BTreeMap<String, (String, String, String)>,
) -> Option<(String, String, String)> {
    match &expr.kind {
        ExprKind::Name(name) => locals.get(name).cloned(),
        ExprKind::Add(left, right) => {
            match (template(code, source, left, locals), template(code, source, right, locals)) {
                (Some((prefix, name, suffix)), None) => {
                    Some((prefix, name, format!("{suffix}{}", code.text(source, right)?)))
                }
                (None, Some((prefix, name, suffix))) => {
                    Some((format!("{}{prefix}", code.text(source, left)?), name, suffix))
                }
                _ => None,
            }
        }
        ExprKind::Format(parts) => {
            let (mut before, mut found, mut after) = (String::new(), None, String::new());
            for part in parts {
                match (template(code, source, part, locals), &found) {
                    (Some((prefix, name, suffix)), None) => {
                        before.push_str(&prefix);
                        after = suffix;
                        found = Some(name);
                    }
                    (Some(_), Some(_)) => return None,
                    (None, None) => before.push_str(&code.text(source, part)?),
                    (None, Some(_)) => after.push_str(&code.text(source, part)?),
                }
            }
            Some((before, found?, after))
        }
        // `name.upper()`, `name.encode()`, `str(name)`.
        ExprKind::Call(call) => match &call.function.kind {
            ExprKind::Attr(object, method) if matches!(method.as_str(), "upper" | "encode" | "strip") => {
                template(code, source, object, locals)
            }
            ExprKind::Name(name) if name == "str" => template(code, source, call.arguments.first()?, locals),
            _ => None,
        },
        _ => None,
    }
}
