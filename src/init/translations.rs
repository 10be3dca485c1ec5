//! Translations whose compiled form is not committed.

use std::path::{Path, PathBuf};

use super::command::manage_py;
use crate::detect::Project;
use crate::git::Repository;
use crate::vocabulary::Framework;

/// How deep a folder of translations lies, and how many entries are looked at.
const DEEPEST: usize = 6;
const MOST: usize = 20_000;

/// The build step that compiles them, and the Debian package that it needs, where they are needed.
pub(super) fn step(root: &Path, project: &Project) -> Option<(String, Option<&'static str>)> {
    let mut left = MOST;
    let catalogue = uncompiled(root, root, DEEPEST, &mut left)?;
    if project.framework == Framework::Django {
        return Some((format!("python {} compilemessages", manage_py(project)), Some("gettext")));
    }
    // `translations/de/LC_MESSAGES/messages.po`, as Babel keeps them.
    let folder = catalogue.ancestors().nth(3)?.strip_prefix(root.join(&project.backend_dir)).ok()?.to_str()?.to_owned();
    let is_plain = folder.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c)) && !folder.is_empty();
    is_plain.then(|| (format!("pybabel compile -d {folder}"), None))
}

/// The first catalogue without a compiled one beside it that Git tracks.
fn uncompiled(root: &Path, folder: &Path, depth: usize, left: &mut usize) -> Option<PathBuf> {
    let mut entries: Vec<_> = std::fs::read_dir(folder).ok()?.flatten().take(*left).collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    *left = left.saturating_sub(entries.len());
    for entry in entries {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            let is_skipped = name.starts_with('.')
                || matches!(name.as_str(), "node_modules" | "venv" | "env" | "tests" | "site-packages");
            if depth > 0
                && !is_skipped
                && let Some(found) = uncompiled(root, &path, depth - 1, left)
            {
                return Some(found);
            }
        } else if name.ends_with(".po") && folder.ends_with("LC_MESSAGES") {
            let compiled = path.with_extension("mo");
            let relative = compiled.strip_prefix(root).ok().and_then(Path::to_str);
            let is_tracked = |path: &str| Repository::around(root).is_none_or(|repository| repository.tracks(path));
            if !compiled.is_file() || !relative.is_some_and(is_tracked) {
                return Some(path);
            }
        }
    }
    None
}
