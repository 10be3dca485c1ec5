//! The variables that Django's settings need to be imported while an image is built, which has none of the cluster's.

use std::collections::BTreeMap;

use super::django::{setting, variable_in};
use crate::detect::code::Source;
use crate::detect::context::Context;
use crate::detect::project::Project;
use crate::detect::python::{Call, Expr, ExprKind, StmtKind, walk};

/// Functions that fail when they are given `None`, and a value that they take; the variable's name decides where it is empty.
const FAIL_ON_NONE: [(&str, &str); 11] = [
    ("int", "1"),
    ("float", "1"),
    ("Decimal", "1"),
    ("loads", "{}"),
    ("literal_eval", "[]"),
    ("b64decode", "AAAA"),
    ("strtobool", "false"),
    ("Path", ""),
    ("join", ""),
    ("parse", ""),
    ("len", ""),
];

/// Settings that an installed application refuses to be imported with as `None`.
/// Source: `django_recaptcha/__init__.py` of django-recaptcha 4.0
const REFUSED: [(&str, &str); 2] =
    [("django_recaptcha", "RECAPTCHA_PUBLIC_KEY"), ("django_recaptcha", "RECAPTCHA_PRIVATE_KEY")];

/// The variables of such settings that have no default.
fn refused(context: &Context<'_>, chain: &[&Source]) -> Vec<String> {
    let installed = REFUSED.iter().filter(|(app, _)| chain.iter().any(|source| source.mentions(app)));
    let variables = installed.filter_map(|(_, name)| {
        let (source, stmt, value) = setting(chain, name)?;
        variable_in(context, source, stmt, value)
    });
    let has_default = |name: &str| context.reads.iter().any(|read| read.name == name && read.default.is_some());
    variables.filter(|name| !has_default(name)).collect()
}

/// Variables without which the settings cannot be imported, and the secret key, which Django insists on.
pub(super) fn find(context: &Context<'_>, chain: &[&Source], project: &mut Project) {
    if let Some((_, _, value)) = setting(chain, "DEBUG")
        && let Some(name) = switch(value)
    {
        project.build_values.insert(name.to_owned(), "true".to_owned());
        if let Some(variable) = project.environment.config.iter_mut().find(|variable| variable.name == name) {
            variable.stated = Some("true".to_owned());
        }
    }
    if !project.static_files {
        return;
    }
    let in_chain = |file: &str| chain.iter().any(|source| source.path == file);
    let mut names: Vec<String> = context
        .reads
        .iter()
        .filter(|read| read.required && in_chain(&read.place.file))
        .map(|read| read.name.clone())
        .collect();
    if let Some((source, stmt, value)) = setting(chain, "SECRET_KEY")
        && let Some(variable) = variable_in(context, source, stmt, value)
        && !context.reads.iter().any(|read| read.name == variable && read.default.is_some())
        && !value.calls().iter().any(|call| is_generator(call))
    {
        names.push(variable);
    }
    let refused = refused(context, chain);
    project.build_values.extend(chain.iter().flat_map(|source| taken_apart(source)));
    // The cluster cannot do without them either.
    let environment = &mut project.environment;
    for variable in environment.config.iter_mut().chain(&mut environment.secret) {
        variable.required |= project.build_values.contains_key(&variable.name) || refused.contains(&variable.name);
    }
    names.extend(refused);
    names.extend(project.build_values.keys().cloned());
    names.sort();
    names.dedup();
    project.build_environment = names;
}

fn is_generator(call: &Call) -> bool {
    matches!(call.callee(), "get_random_secret_key" | "token_urlsafe" | "token_hex")
}

/// The variable of `DEBUG = "X" not in os.environ`, which production sets to anything.
fn switch(value: &Expr) -> Option<&str> {
    let ExprKind::Not(test) = &value.kind else { return None };
    let ExprKind::In(name, object) = &test.kind else { return None };
    name.as_str().filter(|_| object.last_name() == Some("environ"))
}

/// `os.environ.get("X").split(" ")` and the like: variables that the import takes apart without asking whether they are
/// set, each with a value of the form that the code expects, which is empty where the name tells more.
fn taken_apart(source: &Source) -> BTreeMap<String, String> {
    let mut bound: BTreeMap<&str, &str> = BTreeMap::new();
    let mut asked = Vec::new();
    let mut found = BTreeMap::new();
    for stmt in walk::top_level(&source.module.body) {
        if let StmtKind::Assign { targets, value: Some(value), .. } = &stmt.kind
            && let Some(variable) = read_of(value, &[])
        {
            bound.extend(targets.iter().filter_map(Expr::as_name).map(|name| (name, variable)));
        }
        if let StmtKind::If { test, .. } = &stmt.kind {
            test.visit(&mut |expr| asked.extend(expr.as_str().or(expr.as_name())));
        }
        for expr in stmt.exprs() {
            expr.visit(&mut |expr| {
                if let ExprKind::Conditional { test, .. } = &expr.kind {
                    test.visit(&mut |expr| asked.extend(expr.as_str().or(expr.as_name())));
                }
                for (value, form, empty) in insists(expr) {
                    let variable = read_of(value, empty).or_else(|| bound.get(value.as_name()?).copied());
                    found.extend(variable.map(|variable| (variable.to_owned(), form.to_owned())));
                }
            });
        }
    }
    let is_asked = |variable: &str| {
        let names = bound.iter().filter(|(_, of)| **of == variable).map(|(name, _)| *name);
        names.chain([variable]).any(|name| asked.contains(&name))
    };
    found.retain(|variable, _| !is_asked(variable));
    found
}

/// What inside `expr` must not be `None`, the form that it must have, and the defaults that are not better.
fn insists(expr: &Expr) -> Vec<(&Expr, &'static str, &'static [&'static str])> {
    match &expr.kind {
        ExprKind::Attr(value, _) | ExprKind::Index(value, _) | ExprKind::In(_, value) => vec![(value, "", &[])],
        ExprKind::Add(left, right) | ExprKind::Divide(left, right) => vec![(left, "", &[]), (right, "", &[])],
        ExprKind::Call(call) => {
            let Some((_, form)) = FAIL_ON_NONE.iter().find(|(name, _)| *name == call.callee()) else {
                return Vec::new();
            };
            let empty: &[&str] = if form.is_empty() { &[] } else { &[""] };
            call.arguments.iter().map(|argument| (argument, *form, empty)).collect()
        }
        _ => Vec::new(),
    }
}

/// The variable that `expr` is a read of, without a default or with one of `defaults`.
fn read_of<'a>(expr: &'a Expr, defaults: &[&str]) -> Option<&'a str> {
    let call = expr.as_call().filter(|call| match call.callee() {
        "get" => call.receiver().is_some_and(|of| of == "environ" || of.ends_with(".environ")),
        name => name == "getenv",
    })?;
    let fails = call.argument(1, "default").is_none_or(|default| {
        default.as_str().map_or(matches!(default.kind, ExprKind::None), |text| defaults.contains(&text))
    });
    call.argument(0, "key").filter(|_| fails)?.as_str()
}
