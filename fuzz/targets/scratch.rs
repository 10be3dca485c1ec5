//! A folder for what has to be on a disk: each thread that reads has its own, and every target puts back what it needs.

use std::path::{Path, PathBuf};

thread_local! {
    static FOLDER: tempfile::TempDir = tempfile::tempdir().expect("a folder");
}

/// The folder, and with it whatever the last execution left.
pub(super) fn folder() -> PathBuf {
    FOLDER.with(|folder| folder.path().to_path_buf())
}

/// Writes `text` below the folder.
pub(super) fn write(path: &str, text: impl AsRef<[u8]>) {
    let place = folder().join(path);
    std::fs::create_dir_all(place.parent().expect("a parent")).expect("made");
    std::fs::write(place, text).expect("written");
}

/// Runs pykube on the folder, for which `FOLDER` stands in the arguments.
pub(super) fn pykube(arguments: &[&str]) {
    let folder = folder();
    let folder = folder.to_str().expect("UTF-8");
    let arguments: Vec<_> = arguments.iter().map(|one| one.replace("FOLDER", folder).into()).collect();
    crate::run_pykube(&arguments);
}

/// Whether the folder holds `path`.
pub(super) fn has(path: &str) -> bool {
    Path::new(&folder()).join(path).exists()
}
