//! The calls that change the disk, behind a trait: a test can stop the process at each of them.

#[cfg_attr(unix, path = "disk/unix.rs")]
#[cfg_attr(not(unix), path = "disk/other.rs")]
mod system;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Every way in which pykube changes the disk. Reading has [its own door](crate::tree_reader).
pub(crate) trait Disk {
    /// Makes one folder whose parent is there.
    fn create_folder(&self, path: &Path) -> io::Result<()>;
    /// Writes a file that is not there yet; `like` lends its permissions.
    fn write_new(&self, path: &Path, text: &str, like: Option<&Path>) -> io::Result<()>;
    /// A second name for a file, before the first is replaced.
    fn keep(&self, path: &Path, second: &Path) -> io::Result<()>;
    /// Puts a file at its place at once, over what is there.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    /// Removes an empty folder.
    fn remove_folder(&self, path: &Path) -> io::Result<()>;
    /// Waits until the disk has the texts of these files and the names in these folders.
    fn sync(&self, paths: &[PathBuf]) -> io::Result<()>;
}

/// How many files wait for the disk at once: a file system answers those that ask together with one write of its
/// journal, where one after the other each would cost one.
const SYNCS_AT_ONCE: usize = 8;

/// The disk of this machine, below a folder: no call goes through a link below it, also when one is put there between
/// the look at a place and its change.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RealDisk<'a> {
    root: &'a Path,
}

impl<'a> RealDisk<'a> {
    /// The disk below `root`, which may itself be reached through links.
    pub(crate) fn below(root: &'a Path) -> Self {
        Self { root }
    }
}

impl Disk for RealDisk<'_> {
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        system::create_folder(self.root, path)
    }

    fn write_new(&self, path: &Path, text: &str, like: Option<&Path>) -> io::Result<()> {
        system::write_new(self.root, path, text, like)
    }

    fn keep(&self, path: &Path, second: &Path) -> io::Result<()> {
        system::keep(self.root, path, second)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        system::rename(self.root, from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        system::remove_file(self.root, path)
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        system::remove_folder(self.root, path)
    }

    fn sync(&self, paths: &[PathBuf]) -> io::Result<()> {
        let next = AtomicUsize::new(0);
        let worker = || {
            while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
                system::sync(self.root, path)?;
            }
            Ok(())
        };
        if let [path] = paths {
            return system::sync(self.root, path);
        }
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..SYNCS_AT_ONCE.min(paths.len())).map(|_| scope.spawn(worker)).collect();
            workers
                .into_iter()
                .try_for_each(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_turns_into_a_link_leads_nothing_out() {
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("there"), "theirs").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::os::unix::fs::symlink(outside.path(), root.join("k8s")).unwrap();
        std::fs::write(root.join("new"), "ours").unwrap();
        let disk = RealDisk::below(root);
        let at = |name: &str| root.join("k8s").join(name);
        assert!(disk.rename(&root.join("new"), &at("there")).is_err());
        assert!(disk.write_new(&at("more"), "ours", None).is_err());
        assert!(disk.create_folder(&at("more")).is_err());
        assert!(disk.keep(&root.join("new"), &at("more")).is_err());
        assert!(disk.remove_file(&at("there")).is_err());
        assert!(disk.sync(&[at("there")]).is_err());
        assert_eq!(std::fs::read_to_string(outside.path().join("there")).unwrap(), "theirs");
        assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 1);
        assert!(disk.rename(&root.join("new"), &outside.path().join("new")).is_err(), "not below the root");
    }
}
