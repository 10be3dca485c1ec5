//! All files or none.
//!
//! 1. The new texts are written to `.pykube/stage/`, and the files they replace get a second name there.
//! 2. The journal is written, bound to this stage. Until now nothing outside the stage has changed.
//! 3. Leftovers are removed, new texts are renamed to their places.
//! 4. The journal's name is removed: done. The stage is swept.
//!
//! Killed before 2, the next run sweeps the stage. Killed between 2 and 4, the next run finds the journal and puts
//! back what was replaced, and then renders again. A fault (no permission, disk full) is undone at once. A file that is
//! neither as before nor as the transaction would have it was edited meanwhile, and is left alone.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::disk::Disk;
use super::journal::{self, Journal, Step};
use super::{OWN_FOLDER, place};
use crate::file_set::RelativePath;
use crate::fingerprint::Fingerprint;

/// One file that changes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FileWrite<'a> {
    pub(crate) path: &'a RelativePath,
    /// Its bytes now; none when it is not there.
    pub(crate) before: Option<&'a [u8]>,
    /// Its text afterwards; none when it goes.
    pub(crate) after: Option<&'a str>,
}

/// Makes all of `writes` happen below `root`, or none of them.
pub(crate) fn commit(disk: &dyn Disk, root: &Path, writes: &[FileWrite<'_>]) -> anyhow::Result<()> {
    if writes.is_empty() {
        return Ok(());
    }
    let mut journal = Journal::new(missing_folders(root, writes), steps(writes));
    if let Err(error) = prepare(disk, root, writes, &mut journal) {
        // Nothing but the stage has changed; what cannot be swept now is swept by the next run.
        let _ = sweep(disk, root);
        return Err(error.context("nothing was written"));
    }
    match carry_out(disk, root, &journal) {
        Ok(()) => {}
        Err(error) => {
            undo(disk, root, &journal).with_context(|| {
                format!(
                    "{error:#}; undoing failed as well: free the disk or the folder, then run `pykube render` again"
                )
            })?;
            let _ = sweep(disk, root);
            return Err(error.context("nothing was written"));
        }
    }
    // Everything is in place; a stage that cannot be swept now is swept by the next run.
    let _ = sweep(disk, root);
    drop_empty_folders(disk, root, writes);
    Ok(())
}

/// Puts right what an interrupted run left. Says whether there was something to undo.
pub(crate) fn recover(disk: &dyn Disk, root: &Path) -> anyhow::Result<bool> {
    let own = root.join(OWN_FOLDER);
    // The stage must be ours: a link in its place could lead anywhere.
    for folder in [&own, &journal::stage(root)] {
        match std::fs::symlink_metadata(folder) {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => bail!("`{}` is not a folder; move it away", folder.display()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error).with_context(|| format!("`{}`", folder.display())),
        }
    }
    let journal = journal::read(root)?;
    if let Some(journal) = &journal {
        undo(disk, root, journal).context("an interrupted render cannot be undone")?;
    }
    sweep(disk, root).context("the remains of an interrupted render cannot be removed")?;
    Ok(journal.is_some())
}

fn steps(writes: &[FileWrite<'_>]) -> Vec<Step> {
    let hex = |bytes: &[u8]| Fingerprint::of(bytes).as_str().to_owned();
    writes
        .iter()
        .map(|write| Step {
            path: write.path.as_str().to_owned(),
            before: write.before.map(hex),
            after: write.after.map(|text| hex(text.as_bytes())),
        })
        .collect()
}

/// The folders that must be made, outermost first.
fn missing_folders(root: &Path, writes: &[FileWrite<'_>]) -> Vec<String> {
    let mut folders = BTreeSet::new();
    for write in writes.iter().filter(|write| write.after.is_some()) {
        for (end, _) in write.path.as_str().match_indices('/') {
            let folder = &write.path.as_str()[..end];
            if folder != OWN_FOLDER && !root.join(folder).exists() {
                folders.insert(folder.to_owned());
            }
        }
    }
    folders.into_iter().collect()
}

/// Steps 1 and 2: everything that can fail for lack of space fails here.
fn prepare(disk: &dyn Disk, root: &Path, writes: &[FileWrite<'_>], journal: &mut Journal) -> anyhow::Result<()> {
    let own = root.join(OWN_FOLDER);
    if !own.exists() {
        disk.create_folder(&own).with_context(|| format!("`{}` cannot be created", own.display()))?;
    }
    let stage = journal::stage(root);
    disk.create_folder(&stage).with_context(|| format!("`{}` cannot be created", stage.display()))?;
    let token = journal::token(&stage);
    disk.write_new(&token, "", None).with_context(|| format!("`{}` cannot be written", token.display()))?;
    let mut written = vec![root.to_path_buf(), own, stage.clone(), token];
    for (number, write) in writes.iter().enumerate() {
        let at = root.join(write.path.as_str());
        let replaced = write.before.is_some().then_some(at.as_path());
        if let Some(text) = write.after {
            let new = journal::new_text(&stage, number);
            disk.write_new(&new, text, replaced).with_context(|| format!("`{}` cannot be written", write.path))?;
            written.push(new);
        }
        if replaced.is_some() {
            disk.keep(&at, &journal::old_file(&stage, number))
                .with_context(|| format!("`{}` cannot be kept aside", write.path))?;
        }
    }
    let text = journal.bound_text(&stage).context("cannot serialise the journal")?;
    let draft = stage.join("journal.draft");
    let place = journal::place(&stage);
    disk.write_new(&draft, &text, None).with_context(|| format!("`{}` cannot be written", draft.display()))?;
    written.push(draft.clone());
    // The journal must not come before what it speaks of.
    disk.sync(&written)
        .and_then(|()| disk.rename(&draft, &place))
        .and_then(|()| disk.sync(&[stage]))
        .with_context(|| format!("`{}` cannot be written", place.display()))
}

/// Steps 3 and 4.
fn carry_out(disk: &dyn Disk, root: &Path, journal: &Journal) -> anyhow::Result<()> {
    let stage = journal::stage(root);
    let mut touched = BTreeSet::new();
    for folder in &journal.folders {
        let at = root.join(folder);
        disk.create_folder(&at).with_context(|| format!("`{folder}` cannot be created"))?;
        touched.extend(at.parent().map(Path::to_path_buf));
    }
    // Removals go first: where upper and lower case are one, a leftover may be the old name of a new file.
    for step in journal.steps.iter().filter(|step| step.after.is_none()) {
        let at = unchanged_since(root, step)?;
        disk.remove_file(&at).with_context(|| format!("`{}` cannot be removed", step.path))?;
        touched.extend(at.parent().map(Path::to_path_buf));
    }
    for (number, step) in journal.steps.iter().enumerate().filter(|(_, step)| step.after.is_some()) {
        let at = unchanged_since(root, step)?;
        disk.rename(&journal::new_text(&stage, number), &at)
            .with_context(|| format!("`{}` cannot be replaced", step.path))?;
        touched.extend(at.parent().map(Path::to_path_buf));
    }
    disk.sync(&touched.into_iter().collect::<Vec<_>>()).context("cannot sync the renamed files")?;
    finish(disk, &stage)
}

/// The place of a step's file, looked at once more: whoever saved it meanwhile keeps what they saved.
fn unchanged_since(root: &Path, step: &Step) -> anyhow::Result<PathBuf> {
    let path = step.place()?;
    let bytes = place::read(root, &path).map_err(|obstacle| anyhow::anyhow!("`{path}` {}", obstacle.clause()))?;
    if bytes.map(|bytes| Fingerprint::of(bytes).as_str().to_owned()) != step.before {
        bail!("`{path}` was changed by somebody else just now; run the command again");
    }
    Ok(root.join(path.as_str()))
}

/// Removes the journal's name: from here on the stage is only rubbish.
fn finish(disk: &dyn Disk, stage: &Path) -> anyhow::Result<()> {
    disk.rename(&journal::place(stage), &stage.join("done"))
        .and_then(|()| disk.sync(&[stage.to_path_buf()]))
        .with_context(|| format!("`{}`", stage.display()))
}

/// Puts back what the transaction replaced, removed or added, wherever it is still as the transaction left it.
fn undo(disk: &dyn Disk, root: &Path, journal: &Journal) -> anyhow::Result<()> {
    let stage = journal::stage(root);
    for (number, step) in journal.steps.iter().enumerate().rev() {
        let path = step.place()?;
        // Whatever cannot be read as a plain file is not what the transaction put there.
        let Ok(bytes) = place::read(root, &path) else { continue };
        if !step.is_after(bytes.as_deref()) {
            continue;
        }
        let at = root.join(path.as_str());
        match step.before {
            Some(_) => disk.rename(&journal::old_file(&stage, number), &at),
            None => disk.remove_file(&at),
        }
        .with_context(|| format!("`{path}` cannot be put back"))?;
    }
    for folder in journal.folders.iter().rev() {
        let folder = journal::checked_path(folder)?;
        // A folder that holds something by now, or never came to be, stays as it is.
        let _ = disk.remove_folder(&root.join(folder.as_str()));
    }
    if journal::place(&stage).exists() {
        finish(disk, &stage)?;
    }
    Ok(())
}

/// Removes the stage, and `.pykube` with it when nothing else is in there.
fn sweep(disk: &dyn Disk, root: &Path) -> io::Result<()> {
    let stage = journal::stage(root);
    let entries = match std::fs::read_dir(&stage) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry?;
        let is_ours = entry.file_name().to_str().is_some_and(journal::is_name_in_stage);
        if !is_ours || entry.file_type()?.is_dir() {
            let shown = entry.path();
            return Err(io::Error::other(format!(
                "`{0}` does not belong to pykube; move it away: rm -r {0}",
                shown.display()
            )));
        }
        files.push(entry.path());
    }
    for file in files {
        disk.remove_file(&file)?;
    }
    disk.remove_folder(&stage)?;
    // Fails while the lock file is in there, as it nearly always is.
    let _ = disk.remove_folder(&root.join(OWN_FOLDER));
    Ok(())
}

/// Folders that held nothing but leftovers go with them.
fn drop_empty_folders(disk: &dyn Disk, root: &Path, writes: &[FileWrite<'_>]) {
    for write in writes.iter().filter(|write| write.after.is_none()) {
        let mut folder = write.path.as_str();
        while let Some((parent, _)) = folder.rsplit_once('/') {
            folder = parent;
            if disk.remove_folder(&root.join(folder)).is_err() {
                break;
            }
        }
    }
}
