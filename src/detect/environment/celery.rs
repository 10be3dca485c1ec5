//! What Celery reads on its own: two variables that go before what the code says.

use super::{Read, is_local_address};
use crate::detect::code::{Code, Definition, Source};
use crate::detect::python::{Expr, ExprKind, Stmt, StmtKind};

/// Celery's variables, the keyword of its class and the names of the settings that each goes before.
/// Source: `Settings.broker_url` and `Settings.result_backend` of `celery/app/utils.py`, Celery 4.4.7 to 5.6.0.
const VARIABLES: [(&str, &str, [&str; 2]); 2] = [
    ("CELERY_BROKER_URL", "broker", ["broker_url", "celery_broker_url"]),
    ("CELERY_RESULT_BACKEND", "backend", ["result_backend", "celery_result_backend"]),
];

/// The variables that replace the addresses which the code writes down for Celery and which no pod has.
pub(super) fn read(code: &Code<'_>, sources: &[&Source]) -> Vec<Read> {
    let mut found = Vec::new();
    if sources.iter().any(|source| source.imports_package("celery")) {
        for source in sources {
            block(code, source, &source.module.body, &mut found);
        }
    }
    found
}

fn block(code: &Code<'_>, source: &Source, body: &[Stmt], found: &mut Vec<Read>) {
    for stmt in body {
        if matches!(&stmt.kind, StmtKind::Class(class) if super::library::is_of_tests(&class.name)) {
            continue;
        }
        // An annotated one is a field of settings, whose variable has the name of the field.
        if let StmtKind::Assign { targets, value: Some(value), annotation: None, .. } = &stmt.kind {
            let names = targets.iter().filter_map(Expr::set_name);
            found.extend(names.filter_map(|name| replaced(code, source, name, false, value)));
        }
        for expr in stmt.exprs() {
            expr.visit(&mut |expr| match &expr.kind {
                ExprKind::Call(call) => {
                    let makes = call.callee().to_ascii_lowercase().contains("celery");
                    let given = call.keywords.iter();
                    found.extend(given.filter_map(|(name, value)| replaced(code, source, name, makes, value)));
                }
                ExprKind::Dict(items) => {
                    let named = items.iter().filter_map(|(key, value)| Some((key.as_ref()?.as_str()?, value)));
                    found.extend(named.filter_map(|(name, value)| replaced(code, source, name, false, value)));
                }
                _ => {}
            });
        }
        stmt.blocks().into_iter().for_each(|inner| block(code, source, inner, found));
    }
}

/// The variable that goes before the setting `name`, where its value is an address that is not there for a pod; `makes` says
/// that the setting is given to Celery's class.
fn replaced(code: &Code<'_>, source: &Source, name: &str, makes: bool, value: &Expr) -> Option<Read> {
    let lower = name.to_ascii_lowercase();
    let is_one = |(_, keyword, settings): &&(&str, &str, [&str; 2])| {
        makes && lower == *keyword || settings.contains(&lower.as_str())
    };
    let (variable, ..) = VARIABLES.iter().find(is_one)?;
    let address = match &value.kind {
        ExprKind::Str(text) => text,
        ExprKind::Name(_) => match code.resolve(source, value)? {
            Definition::Value(_, _, value) => value.as_str()?,
            _ => return None,
        },
        _ => return None,
    };
    let read = || Read {
        name: (*variable).to_owned(),
        place: source.evidence(value.line),
        required: false,
        default: Some(address.to_owned()),
        is_computed: false,
        hint: None,
    };
    (address.contains("://") && is_local_address(variable, address)).then(read)
}
