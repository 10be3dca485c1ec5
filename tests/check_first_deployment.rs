//! What breaks a first deployment: three sound repositories in which `pykube check` finds nothing after `pykube init`, and a
//! fault in each row of `first_deployment/faults.toml`, found with its place and its cure. What is near to a fault and sound is
//! passed over.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod harness;

use std::collections::BTreeMap;
use std::path::Path;

use harness::project::{Project, copy_folder};
use serde::Deserialize;

/// Edits of files, in order: of a text that is there, or where that is empty of the file as a whole; no new text removes the file.
type Edits = Vec<Vec<String>>;

#[derive(Deserialize)]
struct Table {
    /// What a person fills in after `pykube init`, for each repository.
    filled: BTreeMap<String, Edits>,
    fault: Vec<Fault>,
}

#[derive(Deserialize)]
struct Fault {
    name: String,
    repository: String,
    edits: Edits,
    /// Where `check` finds it: `file:line`, or `app.toml ` and how the line begins.
    place: String,
    /// What it says.
    says: String,
    /// What is to be done.
    cure: String,
    /// Edits that come near and are sound.
    #[serde(default)]
    sound: Vec<Edits>,
}

fn table() -> Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/first_deployment/faults.toml");
    toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The repository after `pykube init --render` and with what a person fills in.
fn deployable(repository: &str, filled: &Edits) -> Project {
    let project = Project::empty();
    copy_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/first_deployment").join(repository), project.root());
    let remote = format!("[remote \"origin\"]\n\turl = https://github.com/acme/{repository}.git\n");
    project.write(".git/config", &remote);
    project.run(&["init", "--render", "--quiet"]).code(0);
    edit(&project, filled);
    project.run(&["render", "--quiet"]).code(0);
    project
}

#[track_caller]
fn edit(project: &Project, edits: &Edits) {
    for edit in edits {
        match edit.as_slice() {
            [path] => std::fs::remove_file(project.path(path)).unwrap(),
            [path, old, new] if old.is_empty() => project.write(path, new),
            [path, old, new] => project.replace(path, old, new),
            other => panic!("an edit has one or three parts: {other:?}"),
        }
    }
}

fn edited(sound: &Project, edits: &Edits) -> Project {
    let project = Project::empty();
    copy_folder(sound.root(), project.root());
    edit(&project, edits);
    project
}

fn place(project: &Project, written: &str) -> String {
    let Some((file, start)) = written.split_once(' ').filter(|(file, _)| *file == "app.toml") else {
        return written.to_owned();
    };
    let at = project.read(file).lines().collect::<Vec<_>>().iter().rposition(|line| line.starts_with(start));
    at.map_or_else(|| format!("no line of {file} begins with {start}"), |at| format!("{file}:{}:", at + 1))
}

/// How many faults a run reported.
fn findings(said: &str) -> usize {
    said.lines().filter(|line| line.starts_with("error") || line.starts_with("warning")).count()
}

#[test]
fn what_breaks_a_first_deployment_is_found_with_place_and_cure_and_nothing_else_is() {
    let table = table();
    let sound: BTreeMap<&String, Project> =
        table.filled.iter().map(|(name, filled)| (name, deployable(name, filled))).collect();
    let mut wrong = Vec::new();
    for (name, project) in &sound {
        let run = project.run(&["check"]);
        if run.code != 0 {
            wrong.push(format!("{name} is sound:\n{}", run.text()));
        }
    }
    for fault in &table.fault {
        let base = &sound[&fault.repository];
        let project = edited(base, &fault.edits);
        let run = project.run(&["check"]);
        let said = run.text();
        let place = place(&project, &fault.place);
        let is_found = [&place, &fault.says, &fault.cure].into_iter().all(|words| said.contains(words.as_str()));
        if run.code == 0 || !is_found || findings(&said) != 1 {
            wrong.push(format!("{} ({}, {}):\n{said}", fault.name, place, fault.says));
        }
        for edits in &fault.sound {
            let run = edited(base, edits).run(&["check"]);
            if run.code != 0 {
                wrong.push(format!("near to `{}`, and sound: {edits:?}\n{}", fault.name, run.text()));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n\n{}", wrong.len(), table.fault.len(), wrong.join("\n\n"));
}

#[test]
fn with_an_empty_list_django_takes_localhost_only_where_it_debugs() {
    let base = deployable("django", &table().filled["django"]);
    let edits = |edits: &[[&str; 3]]| -> Edits { edits.iter().map(|edit| edit.map(str::to_owned).to_vec()).collect() };
    let empty = [
        ["config/settings.py", "os.environ.get(\"ALLOWED_HOSTS\", \"\").split(\",\")", "[]"],
        ["app.toml", "ALLOWED_HOSTS = \"localhost,library.acme.dev\"", "#"],
    ];
    let debug = ["config/settings.py", "os.environ.get(\"DEBUG\", \"false\") == \"true\"", "True"];
    let (probes, public) = ("`localhost`, the Host of the probes", "`library.acme.dev`, the public host");
    let said = edited(&base, &edits(&empty)).run(&["check"]).text();
    assert!(said.contains(probes) && said.contains(public), "{said}");
    let said = edited(&base, &edits(&[empty[0], empty[1], debug])).run(&["check"]).text();
    assert!(!said.contains(probes) && said.contains(public), "{said}");
}
