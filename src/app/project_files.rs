//! Files of the repository that manifests take over, as they were read at the edge.

use std::collections::BTreeMap;

/// Largest file that is taken over, in bytes: a ConfigMap holds at most 1 MiB with everything around it.
/// Source: <https://kubernetes.io/docs/concepts/configuration/configmap/#motivation>
pub const LARGEST_FILE: u64 = 512 << 10;

/// Texts of files below the folder of `app.toml`, or why there is none; a value, so that resolving reads no disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProjectFiles(BTreeMap<String, Result<String, String>>);

impl ProjectFiles {
    /// Notes what reading `path` gave; an error is a clause that can follow the path.
    pub fn insert(&mut self, path: impl Into<String>, text: Result<String, String>) {
        self.0.insert(path.into(), text);
    }

    /// The text of the file at `path`, written as in `app.toml`.
    ///
    /// # Errors
    /// A clause that can follow the path.
    pub fn text(&self, path: &str) -> Result<&str, String> {
        match self.0.get(path) {
            Some(Ok(text)) => Ok(text),
            Some(Err(clause)) => Err(clause.clone()),
            None => Err("was not read".into()),
        }
    }
}
