//! Packages that are the project itself whatever they are called: `manage.py` beside `example/` names `example.settings`.

use std::collections::BTreeSet;

use super::Code;
use super::role::{is_aside, is_migration, is_test};
use crate::detect::tree::{Tree, file_name, join, parent};

/// The folders of those packages.
pub(super) fn read(tree: &Tree) -> BTreeSet<String> {
    let is_script = |path: &&str| file_name(path) == "manage.py" && !is_test(path) && !is_aside(path);
    tree.paths()
        .filter(is_script)
        .filter_map(|path| {
            let text = tree.read(path)?;
            let (_, rest) = text.split_once("DJANGO_SETTINGS_MODULE")?;
            let module = rest.split(['"', '\'']).nth(2)?;
            let (package, _) = module.split_once('.')?;
            join(parent(path), package).filter(|folder| tree.has_folder(folder))
        })
        .collect()
}

impl Code<'_> {
    /// The part of `path` that says what the file is for: inside the project's own package what is below it.
    fn judged<'p>(&self, path: &'p str) -> &'p str {
        let below = |home: &String| path.strip_prefix(home.as_str()).and_then(|rest| rest.strip_prefix('/'));
        self.homes.iter().filter_map(below).min_by_key(|rest| rest.len()).unwrap_or(path)
    }

    /// Whether a path belongs to tests.
    pub(crate) fn is_test(&self, path: &str) -> bool {
        is_test(self.judged(path))
    }

    /// Whether a path belongs to something beside the service: examples, documentation, tools.
    pub(crate) fn is_aside(&self, path: &str) -> bool {
        is_aside(self.judged(path))
    }

    /// The part of `path` that says what the file is for, when it is in the folder `root`: that one may be called
    /// `sandbox` or `example` itself.
    pub(crate) fn judged_in<'p>(&self, root: &str, path: &'p str) -> Option<&'p str> {
        let inside =
            if root.is_empty() { path } else { path.strip_prefix(root).and_then(|rest| rest.strip_prefix('/'))? };
        let judged = self.judged(path);
        Some(if judged.len() < inside.len() { judged } else { inside })
    }

    /// Whether a path belongs to the application that is imported from the folder `root`.
    pub(crate) fn is_own(&self, root: &str, path: &str) -> bool {
        self.judged_in(root, path).is_some_and(|path| !is_test(path) && !is_aside(path) && !is_migration(path))
    }
}
