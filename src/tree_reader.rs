//! The one door through which files of a project are read.
//!
//! A clone may hold anything: a link to `/proc/self/environ`, a pipe that never ends, a file of gigabytes. What comes
//! through here is a regular file inside the tree, of no more than the size that the caller expects, and opening it
//! cannot block.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

/// Why a file of the tree is not read; each displays as a clause that follows the path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// Nothing is there.
    Missing,
    /// A folder, a pipe, a device or a socket.
    NotAFile,
    /// The path, or a link on the way, leads out of the tree.
    LeadsOut,
    /// A link is on the way, and the caller follows none.
    Link,
    /// More bytes than are read.
    TooLarge {
        size: u64,
        /// The most that are read.
        limit: u64,
    },
    /// The bytes are not UTF-8; valid up to this offset.
    NotText(Vec<u8>, usize),
    /// The operating system's own words.
    Failed(String),
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("does not exist"),
            Self::NotAFile => f.write_str("is not a regular file"),
            Self::LeadsOut => f.write_str("is a symbolic link that leads out of the folder"),
            Self::Link => f.write_str("is reached through a symbolic link"),
            Self::TooLarge { limit, .. } if *limit < 1 << 20 => write!(f, "is larger than {} KiB", limit >> 10),
            Self::TooLarge { limit, .. } => write!(f, "is larger than {} MiB", limit >> 20),
            Self::NotText(..) => f.write_str("is not UTF-8 text"),
            Self::Failed(why) => write!(f, "cannot be read: {why}"),
        }
    }
}

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::Missing,
            _ => Self::Failed(error.to_string()),
        }
    }
}

/// Opens the regular file at `relative` below `root`; links are followed as long as they stay below `root`.
///
/// # Errors
/// [`Unreadable`]: also when the file has more than `limit` bytes.
pub(crate) fn open_regular(root: &Path, relative: &str, limit: u64) -> Result<File, Unreadable> {
    match open_without_links(root, relative, limit) {
        Err(Unreadable::Link) => {}
        other => return other,
    }
    let root = root.canonicalize()?;
    let place = root.join(relative).canonicalize()?;
    let inside = place.strip_prefix(&root).map_err(|_| Unreadable::LeadsOut)?;
    // The names are those of real folders by now; whoever puts a link there meanwhile is not followed.
    checked(system::open(&root, inside)?, limit)
}

/// Opens the regular file at `relative` below `root`, where no part of `relative` is a link.
///
/// # Errors
/// [`Unreadable`]: also when the file has more than `limit` bytes.
pub(crate) fn open_without_links(root: &Path, relative: &str, limit: u64) -> Result<File, Unreadable> {
    checked(system::open(root, &plain_parts(relative)?)?, limit)
}

/// The bytes of the regular file at `relative` below `root`, as [`open_regular`] opens it.
///
/// # Errors
/// [`Unreadable`]: also when the file has more than `limit` bytes.
pub(crate) fn read(root: &Path, relative: &str, limit: u64) -> Result<Vec<u8>, Unreadable> {
    bytes_of(open_regular(root, relative, limit)?, limit)
}

/// The bytes of the regular file at `relative` below `root`, where no part of `relative` is a link.
///
/// # Errors
/// [`Unreadable`]: also when the file has more than `limit` bytes.
pub(crate) fn read_without_links(root: &Path, relative: &str, limit: u64) -> Result<Vec<u8>, Unreadable> {
    bytes_of(open_without_links(root, relative, limit)?, limit)
}

/// As [`read`], for a text.
///
/// # Errors
/// [`Unreadable`]: also when the bytes are not UTF-8.
pub(crate) fn read_text(root: &Path, relative: &str, limit: u64) -> Result<String, Unreadable> {
    String::from_utf8(read(root, relative, limit)?).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        Unreadable::NotText(error.into_bytes(), valid)
    })
}

