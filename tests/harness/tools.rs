//! The validators: a Python environment below the target directory, made once from `tests/tools/requirements.txt`.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::Skip;

/// An environment with every tool of the requirements.
#[derive(Clone, Debug)]
pub(crate) struct Tools {
    root: PathBuf,
}

/// What a tool said.
#[derive(Debug)]
pub(crate) struct Said {
    /// Whether its exit code was 0.
    pub(crate) success: bool,
    /// Standard output, then standard error.
    pub(crate) text: String,
    /// Standard output alone.
    pub(crate) output: String,
}

/// The tools, installed on the first call of the first test that needs them.
pub(crate) fn tools() -> Result<&'static Tools, Skip> {
    static TOOLS: OnceLock<Result<Tools, Skip>> = OnceLock::new();
    TOOLS.get_or_init(install).as_ref().map_err(Clone::clone)
}

fn install() -> Result<Tools, Skip> {
    let requirements = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools/requirements.txt");
    let wanted = fs::read_to_string(&requirements).unwrap();
    let tools = Tools { root: Path::new(env!("CARGO_TARGET_TMPDIR")).join("validators") };
    // Two test runs may share the target directory.
    let lock = File::create(Path::new(env!("CARGO_TARGET_TMPDIR")).join("validators.lock")).unwrap();
    lock.lock().unwrap();
    let mark = tools.root.join("installed.txt");
    if fs::read_to_string(&mark).is_ok_and(|installed| installed == wanted) {
        return Ok(tools);
    }
    let _ = fs::remove_dir_all(&tools.root);
    let python = if cfg!(windows) { "python" } else { "python3" };
    let made = said(Command::new(python).args(["-m", "venv"]).arg(&tools.root))
        .map_err(|error| Skip(format!("no `{python}` for the validators: {error}")))?;
    if !made.success {
        return Err(Skip(format!("`{python} -m venv` failed: {}", last_line(&made.text))));
    }
    let pip = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--retries",
        "1",
        "--timeout",
        "30",
        "--requirement",
    ];
    let installed =
        said(tools.command("python").args(pip).arg(&requirements)).map_err(|error| Skip(error.to_string()))?;
    if !installed.success {
        return Err(Skip(format!("pip could not install the validators: {}", last_line(&installed.text))));
    }
    fs::write(mark, wanted).unwrap();
    Ok(tools)
}

impl Tools {
    fn command(&self, name: &str) -> Command {
        let folder = self.root.join(if cfg!(windows) { "Scripts" } else { "bin" });
        Command::new(folder.join(name))
    }

    /// Runs one of the tools in `folder`.
    pub(crate) fn run(
        &self,
        name: &str,
        folder: &Path,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> Said {
        let mut command = self.command(name);
        // Colours, pagers and advice about new versions would end up in the text that is compared.
        command.args(arguments).current_dir(folder).env("NO_COLOR", "1").env("PYTHONWARNINGS", "ignore");
        said(&mut command).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The folder with one folder of JSON Schemas for each Kubernetes version.
    pub(crate) fn kubernetes_schemas(&self) -> PathBuf {
        let below = "site-packages/kubernetes_validate/kubernetes-json-schema";
        if cfg!(windows) {
            return self.root.join("Lib").join(below);
        }
        let versions = fs::read_dir(self.root.join("lib")).unwrap().flatten().map(|entry| entry.path().join(below));
        versions.into_iter().find(|path| path.is_dir()).expect("kubernetes-validate holds no schemas")
    }
}

/// Runs a command that the machine has or has not.
pub(crate) fn of_the_machine(name: &str, arguments: &[&OsStr]) -> Result<Said, Skip> {
    said(Command::new(name).args(arguments)).map_err(|error| Skip(format!("no `{name}` on this machine: {error}")))
}

/// Runs a program of the Go module `program`, at its version, in `folder`; Go builds it once a machine.
pub(crate) fn of_go(
    program: &str,
    folder: &Path,
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
) -> Result<Said, Skip> {
    let mut go = Command::new("go");
    go.args(["run", program]).args(arguments).current_dir(folder).env("CGO_ENABLED", "0");
    let said = said(&mut go).map_err(|error| Skip(format!("no `go` on this machine for {program}: {error}")))?;
    // What the program itself says ends with `exit status N`, or is nothing.
    let was_built = said.success || said.text.lines().last().is_some_and(|line| line.starts_with("exit status "));
    if was_built { Ok(said) } else { Err(Skip(format!("Go could not build {program}: {}", last_line(&said.text)))) }
}

fn said(command: &mut Command) -> std::io::Result<Said> {
    let run = command.output()?;
    let output = String::from_utf8_lossy(&run.stdout).into_owned();
    let text = format!("{output}{}", String::from_utf8_lossy(&run.stderr));
    Ok(Said { success: run.status.success(), text, output })
}

fn last_line(text: &str) -> &str {
    text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing")
}
