//! Files that the running code opens or imports, and that images of its kind usually leave out: keys, SQLite files, `env/`, `tests/`.

use crate::detect::code::Source;
use crate::detect::context::Context;
use crate::detect::project::{OpenedPath, Project};
use crate::detect::python::walk;
use crate::detect::tree::{extension, file_name, parent};

/// Folders at the root that images leave out by their names.
const FOLDERS: [&str; 2] = ["env", "tests"];
/// Endings of files that images leave out.
const ENDINGS: [&str; 3] = ["pem", "key", "sqlite3"];
/// Words behind `.env.` that stand for a file without secrets.
const HARMLESS: [&str; 7] = ["defaults", "default", "dist", "example", "sample", "base", "template"];
/// Most files of that kind that are looked at.
const MAX_FILES: usize = 100;

pub(crate) fn find(context: &Context<'_>, project: &mut Project) {
    let tree = context.code.tree;
    let is_candidate = |path: &&str| {
        let name = file_name(path);
        let is_env = name.strip_prefix(".env.").is_some_and(|rest| HARMLESS.contains(&rest));
        ENDINGS.contains(&extension(name)) || is_env || FOLDERS.contains(&path.split('/').next().unwrap_or_default())
    };
    let candidates: Vec<&str> = tree.paths().filter(is_candidate).take(MAX_FILES * 20).collect();
    if candidates.is_empty() {
        return;
    }
    let mut found = Vec::new();
    let own = context.code.paths().iter().filter(|path| context.is_own(path));
    for source in own.filter_map(|path| context.code.source(path)) {
        found.extend(imported(context, source, &candidates));
        found.extend(named(context, source, &candidates));
        if found.len() > MAX_FILES {
            break;
        }
    }
    let is_database = |path: &str| project.sqlite_file.as_ref().is_some_and(|file| file.path == path);
    found.retain(|opened| !is_database(&opened.path));
    found.sort_by(|one, other| one.path.cmp(&other.path));
    // A folder that is taken whole covers what is in it.
    let mut kept: Vec<OpenedPath> = Vec::new();
    for opened in found {
        if !kept.iter().any(|known| opened.path == known.path || opened.path.starts_with(&format!("{}/", known.path))) {
            kept.push(opened);
        }
    }
    project.opened = kept;
}

/// The folders of `FOLDERS` that a module imports from, where code is imported from the root.
fn imported(context: &Context<'_>, source: &Source, candidates: &[&str]) -> Vec<OpenedPath> {
    let is_there = |folder: &&&str| {
        let start = format!("{folder}/");
        candidates.iter().any(|path| path.starts_with(&start) && extension(path) == "py")
    };
    let outside = |folder: &&&str| !source.path.starts_with(&format!("{folder}/"));
    let folders = FOLDERS.iter().filter(|_| context.root.is_empty()).filter(is_there).filter(outside);
    let found = folders.filter(|folder| source.imports_package(folder));
    found
        .map(|folder| OpenedPath { path: (*folder).to_owned(), is_private_key: false, place: source.evidence(1) })
        .collect()
}

/// The files that a module names in a text: by their whole path, by their last parts, or all of an ending.
fn named(context: &Context<'_>, source: &Source, candidates: &[&str]) -> Vec<OpenedPath> {
    let wanted: Vec<&str> = candidates.iter().copied().filter(|path| names(source, path)).collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for expr in walk::expressions(&source.module.body) {
        let Some(text) = expr.as_str() else { continue };
        for path in &wanted {
            if means(text, path) && found.len() <= MAX_FILES {
                let content = context.code.tree.read(path);
                let is_private_key = content.is_some_and(|text| text.contains("PRIVATE KEY"));
                let place = source.evidence(expr.line);
                found.push(OpenedPath { path: (*path).to_owned(), is_private_key, place });
            }
        }
    }
    found
}

/// Whether the text of a module holds what could mean `path`.
fn names(source: &Source, path: &str) -> bool {
    source.mentions(file_name(path))
        || ENDINGS.contains(&extension(path)) && source.mentions(&format!("*.{}", extension(path)))
}

/// Whether a literal names `path`, as written from the root or from a folder on the way.
fn means(text: &str, path: &str) -> bool {
    let text = text.trim_start_matches("./").trim_start_matches('/');
    let is_tail = || path == text || path.strip_suffix(text).is_some_and(|rest| rest.ends_with('/'));
    if text.is_empty() || !text.contains('.') {
        return false;
    }
    // In `tests` nearly every name is also one of the application's own files.
    if FOLDERS.contains(&path.split('/').next().unwrap_or_default()) && !ENDINGS.contains(&extension(path)) {
        return path == text;
    }
    let is_all = text.rsplit('/').next() == Some(format!("*.{}", extension(path)).as_str())
        && ENDINGS.contains(&extension(path))
        && text.rsplit_once('/').is_none_or(|(folder, _)| parent(path).ends_with(folder.trim_end_matches("/**")));
    is_tail() || is_all
}
