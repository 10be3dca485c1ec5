//! What Git has committed, read in a way that lets nothing of the repository start a program.
//!
//! A folder of a clone can look like a repository of its own, and its configuration can name programs: for fetching
//! what is missing, for watching files, for hooks. So the repository is found here, by its `.git`, and Git is asked to
//! fetch nothing, to watch nothing and to run no hook. The configuration of the user and of the system stays in force:
//! it says which folders are [safe](https://git-scm.com/docs/git-config#Documentation/git-config.txt-safedirectory).

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

use crate::file_set::RelativePath;

/// Largest answer that is read, in bytes: nothing that pykube writes comes near it.
const LARGEST: u64 = 16 << 20;

/// Settings that outweigh those of the repository.
/// Source: <https://git-scm.com/docs/git-config>
const SETTINGS: &[&str] = &[
    "safe.bareRepository=explicit",
    "protocol.allow=never",
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.sshCommand=false",
    "core.alternateRefsCommand=false",
    "credential.helper=",
    "diff.external=",
];

/// Source: <https://git-scm.com/docs/git#_environment_variables>
const ENVIRONMENT: &[(&str, &str)] = &[
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_PROTOCOL_FROM_USER", "0"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_PAGER", "cat"),
];

/// A repository, seen from a folder in it.
#[derive(Debug)]
pub(crate) struct Repository {
    /// The folder that holds `.git`.
    root: PathBuf,
    /// The folder below it that paths are relative to, with a `/` at its end unless it is the root.
    prefix: String,
}

impl Repository {
    /// The repository that `directory` is in; none when it is in none.
    pub(crate) fn around(directory: &Path) -> Option<Self> {
        let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
        let directory = directory.canonicalize().ok()?;
        let root = directory.ancestors().find(|folder| folder.join(".git").symlink_metadata().is_ok())?;
        let parts = directory.strip_prefix(root).ok()?.iter().map(|part| Some(format!("{}/", part.to_str()?)));
        Some(Self { root: root.to_owned(), prefix: parts.collect::<Option<String>>()? })
    }

    /// The folder below the root of the repository; empty when it is the root.
    pub(crate) fn folder(&self) -> &str {
        self.prefix.trim_end_matches('/')
    }

    /// The commit that `revision` means; none when Git knows no such one.
    pub(crate) fn commit(&self, revision: &str) -> anyhow::Result<Option<String>> {
        let wanted = format!("{revision}^{{commit}}");
        let answer = self.git(&["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted])?;
        Ok(answer.map(|commit| commit.trim().to_owned()))
    }

    /// The text of `path` at `commit`; none when it is not there.
    pub(crate) fn text(&self, commit: &str, path: &RelativePath) -> anyhow::Result<Option<String>> {
        self.git(&["cat-file", "blob", &format!("{commit}:{}{path}", self.prefix)])
    }

    /// Whether Git tracks the file at `path`, or a file in the folder; yes when it cannot be asked.
    pub(crate) fn tracks(&self, path: &str) -> bool {
        let path = format!(":(literal){}{path}", self.prefix);
        let answer = self.git(&["ls-files", "--cached", "--", &path]);
        !matches!(answer, Ok(Some(files)) if files.trim().is_empty())
    }

    /// What Git answers; none when it refuses.
    fn git(&self, arguments: &[&str]) -> anyhow::Result<Option<String>> {
        let mut command = Command::new("git");
        command.arg("-C").arg(&self.root).arg("--no-pager");
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        // Set in a hook, they would lead to another repository than the one that was found.
        command.env_remove("GIT_DIR").env_remove("GIT_WORK_TREE").envs(ENVIRONMENT.iter().copied());
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().context("`git` cannot be run, and --against needs it")?;
        let mut bytes = Vec::new();
        let read = child.stdout.take().map(|out| out.take(LARGEST + 1).read_to_end(&mut bytes)).transpose();
        if bytes.len() as u64 > LARGEST {
            let _ = child.kill();
        }
        let status = child.wait()?;
        read?;
        if bytes.len() as u64 > LARGEST {
            bail!("a committed file has more than {} MiB: git {}", LARGEST >> 20, arguments.join(" "));
        }
        Ok(status.success().then(|| String::from_utf8_lossy(&bytes).into_owned()))
    }
}
