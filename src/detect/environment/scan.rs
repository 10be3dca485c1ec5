//! Reads in the order of the code: prefixes, loops, and branches that are off by default.

use std::collections::BTreeSet;

use super::access::{Access, Key, access, read};
use super::library::{Library, is_of_tests, library};
use super::scheme::schemes;
use super::{Hint, Read, branch};
use crate::detect::code::{Code, Source};
use crate::detect::python::{Expr, ExprKind, Stmt, StmtKind, walk};

/// The reads of all sources whose names are known on the spot.
pub(crate) fn direct(code: &Code<'_>, sources: &[&Source]) -> Vec<Read> {
    let (mut found, mut stated) = (Vec::new(), BTreeSet::new());
    for source in sources.iter().filter(|source| source.may_read) {
        scan(code, source, &mut |prefix, access| {
            let name = match access.key {
                Key::Implied(name) => Some(name.to_owned()),
                Key::Expr(key) => code.text(source, key),
            };
            if let Some(name) = name {
                found.push(read(source, format!("{prefix}{name}"), &access));
            }
        });
        schemes(code, source, &mut found, &mut stated);
        loops(code, source, &mut found);
    }
    for read in found.iter_mut().filter(|read| stated.contains(&read.name)) {
        read.required = false;
    }
    found
}

/// Calls `visitor` with the prefix in force (`with env.prefixed("A_")`) and every access in `source`.
fn scan<'a>(code: &'a Code<'_>, source: &'a Source, visitor: &mut dyn FnMut(&str, Access<'a>)) {
    scan_body(code, source, &source.module.body, &own_prefix(code, source), visitor);
}

/// What django-environ puts before every name of a module: `env.prefix = "SHOP_"`.
fn own_prefix(code: &Code<'_>, source: &Source) -> String {
    let mut found = String::new();
    for stmt in walk::scope(&source.module.body) {
        if let StmtKind::Assign { targets, value: Some(value), .. } = &stmt.kind
            && let Some(ExprKind::Attr(object, attribute)) = targets.first().map(|target| &target.kind)
            && attribute == "prefix"
            && library(code, source, object).is_some_and(Library::has_methods)
        {
            found = code.text(source, value).unwrap_or_default();
        }
    }
    found
}

fn scan_body<'a>(
    code: &'a Code<'_>,
    source: &'a Source,
    body: &'a [Stmt],
    prefix: &str,
    visitor: &mut dyn FnMut(&str, Access<'a>),
) {
    for stmt in body {
        // What only the tests' own configuration reads is not a variable of the service.
        if matches!(&stmt.kind, StmtKind::Class(class) if is_of_tests(&class.name)) {
            continue;
        }
        let mut inner = prefix.to_owned();
        let written = written(stmt);
        for expr in stmt.exprs() {
            let mut aside: Vec<*const Expr> = Vec::new();
            expr.visit(&mut |expr| {
                aside.extend(optional_parts(code, source, expr));
                if written.iter().any(|target| std::ptr::eq(*target, expr)) {
                    return;
                }
                // `int(os.environ[…])`: a number, whatever the variable is called.
                if let Some(inner) = cast_to_number(expr)
                    && let Some(access) = access(code, source, inner)
                {
                    visitor(prefix, Access { hint: access.hint.or(Some(Hint::Plain)), ..access });
                    return;
                }
                if let Some(access) = access(code, source, expr) {
                    let required = access.required && !aside.contains(&std::ptr::from_ref(expr));
                    visitor(prefix, Access { required, ..access });
                }
                if let Some(call) = expr.as_call().filter(|call| call.callee() == "prefixed")
                    && let Some(added) = call.arguments.first().and_then(Expr::as_str)
                {
                    inner.push_str(added);
                }
            });
        }
        let environ_is_a_parameter = match &stmt.kind {
            StmtKind::Function(function) => function.parameters.iter().any(|parameter| parameter.name == "environ"),
            _ => false,
        };
        if !environ_is_a_parameter {
            let optional = match &stmt.kind {
                StmtKind::If { test, .. } => branch::optional(code, source, test),
                _ => None,
            };
            for (number, block) in stmt.blocks().into_iter().enumerate() {
                if optional == Some(number) {
                    scan_body(code, source, block, &inner, &mut |prefix, access| {
                        visitor(prefix, Access { required: false, ..access });
                    });
                } else {
                    scan_body(code, source, block, &inner, visitor);
                }
            }
        }
    }
}

/// Every part of the side of a conditional expression that does not run while its variables are not set.
fn optional_parts(code: &Code<'_>, source: &Source, expr: &Expr) -> Vec<*const Expr> {
    let mut found = Vec::new();
    if let ExprKind::Conditional { test, body, orelse } = &expr.kind {
        let side = branch::optional(code, source, test).map(|at| if at == 0 { body } else { orelse });
        if let Some(side) = side {
            side.visit(&mut |part| found.push(std::ptr::from_ref(part)));
        }
    }
    found
}

/// What a call of `int` and the like is given.
fn cast_to_number(expr: &Expr) -> Option<&Expr> {
    let call = expr.as_call()?;
    let casts = matches!(call.function.as_name(), Some("int" | "float" | "strtobool" | "str2bool" | "str_to_bool"));
    call.arguments.first().filter(|_| casts && call.arguments.len() == 1)
}

/// Targets of assignments and deletions: `os.environ["X"] = …` writes.
fn written(stmt: &Stmt) -> Vec<&Expr> {
    match &stmt.kind {
        StmtKind::Assign { targets, .. } => targets.iter().collect(),
        _ => Vec::new(),
    }
}

/// Walks what is inside a loop, showing every expression to the visitor that it is given.
type Inside<'a> = &'a dyn Fn(&mut dyn FnMut(&Expr));

/// `for name in ("A", "B"): os.environ[name]`: the names of the list.
fn loops(code: &Code<'_>, source: &Source, found: &mut Vec<Read>) {
    let mut over = |target: &Expr, iter: &Expr, inside: Inside<'_>| {
        let Some(variable) = target.as_name() else { return };
        let (place, list) = code.value(source, iter);
        let names: BTreeSet<String> = list.elements().iter().filter_map(|name| code.text(place, name)).collect();
        if names.is_empty() {
            return;
        }
        inside(&mut |expr| {
            if let Some(access) = access(code, source, expr)
                && let Key::Expr(key) = &access.key
                && key.as_name() == Some(variable)
            {
                found.extend(names.iter().map(|name| read(source, name.clone(), &access)));
            }
        });
    };
    for stmt in walk::statements(&source.module.body) {
        if let StmtKind::For { target, iter, body } = &stmt.kind {
            over(target, iter, &|visit| walk::expressions(body).for_each(visit));
        }
        for expr in stmt.exprs() {
            expr.visit(&mut |expr| {
                if let ExprKind::Comprehension { element, loops } = &expr.kind {
                    for (target, iter) in loops {
                        over(target, iter, &|visit| {
                            for part in element {
                                part.visit(&mut |expr| visit(expr));
                            }
                        });
                    }
                }
            });
        }
    }
}
