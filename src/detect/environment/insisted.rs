//! Variables that a module cannot be imported without, though reading them does not fail: `getenv("X") or die()`,
//! `if not X: raise …`, `assert X`.

use std::collections::{BTreeMap, BTreeSet};

use super::Read;
use super::access::{Key, access};
use super::branch::optional_block;
use crate::detect::code::{Code, Definition, Source};
use crate::detect::python::{Expr, ExprKind, Stmt, StmtKind};

/// Marks the reads without which an import ends.
pub(super) fn mark(code: &Code<'_>, sources: &[&Source], reads: &mut [Read]) {
    for source in sources.iter().filter(|source| source.may_read) {
        let mut module = Module { code, source, bound: BTreeMap::new(), insisted: BTreeSet::new() };
        module.block(&source.module.body);
        for read in reads.iter_mut().filter(|read| read.place.file == source.path && read.default.is_none()) {
            read.required |= module.insisted.contains(&read.name);
        }
    }
}

/// What is known of a module while its statements are walked.
struct Module<'a, 'c> {
    code: &'a Code<'c>,
    source: &'a Source,
    /// Names that hold a variable as it is.
    bound: BTreeMap<&'a str, String>,
    insisted: BTreeSet<String>,
}

impl<'a> Module<'a, '_> {
    fn block(&mut self, body: &'a [Stmt]) {
        for stmt in body.iter().filter(|stmt| !matches!(stmt.kind, StmtKind::Function(_))) {
            let mut optional = None;
            match &stmt.kind {
                StmtKind::Assign { targets, value: Some(value), .. } => {
                    let variable = self.variable(value);
                    for name in targets.iter().filter_map(Expr::as_name) {
                        match &variable {
                            Some(variable) => self.bound.insert(name, variable.clone()),
                            None => self.bound.remove(name),
                        };
                    }
                }
                StmtKind::If { test, body, .. } => {
                    if body.iter().any(|stmt| ends(self.code, self.source, stmt)) {
                        self.missing(test);
                    }
                    optional = optional_block(self.code, self.source, test);
                }
                StmtKind::Other(values) => {
                    let asserted = values.first().filter(|value| self.source.line(value.line).starts_with("assert "));
                    self.note(asserted);
                }
                _ => {}
            }
            for expr in stmt.exprs() {
                expr.visit(&mut |expr| {
                    if let ExprKind::Or(parts) = &expr.kind
                        && let Some((last, first)) = parts.split_last()
                        && never_returns(self.code, self.source, last)
                    {
                        self.note(first);
                    }
                });
            }
            for (number, block) in stmt.blocks().into_iter().enumerate() {
                if optional != Some(number) {
                    self.block(block);
                }
            }
        }
    }

    /// Notes what a condition finds missing: `not X`, `X is None`, `not all([X, Y])`, and any of them.
    fn missing(&mut self, test: &'a Expr) {
        match &test.kind {
            ExprKind::Or(parts) => parts.iter().for_each(|part| self.missing(part)),
            ExprKind::Not(inner) => match inner.as_call().filter(|call| call.callee() == "all") {
                Some(call) => self.note(call.arguments.iter().flat_map(Expr::elements)),
                None => self.note([&**inner]),
            },
            ExprKind::Other(sides)
                if sides.iter().any(|side| matches!(side.kind, ExprKind::None))
                    && !self.source.line(test.line).contains(" is not ") =>
            {
                self.note(sides);
            }
            _ => {}
        }
    }

    fn note(&mut self, values: impl IntoIterator<Item = &'a Expr>) {
        for value in values {
            let variable = self.variable(value).or_else(|| self.bound.get(value.as_name()?).cloned());
            self.insisted.extend(variable);
        }
    }

    /// The variable that an expression reads, and nothing more.
    fn variable(&self, expr: &Expr) -> Option<String> {
        match access(self.code, self.source, expr)?.key {
            Key::Expr(key) => self.code.text(self.source, key),
            Key::Implied(name) => Some(name.to_owned()),
        }
    }
}

/// Whether nothing comes after a statement: it raises, or calls what never returns.
fn ends(code: &Code<'_>, source: &Source, stmt: &Stmt) -> bool {
    match &stmt.kind {
        StmtKind::Other(values) => values.first().is_some_and(|value| source.line(value.line).contains("raise ")),
        StmtKind::Expr(expr) => never_returns(code, source, expr),
        _ => false,
    }
}

/// `sys.exit(…)`, or a call of a function whose statements lead to a `raise`.
fn never_returns(code: &Code<'_>, source: &Source, expr: &Expr) -> bool {
    let Some(call) = expr.as_call() else { return false };
    if matches!(
        source.qualified(&call.function).as_deref(),
        Some("sys.exit" | "exit" | "quit" | "os._exit" | "os.abort")
    ) {
        return true;
    }
    let Some(Definition::Function(place, function)) = code.resolve(source, &call.function) else { return false };
    let is_straight =
        |stmt: &Stmt| matches!(stmt.kind, StmtKind::Assign { .. } | StmtKind::Expr(_) | StmtKind::Other(_));
    let raises = |stmt: &Stmt| matches!(&stmt.kind, StmtKind::Other(values) if values.first().is_some_and(|value| place.line(value.line).contains("raise ")));
    function.body.iter().all(is_straight) && function.body.iter().any(raises)
}
