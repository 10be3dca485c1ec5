//! Compose files, continuous integration, and the files of hosting platforms.

use std::collections::BTreeMap;

use serde_yaml::Value;

use super::command::{expand, is_program, port_of};
use super::dockerfile::quote;
use super::{BuiltService, Deployment};
use crate::detect::manifest::version::minor_in;
use crate::detect::text_file::TextFile;
use crate::detect::tree::{Tree, extension, file_name, join, parent, yaml};

/// Words in the names of services that are not an application of the project's.
const BESIDE: [&str; 19] = [
    "front",
    "node",
    "nginx",
    "proxy",
    "docs",
    "e2e",
    "mock",
    "webpack",
    "vite",
    "storybook",
    "fake",
    "emulator",
    "oidc",
    "mail",
    "postgres",
    "redis",
    "minio",
    "localstack",
    "database",
];

/// Ports that databases, brokers and mail catchers listen on by default (their own documentation).
const FOREIGN_PORTS: [u16; 11] = [5432, 3306, 6379, 27017, 9200, 5672, 15672, 1025, 8025, 11211, 1433];

/// A compose file: commands, ports, variables and the images of the services beside the application.
pub(crate) fn compose(tree: &Tree, path: &str, deployment: &mut Deployment) {
    let Some(text) = tree.read(path) else { return };
    let Some(mut document) = yaml(tree, &text) else { return };
    // `<<: *service`; a file that merges what is not a mapping is read as it is.
    let _ = document.apply_merge();
    let weight =
        if ["dev", "local", "test", "override"].iter().any(|word| file_name(path).contains(word)) { 1 } else { 2 };
    for (name, service) in document.get("services").and_then(Value::as_mapping).into_iter().flatten() {
        let name = name.as_str().unwrap_or_default();
        for line in started(service) {
            let number = text.line_of(line.split('\n').next().unwrap_or_default().trim_matches('\''));
            let place = text.evidence(number);
            deployment.add_line(
                &line.replace("\\\n", " ").replace('\n', " ; "),
                &BTreeMap::new(),
                &place,
                weight,
                Some(name),
            );
        }
        let built = service.get("build").is_some();
        let is_beside = BESIDE.iter().any(|word| name.contains(word));
        if let Some(image) = service.get("image").and_then(Value::as_str).filter(|_| !built) {
            let place = text.evidence_of(image);
            deployment.service_images.push((image.to_owned(), place));
        }
        if built && !is_beside && !path.contains("e2e") {
            deployment.services.push(built_service(path, service, &text));
        }
        variables(&text, service, deployment);
    }
}

/// What a service runs: the command as arguments of the entry point, where that is a program and no script, which runs the command
/// on its own.
/// Source: <https://docs.docker.com/reference/compose-file/services/#entrypoint>
fn started(service: &Value) -> Vec<String> {
    let [command, entry] = ["command", "entrypoint"].map(|key| service.get(key).and_then(line));
    match (command, entry) {
        (Some(command), Some(entry)) if is_program(&entry) => vec![format!("{entry} {command}")],
        (command, entry) => command.into_iter().chain(entry).collect(),
    }
}

/// `railway.json`, however its lines are broken: the command of the service and those before it.
/// Source: <https://docs.railway.com/reference/config-as-code>
pub(crate) fn railway(tree: &Tree, path: &str, deployment: &mut Deployment) {
    let Some(text) = tree.read(path) else { return };
    let Ok(document) = serde_json::from_str::<serde_json::Value>(&text) else { return };
    for key in ["startCommand", "preDeployCommand"] {
        let value = &document["deploy"][key];
        let given = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        for line in given.iter().filter_map(serde_json::Value::as_str) {
            deployment.add_line(line, &BTreeMap::new(), &text.evidence_of(key), 3, Some(key));
        }
    }
}

/// What is built, and the ports of its container that are published or known to other services.
fn built_service(path: &str, service: &Value, text: &TextFile) -> BuiltService {
    let build = &service["build"];
    let context = build.as_str().or_else(|| build.get("context")?.as_str()).unwrap_or_default();
    let listed = ["ports", "expose"].into_iter().filter_map(|key| service.get(key)?.as_sequence()).flatten();
    let ports = listed.filter_map(|port| {
        let (shown, container) = match port {
            Value::String(port) => (port.clone(), port_of(&expand(port, &BTreeMap::new()))),
            Value::Number(port) => (port.to_string(), port.as_u64().and_then(|port| u16::try_from(port).ok())),
            port => {
                (String::new(), port.get("target").and_then(Value::as_u64).and_then(|port| u16::try_from(port).ok()))
            }
        };
        let container = container.filter(|port| !FOREIGN_PORTS.contains(port))?;
        Some((container, text.evidence_of(&shown)))
    });
    BuiltService { folder: join(parent(path), context).unwrap_or_default(), ports: ports.collect() }
}

