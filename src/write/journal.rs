//! The note that a transaction leaves before it touches a file, from which the next run can undo it.
//!
//! A journal moves and removes files, so one that a stranger committed must not be obeyed. Each is bound to the very
//! file `.pykube/stage/token` that its transaction made: by its number and time of change in the file system, which
//! `git clone`, `tar` and `cp` cannot set, and by its owner. Nothing outside the folder is needed for that, so a run
//! that was killed in a container without a home can be put right by the next one.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::bail;
use serde::{Deserialize, Serialize};

use super::{ATTRIBUTES_PATH, LOCK_PATH, OWN_FOLDER};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::file_set::RelativePath;
use crate::fingerprint::Fingerprint;
use crate::tree_reader::{self, Unreadable};

/// The format of the journal.
const VERSION: u32 = 2;

/// Largest journal that is read, in bytes: some 200 for each file.
const LARGEST: u64 = 1 << 20;

/// What a transaction was about to do, in the order in which it does it.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Journal {
    /// Format of this note.
    version: u32,
    /// The [`identity`] of the token beside it.
    #[serde(default)]
    token: String,
    /// Folders that were not there before, outermost first.
    #[serde(default)]
    pub(crate) folders: Vec<String>,
    #[serde(default)]
    pub(crate) steps: Vec<Step>,
}

/// One file of a transaction.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    /// The file, below the target directory.
    pub(crate) path: String,
    /// SHA-256 of its bytes before; none when it was not there.
    pub(crate) before: Option<String>,
    /// SHA-256 of its bytes after; none when it goes.
    pub(crate) after: Option<String>,
}

impl Journal {
    /// The note of a transaction that has made nothing yet.
    pub(crate) fn new(folders: Vec<String>, steps: Vec<Step>) -> Self {
        Self { version: VERSION, token: String::new(), folders, steps }
    }

    /// The text of the note, bound to the token in `stage`.
    pub(crate) fn bound_text(&mut self, stage: &Path) -> anyhow::Result<String> {
        self.token = identity(&token(stage))?;
        Ok(toml::to_string(self)?)
    }
}

impl Step {
    /// The checked path: a journal cannot lead out of the target, nor to where pykube never writes.
    pub(crate) fn place(&self) -> anyhow::Result<RelativePath> {
        checked_path(&self.path)
    }

    /// Whether `bytes` are those that the transaction puts there.
    pub(crate) fn is_after(&self, bytes: Option<&[u8]>) -> bool {
        self.after == bytes.map(|bytes| Fingerprint::of(bytes).as_str().to_owned())
    }
}

/// A path that a journal names, as long as a transaction could have written there.
pub(crate) fn checked_path(path: &str) -> anyhow::Result<RelativePath> {
    let fault = |why: &str| anyhow::anyhow!("the journal of an interrupted render names `{path}`, {why}");
    let checked = RelativePath::new(path).map_err(|why| fault(&format!("which {why}")))?;
    if checked.is_reserved() && ![LOCK_PATH, ATTRIBUTES_PATH].contains(&checked.as_str()) {
        return Err(fault("where pykube never writes"));
    }
    Ok(checked)
}

/// The folder of a transaction in progress, below `root`.
pub(crate) fn stage(root: &Path) -> PathBuf {
    root.join(OWN_FOLDER).join("stage")
}

/// The journal's place in the stage: while it is there, the transaction is not done.
pub(crate) fn place(stage: &Path) -> PathBuf {
    stage.join("journal.toml")
}

/// The file that binds a journal to the transaction that wrote it.
pub(crate) fn token(stage: &Path) -> PathBuf {
    stage.join("token")
}

/// Where the text of step `number` waits.
pub(crate) fn new_text(stage: &Path, number: usize) -> PathBuf {
    stage.join(format!("{number}.new"))
}

/// Where the file that step `number` replaces is kept.
pub(crate) fn old_file(stage: &Path, number: usize) -> PathBuf {
    stage.join(format!("{number}.old"))
}

/// Whether a transaction makes a file of this name in its stage.
pub(crate) fn is_name_in_stage(name: &str) -> bool {
    let is_text = |name: &str| {
        name.split_once('.').is_some_and(|(number, ending)| {
            number.bytes().all(|byte| byte.is_ascii_digit()) && matches!(ending, "new" | "old")
        })
    };
    matches!(name, "journal.toml" | "journal.draft" | "done" | "token") || is_text(name)
}

/// Whether an interrupted run left a journal below `root`, whoever that was.
pub(crate) fn is_there(root: &Path) -> bool {
    !matches!(read_bytes(root), Err(Unreadable::Missing))
}

/// The journal that an interrupted run left, if any.
///
/// # Errors
/// Also when it is not of a run that was here: then nothing that it says is done.
pub(crate) fn read(root: &Path) -> anyhow::Result<Option<Journal>> {
    let bytes = match read_bytes(root) {
        Ok(bytes) => bytes,
        Err(Unreadable::Missing) => return Ok(None),
        Err(why) => return Err(not_ours(root, &format!("a journal that {why}")).into()),
    };
    let text = String::from_utf8_lossy(&bytes);
    let Ok(journal) = toml::from_str::<Journal>(&text) else {
        return Err(not_ours(root, "a journal that this pykube cannot read").into());
    };
    if journal.version > VERSION {
        bail!("an interrupted render of a newer pykube must be completed by that version: run its `pykube render`");
    }
    let is_bound = identity(&token(&stage(root))).is_ok_and(|identity| identity == journal.token);
    if journal.version < VERSION || !is_bound {
        return Err(not_ours(root, "the journal of a run that was not interrupted here").into());
    }
    Ok(Some(journal))
}

fn read_bytes(root: &Path) -> Result<Vec<u8>, Unreadable> {
    tree_reader::read_without_links(root, &format!("{OWN_FOLDER}/stage/journal.toml"), LARGEST)
}

fn not_ours(root: &Path, what: &str) -> Diagnostics {
    let stage = stage(root);
    let shown = stage.display();
    Diagnostic::error(format!("`{shown}` holds {what}; it was not followed, and nothing was written"))
        .help(format!("rm -r {shown}, unless you copied this folder while pykube was at work: then its `*.old` files are what was there before"))
        .into()
}

/// What the file system alone decides of the file at `path`: a copy has another one.
#[cfg(unix)]
fn identity(path: &Path) -> io::Result<String> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = std::fs::symlink_metadata(path)?;
    // Whoever may write here as another user could have made both the token and the journal.
    if !metadata.is_file() || metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    Ok(format!("{}-{}.{:09}", metadata.ino(), metadata.ctime(), metadata.ctime_nsec()))
}

/// What the file system alone decides of the file at `path`: a copy has another one.
#[cfg(not(unix))]
fn identity(path: &Path) -> io::Result<String> {
    let metadata = std::fs::symlink_metadata(path)?;
    let made = metadata.created()?.duration_since(std::time::UNIX_EPOCH).map_err(io::Error::other)?;
    Ok(format!("{}", made.as_nanos()))
}
