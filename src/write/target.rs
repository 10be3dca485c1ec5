//! The directory that is rendered into.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::asked::{Asked, is_as_written};
use super::disk::{Disk, RealDisk};
use super::lock_file::LockFile;
use super::place::{self, Listings, Obstacle};
use super::plan::{Change, Plan, Status};
use super::refusal::Refusal;
use super::run_lock::RunLock;
use super::transaction::{self, FileWrite};
use super::{LOCK_PATH, journal};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::file_set::{FileSet, RelativePath};
use crate::pin;

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
        let interrupted = journal::read(root)?.is_some();
        Self::load(root, None, interrupted)
    }

    /// Opens the target to write into it, one process at a time, and puts right what an interrupted run left.
    pub fn open_for_writing(root: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(root).with_context(|| format!("`{}` cannot be made", root.display()))?;
        let lock = RunLock::take(root).with_context(|| format!("`{}` cannot be locked", root.display()))?;
        let Some(lock) = lock else {
            bail!("another pykube is writing to `{}`; nothing was written; run the command again", root.display());
        };
        let interrupted = transaction::recover(&RealDisk, root)?;
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
        Ok(Self { root: root.to_path_buf(), lock, lock_bytes: bytes, held, interrupted })
    }

    /// Whether a render was killed here: found (to look at), or put right (for writing).
    #[must_use]
    pub fn was_interrupted(&self) -> bool {
        self.interrupted
    }

    /// Compares what is there with what `files` asks for; `environment` is the one that was rendered.
    ///
    /// # Errors
    /// All files that cannot be read or must not be written, at once.
    pub fn plan(&self, files: &FileSet, environment: Option<&str>) -> Result<Plan, Diagnostics> {
        let environment = environment.unwrap_or_default().to_owned();
        let leftovers = self.leftovers(files, &environment);
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
                    asked.push(Asked { path, text, before, base: None, entry: self.lock.get(path) });
                }
                Err(obstacle) => {
                    let fault = Diagnostic::error(format!("`{path}` {}", obstacle.clause()));
                    faults.push(fault.help(obstacle.help(path)));
                }
            }
        }
        // What was written the last time is unpacked only where it can matter.
        if asked.iter().any(Asked::differs) {
            asked.iter_mut().for_each(Asked::recall);
        }
        let kept = pin::read_back(&asked.iter().filter_map(Asked::ages).collect::<Vec<_>>());
        let mut changes: Vec<Change> = asked.into_iter().map(|asked| asked.change(&kept)).collect();
        changes.extend(leftovers.into_iter().filter_map(|path| self.left_over(path, &environment)));
        changes.sort_by(|a, b| a.path.cmp(&b.path));
        if faults.has_errors() {
            return Err(faults);
        }
        Ok(Plan { changes, environment, lock: self.lock.clone(), lock_before: self.lock_bytes.clone() })
    }

    /// Carries `plan` out, all of it or nothing. With `force`, conflicts are overwritten; leftovers that were edited
    /// stay even then.
    ///
    /// # Errors
    /// A [`Refusal`] when a conflict is in the way; otherwise why the disk would not have it.
    pub fn apply(&self, plan: &Plan, force: bool) -> anyhow::Result<()> {
        self.apply_on(&RealDisk, plan, force)
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
        if let Some(text) = &lock_text {
            writes.push(FileWrite { path: &lock_path, before: self.lock_bytes.as_deref(), after: Some(text) });
        }
        transaction::commit(disk, &self.root, &writes)
    }

    /// Files of `environment` that are no longer asked for.
    fn leftovers(&self, files: &FileSet, environment: &str) -> BTreeSet<RelativePath> {
        self.lock
            .iter()
            .filter(|(path, entry)| entry.environments.contains(environment) && files.get(path.as_str()).is_none())
            .map(|(path, _)| path.clone())
            .collect()
    }

    /// What happens to a file that is no longer asked for; none when it is gone already, or another environment's too.
    fn left_over(&self, path: RelativePath, environment: &str) -> Option<Change> {
        let entry = self.lock.get(&path)?;
        let shared = entry.environments.iter().any(|name| name != environment);
        // A link or a folder in its place is the user's doing.
        let before = place::read(&self.root, &path).unwrap_or_default();
        let ours = before.as_deref().is_some_and(|bytes| is_as_written(bytes, entry));
        let status = match (&before, ours) {
            (None, _) => Status::Unchanged,
            (Some(_), _) if shared => Status::Unchanged,
            (Some(_), true) => Status::Removed,
            (Some(_), false) => Status::Kept,
        };
        let base = entry.base_text();
        Some(Change { path, status, before, after: None, base, rendered: None, merged: false, clashes: Vec::new() })
    }
}

/// Whether carrying the plan out touches this file.
fn writes_to_disk(change: &Change) -> bool {
    match change.status {
        Status::New | Status::Changed | Status::Removed | Status::Merged | Status::Edited | Status::Foreign => true,
        Status::Unchanged | Status::Reflowed | Status::Kept => false,
    }
}
