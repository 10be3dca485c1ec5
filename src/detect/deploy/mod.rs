//! What the project's own deployment files say: evidence beside the code, never a condition for an answer.

pub(crate) mod command;
mod dockerfile;
mod installs;
mod platform;

use std::collections::{BTreeMap, BTreeSet};

use super::budget::Omission;
use super::code::{is_aside, is_test};
use super::project::Evidence;
use super::tree::{Tree, extension, file_name};
pub(crate) use command::Command;
pub(crate) use installs::Installs;

/// Commands of all files together.
const MAX_COMMANDS: usize = 2_000;

#[derive(Clone, Debug, Default)]
pub(crate) struct Image {
    pub(crate) file: String,
    /// Whether it holds a Python program.
    pub(crate) is_python: bool,
    pub(crate) python: Option<(u32, Evidence)>,
    /// What the last stage is built on.
    pub(crate) base: String,
    /// `EXPOSE` of the last stage.
    pub(crate) ports: Vec<(u16, Evidence)>,
    /// `ENV`: name, value, place.
    pub(crate) variables: Vec<(String, String, Evidence)>,
    /// What its instructions install.
    pub(crate) installs: Vec<StageInstalls>,
    /// Other instructions that decide about the image: keyword, arguments, place.
    pub(crate) others: Vec<(String, String, Evidence)>,
    /// `VOLUME`: path, place.
    pub(crate) volumes: Vec<(String, Evidence)>,
    /// `COPY`: sources and target.
    pub(crate) copies: Vec<(Vec<String>, String)>,
}

/// A service that is built from a folder of the project.
#[derive(Clone, Debug)]
pub(crate) struct BuiltService {
    /// Folder of the build context; empty for the root.
    pub(crate) folder: String,
    /// Ports that its container listens on.
    pub(crate) ports: Vec<(u16, Evidence)>,
}

/// What one `RUN` installs.
#[derive(Clone, Debug)]
pub(crate) struct StageInstalls {
    pub(crate) what: Installs,
    /// Number of the stage, from 0.
    stage: usize,
    /// Whether the image that runs is built on the stage.
    pub(crate) in_runtime: bool,
    pub(crate) place: Evidence,
}

/// Everything that deployment files say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deployment {
    pub(crate) images: Vec<Image>,
    pub(crate) commands: Vec<Command>,
    /// Values given to variables by anything but a Dockerfile: name, value, place.
    pub(crate) variables: Vec<(String, String, Evidence)>,
    /// Values that a start script or a Procfile gives to variables of the server.
    pub(crate) start_variables: Vec<(String, String, Evidence)>,
    /// Services that compose files and platforms build from a folder.
    pub(crate) services: Vec<BuiltService>,
    /// Python versions that CI and platforms use.
    pub(crate) pythons: Vec<(u32, Evidence)>,
    /// Debian packages that lists of platforms name: `Aptfile`, `nixpacks.toml`.
    pub(crate) packages: Vec<(String, Evidence)>,
    /// Images that the workflow starts beside the tests.
    pub(crate) test_services: Vec<(String, Evidence)>,
    /// Names of container images that compose files start beside the application.
    pub(crate) service_images: Vec<(String, Evidence)>,
}

impl Deployment {
    /// Reads every deployment file of the tree.
    pub(crate) fn read(tree: &Tree) -> Self {
        let mut deployment = Self::default();
        // What lies aside as code may well be how the project is deployed.
        let is_deployment =
            |path: &str| ["infra/", "ci/", "tools/", "contrib/"].iter().any(|folder| path.starts_with(folder));
        let paths: Vec<&str> =
            tree.paths().filter(|path| !is_test(path) && (!is_aside(path) || is_deployment(path))).collect();
        for path in paths {
            deployment.read_file(tree, path);
            if deployment.commands.len() > MAX_COMMANDS {
                tree.budget.leave_out(Omission::TooMany, path);
                deployment.commands.truncate(MAX_COMMANDS);
                break;
            }
        }
        deployment
    }

