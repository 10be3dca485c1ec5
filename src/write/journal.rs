//! The note that a transaction leaves before it touches a file, from which the next run can undo it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};

use super::OWN_FOLDER;
use crate::file_set::RelativePath;
use crate::fingerprint::Fingerprint;

/// What a transaction was about to do, in the order in which it does it.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Journal {
    /// Format of this note.
    pub(crate) version: u32,
    /// Folders that were not there before, outermost first.
    #[serde(default)]
    pub(crate) folders: Vec<String>,
    /// The files.
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

impl Step {
    /// The checked path: a journal from elsewhere cannot lead out of the target.
    pub(crate) fn place(&self) -> anyhow::Result<RelativePath> {
        RelativePath::new(self.path.as_str())
            .map_err(|why| anyhow::anyhow!("the journal of an interrupted render names `{}`, which {why}", self.path))
    }

    /// Whether `bytes` are those that the transaction puts there.
    pub(crate) fn is_after(&self, bytes: Option<&[u8]>) -> bool {
        self.after == bytes.map(|bytes| Fingerprint::of(bytes).as_str().to_owned())
    }
}

/// The folder of a transaction in progress, below `root`.
pub(crate) fn stage(root: &Path) -> PathBuf {
    root.join(OWN_FOLDER).join("stage")
}

/// The journal's place in the stage: while it is there, the transaction is not done.
pub(crate) fn place(stage: &Path) -> PathBuf {
    stage.join("journal.toml")
}

/// Where the text of step `number` waits.
pub(crate) fn new_text(stage: &Path, number: usize) -> PathBuf {
    stage.join(format!("{number}.new"))
}

/// Where the file that step `number` replaces is kept.
pub(crate) fn old_file(stage: &Path, number: usize) -> PathBuf {
    stage.join(format!("{number}.old"))
}

/// The journal that an interrupted run left, if any.
pub(crate) fn read(root: &Path) -> anyhow::Result<Option<Journal>> {
    let place = place(&stage(root));
    let text = match std::fs::read_to_string(&place) {
        Ok(text) => text,
        Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(error).context("the journal of an interrupted render cannot be read"),
    };
    let journal: Journal = toml::from_str(&text).context("the journal of an interrupted render cannot be read")?;
    if journal.version != 1 {
        bail!("an interrupted render of a newer pykube must be completed by that version: run its `pykube render`");
    }
    Ok(Some(journal))
}
