//! Every command that writes, with a fault at each system call that changes the disk: killed there, or answered that the
//! disk is broken, full or read-only. Nothing is lost, nothing is torn, nothing is forgotten, and the next run ends whole.
//!
//! Some of the calls, spread evenly; all of them, with a table of what came of them:
//! `PYKUBE_FAULTS=all cargo test --test faults -- --nocapture`.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod harness;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use harness::project::{Project, Run};
use harness::{Skip, available};

const APP: &str = "[app]\nname = \"shop\"\nframework = \"django\"\nentrypoint = \"config.wsgi:application\"\npython = \"3.13\"\n\
                   [image]\nrepository = \"ghcr.io/acme/shop\"\ntag = \"1.4.2\"\n[secrets.env]\nDATABASE_URL = \"shop/url\"\n";

/// What only the first render has: leftovers for the second.
const CRON: &str = "[cron.nightly]\nschedule = \"0 3 * * *\"\ncommand = \"python manage.py nightly\"\n";

const BLUE_GREEN: &str = "[rollout]\nstrategy = \"blue-green\"\n[rollout.blue-green]\nlive = \"blue\"\nblue = \"1.4.2\"\ngreen = \"1.5.0\"\n";

/// A command, and the project that it is run in.
struct Scene {
    name: &'static str,
    arguments: &'static [&'static str],
    start: fn() -> Project,
}

const SCENES: [Scene; 6] = [
    Scene { name: "init", arguments: &["init"], start: || sources(Project::empty()) },
    Scene { name: "render", arguments: &["render"], start: || second(rendered(&format!("{APP}{CRON}"))) },
    Scene {
        name: "render --merge",
        arguments: &["render", "--merge"],
        start: || {
            let project = rendered(&format!("{APP}{CRON}"));
            project.replace("k8s/deployment.yaml", "sizeLimit: 256Mi\n", "sizeLimit: 256Mi # of Ann\n");
            project.replace("Dockerfile", "USER ", "# of Ann\nUSER ");
            second(project)
        },
    },
    Scene {
        name: "adopt",
        arguments: &["adopt", "k8s/deployment.yaml"],
        start: || {
            let project = rendered(APP);
            project.replace("k8s/deployment.yaml", "sizeLimit: 256Mi\n", "sizeLimit: 512Mi\n");
            project
        },
    },
    Scene {
        name: "promote",
        arguments: &["promote", "green"],
        start: || rendered(&format!("{APP}[expose]\nhost = \"shop.example.com\"\n{BLUE_GREEN}")),
    },
    Scene { name: "add", arguments: &["add", "health"], start: || rendered(APP) },
];

fn sources(project: Project) -> Project {
    project
        .with("pyproject.toml", "[project]\nname = \"shop\"\nversion = \"1\"\n")
        .with("manage.py", "")
        .with("requirements.txt", "django==6.1.3\ngunicorn==27.0.1\n")
        .with("config/__init__.py", "")
        .with(
            "config/wsgi.py",
            "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n",
        )
        .with("config/urls.py", "urlpatterns = []\n")
        .with("config/settings.py", "ROOT_URLCONF = \"config.urls\"\nMIDDLEWARE = [\n    \"a\",\n]\n")
}

fn rendered(app: &str) -> Project {
    sources(Project::new(app)).rendered().with("k8s/mine.yaml", "mine: 1\n")
}

/// The project after its `app.toml` was changed: texts that differ, new files, leftovers, and a folder fewer.
fn second(project: Project) -> Project {
    let web = "[expose]\nhost = \"shop.example.com\"\n[ci]\nenabled = false\n";
    project.write("app.toml", &format!("{}{web}", APP.replace("1.4.2", "1.5.0")));
    project
}

/// Every file with its text.
type Tree = BTreeMap<String, String>;

/// Calls that change the disk, or make the change last. `openat` where it makes a file, `write` where it is to one.
const CALLS: [&str; 20] = [
    "openat",
    "write",
    "pwrite64",
    "writev",
    "copy_file_range",
    "sendfile",
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "symlinkat",
    "unlink",
    "unlinkat",
    "mkdir",
    "mkdirat",
    "fsync",
    "fdatasync",
    "fchmod",
    "ftruncate",
];

const MISHAPS: [(&str, &str); 4] =
    [("killed", "signal=KILL"), ("EIO", "error=EIO"), ("ENOSPC", "error=ENOSPC"), ("EACCES", "error=EACCES")];

fn strace() -> Result<(), Skip> {
    let traced = Command::new("strace").args(["-qq", "-o", "/dev/null", "true"]).status();
    if traced.is_ok_and(|status| status.success()) {
        return Ok(());
    }
    Err(Skip("strace is not here, or may not trace".to_owned()))
}

/// The command of the scene in `project` below strace, which does `what`.
fn traced(scene: &Scene, project: &Project, what: &[&str]) -> Run {
    let output = Command::new("strace")
        .args(["-f", "-qq"])
        .args(what)
        .arg(env!("CARGO_BIN_EXE_pykube"))
        .args(scene.arguments)
        .current_dir(project.root())
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    Run::of(&output)
}

/// The calls of an undisturbed run that change something: each with its number among the same calls of its thread, as
/// strace counts them.
fn calls(scene: &Scene, project: &Project) -> BTreeSet<(&'static str, usize)> {
    let log = tempfile::NamedTempFile::new().unwrap();
    let place = log.path().to_str().unwrap();
    traced(scene, project, &["-o", place, "-e", &format!("trace={}", CALLS.join(","))]).code(0);
    let mut counts: BTreeMap<(String, &str), usize> = BTreeMap::new();
    let mut found = BTreeSet::new();
    for line in fs::read_to_string(log.path()).unwrap().lines() {
        let (thread, said) = line.split_once(' ').unwrap();
        let Some((call, rest)) = said.trim_start().split_once('(') else { continue };
        let Some(call) = CALLS.iter().find(|known| **known == call) else { continue };
        let count = counts.entry((thread.to_owned(), call)).or_default();
        *count += 1;
        let changes = match *call {
            "openat" => rest.contains("O_CREAT"),
            "write" | "writev" => !rest.starts_with("1,") && !rest.starts_with("2,"),
            _ => true,
        };
        if changes {
            found.insert((*call, *count));
        }
    }
    found
}

