//! What a render does to each file: a value that `diff` prints and `render` applies.

use std::borrow::Cow;

use super::LOCK_PATH;
use super::lock_file::{Entry, LockFile};
use super::release::Release;
use crate::file_set::{FileSet, RelativePath};
use crate::fingerprint::Fingerprint;
use crate::kube::yaml::layout::same_documents;

/// What happens to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Written where nothing is.
    New,
    /// Written over what pykube wrote before.
    Changed,
    /// As it should be; not touched, its time of change stays.
    Unchanged,
    /// The same documents in another layout, as a formatter leaves them; not touched.
    Reflowed,
    /// No longer asked for, and as pykube wrote it: removed.
    Removed,
    /// No longer asked for, but edited: stays, and is the user's from now on.
    Kept,
    /// No longer asked for, and cannot be read: stays, and is remembered.
    Unreadable,
    /// A hand edit and the render's text in one file, brought together by `render --merge`.
    Merged,
    /// Edited since pykube wrote it: a conflict.
    Edited,
    /// There, but never written by pykube: a conflict.
    Foreign,
}

impl Status {
    /// The status in one word, as the JSON of `diff` has it.
    pub fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
            Self::Reflowed => "reflowed",
            Self::Removed => "removed",
            Self::Kept => "kept",
            Self::Unreadable => "unreadable",
            Self::Merged => "merged",
            Self::Edited => "edited",
            Self::Foreign => "foreign",
        }
    }

    /// Whether the file stands in the way of the render.
    pub fn is_conflict(self) -> bool {
        matches!(self, Self::Edited | Self::Foreign)
    }

    /// Whether the tree differs from what the render asks for.
    pub fn is_difference(self) -> bool {
        !matches!(self, Self::Unchanged | Self::Reflowed)
    }
}

/// One file: what is there, what the render asks for, and what will be done about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub path: RelativePath,
    /// What will be done.
    pub status: Status,
    /// The bytes that are there now.
    pub(crate) before: Option<Vec<u8>>,
    /// What the file holds afterwards (for a conflict: when it is forced); none when the render does not ask for it.
    pub after: Option<String>,
    /// What pykube rendered the last time, when it is known.
    pub base: Option<String>,
    /// What is rendered now, before bumps are read back into it and before a merge; the next base.
    pub(crate) rendered: Option<String>,
    /// Whether `after` holds a hand edit beside the rendered text.
    pub(crate) merged: bool,
    /// Why `render --merge` could not bring the two together; empty when it was not tried.
    pub(crate) clashes: Vec<String>,
    /// What is said of the file, where its status does not say it.
    pub(crate) remark: Option<String>,
}

/// What a command does to `app.toml`, in the same transaction as the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AppTomlChange {
    /// The bytes that are there now; none when it is new.
    pub(crate) before: Option<Vec<u8>>,
    /// Its text afterwards.
    pub(crate) after: String,
}

impl Change {
    fn new(path: &RelativePath, status: Status, before: Option<&str>, after: Option<&str>) -> Self {
        Self {
            path: path.clone(),
            status,
            before: before.map(|text| text.as_bytes().to_vec()),
            after: after.map(str::to_owned),
            base: None,
            rendered: after.map(str::to_owned),
            merged: false,
            clashes: Vec::new(),
            remark: None,
        }
    }

    /// Takes the hand edit and the rendered text together, or notes why not.
    fn merge(&mut self) {
        let there = self.before.as_deref().map(std::str::from_utf8);
        let (Some(Ok(there)), Some(rendered)) = (there, &self.after) else {
            self.clashes.push("it is not UTF-8 text".to_owned());
            return;
        };
        let Some(base) = &self.base else {
            self.clashes.push("the lock file does not hold what pykube wrote".to_owned());
            return;
        };
        match crate::merge::merge(&self.path, base, there, rendered) {
            Ok(text) => {
                self.after = Some(text);
                self.status = Status::Merged;
                self.merged = true;
            }
            Err(clashes) => self.clashes = clashes,
        }
    }

    /// The text that is there now; bytes that are not UTF-8 are shown as U+FFFD.
    pub fn before(&self) -> Option<Cow<'_, str>> {
        self.before.as_deref().map(String::from_utf8_lossy)
    }
}

