//! One render at a time: the second waits a little, then gives up.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::time::Duration;

/// How often the lock is tried before giving up, and how long each wait is: five seconds in all, far more than a
/// render takes.
const TRIES: u32 = 100;
const WAIT: Duration = Duration::from_millis(50);

/// Held while a process reads the target in order to write it; the system lets go of it when the process ends,
/// however it ends.
#[derive(Debug)]
pub(crate) struct RunLock(Option<File>);

impl RunLock {
    /// Waits for the lock of `root`. `None`: somebody else holds it still.
    pub(crate) fn take(root: &Path) -> io::Result<Option<Self>> {
        let file = open(root)?;
        for _ in 0..TRIES {
            match file.try_lock() {
                Ok(()) => return Ok(Some(Self(Some(file)))),
                Err(TryLockError::WouldBlock) => std::thread::sleep(WAIT),
                // Some network file systems have no locks for folders. Rendering there is as safe as any editor.
                Err(TryLockError::Error(_)) => return Ok(Some(Self(None))),
            }
        }
        Ok(None)
    }
}

impl Drop for RunLock {
    fn drop(&mut self) {
        if let Some(file) = &self.0 {
            // The process ends soon, and the lock with it.
            let _ = file.unlock();
        }
    }
}

/// The folder itself carries the lock: no file of ours is left in it.
#[cfg(unix)]
fn open(root: &Path) -> io::Result<File> {
    File::open(root)
}

/// Windows cannot lock a folder; a file beside the lock file stands in.
#[cfg(not(unix))]
fn open(root: &Path) -> io::Result<File> {
    let own = root.join(super::OWN_FOLDER);
    std::fs::create_dir_all(&own)?;
    File::options().create(true).truncate(false).write(true).open(own.join("running"))
}
