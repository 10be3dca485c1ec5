//! The Dockerfile.

use super::super::image_build::{ImageBuild, Run};
use super::super::value::{Command, DebianPackage, Digest, EnvName, FilePath, ImageRepository};
use super::APP_FOLDER;
use super::ResolvedSections;
use super::faults::Faults;
use super::install::{VENV, joined};
use crate::config::defaults;
use crate::config::section::{BuildSection, Config, ImageSection, Implementation, Manager};
use crate::credential;
use crate::data::PLATFORMS;
use crate::kube::grammar::{is_foreign, shell};

/// Folder that the code is imported from.
#[derive(Clone, Debug)]
pub(super) struct CodeFolder {
    /// Below the folder of `app.toml`; `.` when it is that folder.
    pub(super) relative: String,
    pub(super) workdir: String,
}

impl CodeFolder {
    /// `dir` of `[app]`.
    pub(super) fn resolve(dir: Option<&str>, faults: &mut Faults<'_>) -> Self {
        let dir = dir.unwrap_or(defaults::app::DIR);
        let below = (!matches!(dir, "." | "./")).then(|| faults.parse::<FilePath>(dir, &["app", "dir"])).flatten();
        Self {
            relative: dir.trim_end_matches('/').to_owned(),
            workdir: below.map_or_else(|| APP_FOLDER.to_owned(), |folder| format!("{APP_FOLDER}/{folder}")),
        }
    }

    /// The path of `file` in it, below the folder of `app.toml`.
    pub(super) fn path_of(&self, file: &str) -> String {
        if self.relative == "." { file.to_owned() } else { format!("{}/{file}", self.relative) }
    }
}

/// `[build]` and `[image]`, as the Dockerfile that they ask for.
pub(super) fn resolve(config: &Config, parts: &ResolvedSections, faults: &mut Faults<'_>) -> ImageBuild {
    let section = &config.build;
    let packages = faults.parse_all::<DebianPackage>(&section.system, &["build", "system"]);
    let mut build_packages = faults.parse_all::<DebianPackage>(&section.build_system, &["build", "build-system"]);
    if !section.steps.is_empty() {
        // The steps import the application, which needs at build what it needs at run time.
        build_packages.extend(packages.iter().cloned());
    }
    if parts.dependencies.git.is_some() {
        build_packages.extend(faults.parse::<DebianPackage>("git", &["build", "git"]));
    }
    let install = parts.dependencies.install();
    let workdir = parts.code.workdir.clone();
    let user = parts.pod.user;
    ImageBuild {
        base: base_image(&config.image, parts, faults),
        tool: install.tool,
        build_packages: sorted(&build_packages),
        packages: sorted(&packages),
        build_env: install.env,
        install: install.before,
        steps: install.after.into_iter().chain(build_steps(section, &workdir, faults)).collect(),
        compile_library: (section.manager != Manager::Conda).then(compile_library),
        compile: compile_code(),
        env: runtime_env(section.manager, &workdir),
        workdir,
        user: format!("{user}:{user}"),
        uid: user,
        port: parts.server.port,
        command: parts.server.command(),
    }
}

pub(super) fn base_repository(section: &ImageSection, faults: &mut Faults<'_>) -> ImageRepository {
    let default = match section.implementation {
        Implementation::Cpython => defaults::image::BASE,
        Implementation::Pypy => defaults::image::PYPY_BASE,
    };
    faults.parse_or(section.base.as_deref(), default, &["image", "base"])
}

/// The base image: repository, minor version of Python, Debian release.
fn base_image(section: &ImageSection, parts: &ResolvedSections, faults: &mut Faults<'_>) -> String {
    let newest = defaults::image::debian();
    let debian = section.debian.as_deref().unwrap_or(newest);
    if !PLATFORMS.debian.releases.iter().any(|release| release == debian) {
        let clause = format!("must be `{newest}`: other releases no longer have full security support");
        faults.refuse(&["image", "debian"], &clause);
    }
    let digest = faults.optional::<Digest>(section.base_digest.as_ref(), &["image", "base-digest"]);
    let digest = digest.map(|digest| format!("@{digest}")).unwrap_or_default();
    let (python, pypy) = (&parts.python, PLATFORMS.python.pypy);
    if section.implementation == Implementation::Pypy && python.minor != pypy {
        let message = format!("PyPy speaks Python 3.{pypy} only");
        let other: (&[&str], &str) = (&["app", "python"], "another version");
        let help = format!("[app] python = \"3.{pypy}\", or leave `implementation` out");
        faults.contradiction(&message, (&["image", "implementation"], ""), other, &help);
    }
    format!("{}:{python}-slim-{debian}{digest}", parts.base)
}