/// A text as UTF-8, where its first two bytes say UTF-16: `pip freeze > requirements.txt` of Windows PowerShell writes one.
///
/// pip reads a requirements file by the same two bytes.
/// Source: `BOMS` of `pip/_internal/utils/encoding.py`, pip 24; Python itself refuses such a module.
pub(crate) fn as_utf8(bytes: Vec<u8>) -> Vec<u8> {
    let unit: fn([u8; 2]) -> u16 = match bytes.get(..2) {
        Some([0xff, 0xfe]) => u16::from_le_bytes,
        Some([0xfe, 0xff]) => u16::from_be_bytes,
        _ => return bytes,
    };
    let units = bytes[2..].chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let text: String = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    text.into_bytes()
}

/// All bytes of `file`, which may have grown since its size was asked.
fn bytes_of(file: File, limit: u64) -> Result<Vec<u8>, Unreadable> {
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    let size = bytes.len() as u64;
    if size > limit { Err(Unreadable::TooLarge { size, limit }) } else { Ok(bytes) }
}

/// `relative` without `.`; whatever is absolute or climbs leads out.
fn plain_parts(relative: &str) -> Result<PathBuf, Unreadable> {
    let mut plain = PathBuf::new();
    for part in Path::new(relative).components() {
        match part {
            Component::Normal(part) => plain.push(part),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return Err(Unreadable::LeadsOut),
        }
    }
    Ok(plain)
}

/// What was opened is asked, not the name: the name may mean something else by now.
fn checked(file: File, limit: u64) -> Result<File, Unreadable> {
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(Unreadable::NotAFile);
    }
    let size = metadata.len();
    if size > limit { Err(Unreadable::TooLarge { size, limit }) } else { Ok(file) }
}

#[cfg(unix)]
mod system {
    use std::fs::File;
    use std::path::Path;

    use rustix::fs::{AtFlags, FileType, Mode, OFlags, open as open_at_once, openat, statat};
    use rustix::io::Errno;

    use super::Unreadable;

    /// A folder on the way need not be listable, where the system can open it without.
    #[cfg(target_os = "linux")]
    const FOLDER: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
    #[cfg(not(target_os = "linux"))]
    const FOLDER: OFlags = OFlags::DIRECTORY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

    /// Without `NONBLOCK` a pipe would wait for its other end.
    const FILE: OFlags = OFlags::NONBLOCK.union(OFlags::NOFOLLOW).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

    /// Opens `relative` below `root` part by part: no part can turn into a link in between.
    pub(super) fn open(root: &Path, relative: &Path) -> Result<File, Unreadable> {
        let root = if root.as_os_str().is_empty() { Path::new(".") } else { root };
        let Some(name) = relative.file_name() else { return Err(Unreadable::NotAFile) };
        let mut folder = open_at_once(root, FOLDER.difference(OFlags::NOFOLLOW), Mode::empty()).map_err(failed)?;
        for part in relative.parent().into_iter().flat_map(Path::components) {
            let part = Path::new(part.as_os_str());
            folder = openat(&folder, part, FOLDER, Mode::empty()).map_err(|error| at(error, &folder, part))?;
        }
        let name = Path::new(name);
        let file = openat(&folder, name, FILE, Mode::empty()).map_err(|error| at(error, &folder, name))?;
        Ok(File::from(file))
    }

    /// Systems name a link that is not to be followed in different ways; this asks what is there.
    fn at(error: Errno, folder: &rustix::fd::OwnedFd, part: &Path) -> Unreadable {
        match statat(folder, part, AtFlags::SYMLINK_NOFOLLOW).map(|stat| FileType::from_raw_mode(stat.st_mode)) {
            Ok(FileType::Symlink) => Unreadable::Link,
            // A socket, or a device without its driver, cannot even be opened.
            Ok(kind) if kind != FileType::RegularFile && kind != FileType::Directory => Unreadable::NotAFile,
            _ => failed(error),
        }
    }

    fn failed(error: Errno) -> Unreadable {
        std::io::Error::from(error).into()
    }
}

#[cfg(not(unix))]
mod system {
    use std::fs::{File, symlink_metadata};
    use std::path::Path;

    use super::Unreadable;

