//! The calls that change the disk, behind a trait, so that a test can stop the process at each of them.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Every way in which pykube changes the disk. Reading needs no such care and is done directly.
pub(crate) trait Disk {
    /// Makes one folder whose parent is there.
    fn create_folder(&self, path: &Path) -> io::Result<()>;
    /// Writes a file that is not there yet; `like` lends its permissions.
    fn write_new(&self, path: &Path, text: &str, like: Option<&Path>) -> io::Result<()>;
    /// A second name for a file, so that the first may be replaced.
    fn keep(&self, path: &Path, second: &Path) -> io::Result<()>;
    /// Puts a file at its place at once, over what is there.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Takes a file away.
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    /// Takes an empty folder away.
    fn remove_folder(&self, path: &Path) -> io::Result<()>;
    /// Waits until the disk has the texts of these files and the names in these folders.
    fn sync(&self, paths: &[PathBuf]) -> io::Result<()>;
}

/// How many files wait for the disk at once: a file system answers those that ask together with one write of its
/// journal, where one after the other each would cost one.
const SYNCS_AT_ONCE: usize = 8;

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
        Ok(())
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

    fn sync(&self, paths: &[PathBuf]) -> io::Result<()> {
        let next = AtomicUsize::new(0);
        let worker = || {
            while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
                sync(path)?;
            }
            Ok(())
        };
        if let [path] = paths {
            return sync(path);
        }
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..SYNCS_AT_ONCE.min(paths.len())).map(|_| scope.spawn(worker)).collect();
            workers
                .into_iter()
                .try_for_each(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })
    }
}

#[cfg(unix)]
fn sync(path: &Path) -> io::Result<()> {
    fs::File::open(path)?.sync_all()
}

/// Windows has no such call for folders, and wants leave to write for files.
#[cfg(not(unix))]
fn sync(path: &Path) -> io::Result<()> {
    if path.is_dir() { Ok(()) } else { OpenOptions::new().write(true).open(path)?.sync_all() }
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
