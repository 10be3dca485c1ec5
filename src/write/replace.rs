//! One file of the user's own, written whole or not at all.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;

/// Writes `text` to `path` by way of a file beside it, so that a reader sees the old text or the new one.
///
/// # Errors
/// The folder cannot be written, or `path` is a link: what it points to may be anybody's.
pub fn replace_file(path: &Path, text: &str) -> anyhow::Result<()> {
    let shown = path.display();
    if path.symlink_metadata().is_ok_and(|metadata| metadata.file_type().is_symlink()) {
        anyhow::bail!("`{shown}` is a symbolic link; nothing was written");
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let beside = path.with_file_name(format!(".{name}.{}.pykube", std::process::id()));
    let written = File::create_new(&beside).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    let moved = written.and_then(|()| std::fs::rename(&beside, path));
    if moved.is_err() {
        // What could not be moved is of no use; when it cannot be removed either, the folder is what is wrong.
        let _ = std::fs::remove_file(&beside);
    }
    moved.with_context(|| format!("cannot write `{shown}`"))
}
