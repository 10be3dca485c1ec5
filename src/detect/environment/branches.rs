//! Branches that only some surroundings take.

use super::literal;
use crate::detect::code::{Code, Definition, Source};
use crate::detect::python::{Expr, ExprKind};

/// Words of names that are about the surroundings: they choose between development and production.
const SURROUNDINGS: [&str; 7] = ["DEBUG", "ENV", "TEST", "PROD", "LOCAL", "DEV", "STAGE"];

/// The name and the default of the variable that an expression reads, where it is a read.
pub(super) type Reader = for<'e> fn(&Code<'_>, &Source, &'e Expr) -> Option<(Option<String>, Option<&'e Expr>)>;

/// Which block of an `if` runs only when a variable asks for it: 0 the first, 1 the other. A condition about debugging or the
/// surroundings chooses between development and production, and production is what is asked about.
pub(super) fn optional_block(code: &Code<'_>, source: &Source, test: &Expr, reader: Reader) -> Option<usize> {
    let (test, block) = match &test.kind {
        ExprKind::Not(inner) => (&**inner, 1),
        _ => (test, 0),
    };
    let mut reads = Vec::new();
    test.visit(&mut |expr| {
        reads.extend(reader(code, source, expr));
        // `STORAGE = getenv("STORAGE", "disk")` and then `if STORAGE == "s3"`.
        if expr.as_name().is_some()
            && let Some(Definition::Value(place, _, value)) = code.resolve(source, expr)
        {
            value.visit(&mut |expr| reads.extend(reader(code, place, expr)));
        }
    });
    if reads.is_empty() {
        return None;
    }
    let mut texts: Vec<String> = reads.iter().filter_map(|(name, _)| name.clone()).collect();
    test.visit(&mut |expr| {
        let is_default = reads.iter().any(|(_, default)| default.is_some_and(|default| std::ptr::eq(default, expr)));
        texts.extend(expr.as_str().or_else(|| expr.last_name()).filter(|_| !is_default).map(str::to_owned));
    });
    if texts.iter().any(|text| is_of_surroundings(text)) {
        return None;
    }
    let defaults: Vec<String> = reads.iter().filter_map(|(_, default)| default.and_then(literal)).collect();
    let holds = match &test.kind {
        ExprKind::Equal(left, right) => [left, right]
            .into_iter()
            .filter_map(|side| side.as_str().or_else(|| side.last_name()))
            .any(|side| defaults.iter().any(|default| default.eq_ignore_ascii_case(side))),
        ExprKind::Name(_) | ExprKind::Call(_) => defaults == ["True"],
        _ => false,
    };
    Some(if holds { 1 - block } else { block })
}

fn is_of_surroundings(text: &str) -> bool {
    // The object that reads is no condition.
    if matches!(text, "env" | "environ") {
        return false;
    }
    let text = text.to_ascii_uppercase();
    text.split('_').any(|part| SURROUNDINGS.iter().any(|word| part.starts_with(word)))
}
