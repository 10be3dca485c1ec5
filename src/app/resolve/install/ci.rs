//! How a job of the workflow gets the dependencies of the tests.

use super::super::super::value::FilePath;
use super::Dependencies;
use crate::config::section::Manager;
use crate::data::TOOLS;

impl Dependencies {
    /// Shell commands that give a workflow job the dependencies of the tests.
    pub(in crate::app::resolve) fn test_install(&self, extra: &[FilePath], tools: &[String]) -> Vec<String> {
        let groups = |flag: &str| self.groups.iter().map(|group| format!(" {flag} {group}")).collect::<String>();
        let folder = self.lock.folder();
        let (project, cd) = if folder.is_empty() { (".", String::new()) } else { (folder, format!("cd {folder} && ")) };
        match self.manager {
            // The metadata of the project itself is not a list that pip reads by `--requirement`.
            Manager::Pip if self.is_resolved_from_project() => {
                let extras = self.extras.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
                let extras = if extras.is_empty() { String::new() } else { format!("[{extras}]") };
                let files: String = extra.iter().map(|file| format!(" --requirement {file}")).collect();
                let tools: String = tools.iter().map(|tool| format!(" {tool}")).collect();
                vec![format!("python -m pip install './{folder}{extras}'{files}{tools}")]
            }
            Manager::Pip | Manager::Pylock => {
                let files = std::iter::once(&self.lock)
                    .chain(&self.requirements)
                    .chain(extra)
                    .map(|file| format!(" --requirement {file}"))
                    .collect::<String>();
                let tools = tools.iter().map(|tool| format!(" {tool}")).collect::<String>();
                let mut commands = vec![format!("python -m pip install{files}")];
                if !tools.is_empty() {
                    commands.push(format!("python -m pip install{tools}"));
                }
                commands
            }
            Manager::Uv => vec![format!(
                "uv sync {}{}--project {project}{}",
                self.locked(),
                if self.member.is_some() { "--all-packages " } else { "" },
                groups("--group")
            )],
            Manager::Poetry => {
                vec![format!("pipx install poetry=={}", TOOLS.managers.poetry), format!("{cd}poetry sync")]
            }
            Manager::Pdm => {
                let word = if self.is_unlocked_project() { "install" } else { "sync" };
                vec![format!("pipx install 'pdm[locked]=={}'", TOOLS.managers.pdm), format!("{cd}pdm {word} --dev")]
            }
            Manager::Pipenv => {
                let install = if self.is_unlocked_pipfile() { "install --skip-lock" } else { "sync" };
                vec![format!("pipx install pipenv=={}", TOOLS.managers.pipenv), format!("{cd}pipenv {install} --dev")]
            }
            Manager::Conda => vec![format!("conda env create --name test --file {}", self.lock)],
        }
    }

    /// What is before a command of the tests.
    pub(in crate::app::resolve) fn test_runner(&self) -> &'static str {
        match self.manager {
            Manager::Pip | Manager::Pylock => "",
            Manager::Uv if self.is_unlocked_project() => "uv run ",
            Manager::Uv => "uv run --locked ",
            Manager::Poetry => "poetry run ",
            Manager::Pdm => "pdm run ",
            Manager::Pipenv => "pipenv run ",
            Manager::Conda => "conda run --name test --no-capture-output ",
        }
    }
}