    fn read_file(&mut self, tree: &Tree, path: &str) {
        let name = file_name(path);
        let lower = name.to_ascii_lowercase();
        let kind = extension(&lower);
        let is_yaml = matches!(kind, "yml" | "yaml");
        if (lower.starts_with("dockerfile") || kind == "dockerfile" || lower.starts_with("containerfile"))
            && kind != "dockerignore"
        {
            dockerfile::read(tree, path, self);
        } else if is_yaml && lower.contains("compose") {
            platform::compose(tree, path, self);
        } else if matches!(name, "Aptfile" | "apt.txt" | "packages.txt") && !path.contains('/') {
            platform::packages(tree, path, self);
        } else if name.starts_with("Procfile") {
            self.procfile(tree, path);
        } else if matches!(name, ".flaskenv" | ".env.example" | ".env.dist" | ".env.sample" | "env.example" | ".env") {
            self.env_file(tree, path);
        } else if path.starts_with(".github/workflows/")
            || matches!(path, ".travis.yml" | ".gitlab-ci.yml" | ".circleci/config.yml" | "tox.ini")
        {
            platform::continuous_integration(tree, path, self);
        } else if is_yaml && matches!(lower.as_str(), "render.yaml" | "app.yaml" | "heroku.yml" | "app.yml") {
            platform::lines(tree, path, self, &["startCommand:", "entrypoint:", "run_command:", "run:", "web:"]);
        } else if name == "railway.json" {
            platform::packages(tree, path, self);
            platform::railway(tree, path, self);
        } else if matches!(name, "fly.toml" | "railway.toml" | "nixpacks.toml") {
            platform::packages(tree, path, self);
            platform::lines(tree, path, self, &["startCommand", "cmd", "app", "web", "worker", "internal_port"]);
        } else if lower.starts_with("supervisord")
            || kind == "service"
            || (kind == "conf" && path.contains("supervisor"))
        {
            platform::lines(tree, path, self, &["command", "ExecStart"]);
        } else if name == "pyproject.toml" {
            self.tasks(tree, path);
        } else if lower.starts_with("uwsgi") && kind == "ini" {
            self.uwsgi(tree, path);
        } else if is_script(tree, path, name) {
            self.script(tree, path);
        }
    }

    /// Adds the commands of one line.
    fn add_line(
        &mut self,
        line: &str,
        variables: &BTreeMap<String, String>,
        place: &Evidence,
        weight: u8,
        process: Option<&str>,
    ) {
        if weight > 1 && self.start_variables.len() < command::MAX_VARIABLES {
            let given = command::assignments_before_server(line, variables);
            self.start_variables.extend(given.into_iter().map(|(name, value)| (name, value, place.clone())));
        }
        for (words, is_last) in command::commands(line, variables) {
            let process = process.map(str::to_owned);
            self.commands.push(Command { words, place: place.clone(), weight, process, is_last });
        }
    }

    fn procfile(&mut self, tree: &Tree, path: &str) {
        let Some(text) = tree.read(path) else { return };
        let weight = if file_name(path) == "Procfile" { 3 } else { 1 };
        for (number, line) in (1..).zip(text.lines()) {
            if let Some((process, line)) = line.split_once(':').filter(|(process, _)| !process.contains(' ')) {
                let place = text.evidence(number);
                let before = self.commands.len();
                self.add_line(line, &BTreeMap::new(), &place, weight, Some(process.trim()));
                let words = command::split(line.trim());
                if self.commands.len() == before && !words.is_empty() {
                    // A program of the project's own.
                    let process = Some(process.trim().to_owned());
                    self.commands.push(Command { words, place, weight, process, is_last: true });
                }
            }
        }
    }

    /// Names and harmless values of a sample environment; of `.env` itself only what names the application.
    fn env_file(&mut self, tree: &Tree, path: &str) {
        let Some(text) = tree.read(path) else { return };
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim().trim_start_matches("export ");
            let Some((name, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) else { continue };
            let name = name.trim();
            if matches!(name, "FLASK_APP" | "DJANGO_SETTINGS_MODULE" | "PORT") {
                let value = value.trim().trim_matches(['"', '\'']).to_owned();
                self.variables.push((name.to_owned(), value, text.evidence(number)));
            }
        }
    }

    /// Celery's commands among the tasks of poe, PDM, taskipy and Hatch.
    fn tasks(&mut self, tree: &Tree, path: &str) {
        let Some(text) = tree.read(path).filter(|text| text.contains("celery")) else { return };
        for (number, line) in (1..).zip(text.lines()) {
            let value = line.split_once('=').map_or("", |(_, value)| value.trim());
            let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
            let value = quote
                .and_then(|quote| value.trim_matches(quote).find("celery ").map(|at| &value.trim_matches(quote)[at..]));
            if let Some(value) = value {
                self.add_line(value, &BTreeMap::new(), &text.evidence(number), 1, None);
            }
        }
    }

