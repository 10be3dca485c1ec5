//! How each package manager installs locked dependencies into the image's virtual environment.
//!
//! Only instruction forms that BuildKit and Buildah both take are used: absolute mount targets, secrets as files,
//! no `COPY --link` (Buildah 1.28 refuses it), no here-documents, no `sharing=locked`. The builder's own frontend knows them:
//! `# syntax` would fetch and start another one at each build.

mod ci;
mod git;
mod sync;

use std::collections::BTreeSet;

use super::super::image_build::{Run, ToolImage};
use super::super::value::{EnvName, ExtraName, FilePath, PinnedRequirement, PythonVersion};
use super::APP_FOLDER;
use super::faults::Faults;
use crate::config::section::{BuildSection, Manager};
use crate::data::{IMAGES, TOOLS};
use crate::file_set::in_folder;
pub(super) use git::GitLogin;

/// Virtual environment of the application, outside its folder.
pub(super) const VENV: &str = "/opt/venv";

/// The first Python whose environments have no setuptools, which packages of before import without saying so.
/// Source: <https://docs.python.org/3/whatsnew/3.12.html#ensurepip>
const WITHOUT_SETUPTOOLS: u32 = 12;

/// Which pip installs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pip {
    /// The one of the environment.
    Own,
    /// The base image's; the environment has none of its own.
    OfBaseImage,
}

/// The resolved `[build]` as far as dependencies go.
#[derive(Clone, Debug)]
pub(super) struct Dependencies {
    pub(super) manager: Manager,
    /// Lock file, or the requirements file of pip.
    pub(super) lock: FilePath,
    /// Other files that the manager reads.
    pub(super) files: Vec<FilePath>,
    /// Requirements files that pip installs besides `lock`.
    requirements: Vec<FilePath>,
    pub(super) groups: Vec<ExtraName>,
    pub(super) extras: Vec<ExtraName>,
    pub(super) packages: Vec<PinnedRequirement>,
    /// Member of a uv workspace.
    pub(super) member: Option<ExtraName>,
    pub(super) hashes: bool,
    pub(super) install_project: bool,
    /// Variable and value that the project's own build takes its version from.
    version: Option<(EnvName, String)>,
    pip: Pip,
    /// The code is copied before the dependencies are installed.
    pub(super) code_first: bool,
    /// URL and build secret of the private index.
    pub(super) index: Option<(String, ExtraName)>,
    /// The login of private Git repositories.
    pub(super) git: Option<GitLogin>,
}

/// What of a manager the Dockerfile needs.
pub(super) struct Install {
    pub(super) tool: Option<ToolImage>,
    /// Variables of the build stage.
    pub(super) env: Vec<String>,
    /// Before the code is there.
    pub(super) before: Vec<Run>,
    /// After the code is there: the project itself.
    pub(super) after: Option<Run>,
}

impl Manager {
    /// The file that is beside the lock file and belongs to it.
    fn manifest(self) -> Option<&'static str> {
        match self {
            Self::Uv | Self::Poetry | Self::Pdm => Some("pyproject.toml"),
            Self::Pipenv => Some("Pipfile"),
            Self::Pip | Self::Conda | Self::Pylock => None,
        }
    }

    /// The manager's cache, which is mounted and never part of a layer.
    fn cache(self) -> &'static str {
        match self {
            Self::Pip | Self::Pipenv => "/root/.cache/pip",
            Self::Uv | Self::Pylock => "/root/.cache/uv",
            Self::Poetry => "/root/.cache/pypoetry",
            Self::Pdm => "/root/.cache/pdm",
            Self::Conda => "/opt/mamba/pkgs",
        }
    }
}

/// An index without credentials: they would be in the image's history.
fn index_url(url: &str, faults: &mut Faults<'_>) -> Option<String> {
    let path = ["build", "index", "url"];
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let fits = |c: char| c.is_ascii_alphanumeric() || "-._~:/%".contains(c);
    match rest {
        Some(rest) if rest.contains('@') => {
            faults.refuse(&path, "must not hold credentials: they come from the build secret, a netrc file");
        }
        Some(rest) if !rest.is_empty() && rest.chars().all(fits) => return Some(url.to_owned()),
        _ => faults.refuse(&path, "must be an http or https URL"),
    }
    None
}