fn runtime_env(manager: Manager, workdir: &str) -> Vec<String> {
    let mut env = vec![
        format!("PATH={VENV}/bin:$PATH"),
        // Programs such as alembic and rq do not look for modules in the working directory on their own.
        format!("PYTHONPATH={workdir}"),
        "PYTHONDONTWRITEBYTECODE=1".into(),
        "PYTHONFAULTHANDLER=1".into(),
        "PYTHONUNBUFFERED=1".into(),
        // The only folder that can be written under a read-only root.
        "HOME=/tmp".into(),
    ];
    if manager == Manager::Conda {
        env.push(format!("CONDA_PREFIX={VENV}"));
    }
    env
}

/// Compiles Python's library, of which the official images have no bytecode: each process would compile what it imports at each
/// start, for which the FastAPI example took 0.4 s of CPU. Tools for developers and the base image's own packages are left out.
/// Source: <https://github.com/docker-library/python/blob/master/Dockerfile-linux.template> deletes `*.pyc`.
fn compile_library() -> Run {
    let lines = vec![
        "python -m compileall -q -j 0 --invalidation-mode unchecked-hash".to_owned(),
        format!("-x '{NOT_COMPILED}'"),
        "\"$(python -c 'import os; print(os.path.dirname(os.__file__))')\" || true".to_owned(),
    ];
    Run {
        comment: Some(
            "The Python image has no bytecode of the standard library: each process would compile it at each start.",
        ),
        lines,
    }
}

/// What of the library no server imports.
const NOT_COMPILED: &str =
    "/(site-packages|_pyrepl|curses|ensurepip|idlelib|lib2to3|pydoc_data|tkinter|turtledemo|unittest|venv)/";

/// Compiles the code once; under a read-only root each process would compile it at each start.
///
/// `checked-hash`: whatever a builder makes of times, and whichever file is mounted over the code, the bytecode is used for
/// its own source only. A file that is not Python in this version does not concern the image.
/// Source: <https://docs.python.org/3/library/py_compile.html#py_compile.PycInvalidationMode>
fn compile_code() -> Run {
    let comment = Some("Compiled once, not at each start of each process, which could not store the result.");
    let command =
        format!("{VENV}/bin/python -m compileall -q -j 0 --invalidation-mode checked-hash {APP_FOLDER} || true");
    Run { comment, ..joined(Vec::new(), vec![command]) }
}

/// `[build] steps` as one instruction.
fn build_steps(section: &BuildSection, workdir: &str, faults: &mut Faults<'_>) -> Option<Run> {
    let mut exports = step_exports(section, faults);
    if section.steps.is_empty() {
        if let Some(name) = section.env.keys().next() {
            faults.refuse(
                &["build", "env", name.as_str()],
                "is for `steps` only, and there are none; [config] is for the running application",
            );
        }
        return None;
    }
    // As in the running image: a `manage.py` above the code does not find it on its own.
    if workdir != APP_FOLDER && !section.env.contains_key("PYTHONPATH") {
        exports.push(format!("PYTHONPATH={workdir}"));
    }
    let mut commands = Vec::new();
    if !exports.is_empty() {
        commands.push(format!("export {}", exports.join(" ")));
    }
    for (index, step) in section.steps.iter().enumerate() {
        commands.extend(build_step(step, index, faults));
    }
    let comment = (!section.env.is_empty()).then_some("Dummies for these commands only: they do not reach the image.");
    Some(Run { comment, ..joined(Vec::new(), commands) })
}

/// Variables for the steps, each as `NAME=value` of a shell.
fn step_exports(section: &BuildSection, faults: &mut Faults<'_>) -> Vec<String> {
    let mut exports = Vec::new();
    for (name, value) in &section.env {
        let path = ["build", "env", name.as_str()];
        faults.refuse_control_characters(value, &path);
        if value.contains(|c| is_foreign(c) || c == '\\') {
            faults.refuse(&path, "must be one line without backslashes");
        }
        if credential::why("", value).is_some() {
            faults.refuse_credential(name, value, &path);
        }
        exports.extend(faults.parse::<EnvName>(name, &path).map(|name| format!("{name}={}", shell::quoted(value))));
    }
    exports
}

fn build_step(step: &str, index: usize, faults: &mut Faults<'_>) -> Option<String> {
    let position = index.to_string();
    let path = ["build", "steps", position.as_str()];
    if step.contains(is_foreign) || step.trim_end().ends_with('\\') {
        faults.refuse(
            &path,
            "must be one line without tabs and other control characters: each step is a line of the Dockerfile",
        );
        return None;
    }
    if step.contains("<<") {
        faults.refuse(&path, "holds `<<`, which a builder reads as the start of a here-document");
        return None;
    }
    let parsed: Command = faults.parse(step, &path)?;
    let shell = parsed.0.first().is_some_and(|word| word == "/bin/sh");
    // Braces keep an operator inside the step from joining with the `&&` around it.
    Some(if shell { format!("{{ {}; }}", step.trim().trim_end_matches(';')) } else { step.trim().to_owned() })
}

fn sorted(packages: &[DebianPackage]) -> Vec<String> {
    let mut names: Vec<String> = packages.iter().map(ToString::to_string).collect();
    names.sort_unstable();
    names.dedup();
    names
}