/// A scene with what it is before and after an undisturbed run.
struct Stage {
    scene: &'static Scene,
    old: Tree,
    new: Tree,
    calls: Vec<(&'static str, usize)>,
}

impl Stage {
    fn of(scene: &'static Scene) -> Self {
        let project = (scene.start)();
        let old = project.tree();
        let calls = calls(scene, &project).into_iter().collect();
        Self { scene, old, new: project.tree(), calls }
    }

    fn project(&self) -> Project {
        self.old.iter().fold(Project::empty(), |project, (path, text)| project.with(path, text))
    }

    /// What came of a mishap, in a word; or what is wrong with it.
    fn judge(&self, (call, number): (&str, usize), (name, mishap): (&str, &str)) -> Result<&'static str, String> {
        let project = self.project();
        let inject = format!("inject={call}:{mishap}:when={number}");
        let run = traced(self.scene, &project, &["-o", "/dev/null", "-e", &format!("trace={call}"), "-e", &inject]);
        let fault = |what: &str| Err(format!("{} {name} at {call} {number}: {what}\n{}", self.scene.name, run.text()));
        let tree = project.tree();
        let tree: Tree = tree.into_iter().filter(|(path, _)| !path.starts_with(".pykube/stage/")).collect();
        for (path, text) in &tree {
            if self.old.get(path) != Some(text) && self.new.get(path) != Some(text) {
                return fault(&format!("{path} is torn: {text}"));
            }
        }
        if let Some(path) = self.old.keys().find(|path| self.new.contains_key(*path) && !tree.contains_key(*path)) {
            return fault(&format!("{path} is gone"));
        }
        let word = match (run.code, tree == self.old, tree == self.new) {
            (0, _, true) => "done",
            (0, ..) => return fault("says that it is done, and is not"),
            (-1, true, _) => "killed before",
            (-1, _, true) => "killed after",
            (-1, ..) => "killed between",
            (_, true, _) if run.err.contains("nothing was written") => "refused",
            (_, true, _) => return fault("does not say that nothing was written"),
            _ => return fault("failed half-way"),
        };
        if word.starts_with("killed") != (name == "killed") {
            // Which thread waits for which file is not the same in every run: this one may have had fewer.
            return if call == "fsync" { Ok("not reached") } else { fault(&format!("was {word}")) };
        }
        let again = project.run(self.scene.arguments);
        // `init` writes no second app.toml over the first.
        if again.code != 0 && !(self.scene.name == "init" && again.err.contains("already exists")) {
            return fault(&format!("the next run fails: {}", again.text()));
        }
        let tree = project.tree();
        if tree != self.new {
            let differs = |path: &&String| tree.get(*path) != self.new.get(*path);
            let paths: Vec<&String> = tree.keys().chain(self.new.keys()).filter(differs).collect();
            return fault(&format!("after the next run these differ: {paths:?}"));
        }
        Ok(word)
    }
}

/// A call with its number, and what goes wrong at it.
type Case<'a> = (&'a Stage, (&'static str, usize), (&'static str, &'static str));

/// Every case, or some spread evenly, other calls for each mishap.
fn cases(stages: &[Stage]) -> Vec<Case<'_>> {
    const SOME: usize = 8;
    let is_all = std::env::var("PYKUBE_FAULTS").is_ok_and(|value| value == "all");
    let mut cases = Vec::new();
    for stage in stages {
        for (offset, mishap) in MISHAPS.into_iter().enumerate() {
            let step = if is_all { 1 } else { stage.calls.len().div_ceil(SOME) };
            let first = if is_all { 0 } else { offset * step / MISHAPS.len() };
            cases.extend(stage.calls.iter().skip(first).step_by(step).map(|call| (stage, *call, mishap)));
        }
    }
    cases
}

#[test]
fn a_fault_at_any_call_that_changes_the_disk_loses_and_tears_nothing() {
    if available("a fault at any system call", strace()).is_none() {
        return;
    }
    let stages: Vec<Stage> = SCENES.iter().map(Stage::of).collect();
    for stage in &stages {
        assert!(stage.old != stage.new && stage.calls.len() > 10, "{}: {:?}", stage.scene.name, stage.calls);
    }
    let cases = cases(&stages);
    let next = AtomicUsize::new(0);
    let table: Mutex<BTreeMap<(&str, &str, &str), usize>> = Mutex::default();
    let faults = Mutex::new(Vec::new());
    let work = || {
        while let Some((stage, call, mishap)) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            match stage.judge(*call, *mishap) {
                Ok(word) => *table.lock().unwrap().entry((stage.scene.name, mishap.0, word)).or_default() += 1,
                Err(fault) => faults.lock().unwrap().push(fault),
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    let mut shown = format!("{} cases\n", cases.len());
    for ((scene, mishap, word), count) in table.lock().unwrap().iter() {
        let _ = writeln!(shown, "{scene:15} {mishap:7} {word:15} {count}");
    }
    let _ = writeln!(std::io::stderr(), "{shown}");
    let faults = faults.into_inner().unwrap();
    assert!(faults.is_empty(), "{} of {} cases failed:\n{}", faults.len(), cases.len(), faults.join("\n"));
}