fn keys_fit_manager(section: &BuildSection, faults: &mut Faults<'_>) {
    let manager = section.manager;
    if section.install_project && !matches!(manager, Manager::Pip | Manager::Uv | Manager::Poetry | Manager::Pdm) {
        faults.refuse(
            &["build", "install-project"],
            "is for pip, uv, Poetry and PDM: this manager installs dependencies only",
        );
    }
    if section.member.is_some() && manager != Manager::Uv {
        faults.refuse(&["build", "member"], "is for uv: the others have no workspaces");
    }
    if !section.requirements.is_empty() && manager != Manager::Pip {
        faults.refuse(&["build", "requirements"], "is for pip: the others install what their lock file says");
    }
    if section.hashes && manager != Manager::Pip {
        faults.refuse(&["build", "hashes"], "is for pip: lock files of the others hold hashes anyway");
    }
}

/// A step that calls pip needs one in the environment.
fn pip(section: &BuildSection, python: PythonVersion) -> Pip {
    let is_asked_for = section.steps.iter().any(|step| step.contains("-m pip"));
    if section.manager == Manager::Pip && python.minor >= WITHOUT_SETUPTOOLS && !is_asked_for {
        Pip::OfBaseImage
    } else {
        Pip::Own
    }
}

impl Dependencies {
    /// `[build]`, as far as dependencies go.
    pub(super) fn resolve(section: &BuildSection, python: PythonVersion, tag: &str, faults: &mut Faults<'_>) -> Self {
        keys_fit_manager(section, faults);
        let index = section.index.as_ref().and_then(|index| {
            let name = faults.parse(&index.secret, &["build", "index", "secret"]);
            index_url(&index.url, faults).zip(name)
        });
        let member = section.member.as_ref();
        Self {
            manager: section.manager,
            lock: faults.parse_or(section.lock.as_deref(), section.manager.default_lock(), &["build", "lock"]),
            files: faults.parse_all(&section.files, &["build", "files"]),
            requirements: faults.parse_all(&section.requirements, &["build", "requirements"]),
            groups: faults.parse_all(&section.groups, &["build", "groups"]),
            extras: faults.parse_all(&section.extras, &["build", "extras"]),
            member: member.and_then(|member| faults.parse(member, &["build", "member"])),
            packages: faults.parse_all(&section.packages, &["build", "packages"]),
            hashes: section.hashes,
            install_project: section.install_project,
            version: version(section, tag, faults),
            pip: pip(section, python),
            code_first: section.code_first,
            index,
            git: git::resolve(section, faults),
        }
    }

    /// The build secret that is mounted as a netrc file.
    pub(super) fn netrc(&self) -> Option<&ExtraName> {
        let of_index = self.index.as_ref().map(|(_, secret)| secret);
        of_index.or(self.git.as_ref().map(|git| &git.secret))
    }

    /// The instructions that install everything.
    pub(super) fn install(&self) -> Install {
        let (tool, mut env) = self.tool();
        env.extend(self.index.iter().map(|(url, _)| match self.manager {
            Manager::Uv | Manager::Pylock => format!("UV_DEFAULT_INDEX={url}"),
            Manager::Conda => format!("CONDA_CHANNEL_ALIAS={url}"),
            _ => format!("PIP_INDEX_URL={url}"),
        }));
        env.extend(self.git.iter().flat_map(|git| git.env(self.manager)));
        let (mut before, mut after) = (self.prepare(), Vec::new());
        let (of_project, bind_files) = (self.is_resolved_from_project(), !self.needs_code());
        if of_project {
            before.extend(self.pinned_packages());
        } else {
            let install = [Some(self.sync(true)), self.pinned_packages()].into_iter().flatten();
            if self.code_first { after.extend(install) } else { before.extend(install) }
        }
        if self.install_project || of_project {
            let version = self.version.iter().map(|(name, version)| format!("{name}={version} ")).collect::<String>();
            after.push(format!("{version}{}", self.sync(false)));
        }
        let before = if before.is_empty() { Vec::new() } else { vec![self.run(before, bind_files)] };
        let after = (!after.is_empty()).then(|| self.run(after, false));
        Install { tool, env, before, after }
    }

