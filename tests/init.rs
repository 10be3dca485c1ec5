//! `pykube init --render` on small repositories: what is written down, and that nothing more is needed.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const FLASK: (&str, &str) = ("app.py", "from flask import Flask\n\napp = Flask(__name__)\n");
const PIPFILE: (&str, &str) =
    ("Pipfile", "[packages]\nflask = \"*\"\ngunicorn = \"*\"\n\n[requires]\npython_version = \"3.13\"\n");
const REQUIREMENTS: (&str, &str) = ("requirements.txt", "flask==3.1.2\ngunicorn==23.0.0\n");

struct Run {
    code: i32,
    said: String,
}

fn pykube(folder: &Path, arguments: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pykube"));
    let output = command.args(arguments).current_dir(folder).env("NO_COLOR", "1").output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Run { code: output.status.code().unwrap_or(-1), said: text(&output.stdout) + &text(&output.stderr) }
}

/// A repository of `files` on which `init --render` was run; what it said.
fn initialised(files: &[(&str, &str)]) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let run = pykube(folder.path(), &["init", "--render"]);
    assert_eq!(run.code, 0, "{}", run.said);
    (folder, run.said)
}

fn read(folder: &tempfile::TempDir, path: &str) -> String {
    fs::read_to_string(folder.path().join(path)).unwrap()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let there = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &there);
        } else {
            fs::copy(&path, &there).unwrap();
        }
    }
}

/// The repositories that each show a rule of detection.
fn repositories() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/detect");
    let mut found: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

#[test]
fn what_is_detected_is_rendered_and_is_up_to_date() {
    let mut rendered = 0;
    let mut faults = Vec::new();
    for repository in repositories() {
        let name = repository.file_name().unwrap().to_string_lossy().into_owned();
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join(&name);
        copy(&repository.join("repo"), &folder);
        let init = pykube(&folder, &["init", "--render"]);
        if !folder.join("app.toml").exists() {
            assert_eq!(init.code, 2, "{name}: {}", init.said);
            continue;
        }
        rendered += 1;
        let check = pykube(&folder, &["render", "--check"]);
        if init.code != 0 || check.code != 0 {
            faults.push(format!("{name}: {}\n{}", init.said, check.said));
        }
    }
    assert!(rendered > 20, "{rendered} only");
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

#[test]
fn a_pipfile_without_a_lock_is_installed_by_pipenv() {
    let (folder, _) = initialised(&[FLASK, PIPFILE]);
    assert!(read(&folder, "app.toml").contains("manager = \"pipenv\"\nlock = \"Pipfile\"\n"));
    let dockerfile = read(&folder, "Dockerfile");
    assert!(dockerfile.contains("/opt/pipenv/bin/pipenv install --skip-lock"), "{dockerfile}");
    assert_eq!(dockerfile.matches("source=Pipfile,").count(), 1, "{dockerfile}");
    assert!(read(&folder, ".github/workflows/deploy.yml").contains("pipenv install --skip-lock --dev"));
}

#[test]
fn pip_installs_from_the_requirements_beside_an_unlocked_pipfile() {
    let (folder, _) = initialised(&[FLASK, PIPFILE, REQUIREMENTS]);
    let app = read(&folder, "app.toml");
    assert!(app.contains("manager = \"pip\"\nlock = \"requirements.txt\"\n"), "{app}");
    assert!(!app.contains("files ="), "{app}");
    let dockerfile = read(&folder, "Dockerfile");
    assert!(dockerfile.contains("pip install --requirement /app/requirements.txt"), "{dockerfile}");
    assert!(!dockerfile.contains("Pipfile"), "{dockerfile}");
}

#[test]
fn requirements_that_the_first_file_includes_are_there_when_pip_reads_it() {
    let base = ("requirements/base.txt", "flask==3.1.2\n");
    let all = ("requirements.txt", "-r requirements/base.txt\ngunicorn==23.0.0\n");
    let (folder, _) = initialised(&[FLASK, base, all]);
    let dockerfile = read(&folder, "Dockerfile");
    assert!(dockerfile.contains("source=requirements/base.txt,target=/app/requirements/base.txt"), "{dockerfile}");
}

#[test]
fn files_of_the_project_are_kept_and_ours_stand_beside_them() {
    let own = ("Dockerfile", "FROM python:3.12\nCOPY . /srv\nCMD [\"gunicorn\", \"app:app\"]\n");
    let (folder, said) = initialised(&[FLASK, REQUIREMENTS, own]);
    assert_eq!(read(&folder, "Dockerfile"), own.1);
    assert!(read(&folder, "Dockerfile.pykube").contains("python:3.12-slim-"));
    assert!(read(&folder, ".github/workflows/deploy.yml").contains("Dockerfile.pykube"));
    assert!(said.contains("Dockerfile of the project: kept"), "{said}");
}

#[test]
fn a_server_that_is_no_dependency_is_installed_and_said() {
    let (folder, said) = initialised(&[FLASK, ("requirements.txt", "flask==3.1.2\n")]);
    assert!(read(&folder, "app.toml").contains("packages = [\"gunicorn=="));
    assert!(said.contains("gunicorn is no runtime dependency"), "{said}");
}

#[test]
fn a_server_without_wheels_gets_a_compiler() {
    let procfile = ("Procfile", "web: uwsgi --http :8000 --module app:app\n");
    let (folder, _) = initialised(&[FLASK, ("requirements.txt", "flask==3.1.2\n"), procfile]);
    let app = read(&folder, "app.toml");
    assert!(app.contains("packages = [\"uwsgi==") && app.contains("build-system = [\"build-essential\"]"), "{app}");
    let dockerfile = read(&folder, "Dockerfile");
    let (build, runtime) = dockerfile.split_once("AS runtime").unwrap();
    assert!(build.contains("build-essential") && !runtime.contains("build-essential"), "{dockerfile}");
}

#[test]
fn a_python_without_images_is_said() {
    let (folder, said) = initialised(&[FLASK, REQUIREMENTS, (".python-version", "3.7\n")]);
    assert!(read(&folder, "app.toml").contains("python = \"3.10\""));
    assert!(said.contains("Python 3.7 gets no images any more"), "{said}");
}

#[test]
fn an_app_toml_that_is_there_is_not_overwritten() {
    let (folder, _) = initialised(&[FLASK, REQUIREMENTS]);
    fs::write(folder.path().join("app.toml"), "# mine\n").unwrap();
    let run = pykube(folder.path(), &["init"]);
    assert_eq!(run.code, 2);
    assert!(run.said.contains("is there already; nothing was written"), "{}", run.said);
    assert_eq!(read(&folder, "app.toml"), "# mine\n");
}

#[test]
fn a_folder_without_an_application_gets_nothing() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("setup.cfg"), "[metadata]\nname = tool\n").unwrap();
    let run = pykube(folder.path(), &["init", "--render"]);
    assert_eq!(run.code, 2, "{}", run.said);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}
