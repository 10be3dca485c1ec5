//! Detection on small repositories, one for each rule: `tests/detect/NAME/repo` and what must be said of it.
//!
//! `expected.json` holds every field that is not empty, as `pykube detect --format json` prints it, so that a rule that
//! spoils another one is seen; `exit` is the exit code, 0 when it is missing. `unsettled` names fields that are answered
//! today and perhaps wrongly, with the reason for the doubt: they are not compared.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Fields that are compared only where `expected.json` names them: they follow from others, or are wording and places.
const NOT_NEEDED: [&str; 7] = ["evidence", "health_details", "looked_at", "name", "reasons", "variables", "warnings"];

/// Whether `answer` says no more under `key` than that nothing was found there.
fn is_empty(key: &str, answer: &Value) -> bool {
    match key {
        "backend_dir" => answer[key] == "." || answer[key].is_null(),
        // A Python that the project does not name is ours, and changes with the years.
        "python" => answer["evidence"][key].is_null(),
        _ => says_nothing(&answer[key]),
    }
}

fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(says_nothing),
        _ => false,
    }
}

fn repositories() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/detect");
    let mut found: Vec<PathBuf> =
        fs::read_dir(folder).expect("tests/detect").map(|entry| entry.expect("an entry").path()).collect();
    found.sort();
    found
}

fn detect(repository: &Path) -> (i32, Value) {
    let run = Command::new(env!("CARGO_BIN_EXE_pykube"))
        .args(["detect", "--format", "json", "."])
        .current_dir(repository)
        .output()
        .expect("pykube runs");
    let text = String::from_utf8(run.stdout).expect("UTF-8");
    let answer = serde_json::from_str(&text).unwrap_or_else(|error| {
        panic!("{}: {error}\n{text}{}", repository.display(), String::from_utf8_lossy(&run.stderr))
    });
    (run.status.code().unwrap_or(-1), answer)
}

#[test]
fn every_rule_holds_on_its_repository() {
    let mut faults = Vec::new();
    let repositories = repositories();
    for repository in &repositories {
        let name = repository.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
        let expected = fs::read_to_string(repository.join("expected.json")).expect("expected.json");
        let expected: Value = serde_json::from_str(&expected).expect("JSON");
        let (code, answer) = detect(&repository.join("repo"));
        let expected = expected.as_object().expect("an object");
        let unsettled = |key: &str| expected.get("unsettled").is_some_and(|fields| fields.get(key).is_some());
        for (key, wanted) in expected.iter().filter(|(key, _)| *key != "unsettled") {
            let found = if key == "exit" { Value::from(code) } else { answer[key].clone() };
            if found != *wanted {
                faults.push(format!("{name}: {key} is {found}, not {wanted}"));
            }
        }
        for (key, found) in answer.as_object().expect("an object") {
            let is_named = expected.contains_key(key) || unsettled(key) || NOT_NEEDED.contains(&key.as_str());
            if !is_named && !is_empty(key, &answer) {
                faults.push(format!("{name}: {key} is {found}, and expected.json does not name it"));
            }
        }
        if expected.get("exit").is_none() && code != 0 {
            faults.push(format!("{name}: exit code {code}"));
        }
    }
    assert!(!repositories.is_empty(), "the repositories are gone");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn evidence_names_files_and_lines_that_exist() {
    for repository in repositories() {
        let root = repository.join("repo");
        let (_, answer) = detect(&root);
        for (field, places) in answer["evidence"].as_object().expect("an object") {
            for place in places.as_array().expect("a list") {
                let file = place["file"].as_str().expect("a file");
                let text =
                    fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{field}: {file}: {error}"));
                let line = usize::try_from(place["line"].as_u64().expect("a line")).expect("small");
                assert!(line <= text.lines().count(), "{}: {field}: {file}:{line}", repository.display());
            }
        }
    }
}

#[test]
fn the_answer_is_the_same_every_time() {
    for repository in repositories() {
        let root = repository.join("repo");
        assert_eq!(detect(&root).1, detect(&root).1, "{}", repository.display());
    }
}

#[test]
fn two_projects_are_both_named() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/detect/two-projects/repo");
    let (_, answer) = detect(&root);
    let named: Vec<(&str, &str)> = answer["candidates"]
        .as_array()
        .expect("candidates")
        .iter()
        .map(|candidate| {
            (candidate["directory"].as_str().unwrap_or(""), candidate["entrypoint"].as_str().unwrap_or(""))
        })
        .collect();
    assert_eq!(named, [("billing", "main:app"), ("shop", "app:app")]);
}

#[test]
fn values_of_secrets_are_never_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("requirements.txt"), "flask\n").expect("written");
    let code = "import os\nfrom flask import Flask\napp = Flask(__name__)\nA = os.environ.get(\"API_PASSWORD\", \"hunter2\")\n";
    fs::write(folder.path().join("app.py"), code).expect("written");
    fs::write(folder.path().join(".env"), "API_PASSWORD=hunter3\n").expect("written");
    let (_, answer) = detect(folder.path());
    assert_eq!(answer["env"]["secret"], Value::from(vec!["API_PASSWORD"]));
    assert!(!answer.to_string().contains("hunter"), "{answer:#}");
}