    /// Whether pip reads the dependencies from the project's own metadata, which needs the code.
    fn is_resolved_from_project(&self) -> bool {
        self.manager == Manager::Pip && ["pyproject.toml", "setup.py", "setup.cfg"].contains(&self.lock.file_name())
    }

    /// Whether nothing can be installed before the code is there.
    fn needs_code(&self) -> bool {
        self.code_first || self.is_resolved_from_project()
    }

    /// Whether Pipenv has a `Pipfile` to go by and no lock file.
    fn is_unlocked_pipfile(&self) -> bool {
        self.manager == Manager::Pipenv && self.lock.file_name() == "Pipfile"
    }

    /// Whether uv, Poetry or PDM have a `pyproject.toml` to go by and no lock file: they settle the versions at build.
    fn is_unlocked_project(&self) -> bool {
        matches!(self.manager, Manager::Uv | Manager::Poetry | Manager::Pdm)
            && self.lock.file_name() == "pyproject.toml"
    }

    /// uv's option that refuses a lock file that is not up to date; without one there is nothing to refuse.
    fn locked(&self) -> &'static str {
        if self.is_unlocked_project() { "" } else { "--locked " }
    }

    /// The shell commands of a `RUN` with the manager's cache, its files and its secret mounted.
    fn run(&self, commands: Vec<String>, bind_files: bool) -> Run {
        let mut lines = vec![format!("--mount=type=cache,target={}", self.manager.cache())];
        if let Some(secret) = self.netrc() {
            lines.push(format!("--mount=type=secret,id={secret},target=/root/.netrc"));
        }
        if bind_files {
            let files = self.all_files();
            lines
                .extend(files.iter().map(|file| format!("--mount=type=bind,source={file},target={APP_FOLDER}/{file}")));
        }
        joined(lines, commands)
    }

    /// The manager's files, as paths below the folder of `app.toml`.
    pub(super) fn all_files(&self) -> Vec<String> {
        let mut files = vec![self.lock.to_string()];
        files.extend(self.manager.manifest().map(|manifest| self.beside_lock(manifest)));
        files.extend(self.requirements.iter().chain(&self.files).map(ToString::to_string));
        let mut seen = BTreeSet::new();
        files.retain(|file| seen.insert(file.clone()));
        files
    }

    fn beside_lock(&self, name: &str) -> String {
        in_folder(self.lock.folder(), name)
    }

    /// The project's folder in the image: that of the lock file, or the one above a folder of requirements files.
    fn project(&self) -> String {
        let mut folder = self.lock.folder();
        if self.manager == Manager::Pip && !self.is_resolved_from_project() {
            while let Some((above, _)) = split_requirements_folder(folder) {
                folder = above;
            }
        }
        if folder.is_empty() { APP_FOLDER.to_owned() } else { format!("{APP_FOLDER}/{folder}") }
    }

    fn tool(&self) -> (Option<ToolImage>, Vec<String>) {
        let env = |pairs: &[&str]| pairs.iter().map(ToString::to_string).collect::<Vec<_>>();
        let venv = [format!("PATH={VENV}/bin:$PATH"), format!("VIRTUAL_ENV={VENV}")];
        match self.manager {
            Manager::Uv | Manager::Pylock => {
                let image = format!("ghcr.io/astral-sh/uv:{}", TOOLS.managers.uv);
                let mut pairs = env(&["UV_COMPILE_BYTECODE=1", "UV_LINK_MODE=copy", "UV_PYTHON_DOWNLOADS=never"]);
                pairs.push(format!("UV_PROJECT_ENVIRONMENT={VENV}"));
                pairs.extend(venv);
                (Some(ToolImage { image, stage: "uv", from: "/uv", to: "/usr/local/bin/uv" }), pairs)
            }
            Manager::Conda => {
                let image = IMAGES.micromamba.to_string();
                let mut pairs = env(&["MAMBA_ROOT_PREFIX=/opt/mamba"]);
                pairs.extend(venv);
                (
                    Some(ToolImage {
                        image,
                        stage: "micromamba",
                        from: "/bin/micromamba",
                        to: "/usr/local/bin/micromamba",
                    }),
                    pairs,
                )
            }
            Manager::Pip | Manager::Poetry | Manager::Pdm | Manager::Pipenv => {
                let mut pairs = env(&["PIP_DISABLE_PIP_VERSION_CHECK=1"]);
                // Source: <https://pip.pypa.io/en/stable/cli/pip/#cmdoption-python>
                pairs.extend((self.pip == Pip::OfBaseImage).then(|| format!("PIP_PYTHON={VENV}")));
                pairs.extend(venv);
                (None, pairs)
            }
        }
    }

    /// Makes the virtual environment, and that of the tool where it is a Python program.
    fn prepare(&self) -> Vec<String> {
        let venv = format!("python -m venv {VENV}");
        let tool = |name: &str, requirement: &str| {
            vec![
                format!("python -m venv /opt/{name}"),
                format!("/opt/{name}/bin/pip install --no-cache-dir {requirement}"),
                venv.clone(),
            ]
        };
        match self.manager {
            Manager::Pip if self.pip == Pip::OfBaseImage => vec![format!("python -m venv --without-pip {VENV}")],
            Manager::Pip => vec![venv],
            Manager::Pylock => vec![format!("uv venv {VENV}")],
            Manager::Poetry => tool("poetry", &format!("poetry=={}", TOOLS.managers.poetry)),
            Manager::Pdm => tool("pdm", &format!("'pdm[locked]=={}'", TOOLS.managers.pdm)),
            Manager::Pipenv => tool("pipenv", &format!("pipenv=={}", TOOLS.managers.pipenv)),
            Manager::Uv | Manager::Conda => Vec::new(),
        }
    }
}

