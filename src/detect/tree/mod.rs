//! The files of a repository: listed once, read through this list only: nothing outside it can be reached.

mod installed;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context as _;
use ignore::{DirEntry, WalkBuilder, WalkState};

use super::budget::{Budget, Omission};
use super::text_file::TextFile;
pub(crate) use crate::file_set::{file_name, join, parent};
use crate::parallel;
use crate::tree_reader::{self, Unreadable};
use crate::vocabulary::GUNICORN_CONFIG;

/// Files beyond this number are not looked at.
const MAX_FILES: usize = 200_000;
/// Folders nested deeper than this are not entered.
const MAX_DEPTH: usize = 40;
/// A larger file is taken for data, not source.
const MAX_BYTES: u64 = 2 * 1024 * 1024;

/// Folders that hold no source of the project, by name. `.gitignore` is not read: projects track files that it names
/// (`lib/`, `env/`, `local_settings.py` of the usual Python template), and an answer must not depend on it.
const SKIPPED_FOLDERS: [&str; 14] = [
    "node_modules",
    "bower_components",
    "site-packages",
    "dist-packages",
    "__pycache__",
    "__pypackages__",
    "venv",
    "virtualenv",
    "htmlcov",
    "wheelhouse",
    "jspm_packages",
    "locale",
    "cassettes",
    "__MACOSX",
];

/// Hidden folders that say something about how a project is run.
const HIDDEN_FOLDERS: [&str; 6] = [".github", ".circleci", ".do", ".platform", ".ebextensions", ".docker"];

/// Where the files are.
#[derive(Debug)]
enum Store {
    /// Below a folder of the disk.
    Folder(PathBuf),
    /// In memory, by path.
    Memory(BTreeMap<String, Vec<u8>>),
}

/// The files below a root, links and special files left out.
#[derive(Debug)]
pub(crate) struct Tree {
    store: Store,
    /// Path below the root, with `/`, to size in bytes.
    files: BTreeMap<String, u64>,
    /// Whether there were more files than are looked at.
    pub(crate) truncated: bool,
    /// What all readers of the tree spend together, and what they left out.
    pub(crate) budget: Budget,
}

impl Tree {
    /// Lists the files below `root`.
    pub(crate) fn list(root: &Path) -> anyhow::Result<Self> {
        let metadata = fs::metadata(root).with_context(|| format!("cannot read `{}`", root.display()))?;
        anyhow::ensure!(metadata.is_dir(), "`{}` is not a folder; give the folder of the project", root.display());
        let found = Mutex::new(Listing::default());
        let count = AtomicUsize::new(0);
        let walker = WalkBuilder::new(root)
            .standard_filters(false)
            .follow_links(false)
            .max_depth(Some(MAX_DEPTH))
            .threads(parallel::threads())
            .filter_entry(|entry| entry.depth() == 0 || !is_skipped(entry))
            .build_parallel();
        walker.run(|| {
            let mut batch = Batch { found: &found, files: Vec::new(), omitted: Vec::new() };
            let count = &count;
            Box::new(move |entry| {
                match entry {
                    Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_file()) => {
                        if count.fetch_add(1, Ordering::Relaxed) >= MAX_FILES {
                            return WalkState::Quit;
                        }
                        batch.add(root, &entry);
                    }
                    Ok(_) => {}
                    Err(error) => batch.omitted.push((Omission::Unreadable, shown(root, &error))),
                }
                WalkState::Continue
            })
        });
        let Listing { files, omitted } = found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        let truncated = count.into_inner() > MAX_FILES;
        let mut tree = Self { store: Store::Folder(root.to_owned()), files, truncated, budget: Budget::default() };
        for (omission, path) in omitted {
            tree.budget.leave_out(omission, &path);
        }
        installed::leave_out(&mut tree);
        Ok(tree)
    }

    /// Takes files that are in memory; a path that would leave the root is left out.
    pub(crate) fn of_files(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        let inside = files.into_iter().filter_map(|(path, bytes)| Some((join("", &path)?, bytes)));
        let files: BTreeMap<String, Vec<u8>> = inside.filter(|(path, _)| !path.is_empty()).collect();
        let sizes = files.iter().map(|(path, bytes)| (path.clone(), bytes.len() as u64)).collect();
        Self { store: Store::Memory(files), files: sizes, truncated: false, budget: Budget::default() }
    }

    /// Leaves out what pykube rendered; the Python modules that it added are the application's own by now.
    pub(crate) fn forget(&mut self, rendered: &BTreeSet<String>) {
        let is_module = |path: &str| extension(path) == "py" && file_name(path) != GUNICORN_CONFIG;
        self.files.retain(|path, _| is_module(path) || !rendered.contains(path));
    }

    /// Every file, in the order of paths.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Whether there is such a file.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// Size of a file in bytes.
    pub(crate) fn size(&self, path: &str) -> u64 {
        self.files.get(path).copied().unwrap_or_default()
    }

    /// Whether any file is below that folder.
    pub(crate) fn has_folder(&self, folder: &str) -> bool {
        if folder.is_empty() {
            return true;
        }
        let start = format!("{folder}/");
        self.files.range(start.clone()..).next().is_some_and(|(path, _)| path.starts_with(&start))
    }

    /// The files directly in `folder`, the root being the empty string.
    pub(crate) fn in_folder<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = &'a str> {
        let start = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        self.files
            .range(start.clone()..)
            .map(|(path, _)| path.as_str())
            .take_while(move |path| path.starts_with(&start))
            .filter(move |path| parent(path) == folder)
    }

    /// The files in `folder` and in every folder below it.
    pub(crate) fn below<'a>(&'a self, folder: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let start = format!("{folder}/");
        self.files
            .range(start.clone()..)
            .map(|(path, _)| path.as_str())
            .take_while(move |path| path.starts_with(&start))
    }

    /// The text of a file of the list; nothing when it is binary, or when it was left out and noted as such.
    pub(crate) fn read(&self, path: &str) -> Option<TextFile> {
        let size = *self.files.get(path)?;
        let leave_out = |omission| self.budget.leave_out(omission, path);
        if size > MAX_BYTES {
            leave_out(Omission::TooLarge);
            return None;
        }
        self.budget.spend_read(size)?;
        let bytes = match &self.store {
            Store::Memory(files) => files.get(path)?.clone(),
            // A file may have grown since it was listed, or be something else by now.
            Store::Folder(root) => match tree_reader::read_without_links(root, path, MAX_BYTES) {
                Ok(bytes) => bytes,
                Err(Unreadable::TooLarge { .. }) => {
                    leave_out(Omission::TooLarge);
                    return None;
                }
                Err(_) => {
                    leave_out(Omission::Unreadable);
                    return None;
                }
            },
        };
        let bytes = tree_reader::as_utf8(bytes);
        if bytes.iter().take(1024).any(|byte| *byte == 0) {
            return None;
        }
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        };
        Some(TextFile::new(path.to_owned(), text))
    }
}

