//! The calls that change the disk, where the system opens paths as a whole only.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

pub(super) fn create_folder(_root: &Path, path: &Path) -> io::Result<()> {
    fs::create_dir(path)
}

pub(super) fn write_new(_root: &Path, path: &Path, text: &str, like: Option<&Path>) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())?;
    if let Some(like) = like {
        file.set_permissions(fs::metadata(like)?.permissions())?;
    }
    Ok(())
}

pub(super) fn keep(_root: &Path, path: &Path, second: &Path) -> io::Result<()> {
    fs::hard_link(path, second).or_else(|_| fs::copy(path, second).map(drop))
}

pub(super) fn rename(_root: &Path, from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)
}

pub(super) fn remove_file(_root: &Path, path: &Path) -> io::Result<()> {
    fs::remove_file(path)
}

pub(super) fn remove_folder(_root: &Path, path: &Path) -> io::Result<()> {
    fs::remove_dir(path)
}

/// Windows has no such call for folders, and needs permission to write for files.
pub(super) fn sync(_root: &Path, path: &Path) -> io::Result<()> {
    if path.is_dir() { Ok(()) } else { OpenOptions::new().write(true).open(path)?.sync_all() }
}