/// Splits the path of a folder of requirements files at that folder.
fn split_requirements_folder(folder: &str) -> Option<(&str, &str)> {
    let mut at = 0;
    for part in folder.split('/') {
        if matches!(part, "requirements" | "reqs" | "deps") {
            return Some((folder[..at].trim_end_matches('/'), &folder[at..]));
        }
        at += part.len() + 1;
    }
    None
}

/// `[build] version-env` with the version that it gets.
fn version(section: &BuildSection, tag: &str, faults: &mut Faults<'_>) -> Option<(EnvName, String)> {
    let path = ["build", "version-env"];
    let name = faults.parse::<EnvName>(section.version_env.as_deref()?, &path)?;
    let is_built = section.install_project
        || section.manager == Manager::Pip
            && section.lock.as_deref().is_some_and(|lock| {
                ["pyproject.toml", "setup.py", "setup.cfg"].iter().any(|name| lock.rsplit('/').next() == Some(name))
            });
    if !is_built {
        faults.refuse(&path, "is for the build of the project itself, which `install-project = true` asks for");
    }
    // A version of PEP 440 as far as tags of images go: <https://packaging.python.org/en/latest/specifications/version-specifiers/>
    let digits = tag.strip_prefix('v').unwrap_or(tag);
    let fits = |c: char| c.is_ascii_alphanumeric() || ".-_+".contains(c);
    if !digits.starts_with(|c: char| c.is_ascii_digit()) || !digits.chars().all(fits) {
        let message = format!("`{tag}` is not a version that a Python project can have");
        let other: (&[&str], &str) = (&["image", "tag"], "");
        faults.contradiction(&message, (&path, ""), other, "a tag such as `1.4.2`");
    }
    Some((name, digits.to_owned()))
}

/// A `RUN` of `flags` and `commands`, one a line.
pub(super) fn joined(flags: Vec<String>, commands: Vec<String>) -> Run {
    let mut lines = flags;
    for (index, command) in commands.into_iter().enumerate() {
        lines.push(if index == 0 { command } else { format!("&& {command}") });
    }
    Run { comment: None, lines }
}
