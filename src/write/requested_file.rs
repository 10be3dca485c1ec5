//! A file that is asked for: what is there, what it was, and so what happens to it.

use super::lock_file::{Entry, UnpackBudget};
use super::plan::{Change, Status};
use crate::conflict;
use crate::file_set::RelativePath;
use crate::fingerprint::Fingerprint;
use crate::kube::yaml::layout::{no_new_comments, same_documents};
use crate::merge::is_contained;
use crate::pin::{KeptPins, ThreeVersions};

/// A file that is asked for.
pub(super) struct RequestedFile<'a> {
    pub(super) path: &'a RelativePath,
    /// The text that is rendered.
    pub(super) text: &'a str,
    /// The bytes that are there.
    pub(super) before: Option<Vec<u8>>,
    /// What was rendered the last time, once it was [recalled](Self::recall) and when it is known.
    pub(super) base: Option<String>,
    /// What the lock file knows of it.
    pub(super) entry: Option<&'a Entry>,
    /// What the other side of a merge knows of it.
    pub(super) other_side: Option<&'a Entry>,
    /// What the other side rendered.
    pub(super) other_base: Option<String>,
}

impl RequestedFile<'_> {
    /// The text that is there, when it is a text.
    fn there(&self) -> Option<&str> {
        self.before.as_deref().and_then(|bytes| std::str::from_utf8(bytes).ok())
    }

    /// Whether what is there is not, byte for byte, what is rendered.
    pub(super) fn differs(&self) -> bool {
        self.before.as_deref() != Some(self.text.as_bytes())
    }

    /// Unpacks what was rendered the last time.
    pub(super) fn recall(&mut self, budget: &mut UnpackBudget) {
        self.base = self.entry.and_then(|entry| entry.base_text(budget));
        self.other_base = self.other_side.and_then(|entry| entry.base_text(budget));
    }

    /// The file in its three ages, when all are known.
    pub(super) fn ages(&self) -> Option<ThreeVersions<'_>> {
        Some(ThreeVersions {
            path: self.path,
            base: self.base.as_deref()?,
            current: self.there()?,
            rendered: self.text,
        })
    }

    /// What happens to it; `bumps` are the versions that are read back.
    pub(super) fn change(self, bumps: &KeptPins) -> Change {
        let text = bumps.apply(self.path, self.text);
        let status = self.status(&text, bumps);
        // A hand edit that was merged before lives on as long as there is nothing new to merge it with.
        let is_merged = self.entry.is_some_and(|entry| entry.merged) && status == Status::Unchanged;
        let edit = self.there().filter(|there| is_merged && *there != text).map(str::to_owned);
        Change {
            path: self.path.clone(),
            status,
            merged: edit.is_some(),
            after: Some(edit.unwrap_or(text)),
            before: self.before,
            base: self.base,
            rendered: Some(self.text.to_owned()),
            clashes: Vec::new(),
            remark: None,
        }
    }

    /// Whether git made what is there, with conflicts or without, of two texts that pykube rendered, and nobody's hand edit
    /// is in it.
    fn is_merge_of_renders(&self, entry: &Entry) -> bool {
        let Some(other) = self.other_side else { return false };
        let (Some(there), Some(ours), Some(theirs)) = (self.there(), &self.base, &self.other_base) else {
            return false;
        };
        !entry.merged && !other.merged && conflict::is_merge_of(there, ours, theirs)
    }

    fn status(&self, text: &str, bumps: &KeptPins) -> Status {
        let Some(bytes) = &self.before else { return Status::New };
        if bytes == text.as_bytes() || without_carriage_returns(bytes) == text.as_bytes() {
            return Status::Unchanged;
        }
        let as_written = self.entry.filter(|entry| is_as_written(bytes, entry));
        match as_written {
            Some(entry) if !entry.merged => return Status::Changed,
            // Also when the edit is only a comment: it stays a merged one.
            Some(_) if self.base.as_deref() == Some(self.text) => return Status::Unchanged,
            _ => {}
        }
        let there = self.there();
        if there.is_some_and(|there| same_documents(self.path, there, text)) {
            return Status::Reflowed;
        }
        let Some(entry) = self.entry else { return Status::Foreign };
        if self.is_merge_of_renders(entry) {
            return Status::Changed;
        }
        if entry.merged {
            return Status::Edited;
        }
        let is_no_loss = |base: &str| {
            there.is_some_and(|there| {
                // A bump that is read back, a formatter's work, or an edit that app.toml asks for by now: nothing is
                // lost with the old text.
                let there = bumps.undo(self.path, there);
                let only_reflowed = same_documents(self.path, &there, base) && no_new_comments(&there, base);
                there == base || only_reflowed || is_contained(self.path, base, &there, self.text)
            })
        };
        if self.base.as_deref().is_some_and(is_no_loss) { Status::Changed } else { Status::Edited }
    }
}

/// Whether `bytes` are those that were written, line ends aside (Git on Windows may turn them).
pub(super) fn is_as_written(bytes: &[u8], entry: &Entry) -> bool {
    Fingerprint::of(bytes) == entry.written || Fingerprint::of(without_carriage_returns(bytes)) == entry.written
}

fn without_carriage_returns(bytes: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(bytes).replace("\r\n", "\n").into_bytes()
}
