//! The modules of a crate and what they use, read from the paths that their sources spell out.

use std::collections::BTreeSet;
use std::path::Path;

/// One source file without its tests.
pub(crate) struct Module {
    /// The file, relative to the folder of the sources.
    pub(crate) file: String,
    /// Its path in the crate: `a/b.rs` and `a/b/mod.rs` are both `a`, `b`.
    pub(crate) path: Vec<String>,
    /// Every path that begins with `crate::` or `super::`, from the top of the crate.
    pub(crate) uses: BTreeSet<Vec<String>>,
}

impl Module {
    /// The module at the top of the crate that it belongs to.
    pub(crate) fn room(&self) -> String {
        self.path.first().cloned().unwrap_or_else(|| self.file.trim_end_matches(".rs").to_owned())
    }
}

/// Every module below `folder`.
pub(crate) fn modules(folder: &Path) -> Vec<Module> {
    let (mut modules, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    let mut for_tests: BTreeSet<Vec<String>> = BTreeSet::new();
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let file = path.strip_prefix(folder).unwrap().to_str().unwrap().replace('\\', "/");
            if !file.ends_with(".rs") {
                continue;
            }
            let path_in_crate = module_path(&file);
            let text = std::fs::read_to_string(&path).unwrap();
            for_tests.extend(test_modules(&text).map(|name| [path_in_crate.clone(), vec![name.to_owned()]].concat()));
            let source = without_tests(&text);
            let mut uses = used(&source, &path_in_crate);
            if file == "lib.rs" || file == "main.rs" {
                uses.extend(children(&source));
            }
            modules.push(Module { file, path: path_in_crate, uses });
        }
    }
    modules.retain(|module| !for_tests.iter().any(|test| module.path.starts_with(test)));
    modules.sort_by(|one, other| one.file.cmp(&other.file));
    modules
}

fn module_path(file: &str) -> Vec<String> {
    let mut path: Vec<String> = file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if matches!(path.last().map(String::as_str), Some("mod" | "lib" | "main")) {
        path.pop();
    }
    path
}

/// The names of the modules that are files for tests only.
fn test_modules(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().zip(text.lines().skip(1)).filter(|(above, _)| above.trim() == "#[cfg(test)]");
    lines.filter_map(|(_, line)| line.trim_start_matches("pub(crate) ").strip_prefix("mod ")?.strip_suffix(';'))
}

/// The text without comments, strings, and items that are for tests only.
fn without_tests(text: &str) -> String {
    let mut kept = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim() == "#[cfg(test)]" {
            let item = lines.by_ref().find(|line| !line.trim_start().starts_with("#[")).unwrap_or_default();
            if item.contains('{') && !item.contains("};") {
                // The tests come last.
                break;
            }
            continue;
        }
        let code = line.split("//").next().unwrap_or_default();
        // Quotes come in pairs on a line, or the line is a text anyway.
        kept.extend(code.replace("\\\"", "").replace("'\"'", "").split('"').step_by(2));
        kept.push('\n');
    }
    kept
}

/// Every path that begins with `crate::` or `super::`, from the top of the crate.
fn used(source: &str, module: &[String]) -> BTreeSet<Vec<String>> {
    let mut found = BTreeSet::new();
    let is_start =
        |at: usize| !source[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':' || c == '$');
    for (at, _) in source.match_indices("crate::").filter(|(at, _)| is_start(*at)) {
        tree(&source[at + "crate::".len()..], &[], &mut found);
    }
    for (at, _) in source.match_indices("super::").filter(|(at, _)| is_start(*at)) {
        let (mut rest, mut above) = (&source[at..], module);
        while let Some(after) = rest.strip_prefix("super::") {
            rest = after;
            above = &above[..above.len().saturating_sub(1)];
        }
        tree(rest, above, &mut found);
    }
    found
}

/// Reads `a::{b, c::d}` at the start of `text` below `above`; gives what follows it.
fn tree<'t>(text: &'t str, above: &[String], found: &mut BTreeSet<Vec<String>>) -> &'t str {
    let mut path = above.to_vec();
    let mut rest = text;
    loop {
        if let Some(mut list) = rest.strip_prefix('{') {
            loop {
                list = tree(list.trim_start(), &path, found).trim_start();
                match list.strip_prefix(',') {
                    Some(after) if !after.trim_start().starts_with('}') => list = after,
                    after => return after.unwrap_or(list).trim_start().trim_start_matches('}'),
                }
            }
        }
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        if !name.is_empty() && name != "self" {
            path.push(name.to_owned());
        }
        let Some(after) = after.strip_prefix("::") else {
            found.insert(path);
            // A name of its own is of no matter.
            return match after.trim_start().strip_prefix("as ") {
                Some(alias) => &alias[alias.find([',', '}', ';']).unwrap_or(alias.len())..],
                None => after,
            };
        };
        rest = after;
    }
}

/// At the top of the crate paths begin with a module's own name.
fn children(source: &str) -> BTreeSet<Vec<String>> {
    let uses = source.lines().filter_map(|line| line.strip_prefix("pub use ").or_else(|| line.strip_prefix("use ")));
    let mut found = BTreeSet::new();
    for line in uses {
        tree(line, &[], &mut found);
    }
    found
}
