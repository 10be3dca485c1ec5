//! What two branches and two versions of pykube do to the rendered files.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod harness;

use std::process::{Command, Output};

use harness::project::Project;

const APP: &str = r#"[app]
name = "shop"
framework = "fastapi"
entrypoint = "shop.main:app"

[image]
repository = "ghcr.io/acme/shop"

[config]
REGION = "eu"

[workers.mails]
command = "python -m shop.mails"
"#;

const LOCK: &str = ".pykube/lock.toml";

fn git(project: &Project, arguments: &[&str]) -> Output {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=Test", "-c", "user.email=test@example.com"]).args(arguments);
    git.current_dir(project.root()).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    git.output().unwrap()
}

#[track_caller]
fn done(project: &Project, arguments: &[&str]) -> String {
    let output = git(project, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn commit(project: &Project, message: &str) {
    done(project, &["add", "--all"]);
    done(project, &["commit", "--quiet", "--message", message]);
}

/// Two branches that each add a variable, rendered and committed; `edit` is done on the first.
fn merged(edit: impl Fn(&Project)) -> Project {
    let project = Project::new(APP).rendered();
    done(&project, &["init", "--quiet", "--initial-branch=main"]);
    commit(&project, "first");
    for (branch, line) in [("mine", "ONE = \"1\""), ("theirs", "TWO = \"2\"")] {
        done(&project, &["switch", "--quiet", "--create", branch, "main"]);
        project.replace("app.toml", "REGION = \"eu\"", &format!("REGION = \"eu\"\n{line}"));
        project.run(&["render", "--quiet"]).code(0);
        if branch == "mine" {
            edit(&project);
        }
        commit(&project, branch);
    }
    assert!(!git(&project, &["merge", "--quiet", "mine"]).status.success(), "there is no conflict");
    project
}

/// Takes the lines of both sides.
fn resolve_app_toml(project: &Project) {
    let text = project.read("app.toml");
    let lines =
        text.lines().filter(|line| !["<<<<<<<", "=======", ">>>>>>>"].iter().any(|mark| line.starts_with(mark)));
    project.write("app.toml", &(lines.collect::<Vec<_>>().join("\n") + "\n"));
}

#[test]
fn a_merge_conflict_is_resolved_in_app_toml_and_nowhere_else() {
    let project = merged(|_| ());
    let run = project.run(&["render"]).code(2);
    assert!(run.err.contains("app.toml holds the markers of a merge conflict"), "{}", run.err);
    run.shows(&["<<<<<<< HEAD"]);
    resolve_app_toml(&project);
    assert!(project.read(LOCK).contains("<<<<<<<"), "the lock file has no conflict");
    let check = project.run(&["render", "--check"]).code(1);
    assert!(check.out.contains("holds a merge conflict"), "{}", check.out);
    project.run(&["render"]).code(0);
    std::fs::remove_dir_all(project.path(".git")).unwrap();
    for (path, text) in project.tree() {
        assert!(!text.contains("<<<<<<<"), "{path}:\n{text}");
    }
    project.run(&["render", "--check"]).code(0);
}

#[test]
fn a_merge_conflict_hides_no_hand_edit() {
    let project = merged(|project| {
        project.replace(
            "k8s/deployment.yaml",
            "enableServiceLinks: false",
            "enableServiceLinks: false\n      hostname: mine",
        );
    });
    resolve_app_toml(&project);
    let run = project.run(&["render"]).code(2);
    assert!(run.err.contains("k8s/deployment.yaml"), "{}", run.err);
    assert!(!run.err.contains("worker"), "only the edited file is in the way: {}", run.err);
    assert!(project.read("k8s/deployment.yaml").contains("hostname: mine"));
}

#[test]
fn one_variable_is_a_small_diff() {
    let project = Project::new(APP).rendered();
    done(&project, &["init", "--quiet", "--initial-branch=main"]);
    commit(&project, "first");
    project.replace("app.toml", "REGION = \"eu\"", "REGION = \"us\"");
    project.run(&["render", "--quiet"]).code(0);
    let diff = done(&project, &["diff"]);
    assert!(diff.contains(LOCK), "the lock file is left out of the list");
    assert!(diff.len() < 8_000, "{} bytes:\n{diff}", diff.len());
}

#[test]
fn an_older_pykube_does_not_write_over_what_a_newer_one_wrote() {
    let project = Project::new(APP).rendered();
    let ours = format!("pykube = \"{}\"", env!("CARGO_PKG_VERSION"));
    project.replace(LOCK, &ours, "pykube = \"99.1.0\"");
    for arguments in [&["render"][..], &["render", "--check"], &["diff"]] {
        let run = project.run(arguments).code(2);
        let said = format!("was written by pykube 99.1.0; this is pykube {}", env!("CARGO_PKG_VERSION"));
        assert!(run.err.contains(&said), "{}", run.err);
    }
}

#[test]
fn a_check_names_the_pykube_that_rendered_and_the_one_that_looks() {
    let project = Project::new(APP).rendered();
    let ours = format!("pykube = \"{}\"", env!("CARGO_PKG_VERSION"));
    project.replace(LOCK, &ours, "pykube = \"0.0.1\"");
    project.run(&["render", "--check"]).code(0);
    project.replace("app.toml", "REGION = \"eu\"", "REGION = \"us\"");
    let run = project.run(&["render", "--check"]).code(1);
    assert!(run.out.contains("pykube 0.0.1 rendered these files, and this is pykube"), "{}", run.out);
    project.run(&["render", "--quiet"]).code(0);
    assert!(project.read(LOCK).contains(&ours));
}
