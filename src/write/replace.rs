//! Replaces one file of the user's at once: killed at any moment, it is old or new.

use std::io;
use std::path::Path;

use anyhow::Context as _;

use super::disk::{Disk as _, RealDisk};

/// Puts `text` in place of the file at `path`, with the permissions that it has.
///
/// # Errors
/// The folder cannot be written, or `path` is a link: what it points to may be anybody's.
pub fn replace_file(path: &Path, text: &str) -> anyhow::Result<()> {
    if path.symlink_metadata().is_ok_and(|metadata| metadata.file_type().is_symlink()) {
        anyhow::bail!("`{}` is a symbolic link; nothing was written", path.display());
    }
    replace(path, text).with_context(|| format!("cannot write `{}`", path.display()))
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let next = folder.join(format!(".{name}.pykube-new"));
    // One may be left over from a call that was killed.
    match RealDisk.remove_file(&next) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    RealDisk.write_new(&next, text, path.exists().then_some(path))?;
    RealDisk.sync(std::slice::from_ref(&next))?;
    RealDisk.rename(&next, path)?;
    RealDisk.sync(&[folder.to_path_buf()])
}
