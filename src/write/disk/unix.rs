//! The calls that change the disk, each from the folder that holds the name, which was reached without a link.

use std::ffi::OsStr;
use std::fs::{File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, Mode, OFlags, linkat, mkdirat, open, openat, renameat, statat, unlinkat};

/// A folder on the way; it must not be a link.
const FOLDER: OFlags = OFlags::DIRECTORY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// 0644 whatever the umask: the rendered tree is the same on every machine.
const READABLE_BY_ALL: u32 = 0o644;

/// The folder that holds the last name of `path`, and that name. `path` must be below `root`.
fn parent<'a>(root: &Path, path: &'a Path) -> io::Result<(OwnedFd, &'a OsStr)> {
    let below = path.strip_prefix(root).map_err(io::Error::other)?;
    let name = below.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut folder = open_root(root)?;
    for part in below.parent().into_iter().flat_map(Path::components) {
        folder = openat(&folder, part.as_os_str(), FOLDER, Mode::empty())?;
    }
    Ok((folder, name))
}

fn open_root(root: &Path) -> io::Result<OwnedFd> {
    let root = if root.as_os_str().is_empty() { Path::new(".") } else { root };
    Ok(open(root, FOLDER.difference(OFlags::NOFOLLOW), Mode::empty())?)
}

fn create(root: &Path, path: &Path) -> io::Result<File> {
    let (folder, name) = parent(root, path)?;
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(File::from(openat(&folder, name, flags, Mode::from_raw_mode(READABLE_BY_ALL))?))
}

fn open_to_read(root: &Path, path: &Path) -> io::Result<File> {
    let (folder, name) = parent(root, path)?;
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(File::from(openat(&folder, name, flags, Mode::empty())?))
}

pub(super) fn create_folder(root: &Path, path: &Path) -> io::Result<()> {
    let (folder, name) = parent(root, path)?;
    // The umask of the process takes away what it must.
    Ok(mkdirat(&folder, name, Mode::from_raw_mode(0o777))?)
}

pub(super) fn write_new(root: &Path, path: &Path, text: &str, like: Option<&Path>) -> io::Result<()> {
    let mut file = create(root, path)?;
    file.write_all(text.as_bytes())?;
    let mode = match like {
        Some(like) => {
            let (folder, name) = parent(root, like)?;
            statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW)?.st_mode & 0o7777
        }
        None => READABLE_BY_ALL,
    };
    file.set_permissions(Permissions::from_mode(mode))
}

pub(super) fn keep(root: &Path, path: &Path, second: &Path) -> io::Result<()> {
    let (folder, name) = parent(root, path)?;
    let (second_folder, second_name) = parent(root, second)?;
    if linkat(&folder, name, &second_folder, second_name, AtFlags::empty()).is_ok() {
        return Ok(());
    }
    // Not every file system has hard links (FAT, some network shares); there a copy has to do.
    let mut from = open_to_read(root, path)?;
    let mut to = create(root, second)?;
    io::copy(&mut from, &mut to)?;
    to.set_permissions(from.metadata()?.permissions())
}

pub(super) fn rename(root: &Path, from: &Path, to: &Path) -> io::Result<()> {
    let (folder, name) = parent(root, from)?;
    let (to_folder, to_name) = parent(root, to)?;
    Ok(renameat(&folder, name, &to_folder, to_name)?)
}

pub(super) fn remove_file(root: &Path, path: &Path) -> io::Result<()> {
    let (folder, name) = parent(root, path)?;
    Ok(unlinkat(&folder, name, AtFlags::empty())?)
}

pub(super) fn remove_folder(root: &Path, path: &Path) -> io::Result<()> {
    let (folder, name) = parent(root, path)?;
    Ok(unlinkat(&folder, name, AtFlags::REMOVEDIR)?)
}

pub(super) fn sync(root: &Path, path: &Path) -> io::Result<()> {
    if path == root {
        return File::from(open_root(root)?).sync_all();
    }
    open_to_read(root, path)?.sync_all()
}
