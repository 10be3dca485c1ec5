//! A project in a folder of its own, the program run there, and what came of it.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use pykube::app::{Options, resolve};
use pykube::config::parse;
use pykube::diagnostic::Diagnostics;
use pykube::file_set::FileSet;

/// A folder that goes with the value.
#[derive(Debug)]
pub(crate) struct Project(tempfile::TempDir);

impl Project {
    pub(crate) fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A folder with that `app.toml` and nothing else.
    pub(crate) fn new(app: &str) -> Self {
        Self::empty().with("app.toml", app)
    }

    pub(crate) fn with_files(files: &[(&str, &str)]) -> Self {
        files.iter().fold(Self::empty(), |project, (path, text)| project.with(path, text))
    }

    #[must_use]
    pub(crate) fn with(self, path: &str, content: &(impl AsRef<[u8]> + ?Sized)) -> Self {
        self.write(path, content);
        self
    }

    /// The project after its first `pykube render`.
    #[must_use]
    #[track_caller]
    pub(crate) fn rendered(self) -> Self {
        self.run(&["render", "--quiet"]).code(0);
        self
    }

    pub(crate) fn root(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    pub(crate) fn has(&self, path: &str) -> bool {
        self.path(path).exists()
    }

    #[track_caller]
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub(crate) fn write(&self, path: &str, content: &(impl AsRef<[u8]> + ?Sized)) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Replaces `old`, which must be there.
    #[track_caller]
    pub(crate) fn replace(&self, path: &str, old: &str, new: &str) {
        let text = self.read(path);
        assert!(text.contains(old), "{path} has no {old}:\n{text}");
        self.write(path, &text.replace(old, new));
    }

    /// Every file with its text, by its path below the root.
    pub(crate) fn tree(&self) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        read_folder(self.root(), self.root(), &mut all);
        all
    }

    /// The program in this folder, to be changed before it runs.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pykube"));
        command.args(arguments).current_dir(self.root()).env("NO_COLOR", "1");
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        Run::of(&self.command(arguments).output().unwrap())
    }

    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> Run {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // A program that refuses its arguments ends without reading.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        Run::of(&child.wait_with_output().unwrap())
    }
}

fn read_folder(root: &Path, folder: &Path, all: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_folder(root, &path, all);
        } else {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            all.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
}

/// What a run of the program came to.
#[derive(Debug)]
pub(crate) struct Run {
    /// -1 after a signal.
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    pub(crate) fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("the program writes UTF-8");
        Self { code: output.status.code().unwrap_or(-1), out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// Standard output, and standard error after it.
    pub(crate) fn text(&self) -> String {
        format!("{}{}", self.out, self.err)
    }

    #[track_caller]
    pub(crate) fn code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.out, self.err);
        self
    }

    /// The run must show each of `lines` of `app.toml` as it is written there.
    #[track_caller]
    pub(crate) fn shows(&self, lines: &[&str]) {
        for wanted in lines {
            let shown =
                self.err.lines().any(|line| line.split_once(" | ").is_some_and(|(_, code)| code.trim() == *wanted));
            assert!(shown, "not shown: {wanted}\n{}", self.err);
        }
    }
}

/// The files for an `app.toml`, without the program and without a disk, or every fault of it.
pub(crate) fn render_text(app: &str) -> Result<FileSet, Diagnostics> {
    let (config, document) = parse("app.toml".into(), app.to_owned())?;
    let app = resolve(&config, &document, &Options::default())?;
    Ok(pykube::render::render(&app).expect("what resolves is rendered"))
}

/// Copies what is in the folder `from` into `to`, over what is there.
pub(crate) fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let there = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &there);
        } else {
            fs::copy(&path, &there).unwrap();
        }
    }
}