    fn uwsgi(&mut self, tree: &Tree, path: &str) {
        let Some(text) = tree.read(path) else { return };
        for (number, line) in (1..).zip(text.lines()) {
            let Some((key, value)) = line.split_once('=') else { continue };
            let (key, value) = (key.trim(), value.trim());
            let place = text.evidence(number);
            match key {
                "module" | "wsgi" | "wsgi-file" | "http" | "http-socket" => {
                    let option = if key.starts_with("http") { "--http" } else { "--module" };
                    let words = ["uwsgi", option, value].map(str::to_owned).to_vec();
                    self.commands.push(Command { words, place, weight: 3, process: None, is_last: true });
                }
                _ => {}
            }
        }
    }

    fn script(&mut self, tree: &Tree, path: &str) {
        let Some(text) = tree.read(path) else { return };
        let mut joined = String::new();
        let mut start = 0;
        let mut variables = BTreeMap::new();
        let (mut exports, before) = (Vec::new(), self.commands.len());
        let run = run_variables(&text);
        for (number, line) in (1..).zip(text.lines()) {
            let trimmed = line.trim();
            if joined.is_empty() {
                start = number;
            }
            if let Some(content) = trimmed.strip_suffix('\\') {
                joined.push_str(content);
                joined.push(' ');
                continue;
            }
            joined.push_str(trimmed);
            if joined.is_empty() {
                continue;
            }
            if let Some((name, value)) = joined.split_once('=').filter(|(name, _)| command::is_identifier(name)) {
                let value = command::expand(value.trim_matches(['"', '\'']), &variables);
                // `CMD="uvicorn …"`, and further down `exec $CMD`.
                let starts = |value: &str| {
                    command::commands(value, &variables).first().is_some_and(|(words, _)| words.len() > 1)
                };
                if run.contains(name) && starts(&value) {
                    let weight = weight_of(path);
                    self.add_line(&value, &variables, &text.evidence(start), weight, None);
                }
                if variables.len() < command::MAX_VARIABLES {
                    variables.insert(name.to_owned(), value);
                }
            }
            let line = std::mem::take(&mut joined);
            // Below a condition it holds for some surroundings only.
            if let Some((name, value)) = line.strip_prefix("export ").and_then(|rest| rest.split_once('=')) {
                let value = command::expand(value.trim_matches(['"', '\'']), &variables);
                let is_open = text.lines().nth(start as usize - 1).is_some_and(|line| line.starts_with("export"));
                if is_open && command::is_identifier(name) {
                    exports.push((name.to_owned(), value, text.evidence(start)));
                }
            }
            self.add_line(&line, &variables, &text.evidence(start), weight_of(path), None);
        }
        let starts_server =
            |command: &Command| command.server().is_some() && command.weight > 1 && !command.is_development();
        if self.commands[before..].iter().any(starts_server) {
            self.start_variables.extend(exports);
        }
    }

    /// The value that deployment files give to a variable, images that hold Python first.
    pub(crate) fn value(&self, name: &str) -> Option<(&str, &Evidence)> {
        let images = self.images.iter().flat_map(|image| &image.variables);
        images.chain(&self.variables).find(|(found, ..)| found == name).map(|(_, value, place)| (value.as_str(), place))
    }
}

/// How much the commands of a script say about production.
fn weight_of(path: &str) -> u8 {
    if path.contains("dev") || path.contains("local") || file_name(path) == "Makefile" { 1 } else { 2 }
}

/// The variables that lines of a script begin with: `$CMD`, `exec "${CMD}"`.
fn run_variables(text: &str) -> BTreeSet<&str> {
    let starts = text.lines().map(|line| line.trim().trim_start_matches("exec ").trim_start_matches('"'));
    let names = starts.filter_map(|line| {
        let name = line.strip_prefix('$')?;
        match name.strip_prefix('{') {
            Some(braced) => braced.split_once('}').map(|(name, _)| name),
            None => name.split(|c: char| !(c.is_alphanumeric() || c == '_')).next(),
        }
    });
    names.collect()
}

/// Whether a file is a shell script or a Makefile: by its name, or by its first line where scripts live.
fn is_script(tree: &Tree, path: &str, name: &str) -> bool {
    if extension(name) == "sh" || name == "Makefile" || name == "justfile" {
        return true;
    }
    let may_be = !name.contains('.')
        && (path
            .split('/')
            .any(|part| matches!(part, "bin" | "scripts" | "docker" | "compose" | "deploy" | "container"))
            || name.contains("entrypoint"));
    may_be
        && tree
            .read(path)
            .is_some_and(|text| text.starts_with("#!") && text.lines().next().is_some_and(|line| line.contains("sh")))
}