fn variables(text: &TextFile, service: &Value, deployment: &mut Deployment) {
    let mut add = |name: &str, value: String| {
        if matches!(name, "DJANGO_SETTINGS_MODULE" | "FLASK_APP" | "PORT") {
            let place = text.evidence_of(name);
            deployment.variables.push((name.to_owned(), expand(&value, &BTreeMap::new()), place));
        }
    };
    match service.get("environment") {
        Some(Value::Mapping(entries)) => {
            for (name, value) in entries {
                if let (Some(name), Some(value)) = (name.as_str(), value.as_str()) {
                    add(name, value.to_owned());
                }
            }
        }
        Some(Value::Sequence(entries)) => {
            for (name, value) in entries.iter().filter_map(|entry| entry.as_str()?.split_once('=')) {
                add(name, value.to_owned());
            }
        }
        _ => {}
    }
}

fn line(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Sequence(words) => {
            Some(quote(&words.iter().filter_map(|word| word.as_str().map(str::to_owned)).collect::<Vec<_>>()))
        }
        _ => None,
    }
}

/// Python versions of a CI configuration.
pub(crate) fn continuous_integration(tree: &Tree, path: &str, deployment: &mut Deployment) {
    let Some(text) = tree.read(path) else { return };
    if path.starts_with(".github/workflows/") && text.contains("services:") {
        let document = yaml(tree, &text).unwrap_or_default();
        let jobs = document.get("jobs").and_then(Value::as_mapping).into_iter().flat_map(|jobs| jobs.values());
        let services = jobs.filter_map(|job| job.get("services")?.as_mapping()).flat_map(|services| services.values());
        for image in services.filter_map(|service| service.as_str().or_else(|| service.get("image")?.as_str())) {
            deployment.test_services.push((image.to_owned(), text.evidence_of(image)));
        }
    }
    let mut in_list = false;
    for (number, line) in (1..).zip(text.lines()) {
        let trimmed = line.trim();
        let about = trimmed.starts_with("python-version:")
            || trimmed.starts_with("python:")
            || trimmed.contains("cimg/python")
            || trimmed.contains("image: python");
        let minors: Vec<u32> = trimmed.split([',', '[', ']', ' ', '"', '\'']).filter_map(minor_in).collect();
        if about || (in_list && trimmed.starts_with('-')) {
            deployment.pythons.extend(minors.into_iter().map(|minor| (minor, text.evidence(number))));
        }
        in_list = (about && trimmed.ends_with(':')) || (in_list && trimmed.starts_with('-'));
    }
}

/// Debian packages: one a line, or the list behind `aptPkgs` of nixpacks and `apt` of railpack.
/// Sources: <https://elements.heroku.com/buildpacks/heroku/heroku-buildpack-apt>, <https://nixpacks.com/docs/configuration/file>
pub(crate) fn packages(tree: &Tree, path: &str, deployment: &mut Deployment) {
    let Some(text) = tree.read(path) else { return };
    let is_list = !matches!(extension(file_name(path)), "toml" | "json");
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        let names = if is_list {
            line
        } else {
            let Some((_, list)) = line.split_once("aptPkgs").and_then(|(_, rest)| rest.split_once('[')) else {
                continue;
            };
            list.split(']').next().unwrap_or_default()
        };
        // A buildpack takes addresses of packages and repositories as well.
        if names.starts_with('#') || names.contains("://") || names.starts_with(':') {
            continue;
        }
        let words = names.split([',', ' ', '"', '\'']).filter(|word| !word.is_empty() && *word != "...");
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-.".contains(c);
        let named = words.filter(|word| word.chars().all(fits)).map(|word| (word.to_owned(), text.evidence(number)));
        deployment.packages.extend(named);
    }
}

/// Files with one setting a line: the commands and ports behind some keys.
pub(crate) fn lines(tree: &Tree, path: &str, deployment: &mut Deployment, keys: &[&str]) {
    let Some(text) = tree.read(path) else { return };
    // What a unit of systemd is called, and a program of supervisor.
    let mut unit = file_name(path).strip_suffix(".service").map(str::to_owned);
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(name) = line.trim().strip_prefix("[program:").and_then(|rest| rest.strip_suffix(']')) {
            unit = Some(name.to_owned());
        }
        let trimmed = line.trim().trim_start_matches("- ").trim_start_matches('"');
        let Some(key) = keys.iter().find(|key| trimmed.starts_with(**key)) else { continue };
        let value = trimmed[key.len()..].trim_start_matches(['"', ' ', ':', '=']);
        let value = value.trim_matches(['"', '\'', ',']);
        let place = text.evidence(number);
        if *key == "internal_port" {
            let ports = port_of(value).map(|port| (port, place)).into_iter().collect();
            deployment.services.push(BuiltService { folder: parent(path).to_owned(), ports });
        } else {
            let process = unit.as_deref().unwrap_or(key.trim_end_matches(':'));
            deployment.add_line(value, &BTreeMap::new(), &place, 3, Some(process));
        }
    }
}
