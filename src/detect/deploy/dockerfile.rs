//! What a Dockerfile says of the image: its base, its variables, and what it runs.

use std::collections::BTreeMap;

use super::command::{MAX_VARIABLES, expand, port_of};
use super::{Deployment, Image};
use crate::detect::manifest::version::minor_in;
use crate::detect::project::{DetectedServer, Evidence};
use crate::detect::tree::Tree;
use crate::kube::dockerfile::Dockerfile;

/// Reads one Dockerfile into the deployment.
pub(crate) fn read(tree: &Tree, path: &str, deployment: &mut Deployment) {
    let Some(text) = tree.read(path) else { return };
    let image = Image { file: path.to_owned(), ..Image::default() };
    let mut reader = Reader { image, ..Reader::default() };
    for instruction in Dockerfile::new(&text).instructions {
        let line = u32::try_from(instruction.line).unwrap_or(u32::MAX);
        reader.instruction(&instruction.keyword, instruction.arguments.trim(), &|| text.evidence(line));
    }
    if !reader.commands.iter().any(|(line, _)| starts_server(line)) {
        reader.commands.append(&mut reader.production);
    }
    for (line, place) in reader.commands {
        deployment.add_line(&line, &reader.variables, &place, 3, None);
    }
    let mut stage = reader.bases.iter().rposition(|(_, name)| !is_aside(name));
    let mut steps = reader.bases.len();
    while let Some(number) = stage.filter(|_| steps > 0) {
        for installs in reader.image.installs.iter_mut().filter(|installs| installs.stage == number) {
            installs.in_runtime = true;
        }
        stage = reader.bases.get(number).and_then(|(base, _)| *base);
        steps -= 1;
    }
    deployment.images.push(reader.image);
}

/// Most instructions of one kind that are kept.
const MAX_INSTRUCTIONS: usize = 1000;
/// Most ports that are looked at: an image has a few.
const MAX_PORTS: usize = 1000;

/// What is known of the image up to an instruction.
#[derive(Default)]
struct Reader {
    image: Image,
    variables: BTreeMap<String, String>,
    /// What the stage runs.
    commands: Vec<(String, Evidence)>,
    /// What the last stage made for production runs, should the stage after it start no server.
    production: Vec<(String, Evidence)>,
    /// The stages that are complete, and whether Python is in each.
    stages: Vec<(String, bool)>,
    /// The name of the stage.
    stage: String,
    /// Of each stage the number of the one that it is built on, and its name.
    bases: Vec<(Option<usize>, String)>,
}

/// Commands that install Python packages.
const INSTALLERS: [&str; 8] =
    ["pip install", "pip3 install", "uv sync", "uv pip", "poetry install", "pipenv install", "pdm install", "pdm sync"];

impl Reader {
    fn instruction(&mut self, keyword: &str, rest: &str, place: &dyn Fn() -> Evidence) {
        match keyword {
            "FROM" => self.from(rest, place),
            "ARG" | "ENV" => {
                for (name, value) in assignments(rest) {
                    let value = expand(&value, &self.variables);
                    if keyword == "ENV" && self.image.variables.len() < MAX_VARIABLES {
                        self.image.variables.push((name.clone(), value.clone(), place()));
                    }
                    if self.variables.len() < MAX_VARIABLES {
                        self.variables.insert(name, value);
                    }
                }
            }
            "EXPOSE" => {
                let words = rest.split_whitespace().take(MAX_PORTS);
                // The first one that is written counts, so their order stays.
                let mut ports: Vec<u16> = words.filter_map(|port| port_of(&expand(port, &self.variables))).collect();
                ports.dedup();
                let known = &mut self.image.ports;
                if let Some(place) = (!ports.is_empty() && known.len() < MAX_PORTS).then(place) {
                    known.extend(ports.into_iter().map(|port| (port, place.clone())));
                }
            }
            "CMD" | "ENTRYPOINT" => {
                self.image.is_python |=
                    starts_server(rest) || ["python", "celery"].iter().any(|program| rest.contains(program));
                let line = json_words(rest).map_or_else(|| rest.to_owned(), |words| quote(&words));
                self.commands.push((line, place()));
            }
            "RUN" => {
                self.image.is_python |= INSTALLERS.iter().any(|tool| rest.contains(tool));
                self.installs(rest, place);
            }
            "COPY" | "ADD" => {
                self.copy(rest);
                let from = rest.split_whitespace().find_map(|word| word.strip_prefix("--from="));
                let brings = |name: &str| self.stages.iter().any(|(stage, is_python)| stage == name && *is_python);
                let serves_files =
                    ["nginx", "caddy", "httpd", "node"].iter().any(|word| self.image.base.contains(word));
                self.image.is_python |= from.is_some_and(brings) && !serves_files;
            }
            "VOLUME" => self.volume(&expand(rest, &self.variables), place),
            "USER" | "HEALTHCHECK" | "SHELL" => self.other(keyword, rest, place),
            _ => {}
        }
    }