/// The document of a YAML file; nothing when it is not YAML, and noted when it is too deep to read.
pub(crate) fn yaml(tree: &Tree, text: &TextFile) -> Option<serde_yaml::Value> {
    if !crate::kube::yaml::cost::is_affordable(text) {
        tree.budget.leave_out(Omission::TooDeep, text.path());
        return None;
    }
    serde_yaml::from_str(text).ok()
}

/// The path below `root` that an error of the walk is about.
fn shown(root: &Path, error: &ignore::Error) -> String {
    match error {
        ignore::Error::WithPath { path, .. } => path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned(),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => shown(root, err),
        error => error.to_string(),
    }
}

/// What all walking threads found.
#[derive(Default)]
struct Listing {
    files: BTreeMap<String, u64>,
    omitted: Vec<(Omission, String)>,
}

/// What one walking thread found; handed over when the thread ends.
struct Batch<'a> {
    found: &'a Mutex<Listing>,
    files: Vec<(String, u64)>,
    omitted: Vec<(Omission, String)>,
}

impl Batch<'_> {
    fn add(&mut self, root: &Path, entry: &DirEntry) {
        let Ok(path) = entry.path().strip_prefix(root) else { return };
        // One with a line break or an escape sequence would go on into messages, comments and commands.
        let Some(path) = path.to_str().filter(|path| !path.chars().any(char::is_control)) else {
            self.omitted.push((Omission::Unnamed, path.to_string_lossy().into_owned()));
            return;
        };
        let path = if std::path::MAIN_SEPARATOR == '/' { path.to_owned() } else { path.replace('\\', "/") };
        // Only what may be read needs its size.
        let size = if is_readable_kind(&path) { entry.metadata().map_or(0, |metadata| metadata.len()) } else { 0 };
        self.files.push((path, size));
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        let mut found = self.found.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        found.files.extend(self.files.drain(..));
        found.omitted.append(&mut self.omitted);
    }
}

/// Images, fonts, scripts for browsers and the like are listed, but never read.
fn is_readable_kind(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => !matches!(
            extension,
            "js" | "ts" | "tsx" | "jsx" | "css" | "scss" | "html" | "svg" | "png" | "jpg" | "gif" | "po" | "mo" | "map"
        ),
        _ => true,
    }
}

fn is_skipped(entry: &DirEntry) -> bool {
    if !entry.file_type().is_some_and(|kind| kind.is_dir()) {
        return false;
    }
    let Some(name) = entry.file_name().to_str() else { return true };
    if name.starts_with('.') {
        return !HIDDEN_FOLDERS.contains(&name);
    }
    SKIPPED_FOLDERS.contains(&name) || name.ends_with(".egg-info") || is_environment(entry.path(), name)
}

/// A virtual or conda environment under any of its usual names.
fn is_environment(path: &Path, name: &str) -> bool {
    name.contains("env") && (path.join("pyvenv.cfg").exists() || path.join("conda-meta").exists())
}

/// What is behind the last dot of a file's name.
pub(crate) fn extension(path: &str) -> &str {
    file_name(path).rsplit_once('.').map_or("", |(_, extension)| extension)
}

/// `folder` itself and every folder above it, the root last.
pub(crate) fn ancestors(folder: &str) -> impl Iterator<Item = &str> {
    let mut next = Some(folder);
    std::iter::from_fn(move || {
        let here = next?;
        next = (!here.is_empty()).then(|| parent(here));
        Some(here)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_never_leave_the_root() {
        assert_eq!(join("a/b", "../c.txt").as_deref(), Some("a/c.txt"));
        assert_eq!(join("a", "../../c.txt"), None);
        assert_eq!(join("", "/etc/passwd"), None);
        assert_eq!(ancestors("a/b").collect::<Vec<_>>(), ["a/b", "a", ""]);
    }
}