    /// Opens `relative` below `root`, each part of which must be there and not a link.
    pub(super) fn open(root: &Path, relative: &Path) -> Result<File, Unreadable> {
        let mut place = root.to_path_buf();
        for part in relative.components() {
            place.push(part);
            if symlink_metadata(&place)?.file_type().is_symlink() {
                return Err(Unreadable::Link);
            }
        }
        if !symlink_metadata(&place)?.is_file() {
            return Err(Unreadable::NotAFile);
        }
        Ok(File::open(place)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// More than any file of these tests has.
    const LIMIT: u64 = 100;

    #[test]
    fn a_regular_file_below_the_root_is_read_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir(root.join("in")).unwrap();
        std::fs::write(root.join("in/a"), "a").unwrap();
        std::fs::write(root.join("large"), vec![b'x'; 101]).unwrap();
        std::fs::write(root.join("binary"), [b'x', 0xff]).unwrap();
        assert_eq!(read_text(root, "in/a", LIMIT).as_deref(), Ok("a"));
        assert_eq!(read_text(root, "./in/./a", LIMIT).as_deref(), Ok("a"));
        assert_eq!(read(root, "large", LIMIT), Err(Unreadable::TooLarge { size: 101, limit: LIMIT }));
        assert_eq!(read_text(root, "binary", LIMIT), Err(Unreadable::NotText(vec![b'x', 0xff], 1)));
        for missing in ["none", "none/a", "in/a/b"] {
            assert_eq!(read(root, missing, LIMIT), Err(Unreadable::Missing), "{missing}");
        }
        for out in ["../x", "/etc/passwd", "in/../../x"] {
            assert_eq!(read(root, out, LIMIT), Err(Unreadable::LeadsOut), "{out}");
        }
        for folder in ["in", "."] {
            assert_eq!(read(root, folder, LIMIT), Err(Unreadable::NotAFile), "{folder}");
        }
        assert_eq!(read(&root.join("none"), "a", LIMIT), Err(Unreadable::Missing));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_followed_only_as_long_as_it_stays_inside() {
        use std::os::unix::fs::symlink;
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("secret"), "x").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir(root.join("in")).unwrap();
        std::fs::write(root.join("in/a"), "a").unwrap();
        symlink("in/a", root.join("file")).unwrap();
        symlink("in", root.join("folder")).unwrap();
        symlink(root.join("in/a"), root.join("absolute")).unwrap();
        symlink(outside.path().join("secret"), root.join("out")).unwrap();
        symlink(outside.path(), root.join("away")).unwrap();
        symlink("loop", root.join("loop")).unwrap();
        symlink("/proc/self/environ", root.join("environment")).unwrap();
        symlink("nowhere", root.join("dangling")).unwrap();
        for inside in ["file", "folder/a", "absolute"] {
            assert_eq!(read_text(root, inside, LIMIT).as_deref(), Ok("a"), "{inside}");
            assert_eq!(read_without_links(root, inside, LIMIT), Err(Unreadable::Link), "{inside}");
        }
        for out in ["out", "away/secret", "environment"] {
            assert_eq!(read(root, out, LIMIT), Err(Unreadable::LeadsOut), "{out}");
        }
        assert!(matches!(read(root, "loop", LIMIT), Err(Unreadable::Failed(_))));
        assert_eq!(read(root, "dangling", LIMIT), Err(Unreadable::Missing));
        // The root itself may be reached through a link: it is what the user named.
        symlink(root, outside.path().join("root")).unwrap();
        assert_eq!(read_text(&outside.path().join("root"), "file", LIMIT).as_deref(), Ok("a"));
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_a_socket_and_a_device_are_refused_without_waiting() {
        use std::os::unix::net::UnixListener;
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let made = std::process::Command::new("mkfifo").arg(root.join("pipe")).status().unwrap();
        assert!(made.success());
        let _listener = UnixListener::bind(root.join("socket")).unwrap();
        for special in ["pipe", "socket"] {
            assert_eq!(read(root, special, LIMIT), Err(Unreadable::NotAFile), "{special}");
        }
        assert_eq!(read(Path::new("/dev"), "zero", LIMIT), Err(Unreadable::NotAFile));
    }
}
