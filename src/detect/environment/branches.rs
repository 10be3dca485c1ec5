//! Branches that only some surroundings take.

use crate::detect::code::{Code, Definition, Source};
use crate::detect::python::{Expr, ExprKind};

/// Which block of an `if` runs only when a variable asks for it: 0 the first, 1 the other. A condition about debugging or the
/// surroundings chooses between development and production, and production is what is asked about. `reads_one` says whether an
/// expression reads a variable.
pub(super) fn optional_block(
    code: &Code<'_>,
    source: &Source,
    test: &Expr,
    reads_one: &dyn Fn(&Source, &Expr) -> bool,
) -> Option<usize> {
    let (test, block) = match &test.kind {
        ExprKind::Not(inner) => (&**inner, 1),
        _ => (test, 0),
    };
    let reads = |source: &Source, expr: &Expr| {
        let mut found = false;
        let mut names: Vec<String> = Vec::new();
        expr.visit(&mut |expr| {
            found |= reads_one(source, expr);
            names.extend(expr.as_str().or(expr.last_name()).map(str::to_ascii_uppercase));
        });
        let chooses = |name: &String| {
            ["DEBUG", "ENV", "TEST", "PROD", "LOCAL", "DEV", "STAGE"]
                .iter()
                .any(|word| name.split('_').any(|part| part.starts_with(word) && part != "ENVIRON"))
        };
        found && !names.iter().any(chooses)
    };
    let is_read = reads(source, test)
        || match code.resolve(source, test) {
            Some(Definition::Value(place, stmt, value)) => {
                let name = stmt.exprs().into_iter().find_map(Expr::as_name).unwrap_or_default().to_ascii_uppercase();
                let chooses = ["DEBUG", "TEST", "PROD", "LOCAL", "DEV"].iter().any(|word| name.contains(word));
                !chooses && reads(place, value)
            }
            _ => false,
        };
    is_read.then_some(block)
}
