//! The directory that is rendered into.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::disk::{Disk, RealDisk};
use super::lock_file::{LockFile, UnpackBudget};
use super::place::{self, Listings, Obstacle};
use super::plan::{AppTomlChange, Change, Plan, Status};
use super::refusal::Refusal;
use super::release::Release;
use super::requested_file::RequestedFile;
use super::run_lock::RunLock;
use super::transaction::{self, FileWrite};
use super::{ATTRIBUTES_PATH, LOCK_PATH, journal, leftover};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::file_set::{FileSet, RelativePath};
use crate::pin;

/// The file that the commands change which do more than render it.
const APP_TOML: &str = "app.toml";

/// Sources: <https://git-scm.com/docs/gitattributes>,
/// <https://docs.github.com/en/repositories/working-with-files/managing-files/customizing-how-changed-files-appear-on-github>
const ATTRIBUTES: &str = "\
# The lock file is read by pykube, not by reviewers.
lock.toml -diff linguist-generated
";

/// The directory that is rendered into, and what pykube remembers of it.
#[derive(Debug)]
pub struct Target {
    root: PathBuf,
    lock: LockFile,
    lock_bytes: Option<Vec<u8>>,
    /// Held when the target was opened for writing.
    held: Option<RunLock>,
    /// Whether an interrupted render was found.
    interrupted: bool,
}

impl Target {
    /// Opens the target to look at it; nothing is changed.
    pub fn open(root: &Path) -> anyhow::Result<Self> {
        if root.exists() && !root.is_dir() {
            bail!("`{}` is not a folder", root.display());
        }
        let interrupted = journal::is_there(root);
        Self::load(root, None, interrupted)
    }

    /// Opens the target to write into it, one process at a time, and puts right what an interrupted run left.
    pub fn open_for_writing(root: &Path) -> anyhow::Result<Self> {
        let nothing_written = |what: &str| format!("nothing was written: `{}` cannot be {what}", root.display());
        // Not asked for when it is there: a disk on which nothing can be created may still hold it.
        if !root.is_dir() {
            std::fs::create_dir_all(root).with_context(|| nothing_written("made"))?;
        }
        let lock = RunLock::take(root).with_context(|| nothing_written("locked"))?;
        let Some(lock) = lock else {
            bail!("another pykube is writing to `{}`; nothing was written; run the command again", root.display());
        };
        let interrupted = transaction::recover(&RealDisk::below(root), root)?;
        Self::load(root, Some(lock), interrupted)
    }

    fn load(root: &Path, held: Option<RunLock>, interrupted: bool) -> anyhow::Result<Self> {
        let path = Plan::lock_path();
        let bytes = place::read(root, &path).map_err(|obstacle| {
            Diagnostics::from(
                Diagnostic::error(format!("`{LOCK_PATH}` {}", obstacle.clause())).help(obstacle.help(&path)),
            )
        })?;
        let shown = root.join(LOCK_PATH).display().to_string();
        let shown = shown.strip_prefix("./").unwrap_or(&shown);
        let lock = match &bytes {
            Some(bytes) => LockFile::parse(&String::from_utf8_lossy(bytes), shown)
                .map_err(|diagnostic| Diagnostics::from(*diagnostic))?,
            None => LockFile::default(),
        };
        if let Some(newer) = lock.pykube.as_ref().filter(|release| release.is_newer()) {
            let fault = format!("`{shown}` was written by pykube {newer}; this is pykube {}", Release::THIS);
            let help = "install that version or a newer one: this one would undo what the newer one renders";
            return Err(Diagnostics::from(Diagnostic::error(fault).help(help)).into());
        }
        Ok(Self { root: root.to_path_buf(), lock, lock_bytes: bytes, held, interrupted })
    }

    /// Whether a render was killed here: found (to look at), or put right (for writing).
    pub fn was_interrupted(&self) -> bool {
        self.interrupted
    }

    /// Compares what is there with what `files` asks for; `owner` is the module of `pykube add` that asks, none is the
    /// render. What an owner no longer asks for is removed, and nothing of the others.
    ///
    /// # Errors
    /// All files that cannot be read or must not be written, at once.
    pub fn plan(&self, files: &FileSet, owner: Option<&str>) -> Result<Plan, Diagnostics> {
        let owner = owner.unwrap_or_default().to_owned();
        let is_leftover = |path: &&RelativePath| files.get(path.as_str()).is_none();
        let leftovers: BTreeSet<&RelativePath> = self.lock.of_owner(&owner).filter(is_leftover).collect();
        let mut budget = UnpackBudget::default();
        let mut asked = self.asked(files, &leftovers)?;
        // What was written the last time is unpacked only where it can matter.
        if asked.iter().any(RequestedFile::differs) {
            for asked in &mut asked {
                asked.recall(&mut budget);
            }
        }
        let kept = pin::read_back(&asked.iter().filter_map(RequestedFile::ages).collect::<Vec<_>>());
        let mut changes: Vec<Change> = asked.into_iter().map(|asked| asked.change(&kept)).collect();
        let entries = leftovers.into_iter().filter_map(|path| Some((path, self.lock.get(path)?)));
        changes.extend(entries.map(|(path, entry)| leftover::change(&self.root, path, entry, files, &mut budget)));
        changes.sort_by(|a, b| a.path.cmp(&b.path));
        let lock = self.lock.clone();
        Ok(Plan { changes, owner, app_toml: None, lock, lock_before: self.lock_bytes.clone() })
    }

