//! The project's code as `pykube add` needs it: where lines go, and which libraries talk to the database.

mod source;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;

pub(crate) use source::{Assignment, Bound, Call, Lines, Source};

use crate::write::LOCK_PATH;

/// Python files beyond this number are not read; the largest public service read so far has 3,500.
const MAX_FILES: usize = 20_000;
/// A larger file is data, in bytes.
const MAX_BYTES: u64 = 1 << 20;
/// Folders that hold no code of the service, by name.
const ASIDE: [&str; 12] = [
    "node_modules",
    "site-packages",
    "venv",
    "env",
    "build",
    "dist",
    "docs",
    "examples",
    "tests",
    "test",
    "migrations",
    "__pycache__",
];

/// The Python files below the folder that code is imported from, and the texts that name dependencies.
#[derive(Debug)]
pub(crate) struct Survey {
    /// Path below the folder of `app.toml` to file.
    files: BTreeMap<String, Source>,
    /// Folder that code is imported from, below that of `app.toml`; empty when it is the same.
    base: String,
    /// The manifests' texts, lower case, `_` as `-`.
    manifests: String,
}

impl Survey {
    /// Reads the project in `root`, whose code is imported from `root/base`.
    pub(crate) fn read(root: &Path, base: &str) -> anyhow::Result<Self> {
        let base = if base == "." { String::new() } else { base.trim_end_matches('/').to_owned() };
        let mut survey = Self { files: BTreeMap::new(), base: base.clone(), manifests: String::new() };
        survey.read_code(root, &root.join(&base))?;
        // Our own modules make engines and know variables too, and say nothing about the service.
        let lock = std::fs::read_to_string(root.join(LOCK_PATH)).unwrap_or_default();
        survey.files.retain(|path, _| !lock.contains(&format!("[files.\"{path}\"]")));
        for folder in [root.to_path_buf(), root.join(&base)] {
            survey.read_manifests(&folder);
        }
        Ok(survey)
    }

    fn read_code(&mut self, root: &Path, base: &Path) -> anyhow::Result<()> {
        let walker = ignore::WalkBuilder::new(base)
            .standard_filters(false)
            .hidden(true)
            .follow_links(false)
            .sort_by_file_name(std::ffi::OsStr::cmp)
            .filter_entry(|entry| entry.depth() == 0 || !ASIDE.iter().any(|name| entry.file_name() == *name))
            .build();
        for entry in walker.filter_map(Result::ok) {
            let path = entry.path();
            let is_python = path.extension().is_some_and(|ending| ending == "py");
            let is_small = entry.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() <= MAX_BYTES);
            if !is_python || !is_small || self.files.len() >= MAX_FILES {
                continue;
            }
            let bytes = std::fs::read(path).with_context(|| format!("`{}` cannot be read", path.display()))?;
            let below = path.strip_prefix(root).unwrap_or(path);
            let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
            let shown = parts.join("/").trim_start_matches("./").to_owned();
            self.files.insert(shown.clone(), Source::new(shown, String::from_utf8_lossy(&bytes).into_owned()));
        }
        Ok(())
    }

    fn read_manifests(&mut self, folder: &Path) {
        let Ok(entries) = std::fs::read_dir(folder) else { return };
        for entry in entries.filter_map(Result::ok) {
            let name = entry.file_name().to_string_lossy().into_owned();
            let ending = name.rsplit('.').next().unwrap_or_default();
            let is_manifest = matches!(name.as_str(), "pyproject.toml" | "Pipfile" | "setup.py" | "setup.cfg")
                || (name.contains("requirements") && matches!(ending, "txt" | "in"))
                || name.starts_with("environment.y");
            if is_manifest && let Ok(text) = std::fs::read_to_string(entry.path()) {
                self.manifests.push_str(&text.to_lowercase().replace('_', "-"));
                self.manifests.push('\n');
            }
        }
        if let Ok(entries) = std::fs::read_dir(folder.join("requirements")) {
            for entry in entries.filter_map(Result::ok) {
                let text = std::fs::read_to_string(entry.path()).unwrap_or_default();
                self.manifests.push_str(&text.to_lowercase().replace('_', "-"));
            }
        }
    }

    /// Every file, in the order of their paths.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Source> {
        self.files.values()
    }

    /// The file that the dotted `module` is in.
    pub(crate) fn module(&self, module: &str) -> Option<&Source> {
        let stem = self.below_base(&module.replace('.', "/"));
        self.files.get(&format!("{stem}.py")).or_else(|| self.files.get(&format!("{stem}/__init__.py")))
    }

    /// The dotted name that `path` is imported by.
    pub(crate) fn dotted(&self, path: &str) -> String {
        let below = path.strip_prefix(&self.base).unwrap_or(path).trim_start_matches('/');
        let stem = below.strip_suffix(".py").unwrap_or(below);
        stem.strip_suffix("/__init__").unwrap_or(stem).replace('/', ".")
    }

    /// `path` below the folder that code is imported from, as a path below that of `app.toml`.
    pub(crate) fn below_base(&self, path: &str) -> String {
        if self.base.is_empty() { path.to_owned() } else { format!("{}/{path}", self.base) }
    }

    /// Whether there is a file at `path`.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// Whether a module of the service imports `module` or one below it.
    pub(crate) fn imports(&self, module: &str) -> bool {
        let below = format!("{module}.");
        self.files()
            .flat_map(|file| &file.imports)
            .any(|import| import.module == module || import.module.starts_with(&below))
    }

    /// Whether a manifest names the package, as a whole name.
    pub(crate) fn depends_on(&self, package: &str) -> bool {
        let is_part = |c: char| c.is_alphanumeric() || c == '-' || c == '.';
        self.manifests.match_indices(package).any(|(at, _)| {
            let before = self.manifests[..at].chars().next_back();
            let after = self.manifests[at + package.len()..].chars().next();
            !before.is_some_and(is_part) && !after.is_some_and(is_part)
        })
    }

    /// Whether a manifest names the package with an extra: `psycopg[binary,pool]`.
    pub(crate) fn depends_on_extra(&self, package: &str, extra: &str) -> bool {
        let opening = format!("{package}[");
        self.manifests.match_indices(&opening).any(|(at, _)| {
            let extras = &self.manifests[at + opening.len()..];
            extras.split(']').next().is_some_and(|list| list.split(',').any(|name| name.trim() == extra))
        })
    }

    /// Major and minor version that a manifest names first for the package: `(5, 2)` of `django>=5.2,<6`.
    pub(crate) fn version(&self, package: &str) -> Option<(u32, u32)> {
        let line = self.manifests.lines().find(|line| {
            let line = line.trim_start_matches([' ', '\t', '"', '\'']);
            line.strip_prefix(package).is_some_and(|rest| rest.starts_with(['=', '>', '~', '<', ' ', '[', '^']))
        })?;
        let (_, rest) = line.split_once(package)?;
        let digits = rest.split_once(|c: char| c.is_ascii_digit()).map(|(before, _)| &rest[before.len()..])?;
        let mut parts = digits.split(|c: char| !c.is_ascii_digit()).map(str::parse);
        let major = parts.next()?.ok()?;
        Some((major, parts.next().and_then(Result::ok).unwrap_or(0)))
    }

    /// Every assignment of a call to `callee`, with its file.
    pub(crate) fn assigned_calls<'a>(
        &'a self,
        callee: &'a str,
    ) -> impl Iterator<Item = (&'a Source, &'a Assignment, &'a Call)> {
        self.files().flat_map(move |file| {
            file.assignments.iter().filter_map(move |assignment| match &assignment.value {
                Bound::Call(call) if call.callee() == callee => Some((file, assignment, call)),
                _ => None,
            })
        })
    }
}

