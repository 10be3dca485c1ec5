//! `pykube add` for real: modules put into fresh projects and into the examples, started with the generated command,
//! probed over HTTP while databases stop and hang. The tests themselves are in `tests/python`; this finds a Python for
//! them, makes the environments below `target/`, and says what is missing.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by its panic")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Oldest Python that the newest Django runs on.
const OLDEST_PYTHON: (u32, u32) = (3, 12);
/// Processes that test at once, each with a database server of its own: the tests mostly wait.
const SHARES: usize = 3;
/// Installs the pinned packages in seconds.
const UV: &str = "uv==0.13.9";

#[test]
fn modules_work_in_real_services() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    if !cfg!(target_os = "linux") {
        return skip("the tests of the Python modules need Linux: they freeze PostgreSQL and count threads in /proc");
    }
    let Some(python) = find_python() else {
        return skip("no Python 3.12 or later was found (PYKUBE_TEST_PYTHON names one)");
    };
    let work = root.join("target/python-tests");
    let uv = match install(&work, &python) {
        Ok(uv) => uv,
        Err(why) => return skip(&why),
    };
    let processes: Vec<_> = (0..SHARES).map(|share| pytest(root, &work, &uv, &python, share)).collect();
    let outputs: Vec<_> = processes.into_iter().map(|process| process.wait_with_output().unwrap()).collect();
    for output in &outputs {
        say(&String::from_utf8_lossy(&output.stdout));
        say(&String::from_utf8_lossy(&output.stderr));
    }
    assert!(outputs.iter().all(|output| output.status.success()), "tests of the Python modules failed: see above");
}

/// Starts the tests of one share.
fn pytest(root: &Path, work: &Path, uv: &Path, python: &Path, share: usize) -> Child {
    Command::new(work.join("harness/bin/python"))
        .args(["-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", "--durations=3"])
        .arg(root.join("tests/python"))
        .env("PYKUBE_BIN", env!("CARGO_BIN_EXE_pykube"))
        .env("PYKUBE_TEST_UV", uv)
        .env("PYKUBE_TEST_PYTHON", python)
        .env("PYKUBE_TEST_FOLDER", work)
        .env("PYKUBE_TEST_SHARE", format!("{share}/{SHARES}"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(root)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Says why nothing was tested. In CI nothing is skipped.
fn skip(why: &str) {
    assert!(std::env::var("CI").as_deref() != Ok("true"), "in CI nothing is skipped: {why}");
    say(&format!("skipped: {why}\n"));
}

/// Prints past the capture of the test runner, to be seen.
fn say(text: &str) {
    use std::io::Write as _;
    let _ = write!(std::io::stderr(), "{text}");
}

/// A Python that is new enough: the one that is named, those on the path, those of pyenv.
fn find_python() -> Option<PathBuf> {
    let named = std::env::var_os("PYKUBE_TEST_PYTHON").map(PathBuf::from);
    let on_path = ["python3.13", "python3.12", "python3.14", "python3"].map(PathBuf::from);
    let pyenv = std::env::var_os("PYENV_ROOT")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".pyenv")));
    let mut installed: Vec<PathBuf> = pyenv
        .and_then(|folder| std::fs::read_dir(folder.join("versions")).ok())
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin/python")))
        .collect();
    installed.sort();
    named.into_iter().chain(on_path).chain(installed.into_iter().rev()).find_map(|candidate| new_enough(&candidate))
}

/// The interpreter behind `candidate`, if it is one and new enough.
fn new_enough(candidate: &Path) -> Option<PathBuf> {
    let program = "import sys; print(*sys.version_info[:2], sys.executable)";
    let output =
        Command::new(candidate).args(["-c", program]).output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?;
    let mut words = text.trim().splitn(3, ' ');
    let version = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    (version >= OLDEST_PYTHON).then(|| words.next().map(PathBuf::from))?
}

/// Makes the environment of the harness, with `uv` for all others; returns the path of `uv`.
fn install(work: &Path, python: &Path) -> Result<PathBuf, String> {
    let harness = work.join("harness");
    let pins = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/requirements/harness.txt");
    let uv = harness.join("bin/uv");
    let stamp = harness.join("pins");
    let wanted = std::fs::read_to_string(&pins).unwrap();
    if std::fs::read_to_string(&stamp).is_ok_and(|pins| pins == wanted) {
        return Ok(uv);
    }
    let run = |command: &mut Command, what: &str| {
        let output = command.output().map_err(|error| format!("{what}: {error}"))?;
        let errors = String::from_utf8_lossy(&output.stderr);
        if output.status.success() { Ok(()) } else { Err(format!("{what}: {}", errors.trim())) }
    };
    run(Command::new(python).args(["-m", "venv", "--clear"]).arg(&harness), "no virtual environment could be made")?;
    let mut pip = Command::new(harness.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", UV, "--requirement"]).arg(&pins);
    run(&mut pip, "the pinned packages could not be installed")?;
    std::fs::write(stamp, wanted).unwrap();
    Ok(uv)
}
