//! Whole messages, as they are on the screen: wording, place, marks below the line, layout of the help.
//!
//! `tests/messages/NAME.toml` is an `app.toml` that is refused and `NAME.txt` what `pykube render` says about it;
//! `SNAPSHOTS=overwrite` writes the latter again. That nothing is written is for `tests/*_faults.rs`.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod harness;

use std::fs;
use std::path::{Path, PathBuf};

use harness::project::Project;
use similar::TextDiff;

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/messages");
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    found.sort();
    found
}

#[test]
fn every_message_is_what_is_committed() {
    let is_overwritten = std::env::var("SNAPSHOTS").is_ok_and(|value| value == "overwrite");
    let mut stale = String::new();
    for case in cases() {
        let project = Project::new(&fs::read_to_string(&case).unwrap());
        let run = project.run(&["render"]).code(2);
        assert_eq!(run.out, "", "{}", case.display());
        let committed = case.with_extension("txt");
        if is_overwritten {
            fs::write(&committed, &run.err).unwrap();
            continue;
        }
        let expected = fs::read_to_string(&committed).unwrap_or_default();
        if expected != run.err {
            let diff = TextDiff::from_lines(&expected, &run.err);
            stale += &diff.unified_diff().header(&committed.display().to_string(), "printed").to_string();
        }
    }
    assert!(
        stale.is_empty(),
        "read these; where they are meant, `SNAPSHOTS=overwrite cargo test --test messages` writes them:\n{stale}"
    );
}

#[test]
fn every_committed_message_has_its_file() {
    let mut messages = 0;
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/messages")).unwrap() {
        let path = entry.unwrap().path();
        assert!(path.with_extension("toml").is_file() && path.with_extension("txt").is_file(), "{}", path.display());
        messages += 1;
    }
    assert_eq!(messages, cases().len() * 2);
}

#[test]
fn the_summary_of_a_render_names_a_few_of_the_changes_in_each_file() {
    let head = "[app]\nname = \"shop\"\nframework = \"django\"\nentrypoint = \"config.wsgi:application\"\n\
                [image]\nrepository = \"ghcr.io/acme/shop\"\ntag = \"1.4.2\"\n";
    let project = Project::new(&format!("{head}[config]\nMODE = \"a\"\n")).rendered();
    project.write("app.toml", &format!("{head}[config]\nMODE = \"b\"\n"));
    let run = project.run(&["render"]).code(0);
    let two = "15 files, 2 changed\n  ~ k8s/configmap.yaml    MODE\n  ~ k8s/deployment.yaml   name\n";
    assert_eq!(run.out, two);
    let more = "[config]\nMODE = \"b\"\n[scaling]\nreplicas = 3\n[probes]\nliveness = \"/livez\"\n\
                [resources]\nmemory = \"1Gi\"\n";
    project.write("app.toml", &format!("{}{more}", head.replace("1.4.2", "1.5.0")));
    let run = project.run(&["render"]).code(0);
    let deployment = run.out.lines().find(|line| line.contains("k8s/deployment.yaml")).unwrap();
    let (_, words) = deployment.split_once(".yaml").unwrap();
    assert_eq!(words.trim(), "replicas, image, 2 httpGet, 2 tcpSocket, …", "four, and a sign that there are more");
}
