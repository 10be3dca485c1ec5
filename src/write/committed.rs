//! Files as they are committed at a Git revision.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::bail;

use super::lock_file::LockFile;
use super::plan::Plan;
use crate::diagnostic::Diagnostics;
use crate::file_set::{FileSet, RelativePath};
use crate::git::Repository;

/// Where `directory` is below the root of its Git repository; none when it is the root, or in no repository.
pub(crate) fn folder_in_repository(directory: &Path) -> Option<String> {
    Repository::around(directory).map(|repository| repository.folder().to_owned()).filter(|folder| !folder.is_empty())
}

/// The files that `files` asks for, and those that the lock file of `revision` lists for the render, as they are
/// committed at `revision`. `directory` is the target, somewhere inside the repository.
///
/// # Errors
/// When there is no Git, no repository, or no such revision.
pub fn committed(directory: &Path, revision: &str, files: &FileSet) -> anyhow::Result<FileSet> {
    let Some(repository) = Repository::around(directory) else {
        bail!("`{}` is not in a Git repository, so there is no `{revision}` to compare with", directory.display());
    };
    let Some(commit) = repository.commit(revision)? else {
        bail!("Git has no revision `{revision}` here; a shallow clone may lack it: git fetch origin {revision}");
    };
    let lock = match repository.text(&commit, &Plan::lock_path())? {
        Some(text) => LockFile::parse(&text, &format!("{revision}:{}", super::LOCK_PATH))
            .map_err(|diagnostic| Diagnostics::from(*diagnostic))?,
        None => LockFile::default(),
    };
    let paths: BTreeSet<&RelativePath> = files.iter().map(|(path, _)| path).chain(lock.of_owner("")).collect();
    let mut set = FileSet::new();
    for path in paths {
        if let Some(text) = repository.text(&commit, path)? {
            set.add(path.clone(), text).map_err(|path| anyhow::anyhow!("`{path}` is committed twice, in two cases"))?;
        }
    }
    Ok(set)
}
