//! Lock files: which one there is, whose it is, and the versions in it.

use super::{Manifest, version};
use crate::detect::project::PackageManager;
use crate::detect::tree::{Tree, ancestors, extension, file_name, join, parent};

/// Lock files, in the order in which one wins over another that lies beside it.
const LOCKS: [(&str, PackageManager); 6] = [
    ("uv.lock", PackageManager::Uv),
    ("poetry.lock", PackageManager::Poetry),
    ("pdm.lock", PackageManager::Pdm),
    ("Pipfile.lock", PackageManager::Pipenv),
    ("conda-lock.yml", PackageManager::Conda),
    ("pylock.toml", PackageManager::Pip),
];

/// Finds the lock file of a manifest, in its folder or above it (a workspace), and settles the package manager.
pub(crate) fn find(tree: &Tree, manifest: &mut Manifest) {
    let stated = manifest.manager;
    let mut locks: Vec<(String, PackageManager)> = Vec::new();
    for here in ancestors(&manifest.folder) {
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
            let place = crate::detect::code::evidence(path, &text, super::line_of(&text, "requires-python"));
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

/// The newest minor version of Python that the pinned packages work with, and the package that bounds it.
///
/// Source: for Django the table in its FAQ (docs.djangoproject.com/en/6.0/faq/install, versions 2.2 to 6.0); for packages
/// with a compiled part a release on `PyPI` with Linux wheels for that Python, asked of pip in November 2026 for 3.13 and
/// 3.14. Rows for 3.11 and older were not asked again.
pub(crate) fn newest_python(manifest: &Manifest) -> Option<(u32, String)> {
    const FIRST: [(&str, &[(&str, u32)]); 15] = [
        (
            "django",
            &[
                ("6.0", 14),
                ("5.2.8", 14),
                ("5.1.3", 13),
                ("4.2.8", 12),
                ("4.1.3", 11),
                ("3.2.9", 10),
                ("3.1.3", 9),
                ("2.2.17", 9),
                ("2.2.8", 8),
                ("1.11.17", 7),
            ],
        ),
        (
            "psycopg2-binary",
            &[
                ("2.9.11", 14),
                ("2.9.10", 13),
                ("2.9.9", 12),
                ("2.9.5", 11),
                ("2.9.2", 10),
                ("2.8.6", 9),
                ("2.8.4", 8),
                ("2.7.5", 7),
            ],
        ),
        ("greenlet", &[("3.2.4", 14), ("3.1.0", 13), ("3.0.0", 12), ("2.0.0", 11), ("1.1.2", 10), ("0.4.17", 9)]),
        ("pydantic-core", &[("2.35.0", 14), ("2.20.0", 13), ("2.10.0", 12), ("0.0.1", 11)]),
        (
            "pydantic",
            &[
                ("2.12", 14),
                ("2.8", 13),
                ("2.5", 12),
                ("2.0", 11),
                ("1.10.19", 13),
                ("1.10.13", 12),
                ("1.10.3", 11),
                ("1.9", 10),
                ("1.7", 9),
            ],
        ),
        ("pillow", &[("12.0", 14), ("11.0", 13), ("10.1", 12), ("9.3", 11), ("8.4", 10), ("8.0", 9), ("6.2.1", 8)]),
        ("lxml", &[("6.0", 14), ("5.3", 13), ("4.9.3", 12), ("4.9.2", 11), ("4.7.1", 10), ("4.6.2", 9)]),
        ("numpy", &[("2.3.2", 14), ("2.1", 13), ("1.26", 12), ("1.23.2", 11), ("1.21.3", 10), ("1.19.3", 9)]),
        ("gevent", &[("25.9", 14), ("24.10", 13), ("23.9", 12), ("22.10", 11), ("21.12", 10), ("20.12", 9)]),
        ("asyncpg", &[("0.31", 14), ("0.30", 13), ("0.29", 12), ("0.27", 11), ("0.25", 10)]),
        ("uvloop", &[("0.22", 14), ("0.21", 13), ("0.19", 12), ("0.17", 11), ("0.16", 10)]),
        ("aiohttp", &[("3.13", 14), ("3.10.7", 13), ("3.9", 12), ("3.8.3", 11), ("3.8", 10), ("3.7.3", 9)]),
        ("orjson", &[("3.11.4", 14), ("3.10.6", 13), ("3.9.8", 12), ("3.8", 11)]),
        ("psycopg-binary", &[("3.2.11", 14), ("3.2.3", 13), ("3.1.12", 12), ("3.1.4", 11)]),
        ("flask", &[("1.0", 14), ("0.1", 9)]),
    ];
    FIRST
        .iter()
        .filter_map(|(name, first)| {
            let pin = manifest.pins.get(*name)?;
            let minor = first.iter().find(|(bound, _)| version::at_least(pin, bound)).map(|(_, minor)| *minor)?;
            Some((minor, format!("{name} {pin}")))
        })
        .min()
}
