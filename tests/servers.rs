//! The application servers themselves, under the rendered commands: what they answer while they stop, recycle and idle,
//! behind which prefix and proxy. The tests are in `tests/servers`; this makes the environment below `target/`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by its panic")]

mod harness;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use harness::{Skip, available};

/// A release without options that newer ones have.
const OLD_UVICORN: &str = "uvicorn==0.21.1";

#[test]
fn servers_do_what_the_table_says() {
    let Some(work) = available("servers", install()) else { return };
    let output = Command::new(work.join("new/bin/python"))
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers/run.py"))
        .env("PYKUBE_BIN", env!("CARGO_BIN_EXE_pykube"))
        .env("PYKUBE_SERVERS", work.join("new/bin"))
        .env("PYKUBE_OLD_UVICORN", work.join("old/bin"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap();
    let said = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    let _ = std::io::stderr().write_all(&said);
    assert!(output.status.success(), "tests of the servers failed: see above");
}

/// The folder of both environments, made on the first run.
fn install() -> Result<PathBuf, Skip> {
    if !cfg!(target_os = "linux") {
        return Err(Skip("the servers are started as in a container, which needs Linux".into()));
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let work = root.join("target/servers-tests");
    let pins = std::fs::read_to_string(root.join("tests/servers/requirements.txt")).unwrap() + OLD_UVICORN;
    if std::fs::read_to_string(work.join("pins")).is_ok_and(|known| known == pins) {
        return Ok(work);
    }
    let requirements = root.join("tests/servers/requirements.txt");
    let new: [&str; 2] = ["--requirement", requirements.to_str().unwrap()];
    for (name, packages) in [("new", &new[..]), ("old", &[OLD_UVICORN])] {
        let folder = work.join(name);
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
        let mut pip = Command::new(folder.join("bin/python"));
        run(pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(packages))?;
    }
    std::fs::write(work.join("pins"), pins).unwrap();
    Ok(work)
}

fn run(command: &mut Command) -> Result<(), Skip> {
    let output = command.output().map_err(|error| Skip(format!("{command:?}: {error}")))?;
    let why = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        Ok(())
    } else {
        Err(Skip(format!("the servers could not be installed: {}", why.trim())))
    }
}
