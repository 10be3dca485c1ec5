//! The calls that change the disk, behind a trait, so that a test can stop the process at each of them.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// Every way in which pykube changes the disk. Reading needs no such care and is done directly.
pub(crate) trait Disk {
    /// Makes one folder whose parent is there.
    fn create_folder(&self, path: &Path) -> io::Result<()>;
    /// Writes a file that is not there yet and waits until the disk has it; `like` lends its permissions.
    fn write_new(&self, path: &Path, text: &str, like: Option<&Path>) -> io::Result<()>;
    /// A second name for a file, so that the first may be replaced.
    fn keep(&self, path: &Path, second: &Path) -> io::Result<()>;
    /// Puts a file at its place at once, over what is there.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Takes a file away.
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    /// Takes an empty folder away.
    fn remove_folder(&self, path: &Path) -> io::Result<()>;
    /// Waits until the disk has the names in a folder.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;
}

/// The disk of this machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RealDisk;

impl Disk for RealDisk {
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    fn write_new(&self, path: &Path, text: &str, like: Option<&Path>) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
        file.write_all(text.as_bytes())?;
        match like {
            Some(like) => file.set_permissions(fs::metadata(like)?.permissions())?,
            None => readable_by_all(&file)?,
        }
        file.sync_all()
    }

    fn keep(&self, path: &Path, second: &Path) -> io::Result<()> {
        // Not every file system has hard links (FAT, some network shares); there a copy has to do.
        fs::hard_link(path, second).or_else(|_| fs::copy(path, second).map(drop))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(path)
    }

    #[cfg(unix)]
    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        fs::File::open(path)?.sync_all()
    }

    #[cfg(not(unix))]
    fn sync_folder(&self, _path: &Path) -> io::Result<()> {
        // Windows has no such call for folders.
        Ok(())
    }
}

/// 0644 whatever the umask: the rendered tree is the same on every machine.
#[cfg(unix)]
fn readable_by_all(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable_by_all(_file: &fs::File) -> io::Result<()> {
    Ok(())
}
