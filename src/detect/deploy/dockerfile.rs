//! Dockerfiles: instructions with their continuation lines joined.

use std::collections::BTreeMap;

use super::command::{MAX_VARIABLES, expand, port_of};
use super::{Deployment, Image};
use crate::detect::manifest::version::minor_in;
use crate::detect::project::Evidence;
use crate::detect::tree::Tree;

/// Reads one Dockerfile into the deployment.
pub(crate) fn read(tree: &Tree, path: &str, deployment: &mut Deployment) {
    let Some(text) = tree.read(path) else { return };
    let mut variables = BTreeMap::new();
    let mut image = Image { file: path.to_owned(), ..Image::default() };
    let mut commands: Vec<(String, Evidence)> = Vec::new();
    // What the last stage made for production runs, should the stage after it start no server.
    let mut production: Vec<(String, Evidence)> = Vec::new();
    let mut stages: Vec<(String, bool)> = Vec::new();
    let mut stage = String::new();
    for (line, instruction) in instructions(&text) {
        let (keyword, rest) = instruction.split_once(char::is_whitespace).unwrap_or((&instruction, ""));
        let rest = rest.trim();
        let place = || text.evidence(line);
        match keyword.to_ascii_uppercase().as_str() {
            "FROM" => {
                if stage.contains("prod") && commands.iter().any(|(line, _)| starts_server(line)) {
                    production.clone_from(&commands);
                }
                stages.push((std::mem::take(&mut stage), image.is_python));
                let base = expand(rest, &variables);
                let mut words = base.split_whitespace().filter(|word| !word.starts_with("--"));
                let first = words.next().unwrap_or_default().to_owned();
                words.nth(1).unwrap_or_default().clone_into(&mut stage);
                let earlier = stages.iter().find(|(name, _)| !name.is_empty() && *name == first);
                image.is_python = first.contains("python") || earlier.is_some_and(|(_, is_python)| *is_python);
                if let Some(minor) = first.split("python").nth(1).and_then(minor_in) {
                    image.python = Some((minor, place()));
                }
                if earlier.is_none() {
                    image.base = first;
                }
                // What an earlier stage runs is not what the image runs, unless it is built on.
                if !earlier.is_some_and(|(_, is_python)| *is_python) {
                    commands.clear();
                    image.ports.clear();
                }
            }
            "ARG" | "ENV" => {
                for (name, value) in assignments(rest) {
                    let value = expand(&value, &variables);
                    if keyword.eq_ignore_ascii_case("ENV") && image.variables.len() < MAX_VARIABLES {
                        image.variables.push((name.clone(), value.clone(), place()));
                    }
                    if variables.len() < MAX_VARIABLES {
                        variables.insert(name, value);
                    }
                }
            }
            "EXPOSE" => {
                let ports = rest.split_whitespace().filter_map(|port| port_of(&expand(port, &variables)));
                image.ports.extend(ports.map(|port| (port, place())));
            }
            "CMD" | "ENTRYPOINT" => {
                let words = json_words(rest);
                let programs = ["python", "gunicorn", "uvicorn", "celery", "uwsgi", "granian", "hypercorn", "daphne"];
                image.is_python |= programs.iter().any(|program| rest.contains(program));
                let line = words.map_or_else(|| rest.to_owned(), |words| quote(&words));
                commands.push((line, place()));
            }
            "RUN" => {
                let tools = [
                    "pip install",
                    "pip3 install",
                    "uv sync",
                    "uv pip",
                    "poetry install",
                    "pipenv install",
                    "pdm install",
                    "pdm sync",
                ];
                image.is_python |= tools.iter().any(|tool| rest.contains(tool));
            }
            "COPY" => {
                let from = rest.split_whitespace().find_map(|word| word.strip_prefix("--from="));
                let brings = |name: &str| stages.iter().any(|(stage, is_python)| stage == name && *is_python);
                let serves_files = ["nginx", "caddy", "httpd", "node"].iter().any(|word| image.base.contains(word));
                image.is_python |= from.is_some_and(brings) && !serves_files;
            }
            _ => {}
        }
    }
    if !commands.iter().any(|(line, _)| starts_server(line)) {
        commands.extend(production);
    }
    for (line, place) in commands {
        deployment.add_line(&line, &variables, &place, 3, None);
    }
    deployment.images.push(image);
}

/// Whether a command line has the name of an application server in it.
fn starts_server(line: &str) -> bool {
    ["gunicorn", "uvicorn", "uwsgi", "granian", "hypercorn", "daphne"].iter().any(|server| line.contains(server))
}

/// The instructions with the line that each starts on.
fn instructions(text: &str) -> Vec<(u32, String)> {
    let mut found: Vec<(u32, String)> = Vec::new();
    let mut open = false;
    let mut document: Option<String> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let trimmed = line.trim();
        if let Some(end) = &document {
            if trimmed == end {
                document = None;
            }
            continue;
        }
        if let Some((_, after)) =
            trimmed.split_once("<<").filter(|_| trimmed.starts_with("RUN") || trimmed.starts_with("COPY") || open)
        {
            let word: String = after
                .trim_start_matches('-')
                .trim_start_matches(['"', '\''])
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                .collect();
            document = (!word.is_empty()).then_some(word);
        }
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let (content, goes_on) = match trimmed.strip_suffix('\\') {
            Some(content) => (content, true),
            None => (trimmed, false),
        };
        match found.last_mut() {
            Some((_, last)) if open => {
                last.push(' ');
                last.push_str(content);
            }
            _ => found.push((number, content.to_owned())),
        }
        open = goes_on;
    }
    found
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
