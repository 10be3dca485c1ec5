//! The examples are the manual and the golden tests in one: what is committed is what `pykube render` writes.

use std::path::{Path, PathBuf};
use std::process::Command;

fn examples() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut folders: Vec<PathBuf> = std::fs::read_dir(root)
        .expect("examples")
        .map(|entry| entry.expect("entry").path())
        .filter(|folder| folder.join("app.toml").is_file())
        .collect();
    folders.sort();
    assert!(folders.len() >= 3, "the examples with an app.toml are gone");
    folders
}

fn pykube(arguments: &[&str], folder: &Path) -> (String, Option<i32>) {
    let output = Command::new(env!("CARGO_BIN_EXE_pykube")).args(arguments).arg(folder).output().expect("pykube runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (text, output.status.code())
}

#[test]
fn every_example_is_rendered_as_it_is_committed() {
    for folder in examples() {
        let (text, code) = pykube(&["render", "--check"], &folder);
        assert_eq!(
            code,
            Some(0),
            "{} is stale; run `pykube render` there and read the diff:\n{text}",
            folder.display()
        );
        let (text, code) = pykube(&["diff"], &folder);
        assert_eq!(code, Some(0), "{}:\n{text}", folder.display());
    }
}

#[test]
fn no_rendered_file_of_an_example_is_left_over() {
    for folder in examples() {
        let (config, document) = pykube::config::load(&folder).expect("app.toml");
        let app = pykube::app::resolve(&config, &document, &pykube::app::Options::default()).expect("resolves");
        let files = pykube::render::render(&app).expect("renders");
        for entry in std::fs::read_dir(folder.join("k8s")).expect("k8s") {
            let path = format!("k8s/{}", entry.expect("entry").file_name().to_string_lossy());
            assert!(files.get(&path).is_some(), "{}: {path} is rendered no more", folder.display());
        }
    }
}

#[test]
fn a_change_makes_the_check_fail() {
    let folder = tempfile::tempdir().expect("folder");
    let source = examples().remove(0);
    std::fs::copy(source.join("app.toml"), folder.path().join("app.toml")).expect("copy");
    assert_eq!(pykube(&["render"], folder.path()).1, Some(0));
    assert_eq!(pykube(&["render", "--check"], folder.path()).1, Some(0));
    let text = std::fs::read_to_string(folder.path().join("app.toml")).expect("app.toml");
    std::fs::write(folder.path().join("app.toml"), text.replacen("tag = \"", "tag = \"9", 1)).expect("write");
    assert_eq!(pykube(&["render", "--check"], folder.path()).1, Some(1));
    assert_eq!(pykube(&["diff"], folder.path()).1, Some(1));
}
