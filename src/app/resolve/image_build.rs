//! The Dockerfile.

use super::super::image_build::{EnvLine, ImageBuild, Run};
use super::super::value::{Command, DebianPackage, Digest, EnvName, FilePath, ImageRepository, PythonVersion};
use super::install::{VENV, joined};
use super::pod::APP_FOLDER;
use super::{Parts, Resolver};
use crate::config::section::{Implementation, Manager};
use crate::data::PLATFORMS;

impl Resolver<'_> {
    pub(super) fn image_build(&mut self, parts: &Parts) -> Option<ImageBuild> {
        let base = self.base_image();
        let dependencies = self.dependencies();
        let packages = self.parse_all::<DebianPackage>(&self.config.build.system, &["build", "system"]);
        let mut build_packages =
            self.parse_all::<DebianPackage>(&self.config.build.build_system, &["build", "build-system"]);
        if !self.config.build.steps.is_empty() {
            // The steps import the application, which needs at build what it needs at run time.
            build_packages.extend(packages.iter().cloned());
        }
        let steps = self.build_steps();
        let workdir = self.workdir();
        let (base, install, workdir) = (base?, dependencies?.install(), workdir?);
        let mut after: Vec<Run> = install.after.into_iter().collect();
        after.extend(steps?);
        let user = self.user();
        Some(ImageBuild {
            base,
            tool: install.tool,
            build_packages: sorted(&build_packages),
            packages: sorted(&packages),
            build_env: env_lines(install.env).into_iter().map(|line| line.pair).collect(),
            install: install.before,
            steps: after,
            env: env_lines(self.runtime_env(&workdir)),
            workdir,
            user: format!("{user}:{user}"),
            uid: user,
            port: parts.server.port,
            command: parts.server.command(),
        })
    }

    /// The base image: repository, minor version of Python, Debian release.
    pub(super) fn base_image(&mut self) -> Option<String> {
        let section = &self.config.image;
        let python = self.python();
        let implementation = section.implementation;
        let default = match implementation {
            Implementation::Cpython => "docker.io/library/python",
            Implementation::Pypy => "docker.io/library/pypy",
        };
        let repository: ImageRepository = self.parse_or(section.base.as_deref(), default, &["image", "base"])?;
        let debian = section.debian.as_deref().unwrap_or(PLATFORMS.debian.newest());
        if !PLATFORMS.debian.releases.iter().any(|release| release == debian) {
            let clause =
                format!("must be `{}`: other releases get no more full security support", PLATFORMS.debian.newest());
            self.fault(&["image", "debian"], &clause);
        }
        let digest = match &section.base_digest {
            Some(digest) => format!("@{}", self.parse::<Digest>(digest, &["image", "base-digest"])?),
            None => String::new(),
        };
        let python = python?;
        if implementation == Implementation::Pypy && python.minor != PLATFORMS.python.pypy {
            let pypy = PLATFORMS.python.pypy;
            let message = format!("PyPy speaks Python 3.{pypy} only");
            let other: &[&str] = &["app", "python"];
            let help = format!("[app] python = \"3.{pypy}\", or leave `implementation` out");
            self.contradiction(&message, (&["image", "implementation"], ""), (other, "another version"), &help);
        }
        Some(format!("{repository}:{python}-slim-{debian}{digest}"))
    }

    pub(super) fn python(&mut self) -> Option<PythonVersion> {
        self.parse_or(self.config.app.python.as_deref(), &PLATFORMS.python.default_version(), &["app", "python"])
    }

    /// Folder of the code in the image.
    fn workdir(&mut self) -> Option<String> {
        match self.config.app.dir.as_deref().unwrap_or(".") {
            "." | "./" => Some(APP_FOLDER.to_owned()),
            folder => Some(format!("{APP_FOLDER}/{}", self.parse::<FilePath>(folder, &["app", "dir"])?)),
        }
    }

    fn runtime_env(&self, workdir: &str) -> Vec<String> {
        let mut env = vec![
            format!("PATH={VENV}/bin:$PATH"),
            // Programs such as alembic and rq do not look for modules in the working directory by themselves.
            format!("PYTHONPATH={workdir}"),
            "PYTHONDONTWRITEBYTECODE=1".into(),
            "PYTHONFAULTHANDLER=1".into(),
            "PYTHONUNBUFFERED=1".into(),
            // The only folder that can be written under a read-only root.
            "HOME=/tmp".into(),
        ];
        if self.config.build.manager == Manager::Conda {
            env.push(format!("CONDA_PREFIX={VENV}"));
        }
        env
    }

    /// `[build] steps` as one instruction.
    pub(super) fn build_steps(&mut self) -> Option<Vec<Run>> {
        let section = &self.config.build;
        let mut commands = Vec::new();
        let mut exports = Vec::new();
        for (name, value) in &section.env {
            let path = ["build", "env", name.as_str()];
            self.refuse_control_characters(value, &path);
            if value.contains(['\n', '\t', '\\']) {
                self.fault(&path, "must be one line without backslashes");
            }
            if crate::credential::why("", value).is_some() {
                self.refuse_credential(name, value, &path);
            }
            exports.extend(self.parse::<EnvName>(name, &path).map(|name| format!("{name}={}", shell_quoted(value))));
        }
        // As in the running image: a `manage.py` above the code does not find it by itself.
        let workdir = self.workdir()?;
        if workdir != APP_FOLDER && !section.steps.is_empty() && !section.env.contains_key("PYTHONPATH") {
            exports.push(format!("PYTHONPATH={workdir}"));
        }
        if section.steps.is_empty() {
            if let Some(name) = section.env.keys().next() {
                self.fault(
                    &["build", "env", name.as_str()],
                    "is for `steps` only, and there are none; [config] is for the running application",
                );
            }
            return Some(Vec::new());
        }
        if !exports.is_empty() {
            commands.push(format!("export {}", exports.join(" ")));
        }
        for (index, step) in section.steps.iter().enumerate() {
            commands.push(self.build_step(step, index)?);
        }
        let run = joined(Vec::new(), commands);
        let comment =
            (!section.env.is_empty()).then_some("Dummies for these commands only: they do not reach the image.");
        Some(vec![Run { comment, ..run }])
    }

    fn build_step(&mut self, step: &str, index: usize) -> Option<String> {
        let position = index.to_string();
        let path = ["build", "steps", position.as_str()];
        if step.contains(char::is_control) || step.trim_end().ends_with('\\') {
            self.fault(
                &path,
                "must be one line without tabs and other control characters: each step is a line of the Dockerfile",
            );
            return None;
        }
        if step.contains("<<") {
            self.fault(&path, "holds `<<`, which a builder reads as the begin of a here-document");
            return None;
        }
        let parsed: Command = self.parse(step, &path)?;
        let shell = parsed.0.first().is_some_and(|word| word == "/bin/sh");
        // Braces keep an operator inside the step from joining with the `&&` around it.
        Some(if shell { format!("{{ {}; }}", step.trim().trim_end_matches(';')) } else { step.trim().to_owned() })
    }
}

fn sorted(packages: &[DebianPackage]) -> Vec<String> {
    let mut names: Vec<String> = packages.iter().map(ToString::to_string).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn env_lines(pairs: Vec<String>) -> Vec<EnvLine> {
    let last = pairs.len().saturating_sub(1);
    pairs.into_iter().enumerate().map(|(index, pair)| EnvLine { pair, more: index < last }).collect()
}

/// `text` as one word of a POSIX shell.
fn shell_quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}
