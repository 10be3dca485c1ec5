//! What the project's own deployment files say: evidence beside the code, never a condition for an answer.

pub(crate) mod command;
mod dockerfile;
mod platform;

use std::collections::{BTreeMap, BTreeSet};

use super::budget::Omission;
use super::code::{is_aside, is_test};
use super::project::Evidence;
use super::tree::{Tree, extension, file_name};
pub(crate) use command::Command;

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
}

/// Everything that deployment files say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deployment {
    pub(crate) images: Vec<Image>,
    pub(crate) commands: Vec<Command>,
    /// Values given to variables by anything but a Dockerfile: name, value, place.
    pub(crate) variables: Vec<(String, String, Evidence)>,
    /// Container ports named by compose files and platforms.
    pub(crate) ports: Vec<(u16, Evidence)>,
    /// Python versions that CI and platforms use.
    pub(crate) pythons: Vec<(u32, Evidence)>,
    /// Names of container images that compose files start beside the application.
    pub(crate) service_images: Vec<(String, Evidence)>,
}

impl Deployment {
    /// Reads every deployment file of the tree.
    pub(crate) fn read(tree: &Tree) -> Self {
        let mut deployment = Self::default();
        // What lies aside as code may well be how the project is deployed.
        let is_deployment = |path: &str| ["infra/", "ci/", "tools/"].iter().any(|folder| path.starts_with(folder));
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
        } else if matches!(name, "fly.toml" | "railway.toml" | "railway.json" | "nixpacks.toml") {
            platform::lines(tree, path, self, &["startCommand", "cmd", "app", "web", "worker", "internal_port"]);
        } else if lower.starts_with("supervisord")
            || kind == "service"
            || (kind == "conf" && path.contains("supervisor"))
        {
            platform::lines(tree, path, self, &["command", "ExecStart"]);
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
                self.add_line(line, &BTreeMap::new(), &place, weight, Some(process.trim()));
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
            self.add_line(&line, &variables, &text.evidence(start), weight_of(path), None);
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
