//! What conditions say about a read: what stands for a missing value, and what is refused without one.

use std::collections::{BTreeMap, BTreeSet};

use super::access::{Key, access, named, read};
use super::{Read, branch, default_of};
use crate::detect::code::{Code, Definition, Source};
use crate::detect::python::{Expr, ExprKind, Stmt, StmtKind, walk};

/// Statements of a function that does nothing but refuse.
const LONGEST_REFUSAL: usize = 20;

/// Blocks around a name that are looked into.
const DEEPEST_BLOCK: usize = 50;

/// `os.environ.get("X") or "value"`: the value counts as the default of that read.
pub(super) fn alternatives(code: &Code<'_>, source: &Source, found: &mut Vec<Read>) {
    for expr in walk::expressions(&source.module.body) {
        let ExprKind::Or(parts) = &expr.kind else { continue };
        let Some(last) = parts.last().filter(|last| !matches!(last.kind, ExprKind::None)) else { continue };
        if never_returns(code, source, last) {
            continue;
        }
        for access in parts.iter().filter_map(|part| access(code, source, part)) {
            let Key::Expr(key) = access.key else { continue };
            let Some(name) = code.text(source, key).filter(|_| access.default.is_none() && !access.required) else {
                continue;
            };
            let (default, is_computed) = default_of(source, Some(last));
            found.push(Read { default, is_computed, ..read(source, name, &access) });
        }
    }
}

/// Variables that a module refuses to be imported without: `if not TOKEN: raise ValueError(…)`, also in a class.
pub(super) fn refused(code: &Code<'_>, source: &Source) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    // Names are looked up for it, which costs: only where something may be refused.
    if !["raise ", "assert ", "exit(", "quit(", " or "].iter().any(|word| source.mentions(word)) {
        return found;
    }
    refusals(code, source, &source.module.body, &Held::default(), &mut found);
    found
}

/// Names that hold the value of a variable, or by now another one, in a block and those around it.
#[derive(Default)]
struct Held<'h> {
    own: BTreeMap<&'h str, Option<String>>,
    outer: Option<&'h Held<'h>>,
}

impl Held<'_> {
    fn variable(&self, name: &str) -> Option<String> {
        let mut block = Some(self);
        for _ in 0..DEEPEST_BLOCK {
            if let Some(found) = block?.own.get(name) {
                return found.clone();
            }
            block = block?.outer;
        }
        None
    }
}

fn refusals(code: &Code<'_>, source: &Source, body: &[Stmt], outer: &Held<'_>, found: &mut BTreeSet<String>) {
    let mut held = Held { own: BTreeMap::new(), outer: Some(outer) };
    for stmt in body.iter().filter(|stmt| !matches!(stmt.kind, StmtKind::Function(_))) {
        for expr in stmt.exprs() {
            // `getenv("X") or fail("X")`.
            expr.visit(&mut |expr| {
                if let ExprKind::Or(parts) = &expr.kind
                    && let Some((_, first)) = parts.split_last().filter(|(last, _)| never_returns(code, source, last))
                {
                    found.extend(first.iter().filter_map(|part| variable(code, source, part)));
                }
            });
        }
        match &stmt.kind {
            StmtKind::Other(values) => {
                let asserted = values.first().filter(|value| source.line(value.line).starts_with("assert "));
                let name = |value: &Expr| value.as_name().and_then(|name| held.variable(name));
                found.extend(asserted.and_then(|value| name(value).or_else(|| variable(code, source, value))));
            }
            StmtKind::Assign { targets, value: Some(value), .. } => {
                for target in targets.iter().filter_map(Expr::as_name) {
                    held.own.insert(target, variable(code, source, value));
                }
            }
            StmtKind::Class(class) => refusals(code, source, &class.body, &held, found),
            StmtKind::If { test, body, orelse } => {
                if ends(body) {
                    missing(source, test, &mut |expr| {
                        let name = expr.as_name().and_then(|name| held.variable(name));
                        found.extend(name.or_else(|| variable(code, source, expr)));
                    });
                }
                let optional = branch::optional(code, source, test);
                for (number, block) in [body, orelse].into_iter().enumerate() {
                    if optional != Some(number) {
                        refusals(code, source, block, &held, found);
                    }
                }
            }
            _ => {}
        }
    }
}

/// The variable that an expression reads without a default.
fn variable(code: &Code<'_>, source: &Source, expr: &Expr) -> Option<String> {
    named(code, source, expr).filter(|(_, default)| default.is_none())?.0
}

/// The values whose lack a test finds: `not X`, `not X or not Y`, `not (X and Y)`, `not all([X, Y])`, `X is None`.
fn missing<'a>(source: &Source, test: &'a Expr, visit: &mut dyn FnMut(&'a Expr)) {
    match &test.kind {
        ExprKind::Or(parts) => parts.iter().for_each(|part| missing(source, part, visit)),
        ExprKind::Not(inner) => match &inner.kind {
            ExprKind::And(parts) => parts.iter().for_each(visit),
            ExprKind::Call(call) if call.function.as_name() == Some("all") => {
                call.arguments.iter().flat_map(Expr::elements).for_each(visit);
            }
            _ => visit(inner),
        },
        // `X is None`.
        ExprKind::Other(parts) => {
            if source.line(test.line).contains(" is not ") {
                return;
            }
            if let [value, Expr { kind: ExprKind::None, .. }] = parts.as_slice() {
                visit(value);
            }
        }
        _ => {}
    }
}

/// Whether a block ends the import: by an exception, or by leaving the interpreter.
fn ends(body: &[Stmt]) -> bool {
    let name = |expr: &Expr| expr.as_call().map_or_else(|| expr.dotted(), |call| call.function.dotted());
    match body.last().map(|stmt| &stmt.kind) {
        Some(StmtKind::Other(parts)) => parts.first().and_then(name).is_some_and(|name| {
            let name = name.rsplit('.').next().unwrap_or_default();
            ["Error", "Exception", "Exit", "Configured"].iter().any(|end| name.ends_with(end))
        }),
        Some(StmtKind::Expr(call)) => matches!(name(call).as_deref(), Some("sys.exit" | "exit" | "quit")),
        _ => false,
    }
}

/// `sys.exit(…)`, or a call of a function whose statements lead to a `raise`.
fn never_returns(code: &Code<'_>, source: &Source, expr: &Expr) -> bool {
    let Some(call) = expr.as_call() else { return false };
    if matches!(source.qualified(&call.function).as_deref(), Some("sys.exit" | "exit" | "quit")) {
        return true;
    }
    let Some(Definition::Function(place, function)) = code.resolve(source, &call.function) else { return false };
    if function.body.len() > LONGEST_REFUSAL {
        return false;
    }
    let is_straight =
        |stmt: &Stmt| matches!(stmt.kind, StmtKind::Assign { .. } | StmtKind::Expr(_) | StmtKind::Other(_));
    let raises = |stmt: &Stmt| matches!(&stmt.kind, StmtKind::Other(values) if values.first().is_some_and(|value| place.line(value.line).contains("raise ")));
    function.body.iter().all(is_straight) && function.body.iter().any(raises)
}
