//! Lock files: which one there is, whose it is, and the versions in it.

use super::Manifest;
use crate::detect::project::PackageManager;
use crate::detect::tree::{Tree, ancestors, extension, file_name, join, parent};

/// Lock files, in the order in which one wins over another that is beside it.
const LOCKS: [(&str, PackageManager); 6] = [
    ("uv.lock", PackageManager::Uv),
    ("poetry.lock", PackageManager::Poetry),
    ("pdm.lock", PackageManager::Pdm),
    ("Pipfile.lock", PackageManager::Pipenv),
    ("conda-lock.yml", PackageManager::Conda),
    ("pylock.toml", PackageManager::Pip),
];

/// Finds the lock file of a manifest, in its folder or above it (a workspace), and settles the package manager.
pub(crate) fn find(tree: &Tree, manifest: &mut Manifest, framework: &[&str]) {
    let stated = manifest.manager;
    let mut locks: Vec<(String, PackageManager)> = Vec::new();
    for here in ancestors(&manifest.folder) {
        // Beside a requirements file of its own, the lock of a project above that needs no such framework is another's.
        if here != manifest.folder && manifest.is_plain_list() {
            let above = super::read(tree, here);
            if !above.is_empty() && !framework.iter().any(|name| above.at_runtime(name).is_some()) {
                break;
            }
        }
        let own = LOCKS.iter().filter_map(|(name, manager)| {
            // A lock belongs to the manifest beside it, which must be one that this manager reads.
            let path = join(here, name).filter(|path| tree.has(path))?;
            let source = if *manager == PackageManager::Pipenv { "Pipfile" } else { "pyproject.toml" };
            let manifest = join(here, source).is_some_and(|path| tree.has(&path));
            (manifest || *manager == PackageManager::Conda || *name == "pylock.toml").then_some((path, *manager))
        });
        locks.extend(own);
        if !locks.is_empty() {
            break;
        }
    }
    // Where two lie side by side, the one whose own table pyproject.toml has is in use.
    let chosen = locks
        .iter()
        .find(|(_, manager)| stated == Some(*manager) && *manager != PackageManager::Pipenv)
        .or_else(|| locks.first())
        .cloned();
    if let Some((path, manager)) = chosen {
        let source = if manager == PackageManager::Pipenv { "Pipfile" } else { "pyproject.toml" };
        if let Some(at) = manifest.files.iter().position(|file| file_name(file) == source) {
            let file = manifest.files.remove(at);
            manifest.files.insert(0, file);
        }
        pins(tree, &path, manifest);
        if parent(&path) != manifest.folder
            && let Some(workspace) = join(parent(&path), "pyproject.toml").filter(|path| tree.has(path))
        {
            manifest.files.push(workspace);
        }
        manifest.lockfile = Some(path);
        manifest.manager = Some(manager);
    } else if manifest.files.first().is_some_and(|file| extension(file) == "txt")
        || (manifest.manager.is_none() && !manifest.files.is_empty())
    {
        manifest.manager = Some(PackageManager::Pip);
    }
}

impl Manifest {
    /// Whether all that the folder has is requirements files.
    fn is_plain_list(&self) -> bool {
        !self.files.is_empty() && self.files.iter().all(|file| matches!(extension(file), "txt" | "in"))
    }
}

/// Names and versions, read line by line: a lock file of a megabyte is not worth a tree.
fn pins(tree: &Tree, path: &str, manifest: &mut Manifest) {
    let Some(text) = tree.read(path) else { return };
    if path.ends_with("Pipfile.lock") {
        return pipfile_pins(&text, manifest);
    }
    let mut name = None;
    for line in text.lines() {
        let quoted = |key: &str| line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"');
        if let Some(found) = quoted("name") {
            name = Some(super::normalised(found));
        } else if let (Some(found), Some(package)) = (quoted("version"), name.take()) {
            manifest.pins.insert(package, found.to_owned());
        } else if let Some(requires) = quoted("requires-python").filter(|_| manifest.requires_python.is_empty()) {
            let place = text.evidence_of("requires-python");
            manifest.requires_python.push((requires.to_owned(), place));
        }
    }
}

fn pipfile_pins(text: &str, manifest: &mut Manifest) {
    let Ok(document) = serde_json::from_str::<serde_json::Value>(text) else { return };
    for (name, entry) in document.get("default").and_then(|value| value.as_object()).into_iter().flatten() {
        if let Some(version) = entry.get("version").and_then(|version| version.as_str()) {
            manifest.pins.insert(super::normalised(name), version.trim_start_matches('=').to_owned());
        }
    }
}