    /// The bytes of `app.toml`; none when nothing is there.
    ///
    /// # Errors
    /// When it is reached through a link, which may lead to anybody's file, or cannot be read.
    pub fn app_toml_bytes(&self) -> Result<Option<Vec<u8>>, Diagnostics> {
        let path = app_toml();
        place::read(&self.root, &path).map_err(|obstacle| {
            let fault = Diagnostic::error(format!("`{path}` {}; nothing was written", obstacle.clause()));
            fault.help(obstacle.help(&path)).into()
        })
    }

    /// A plan in which `app.toml` alone changes.
    ///
    /// # Errors
    /// As [`with_app_toml`](Self::with_app_toml).
    pub fn plan_app_toml(&self, before: Option<&[u8]>, after: String) -> Result<Plan, Diagnostics> {
        let lock = self.lock.clone();
        let lock_before = self.lock_bytes.clone();
        let nothing = Plan { changes: Vec::new(), owner: String::new(), app_toml: None, lock, lock_before };
        self.with_app_toml(nothing, before, after)
    }

    /// `plan` with `after` as the text of `app.toml`, written with the rest or not at all; `before` is what it was made
    /// from, none for a file that is to be new.
    ///
    /// # Errors
    /// As [`app_toml_bytes`](Self::app_toml_bytes), and when something else is there by now.
    pub fn with_app_toml(&self, mut plan: Plan, before: Option<&[u8]>, after: String) -> Result<Plan, Diagnostics> {
        let there = self.app_toml_bytes()?;
        if there.as_deref() != before {
            let fault = Diagnostic::error("`app.toml` was changed by somebody else just now; nothing was written");
            return Err(fault.help("run the command again").into());
        }
        plan.app_toml = (before != Some(after.as_bytes())).then_some(AppTomlChange { before: there, after });
        Ok(plan)
    }

    /// The files that are asked for, with what is there.
    fn asked<'a>(
        &'a self,
        files: &'a FileSet,
        leftovers: &BTreeSet<&RelativePath>,
    ) -> Result<Vec<RequestedFile<'a>>, Diagnostics> {
        let mut faults = Diagnostics::default();
        let mut listings = Listings::default();
        let mut asked = Vec::new();
        for (path, text) in files.iter() {
            let clash = match listings.check(&self.root, path) {
                Err(Obstacle::CaseTwin(twin)) if leftovers.iter().any(|left| left.as_str() == twin) => Ok(()),
                other => other,
            };
            match clash.and_then(|()| place::read(&self.root, path)) {
                Ok(before) => {
                    let (entry, other_side) = (self.lock.get(path), self.lock.other_side(path));
                    asked.push(RequestedFile { path, text, before, base: None, entry, other_side, other_base: None });
                }
                Err(obstacle) => {
                    let fault = Diagnostic::error(format!("`{path}` {}", obstacle.clause()));
                    faults.push(fault.help(obstacle.help(path)));
                }
            }
        }
        if faults.has_errors() { Err(faults) } else { Ok(asked) }
    }

    /// Carries `plan` out, all of it or nothing. With `force`, conflicts are overwritten; leftovers that were edited
    /// stay even then.
    ///
    /// # Errors
    /// A [`Refusal`] when a conflict is in the way; otherwise why the disk would not have it.
    pub fn apply(&self, plan: &Plan, force: bool) -> anyhow::Result<()> {
        self.apply_on(&RealDisk::below(&self.root), plan, force)
    }

    pub(crate) fn apply_on(&self, disk: &dyn Disk, plan: &Plan, force: bool) -> anyhow::Result<()> {
        if self.held.is_none() {
            bail!("the target was opened to be looked at, not to be written");
        }
        if !force && let Some(refusal) = Refusal::of(plan) {
            return Err(refusal.into());
        }
        let lock_path = Plan::lock_path();
        let lock_text = plan.lock_write();
        let app_toml_path = app_toml();
        let attributes_path = own_path(ATTRIBUTES_PATH);
        let mut writes: Vec<FileWrite<'_>> = plan
            .changes
            .iter()
            .filter(|change| writes_to_disk(change))
            .map(|change| FileWrite {
                path: &change.path,
                before: change.before.as_deref(),
                after: change.after.as_deref(),
            })
            .collect();
        if let Some(change) = &plan.app_toml {
            writes.push(FileWrite {
                path: &app_toml_path,
                before: change.before.as_deref(),
                after: Some(&change.after),
            });
        }
        if let Some(text) = &lock_text {
            writes.push(FileWrite { path: &lock_path, before: self.lock_bytes.as_deref(), after: Some(text) });
            if matches!(place::read(&self.root, &attributes_path), Ok(None)) {
                writes.push(FileWrite { path: &attributes_path, before: None, after: Some(ATTRIBUTES) });
            }
        }
        transaction::commit(disk, &self.root, &writes)
    }
}

fn app_toml() -> RelativePath {
    own_path(APP_TOML)
}

fn own_path(path: &'static str) -> RelativePath {
    RelativePath::new(path).unwrap_or_else(|_| unreachable!("`{path}` is a relative path"))
}

/// Whether carrying the plan out touches this file.
fn writes_to_disk(change: &Change) -> bool {
    match change.status {
        Status::New | Status::Changed | Status::Removed | Status::Merged | Status::Edited | Status::Foreign => true,
        Status::Unchanged | Status::Reflowed | Status::Kept | Status::Unreadable => false,
    }
}