    /// Notes what an instruction installs, unless its stage is for development or tests.
    fn installs(&mut self, rest: &str, place: &dyn Fn() -> Evidence) {
        if is_aside(&self.stage) || self.image.installs.len() >= MAX_INSTRUCTIONS {
            return;
        }
        let stage = self.bases.len().saturating_sub(1);
        let what = super::installs::read(&expand(rest, &self.variables));
        if what == super::Installs::default() {
            self.other("RUN", rest, place);
        } else {
            self.image.installs.push(super::StageInstalls { what, stage, in_runtime: false, place: place() });
        }
    }

    /// Notes an instruction that decides about the image and installs nothing that is known.
    fn other(&mut self, keyword: &str, rest: &str, place: &dyn Fn() -> Evidence) {
        let by_manager = INSTALLERS.iter().any(|tool| rest.contains(tool));
        let is_plain = ["mkdir", "chmod", "chown", "rm ", "useradd", "adduser", "groupadd", "addgroup"]
            .iter()
            .any(|start| rest.trim_start().starts_with(start));
        if !by_manager && !is_plain && !is_aside(&self.stage) && self.image.others.len() < MAX_INSTRUCTIONS {
            let text: String = rest.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(80).collect();
            self.image.others.push((keyword.to_owned(), crate::credential::redact(&text).text, place()));
        }
    }

    /// Folders that the image lets the process write to.
    fn volume(&mut self, rest: &str, place: &dyn Fn() -> Evidence) {
        let paths = json_words(rest).unwrap_or_else(|| super::command::split(rest));
        let room = MAX_INSTRUCTIONS.saturating_sub(self.image.volumes.len());
        self.image.volumes.extend(paths.into_iter().take(room).map(|path| (path, place())));
    }

    fn copy(&mut self, rest: &str) {
        let words = json_words(rest).unwrap_or_else(|| super::command::split(rest));
        let mut words: Vec<String> = words.into_iter().filter(|word| !word.starts_with("--")).collect();
        if !rest.contains("--from=")
            && self.image.copies.len() < MAX_INSTRUCTIONS
            && let Some(target) = words.pop()
        {
            self.image.copies.push((words, target));
        }
    }

    /// A stage begins.
    fn from(&mut self, rest: &str, place: &dyn Fn() -> Evidence) {
        if self.stage.contains("prod") && self.commands.iter().any(|(line, _)| starts_server(line)) {
            self.production.clone_from(&self.commands);
        }
        self.stages.push((std::mem::take(&mut self.stage), self.image.is_python));
        let base = expand(rest, &self.variables);
        let mut words = base.split_whitespace().filter(|word| !word.starts_with("--"));
        let first = words.next().unwrap_or_default().to_owned();
        words.nth(1).unwrap_or_default().clone_into(&mut self.stage);
        let earlier = self.stages.iter().find(|(name, _)| !name.is_empty() && *name == first);
        let base = self.stages.iter().skip(1).position(|(name, _)| !name.is_empty() && *name == first);
        self.bases.push((base, self.stage.clone()));
        let built_on_python = earlier.is_some_and(|(_, is_python)| *is_python);
        self.image.is_python = first.contains("python") || built_on_python;
        // `python:alpine3.14` is Alpine's version, with whatever Python is newest.
        let tag = first.split("python").nth(1).filter(|tag| !tag.starts_with(":alpine"));
        if let Some(minor) = tag.and_then(minor_in) {
            self.image.python = Some((minor, place()));
        }
        if earlier.is_none() {
            self.image.base = first;
        }
        // What an earlier stage runs is not what the image runs, unless it is built on.
        if !built_on_python {
            self.commands.clear();
            self.image.ports.clear();
        }
    }
}

/// Whether a stage is for development or tests, by its name.
fn is_aside(stage: &str) -> bool {
    let stage = stage.to_ascii_lowercase();
    stage.split(['-', '_', '.']).any(|word| ["dev", "test", "lint", "docs"].iter().any(|aside| word.starts_with(aside)))
}

/// Whether a command line has the name of an application server in it.
fn starts_server(line: &str) -> bool {
    DetectedServer::ALL.iter().any(|server| line.contains(server.as_str()))
}

/// `A=1 B="two"` or the old `A 1`.
fn assignments(rest: &str) -> Vec<(String, String)> {
    let words = super::command::split(rest);
    match words.first() {
        Some(first) if !first.contains('=') => vec![(first.clone(), words[1..].join(" "))],
        _ => words
            .iter()
            .filter_map(|word| word.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())))
            .collect(),
    }
}

/// The words of the exec form, `["gunicorn", "app:app"]`.
pub(crate) fn json_words(rest: &str) -> Option<Vec<String>> {
    rest.starts_with('[').then(|| serde_json::from_str(rest).ok())?
}

/// Words as one line that splits into them again.
pub(crate) fn quote(words: &[String]) -> String {
    words.iter().map(|word| format!("'{}'", word.replace('\'', "\\'"))).collect::<Vec<_>>().join(" ")
}
