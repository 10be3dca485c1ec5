//! Processes of this machine in place of containers.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};

use super::harness::Skip;

/// Longest wait for anything, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// A running process; it ends with the value.
pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn start(command: &[String], env: &[(String, String)], folder: &Path) -> Self {
        let log = File::create(folder.join(format!("{}.log", command[0]))).unwrap();
        let child = prepared(command, env, folder).stdout(log.try_clone().unwrap()).stderr(log).spawn();
        Self(child.unwrap_or_else(|error| panic!("{command:?}: {error}")))
    }

    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    pub(crate) fn signal(&mut self, name: &str) {
        send(name, &self.0.id().to_string());
    }

    pub(crate) fn ends_within(&mut self, time: Duration) -> bool {
        let end = Instant::now() + time;
        while Instant::now() < end {
            if self.0.try_wait().unwrap().is_some() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        false
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.0.try_wait().is_ok_and(|status| status.is_none()) {
            self.signal("CONT");
            self.signal("TERM");
            if !self.ends_within(Duration::from_secs(10)) {
                let _ = self.0.kill();
            }
        }
        let _ = self.0.wait();
    }
}

fn send(name: &str, id: &str) {
    assert!(Command::new("kill").args([format!("-{name}").as_str(), id]).status().unwrap().success());
}

/// Kills the process whose number is `id`.
pub(crate) fn kill(id: &str) {
    send("KILL", id);
}

fn prepared(command: &[String], env: &[(String, String)], folder: &Path) -> Command {
    let path = env.iter().find(|(name, _)| name == "PATH").map(|(_, path)| path.clone());
    let path = path.unwrap_or_else(|| std::env::var("PATH").unwrap());
    // The program is looked for where the container would: not by the test's own PATH.
    let program = path.split(':').map(|folder| Path::new(folder).join(&command[0])).find(|file| file.is_file());
    let mut prepared = Command::new(program.unwrap_or_else(|| command[0].clone().into()));
    prepared.args(&command[1..]).env_clear().env("PATH", path).envs(env.iter().cloned()).current_dir(folder);
    prepared.stdin(Stdio::null());
    prepared
}

/// Whether a probe's command exits with 0.
pub(crate) fn succeeds(command: &[String], env: &[(String, String)], folder: &Path) -> bool {
    prepared(command, env, folder).output().is_ok_and(|output| output.status.success())
}

/// What the command prints; it must succeed.
pub(crate) fn output(command: &[String], env: &[(String, String)], folder: &Path) -> String {
    let output = prepared(command, env, folder).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Waits until `condition` holds.
#[track_caller]
pub(crate) fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < end, "never: {what}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Makes the file look as if it was touched so long ago.
pub(crate) fn age(file: &Path, age: Duration) {
    File::options().write(true).open(file).unwrap().set_modified(SystemTime::now() - age).unwrap();
}

/// The body of the answer to a request for `path`; nothing when nobody answers with 200.
pub(crate) fn get(port: u16, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    head.starts_with("HTTP/1.1 200").then(|| body.to_owned())
}

/// Whether the machine has the program.
pub(crate) fn has(program: &str) -> Result<(), Skip> {
    let path = std::env::var("PATH").unwrap_or_default();
    let found = path.split(':').any(|folder| Path::new(folder).join(program).is_file());
    if found { Ok(()) } else { Err(Skip(format!("no `{program}` on this machine"))) }
}

/// A Python environment with the packages of `tests/workers/requirements.txt`, made once.
pub(crate) fn python() -> Result<PathBuf, Skip> {
    static PYTHON: OnceLock<Result<PathBuf, Skip>> = OnceLock::new();
    PYTHON.get_or_init(install).clone()
}

fn install() -> Result<PathBuf, Skip> {
    let requirements = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/workers/requirements.txt");
    let wanted = std::fs::read_to_string(&requirements).unwrap();
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("workers-python");
    let mark = root.join("installed.txt");
    if std::fs::read_to_string(&mark).is_ok_and(|installed| installed == wanted) {
        return Ok(root);
    }
    let _ = std::fs::remove_dir_all(&root);
    let run = |command: &mut Command| match command.output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            Err(Skip(String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or("it failed").to_owned()))
        }
        Err(error) => Err(Skip(format!("no `python3` on this machine: {error}"))),
    };
    run(Command::new("python3").args(["-m", "venv"]).arg(&root))?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1", "--requirement"];
    run(Command::new(root.join("bin/python")).args(pip).arg(&requirements))?;
    std::fs::write(mark, wanted).unwrap();
    Ok(root)
}
