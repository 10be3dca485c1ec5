//! Reads the files of the repository that `app.toml` names, for manifests to take over.

use std::collections::BTreeMap;
use std::path::Path;

use crate::config::{Config, defaults};
use crate::file_set::RelativePath;
use crate::tree_reader::{self, Unreadable};

/// Largest file that is taken over, in bytes: a ConfigMap holds at most 1 MiB with everything around it.
/// Source: <https://kubernetes.io/docs/concepts/configuration/configmap/#motivation>
const LARGEST_FILE: u64 = 512 << 10;

/// The ignore file of the project's own Dockerfile. BuildKit reads it only where the Dockerfile has none of its own name.
/// Source: <https://docs.docker.com/build/concepts/context/#filename-and-location>
pub const OWN_IGNORE_FILE: &str = ".dockerignore";

/// Texts of files below the folder of `app.toml`, or why there is none; a value: resolving reads no disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProjectFiles(BTreeMap<String, Result<String, String>>);

impl ProjectFiles {
    /// Notes what reading `path` gave; an error is a clause that can follow the path.
    pub fn insert(&mut self, path: impl Into<String>, text: Result<String, String>) {
        self.0.insert(path.into(), text);
    }

    /// The text of a file that need not be there.
    ///
    /// # Errors
    /// A clause that can follow the path of one that is there.
    pub fn optional_text(&self, path: &str) -> Result<Option<&str>, String> {
        if self.0.contains_key(path) { self.text(path).map(Some) } else { Ok(None) }
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

/// Reads every file below `directory` that `config` names; what cannot be read is noted and reported where it is used.
#[must_use]
pub fn read_project_files(directory: &Path, config: &Config) -> ProjectFiles {
    let mut files = ProjectFiles::default();
    for path in config.project_files() {
        let text = read(directory, &path);
        files.insert(path, text);
    }
    // Another name of our Dockerfile leaves the project its own, and the ignore file with it.
    let is_beside = config.build.dockerfile.as_deref().is_some_and(|path| path != defaults::build::DOCKERFILE);
    if is_beside && directory.join(OWN_IGNORE_FILE).symlink_metadata().is_ok() {
        files.insert(OWN_IGNORE_FILE, read(directory, OWN_IGNORE_FILE));
    }
    files
}

/// The text of the file at `path`; an error is a clause that can follow the path.
fn read(directory: &Path, path: &str) -> Result<String, String> {
    let relative = RelativePath::new(path.strip_prefix("./").unwrap_or(path)).map_err(str::to_owned)?;
    match tree_reader::read_text(directory, relative.as_str(), LARGEST_FILE) {
        // A checkout on Windows has other line ends; the manifests are the same everywhere.
        Ok(text) => Ok(text.replace("\r\n", "\n")),
        Err(why @ Unreadable::TooLarge { .. }) => Err(format!("{why}, which no ConfigMap should hold")),
        Err(why) => Err(why.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_texts_below_the_folder_are_read() {
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("secret"), "x").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir(root.join("deploy")).unwrap();
        std::fs::write(root.join("deploy/a.yaml"), "a: 1\r\n").unwrap();
        std::fs::write(root.join("binary"), [0xff, 0xfe]).unwrap();
        std::fs::write(root.join("large"), vec![b'x'; usize::try_from(LARGEST_FILE).unwrap() + 1]).unwrap();
        assert_eq!(read(root, "deploy/a.yaml").as_deref(), Ok("a: 1\n"));
        assert_eq!(read(root, "./deploy/a.yaml").as_deref(), Ok("a: 1\n"));
        for (path, clause) in [
            ("none", "does not exist"),
            ("deploy", "is not a regular file"),
            ("../x", "leaves"),
            ("/etc/passwd", "absolute"),
            ("binary", "UTF-8"),
            ("large", "larger than 512 KiB"),
        ] {
            assert!(read(root, path).unwrap_err().contains(clause), "{path}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(outside.path().join("secret"), root.join("link")).unwrap();
            assert!(read(root, "link").unwrap_err().contains("leads out"));
            std::os::unix::fs::symlink("deploy/a.yaml", root.join("inner")).unwrap();
            assert!(read(root, "inner").is_ok());
        }
    }
}