#[cfg(test)]
pub(crate) mod fixture {
    use super::*;

    /// A survey of files that are not on any disk.
    pub(crate) fn survey(files: &[(&str, &str)]) -> Survey {
        let mut survey = Survey { files: BTreeMap::new(), base: String::new(), manifests: String::new() };
        for (path, text) in files {
            if path.rsplit('.').next() == Some("py") {
                survey.files.insert((*path).to_owned(), Source::new((*path).to_owned(), (*text).to_owned()));
            } else {
                survey.manifests.push_str(&text.to_lowercase().replace('_', "-"));
            }
        }
        survey
    }
}

#[cfg(test)]
mod tests {
    use super::fixture::survey;

    #[test]
    fn a_package_is_found_by_its_whole_name_only() {
        let found = survey(&[("requirements.txt", "flask-sqlalchemy==3.1\npsycopg[binary, pool]>=3\n")]);
        assert!(found.depends_on("flask-sqlalchemy"));
        assert!(!found.depends_on("sqlalchemy"));
        assert!(!found.depends_on("psycopg2"));
        assert!(found.depends_on_extra("psycopg", "pool"));
        assert!(!found.depends_on_extra("psycopg", "c"));
    }

    #[test]
    fn the_version_of_a_package_is_the_first_that_is_named() {
        let found =
            survey(&[("pyproject.toml", "dependencies = [\n  \"django-stubs>=6\",\n  \"Django>=5.2,<6\",\n]\n")]);
        assert_eq!(found.version("django"), Some((5, 2)));
        assert_eq!(survey(&[("requirements.txt", "django\n")]).version("django"), None);
        assert_eq!(survey(&[("requirements.txt", "Django==4.2.16\n")]).version("django"), Some((4, 2)));
    }

    #[test]
    fn modules_and_paths_lead_to_each_other() {
        let found = survey(&[("shop/__init__.py", ""), ("shop/db.py", "import sqlalchemy.orm\n")]);
        assert_eq!(found.module("shop").unwrap().path, "shop/__init__.py");
        assert_eq!(found.dotted("shop/db.py"), "shop.db");
        assert_eq!(found.dotted("shop/__init__.py"), "shop");
        assert!(found.imports("sqlalchemy"));
        assert!(!found.imports("sql"));
    }
}
