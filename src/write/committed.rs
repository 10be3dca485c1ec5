//! Files as they are committed at a Git revision.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

use super::lock_file::LockFile;
use super::plan::Plan;
use crate::diagnostic::Diagnostics;
use crate::file_set::{FileSet, RelativePath};

/// The files that `files` asks for, and those that the lock file of `revision` lists for `environment`, as they are
/// committed at `revision`. `directory` is the target, somewhere inside the repository.
///
/// # Errors
/// When there is no Git, no repository, or no such revision.
pub fn committed(
    directory: &Path,
    revision: &str,
    files: &FileSet,
    environment: Option<&str>,
) -> anyhow::Result<FileSet> {
    let commit = commit(directory, revision)?;
    let lock = match show(directory, &commit, &Plan::lock_path())? {
        Some(text) => LockFile::parse(&text, &format!("{revision}:{}", super::LOCK_PATH))
            .map_err(|diagnostic| Diagnostics::from(*diagnostic))?,
        None => LockFile::default(),
    };
    let environment = environment.unwrap_or_default();
    let known = lock.iter().filter(|(_, entry)| entry.environments.contains(environment)).map(|(path, _)| path);
    let paths: BTreeSet<&RelativePath> = files.iter().map(|(path, _)| path).chain(known).collect();
    let mut set = FileSet::new();
    for path in paths {
        if let Some(text) = show(directory, &commit, path)? {
            set.add(path.clone(), text).map_err(|path| anyhow::anyhow!("`{path}` is committed twice, in two cases"))?;
        }
    }
    Ok(set)
}

/// The commit that `revision` means.
fn commit(directory: &Path, revision: &str) -> anyhow::Result<String> {
    let output =
        git(directory, &["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{revision}^{{commit}}")])?;
    match output {
        Some(commit) => Ok(commit.trim().to_owned()),
        None if git(directory, &["rev-parse", "--git-dir"])?.is_none() => {
            bail!("`{}` is not in a Git repository, so there is no `{revision}` to compare with", directory.display())
        }
        None => {
            bail!("Git knows no revision `{revision}` here; a shallow clone may lack it: git fetch origin {revision}")
        }
    }
}

/// The text of `path` below `directory` at `commit`; none when it is not there.
fn show(directory: &Path, commit: &str, path: &RelativePath) -> anyhow::Result<Option<String>> {
    git(directory, &["cat-file", "blob", &format!("{commit}:./{path}")])
}

/// What Git answers; none when it refuses.
fn git(directory: &Path, arguments: &[&str]) -> anyhow::Result<Option<String>> {
    let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    let output = Command::new("git")
        .arg("-C")
        .arg(directory)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .context("`git` cannot be run, and --against needs it")?;
    Ok(output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned()))
}
