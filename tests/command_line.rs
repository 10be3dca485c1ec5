//! The command line itself: help, exit codes, what every command understands, and where `app.toml` is looked for.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod harness;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use harness::project::{Project, Run};

const APP: &str = r#"[app]
name = "shop"
framework = "flask"
entrypoint = "shop:app"

[image]
repository = "ghcr.io/acme/shop"
"#;

/// In the order of use, as `pykube --help` lists them.
const COMMANDS: [&str; 11] =
    ["init", "render", "diff", "check", "detect", "add", "adopt", "promote", "secrets", "schema", "completions"];

fn help(arguments: &[&str]) -> String {
    let mut command = Project::empty().command(arguments);
    Run::of(&command.current_dir(".").env_remove("COLUMNS").output().unwrap()).code(0).out
}

#[test]
fn the_page_of_commands_is_what_help_says() {
    let mut page = String::from(
        "# Commands\n\nWhat `pykube COMMAND --help` prints. After a change of it, \
         `SNAPSHOTS=overwrite cargo test --test command_line` rewrites this page.\n",
    );
    let _ = write!(page, "\n## `pykube`\n\n```text\n{}```\n", help(&["--help"]));
    for command in COMMANDS.into_iter().chain(["secrets manifest"]) {
        let words: Vec<&str> = command.split(' ').chain(["--help"]).collect();
        let _ = write!(page, "\n## `pykube {command}`\n\n```text\n{}```\n", help(&words));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/commands.md");
    if std::env::var("SNAPSHOTS").is_ok_and(|value| value == "overwrite") {
        fs::write(&path, &page).unwrap();
    }
    assert!(fs::read_to_string(path).unwrap_or_default() == page, "docs/commands.md is stale");
}

#[test]
fn commands_are_listed_in_the_order_of_use() {
    let text = help(&["--help"]);
    let places: Vec<usize> = COMMANDS.iter().map(|command| text.find(&format!("\n  {command} ")).unwrap()).collect();
    assert!(places.is_sorted(), "{text}");
    for code in ["0", "1", "2", "3", "4"] {
        assert!(text.contains(&format!("\n  {code}   ")), "{text}");
    }
}

#[test]
fn quiet_prints_faults_only() {
    let project = Project::new(APP).with("shop.py", "from flask import Flask\napp = Flask(__name__)\n");
    project.write("requirements.txt", "flask==3.1.2\ngunicorn==23.0.0\n");
    for (arguments, code) in [
        (&["init", "--force"][..], 0),
        (&["diff"], 1),
        (&["render", "--check"], 1),
        (&["render"], 0),
        (&["add", "health"], 0),
        (&["detect"], 0),
        (&["--quiet", "render"], 0),
    ] {
        let arguments = if arguments[0] == "--quiet" { arguments.to_vec() } else { [arguments, &["-q"]].concat() };
        let run = project.run(&arguments).code(code);
        assert_eq!(run.text(), "", "{arguments:?}");
    }
    project.write("app.toml", "[app]\n");
    assert!(!project.run(&["render", "-q"]).code(2).err.is_empty());
}

#[test]
fn colour_is_as_asked() {
    let project = Project::new("[app]\n");
    let run = |choice: &str| {
        let mut command = project.command(&["render", "--color", choice]);
        Run::of(&command.env_remove("NO_COLOR").output().unwrap()).code(2).err
    };
    assert!(run("always").contains("\u{1b}["));
    assert!(!run("never").contains('\u{1b}') && !run("auto").contains('\u{1b}'), "standard error is a pipe");
}

#[test]
fn adopt_finds_app_toml_above_the_file() {
    let project = Project::new(APP).rendered();
    let edit = || {
        let text = project.read("k8s/deployment.yaml");
        let grace = "      terminationGracePeriodSeconds: 45\n";
        project.write("k8s/deployment.yaml", &text.replace(grace, "      priorityClassName: high\n"));
    };
    edit();
    let mut below = project.command(&["adopt", "deployment.yaml"]);
    Run::of(&below.current_dir(project.path("k8s")).output().unwrap()).code(0);
    assert!(project.read("app.toml").contains("priorityClassName"));
    project.write("app.toml", APP);
    let mut elsewhere = project.command(&["adopt"]);
    elsewhere.arg(project.path("k8s/deployment.yaml")).current_dir("/");
    Run::of(&elsewhere.output().unwrap()).code(0);
    assert!(project.read("app.toml").contains("priorityClassName"));
    let nowhere = Project::empty().with("k8s/service.yaml", "a: 1\n");
    let run = nowhere.run(&["adopt", "k8s/service.yaml"]).code(2);
    assert!(run.err.contains("no app.toml in this folder or above"), "{}", run.err);
}

#[test]
fn a_folder_without_app_toml_says_where_one_is() {
    let project = Project::new(APP).with("k8s/x/y", "");
    let mut below = project.command(&["render"]);
    let run = Run::of(&below.current_dir(project.path("k8s/x")).output().unwrap()).code(2);
    assert!(run.err.contains("no app.toml in this folder, but in `../..`"), "{}", run.err);
    let run = project.run(&["diff", "k8s"]).code(2);
    assert!(run.err.contains("no app.toml in `k8s`, but in `k8s/..`"), "{}", run.err);
    let run = Project::empty().run(&["check"]).code(2);
    assert!(run.err.contains("error: no app.toml in this folder or above"), "{}", run.err);
    assert!(run.err.contains("help: `pykube init` writes one"), "{}", run.err);
    let run = project.run(&["render", "none"]).code(2);
    assert!(run.err.contains("`none` is not a folder"), "{}", run.err);
}
