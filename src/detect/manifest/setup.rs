//! `setup.cfg` and `setup.py`, the latter read, never run.

use super::{Manifest, Section, normalised, requirement};
use crate::detect::budget::Omission;
use crate::detect::python::{self, Call, Expr, ExprKind, Module, walk};
use crate::detect::text_file::TextFile;
use crate::detect::tree::Tree;

pub(crate) fn read(tree: &Tree, manifest: &mut Manifest) {
    setup_cfg(tree, manifest);
    let Some(path) = manifest.path(tree, "setup.py") else { return };
    let Some(text) = tree.read(&path) else { return };
    manifest.classified(&text);
    let Some(module) = python::parse(&text) else { return tree.budget.leave_out(Omission::TooDeep, &path) };
    let calls = || walk::calls(&module.body);
    // `setup` itself, or a function around it that is given the same keywords.
    let passes = |call: &Call| call.keyword("install_requires").is_some();
    let found = calls().find(|(_, call)| passes(call));
    let found = found.or_else(|| calls().find(|(_, call)| call.callee() == "setup"));
    let Some((_, setup)) = found else { return };
    manifest.is_package = true;
    if manifest.name.is_none() {
        manifest.name = setup.keyword("name").and_then(Expr::as_str).map(str::to_owned);
    }
    if let Some(requires) = setup.keyword("python_requires").and_then(Expr::as_str) {
        let place = text.evidence_of("python_requires");
        manifest.requires_python.push((requires.to_owned(), place));
    }
    let before = manifest.dependencies.len();
    for entry in setup.keyword("install_requires").map(|value| strings(&module, value)).unwrap_or_default() {
        let line = text.line_of(&entry);
        manifest.dependencies.extend(requirement::parse(&entry, &path, line, &Section::Main));
    }
    extras(&module, setup, &text, manifest);
    if manifest.files.is_empty() && manifest.dependencies.len() > before {
        manifest.files.push(path);
    }
}

fn extras(module: &Module, setup: &Call, text: &TextFile, manifest: &mut Manifest) {
    let Some(ExprKind::Dict(items)) = setup.keyword("extras_require").map(|value| &value.kind) else { return };
    for (key, value) in items {
        let Some(extra) = key.as_ref().and_then(Expr::as_str) else { continue };
        for entry in strings(module, value) {
            let section = Section::Extra(normalised(extra));
            manifest.dependencies.extend(requirement::parse(&entry, text.path(), text.line_of(&entry), &section));
        }
    }
}

/// The strings of a list, written here or in a variable of the module.
fn strings(module: &Module, value: &Expr) -> Vec<String> {
    let value = match value.as_name() {
        Some(name) => walk::scope(&module.body).filter_map(|stmt| stmt.assigned(name)).last(),
        None => Some(value),
    };
    value.map_or(&[][..], Expr::elements).iter().filter_map(Expr::as_str).map(str::to_owned).collect()
}

/// The sections of `setup.cfg` that matter, read as the ini file that it is.
fn setup_cfg(tree: &Tree, manifest: &mut Manifest) {
    let Some(path) = manifest.path(tree, "setup.cfg") else { return };
    let Some(text) = tree.read(&path) else { return };
    let (mut section, mut key) = ("", "");
    let is_pbr =
        manifest.path(tree, "setup.py").and_then(|path| tree.read(&path)).is_some_and(|text| text.contains("pbr"));
    manifest.is_package |= is_pbr;
    let before = manifest.dependencies.len();
    for (number, line) in (1..).zip(text.lines()) {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            (section, key) = (name, "");
            continue;
        }
        let mut value = trimmed;
        if !line.starts_with([' ', '\t']) {
            let Some((name, rest)) = trimmed.split_once('=') else { continue };
            (key, value) = (name.trim(), rest.trim());
        }
        match (section, key) {
            _ if value.is_empty() => {}
            ("metadata", "name") => manifest.name = manifest.name.take().or_else(|| Some(value.to_owned())),
            ("options", "python_requires") => {
                manifest.requires_python.push((value.to_owned(), text.evidence(number)));
            }
            ("options", "install_requires") => {
                manifest.dependencies.extend(requirement::parse(value, &path, number, &Section::Main));
            }
            // pbr's own name for it: <https://docs.openstack.org/pbr/latest/user/using.html#extras>
            ("extras", extra) if is_pbr => {
                let section = Section::Extra(normalised(extra));
                manifest.dependencies.extend(requirement::parse(value, &path, number, &section));
            }
            ("options.extras_require", extra) => {
                let section = Section::Extra(normalised(extra));
                manifest.dependencies.extend(requirement::parse(value, &path, number, &section));
            }
            _ => {}
        }
    }
    if manifest.files.is_empty() && manifest.dependencies.len() > before {
        manifest.files.push(path);
    }
}
