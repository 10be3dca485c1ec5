//! Which settings classes the code uses: one that nothing names is an alternative that is not taken.

use std::collections::{BTreeSet, HashSet};

use crate::detect::code::{Code, Source};
use crate::detect::python::{Class, Expr, ExprKind, StmtKind, walk};

/// Settings classes, each with its module.
pub(super) type Classes<'a> = Vec<(&'a Source, &'a Class)>;

/// Leaves those of `classes` that the code uses, or that a used one builds on; all where it uses none in a way that can be seen.
pub(super) fn used<'a>(code: &'a Code<'_>, classes: Classes<'a>) -> Classes<'a> {
    let names: BTreeSet<&str> = classes.iter().map(|(_, class)| class.name.as_str()).collect();
    let mut used = BTreeSet::new();
    for source in code.marked() {
        named(source, &names, &mut used);
    }
    let missing: Vec<&str> = names.iter().copied().filter(|name| !used.contains(*name)).collect();
    if !missing.is_empty() {
        let mentions =
            |path: &&&str| code.tree.read(path).is_some_and(|text| missing.iter().any(|name| text.contains(name)));
        for path in code.paths().iter().filter(mentions) {
            code.source(path).into_iter().for_each(|source| named(source, &names, &mut used));
        }
    }
    let mut open: Classes<'a> = classes.iter().filter(|(_, class)| used.contains(&class.name)).copied().collect();
    if open.is_empty() {
        return classes;
    }
    let all: HashSet<*const Class> = classes.iter().map(|(_, class)| std::ptr::from_ref(*class)).collect();
    let mut reached: HashSet<*const Class> = HashSet::new();
    while let Some((source, class)) = open.pop() {
        if reached.insert(std::ptr::from_ref(class)) {
            let bases = class.bases.iter().filter_map(|base| code.class(source, base));
            open.extend(bases.filter(|(_, class)| all.contains(&std::ptr::from_ref(*class))));
        }
    }
    classes.into_iter().filter(|(_, class)| reached.contains(&std::ptr::from_ref(*class))).collect()
}

/// Adds those of `names` that the code of `source` uses otherwise than to build a class on, or that a text spells.
fn named(source: &Source, names: &BTreeSet<&str>, used: &mut BTreeSet<String>) {
    if !names.iter().any(|name| source.mentions(name)) {
        return;
    }
    let mut passed: HashSet<*const Expr> = HashSet::new();
    let mut pass = |expr: &Expr| expr.visit(&mut |inner| _ = passed.insert(std::ptr::from_ref(inner)));
    for stmt in walk::statements(&source.module.body) {
        match &stmt.kind {
            StmtKind::Class(class) => class.bases.iter().for_each(&mut pass),
            _ => stmt.assigned("__all__").into_iter().for_each(&mut pass),
        }
    }
    for expr in walk::expressions(&source.module.body) {
        let name = match &expr.kind {
            ExprKind::Str(text) => Some(text.as_str()),
            _ => expr.last_name(),
        };
        if let Some(name) = name.filter(|name| names.contains(name))
            && !passed.contains(&std::ptr::from_ref(expr))
        {
            used.insert(name.to_owned());
        }
    }
}
