//! The command by which each package manager installs what its lock file says.

use super::super::APP_FOLDER;
use super::{Dependencies, VENV};
use crate::config::section::Manager;

impl Dependencies {
    /// The command that installs what the lock file says: the dependencies, or with them the project.
    pub(super) fn sync(&self, dependencies_only: bool) -> String {
        let lock = format!("{APP_FOLDER}/{}", self.lock);
        match self.manager {
            Manager::Pip => self.pip(dependencies_only, &lock),
            Manager::Uv => self.uv(dependencies_only),
            Manager::Poetry => self.poetry(dependencies_only),
            Manager::Pdm => self.pdm(dependencies_only),
            Manager::Pipenv => self.pipenv(),
            Manager::Conda => format!("micromamba create --yes --prefix {VENV} --file {lock}"),
            Manager::Pylock => format!("uv pip sync {lock}"),
        }
    }

    fn groups_after(&self, flag: &str) -> String {
        self.groups.iter().map(|group| format!("{flag}{group}")).collect()
    }

    fn extras_after(&self, flag: &str) -> String {
        self.extras.iter().map(|extra| format!("{flag}{extra}")).collect()
    }

    fn pip(&self, dependencies_only: bool, lock: &str) -> String {
        let project = self.project();
        if dependencies_only {
            let hashes = if self.hashes { "--require-hashes " } else { "" };
            let more: String =
                self.requirements.iter().map(|file| format!(" --requirement {APP_FOLDER}/{file}")).collect();
            return format!("pip install {hashes}--requirement {lock}{more}");
        }
        if !self.is_resolved_from_project() {
            return format!("pip install --no-deps {project}");
        }
        let extras = self.extras.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        if extras.is_empty() { format!("pip install {project}") } else { format!("pip install '{project}[{extras}]'") }
    }

    fn uv(&self, dependencies_only: bool) -> String {
        let project = self.project();
        // `--inexact` keeps the pinned packages that were put beside the locked ones.
        let scope = match (dependencies_only, &self.member) {
            (true, None) => "--no-install-project".to_owned(),
            (true, Some(member)) => format!("--no-install-workspace --package {member}"),
            (false, None) => "--no-editable --inexact".to_owned(),
            (false, Some(member)) => format!("--no-editable --inexact --package {member}"),
        };
        let elsewhere = if project == APP_FOLDER { String::new() } else { format!(" --project {project}") };
        let (groups, extras) = (self.groups_after(" --group "), self.extras_after(" --extra "));
        format!("uv sync {}--no-dev {scope}{groups}{extras}{elsewhere}", self.locked())
    }

    fn poetry(&self, dependencies_only: bool) -> String {
        let root = if dependencies_only { " --no-root" } else { "" };
        format!(
            "/opt/poetry/bin/poetry sync --only main{}{root} --compile --no-interaction --directory {}{}",
            self.groups_after(","),
            self.project(),
            self.extras_after(" --extras ")
        )
    }

    fn pdm(&self, dependencies_only: bool) -> String {
        let own = if dependencies_only { " --no-self" } else { "" };
        // PDM takes groups that are named and no others; `--prod` beside one of PEP 735 is an error.
        let production = if self.groups.is_empty() { " --prod" } else { "" };
        // `sync` needs a lock file, `install` makes one: <https://pdm-project.org/en/latest/reference/cli/#install>
        let word = if self.is_unlocked_project() { "install" } else { "sync" };
        format!(
            "/opt/pdm/bin/pdm {word}{production} --no-editable{own} --project {}{}{}",
            self.project(),
            self.groups_after(" --group "),
            self.extras_after(" --group ")
        )
    }

    fn pipenv(&self) -> String {
        let pipfile = format!("PIPENV_PIPFILE={}/Pipfile", self.project());
        // Without a lock file there is nothing to export: Pipenv installs into the active environment.
        if self.is_unlocked_pipfile() {
            return format!("{pipfile} PIPENV_VERBOSITY=-1 /opt/pipenv/bin/pipenv install --skip-lock");
        }
        let only = self.groups_after(",");
        let categories = if only.is_empty() { String::new() } else { format!(" --categories default{only}") };
        if self.code_first {
            // Neither a folder nor a repository has a hash, and where pip needs one of anything it needs one of
            // everything; `sync` installs such packages on their own.
            // Source: <https://pipenv.pypa.io/en/latest/commands.html#sync>
            return format!("{pipfile} PIPENV_VERBOSITY=-1 /opt/pipenv/bin/pipenv sync{categories}");
        }
        format!(
            "{pipfile} /opt/pipenv/bin/pipenv requirements --hash{categories} > /tmp/requirements.txt \
             && pip install --require-hashes --requirement /tmp/requirements.txt"
        )
    }

    /// The command that installs the packages of `[build] packages`.
    pub(super) fn pinned_packages(&self) -> Option<String> {
        if self.packages.is_empty() {
            return None;
        }
        let packages = self.packages.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        Some(match self.manager {
            Manager::Uv | Manager::Pylock => format!("uv pip install {packages}"),
            Manager::Conda => format!("{VENV}/bin/python -m pip install --no-cache-dir {packages}"),
            _ => format!("pip install {packages}"),
        })
    }
}
