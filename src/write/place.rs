//! Where a relative path leads on the disk: never through a link, never to anything but a plain file.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::file_set::RelativePath;
use crate::tree_reader::{self, Unreadable};

/// Why a path cannot be read or written; each a clause that follows the path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// The path or a folder on the way is a symbolic link (shown: which).
    Link(String),
    /// A folder is needed where something else is.
    NotAFolder(String),
    /// A folder, a pipe, a device or a socket is where the file should be.
    NotAFile,
    /// Another name is there that differs only in case.
    CaseTwin(String),
    /// Why it cannot be read.
    Unreadable(String),
}

impl Obstacle {
    fn of(error: &io::Error) -> Self {
        Self::Unreadable(format!("cannot be read: {error}"))
    }

    /// What is wrong, to follow the path in a message.
    pub(crate) fn clause(&self) -> String {
        match self {
            Self::Link(link) => {
                format!("is reached through the symbolic link `{link}`, and pykube writes through none")
            }
            Self::NotAFolder(part) => format!("needs a folder at `{part}`, where a file is"),
            Self::NotAFile => "is not a regular file".to_owned(),
            Self::CaseTwin(twin) => {
                format!("differs only in case from `{twin}`, which already exists")
            }
            Self::Unreadable(clause) => clause.clone(),
        }
    }

    /// What to do about it.
    pub(crate) fn help(&self, path: &RelativePath) -> String {
        match self {
            Self::Link(link) => format!("replace `{link}` with what it points to, or render elsewhere with --target"),
            Self::NotAFolder(part) => format!("move `{part}` away"),
            Self::NotAFile => format!("move `{path}` away"),
            Self::CaseTwin(twin) => format!("rename `{twin}`: on macOS and Windows the two are one file"),
            Self::Unreadable(_) => "make it readable, or move it away".to_owned(),
        }
    }
}

/// Largest file that is read in order to be replaced, in bytes: nothing that pykube writes comes near it.
const LARGEST_FILE: u64 = 16 << 20;

/// The bytes of the file at `path` below `root`; none when nothing is there.
///
/// Links are not followed, and nothing but a regular file is opened: a pipe would block, a device may do anything.
pub(crate) fn read(root: &Path, path: &RelativePath) -> Result<Option<Vec<u8>>, Obstacle> {
    if locate(root, path)?.is_none() {
        return Ok(None);
    }
    match tree_reader::read_without_links(root, path.as_str(), LARGEST_FILE) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(Unreadable::Missing) => Ok(None),
        Err(Unreadable::Link) => Err(Obstacle::Link(path.to_string())),
        Err(Unreadable::NotAFile) => Err(Obstacle::NotAFile),
        Err(other) => Err(Obstacle::Unreadable(other.to_string())),
    }
}

/// The place of the regular file at `path`; none when there is no such file yet.
pub(crate) fn locate(root: &Path, path: &RelativePath) -> Result<Option<PathBuf>, Obstacle> {
    let mut place = root.to_path_buf();
    let mut shown = String::new();
    let mut parts = path.as_str().split('/').peekable();
    while let Some(part) = parts.next() {
        place.push(part);
        if !shown.is_empty() {
            shown.push('/');
        }
        shown.push_str(part);
        let kind = match fs::symlink_metadata(&place) {
            Ok(metadata) => metadata.file_type(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Obstacle::of(&error)),
        };
        let last = parts.peek().is_none();
        if kind.is_symlink() {
            return Err(Obstacle::Link(shown));
        } else if last && !kind.is_file() {
            return Err(Obstacle::NotAFile);
        } else if !last && !kind.is_dir() {
            return Err(Obstacle::NotAFolder(shown));
        }
    }
    Ok(Some(place))
}

/// Folders already listed: each is read once a run.
#[derive(Debug, Default)]
pub(crate) struct Listings(BTreeMap<PathBuf, Vec<OsString>>);

impl Listings {
    /// Refuses `path` when a part of it has a twin on the disk that differs only in case.
    pub(crate) fn check(&mut self, root: &Path, path: &RelativePath) -> Result<(), Obstacle> {
        let mut folder = root.to_path_buf();
        let mut before = String::new();
        for part in path.as_str().split('/') {
            let names = self.names(&folder)?;
            let exact = names.iter().any(|name| name == part);
            let twin = names
                .iter()
                .filter_map(|name| name.to_str())
                .find(|name| *name != part && name.to_lowercase() == part.to_lowercase());
            if let Some(twin) = twin {
                return Err(Obstacle::CaseTwin(format!("{before}{twin}")));
            }
            if !exact {
                return Ok(());
            }
            folder.push(part);
            before.push_str(part);
            before.push('/');
        }
        Ok(())
    }

    fn names(&mut self, folder: &Path) -> Result<&[OsString], Obstacle> {
        if !self.0.contains_key(folder) {
            let names = match fs::read_dir(folder) {
                Ok(entries) => entries.filter_map(|entry| entry.ok().map(|entry| entry.file_name())).collect(),
                Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                    Vec::new()
                }
                Err(error) => return Err(Obstacle::of(&error)),
            };
            self.0.insert(folder.to_path_buf(), names);
        }
        Ok(self.0.get(folder).map_or(&[], Vec::as_slice))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_cannot_be_looked_at_is_not_taken_for_missing() {
        let folder = tempfile::tempdir().unwrap();
        let missing = RelativePath::new("none.yaml").unwrap();
        assert!(matches!(locate(folder.path(), &missing), Ok(None)));
        // Longer than a name may be on any file system that pykube is run on.
        let long = RelativePath::new("a".repeat(5_000)).unwrap();
        assert!(locate(folder.path(), &long).is_err());
    }
}