/// Everything a render does, file by file, sorted by path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub changes: Vec<Change>,
    /// Who asks for the files; `pykube render` is the empty string.
    pub(crate) owner: String,
    /// What happens to `app.toml`, for the commands that write it.
    pub(crate) app_toml: Option<AppTomlChange>,
    /// What was known before.
    pub(crate) lock: LockFile,
    /// The bytes of the lock file before.
    pub(crate) lock_before: Option<Vec<u8>>,
}

impl Plan {
    /// What it takes to get from one tree to another, whoever wrote them: for a look, not to be carried out.
    #[must_use]
    pub fn between(before: &FileSet, after: &FileSet) -> Self {
        let mut changes: Vec<Change> = after
            .iter()
            .map(|(path, text)| {
                let old = before.get(path.as_str());
                let status = match old {
                    None => Status::New,
                    Some(old) if old == text => Status::Unchanged,
                    Some(old) if same_documents(path, old, text) => Status::Reflowed,
                    Some(_) => Status::Changed,
                };
                Change::new(path, status, old, Some(text))
            })
            .collect();
        let gone = before.iter().filter(|(path, _)| after.get(path.as_str()).is_none());
        changes.extend(gone.map(|(path, text)| Change::new(path, Status::Removed, Some(text), None)));
        changes.sort_by(|a, b| a.path.cmp(&b.path));
        Self { changes, owner: String::new(), app_toml: None, lock: LockFile::default(), lock_before: Some(Vec::new()) }
    }

    /// The same plan with hand edits and rendered texts brought together where both did not touch the same place.
    /// The other conflicts stay, with their reasons.
    #[must_use]
    pub fn merged(mut self) -> Self {
        for change in self.changes.iter_mut().filter(|change| change.status == Status::Edited) {
            change.merge();
        }
        self
    }

    /// The files that stand in the way.
    pub fn conflicts(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| change.status.is_conflict())
    }

    /// The files that a render would touch, or would have to.
    pub fn differences(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| change.status.is_difference())
    }

    /// Whether the tree is as the render asks for. A lock file that is not there counts as a difference: without it
    /// the next render takes every file for the user's.
    pub fn is_clean(&self) -> bool {
        self.differences().next().is_none() && !self.lacks_lock() && !self.lock.is_in_conflict()
    }

    /// Whether files are asked for and the lock file is missing.
    pub fn lacks_lock(&self) -> bool {
        self.lock_before.is_none() && self.changes.iter().any(|change| change.after.is_some())
    }

    /// Whether the lock file holds a merge conflict.
    pub fn has_lock_in_conflict(&self) -> bool {
        self.lock.is_in_conflict()
    }

    /// The version of the pykube that rendered the files, where it is another than this one.
    pub fn other_release(&self) -> Option<String> {
        self.lock.pykube.as_ref().map(ToString::to_string).filter(|release| release != Release::THIS)
    }

    /// The lock file after the plan is carried out; conflicts in it are overwritten ones.
    pub(crate) fn next_lock(&self) -> LockFile {
        let mut lock = self.lock.clone();
        for change in &self.changes {
            match (&change.after, &change.rendered) {
                (Some(after), Some(rendered)) => self.remember(&mut lock, change, after, rendered),
                _ if change.status == Status::Unreadable => {}
                _ => lock.remove(&change.path),
            }
        }
        lock
    }

    fn remember(&self, lock: &mut LockFile, change: &Change, after: &str, rendered: &str) {
        let known = lock.get(&change.path).cloned();
        // A foreign file that merely means the same stays foreign.
        if change.status == Status::Reflowed && known.is_none() {
            return;
        }
        let mut entry = known.unwrap_or_else(|| Entry::new(after, rendered, &self.owner));
        entry.written = Fingerprint::of(after);
        entry.set_base(rendered);
        entry.merged = change.merged;
        entry.owner.clone_from(&self.owner);
        lock.insert(change.path.clone(), entry);
    }

    /// Whether carrying the plan out writes the lock file, and its text.
    pub(crate) fn lock_write(&self) -> Option<String> {
        if self.changes.is_empty() {
            return None;
        }
        let next = self.next_lock();
        let text = next.to_text();
        let nothing_to_know = self.lock_before.is_none() && next.is_empty();
        (!nothing_to_know && self.lock_before.as_deref() != Some(text.as_bytes())).then_some(text)
    }

    /// The lock file's own path.
    pub(crate) fn lock_path() -> RelativePath {
        RelativePath::new(LOCK_PATH).unwrap_or_else(|_| unreachable!("`{LOCK_PATH}` is a relative path"))
    }
}
