//! A repository may be anybody's: each hostile one is answered in time and memory, or refused with the reason.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod harness;

use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use harness::hostile::{Form, forms};

/// Processor time for one answer, and what an unoptimised program takes for the same.
const SECONDS: f64 = if cfg!(debug_assertions) { 10.0 } else { 5.0 };
/// A process that waits for something takes no processor time.
const PATIENCE: Duration = Duration::from_mins(1);
const MOST_KIB: u64 = 300 * 1024;

/// What a run of the program came to.
struct Outcome {
    code: Option<i32>,
    signal: Option<i32>,
    seconds: f64,
    peak_kib: u64,
    out: String,
    err: String,
}

/// Runs `pykube` on a folder and looks at what it takes until it ends.
fn run(arguments: &[&str], scratch: &Path) -> Outcome {
    let (out, err) = (scratch.join("out"), scratch.join("err"));
    let mut child = Command::new(env!("CARGO_BIN_EXE_pykube"))
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(File::create(&out).unwrap())
        .stderr(File::create(&err).unwrap())
        .spawn()
        .unwrap();
    let start = Instant::now();
    let (mut seconds, mut peak_kib) = (0.0, 0);
    let status = loop {
        let process = format!("/proc/{}", child.id());
        let read = |file: &str| fs::read_to_string(format!("{process}/{file}")).unwrap_or_default();
        peak_kib = peak_kib.max(peak(&read("status")));
        seconds = f64::max(seconds, processor_time(&read("stat")));
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > PATIENCE || seconds > SECONDS * 2.0 {
            child.kill().unwrap();
        }
        thread::sleep(Duration::from_millis(3));
    };
    let text = |path: &Path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
    Outcome { code: status.code(), signal: status.signal(), seconds, peak_kib, out: text(&out), err: text(&err) }
}

/// `VmHWM` of `/proc/PID/status`, in KiB.
fn peak(status: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

/// `utime` and `stime` of `/proc/PID/stat`, which count hundredths of a second.
fn processor_time(stat: &str) -> f64 {
    let fields = stat.rsplit(") ").next().unwrap_or_default().split(' ');
    fields.skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// What is wrong with an outcome whose code must be one of `answers`, or that of a refusal.
fn fault(outcome: &Outcome, answers: &[i32]) -> Option<String> {
    let Outcome { code, signal, seconds, peak_kib, out, err } = outcome;
    let is_answer = code.is_some_and(|code| answers.contains(&code)) && !out.is_empty();
    let is_refusal = *code == Some(2) && !err.trim().is_empty() && !err.contains("bug in pykube");
    if !is_answer && !is_refusal {
        return Some(format!("code {code:?}, signal {signal:?}: {}", err.chars().take(300).collect::<String>()));
    }
    if *seconds > SECONDS {
        return Some(format!("{seconds:.1} s"));
    }
    (*peak_kib > MOST_KIB).then(|| format!("{} MiB", peak_kib / 1024))
}

/// The faults of `detect`, `init` and `check` on one form.
fn faults(form: &Form) -> Vec<String> {
    let scratch = tempfile::tempdir().unwrap();
    let root = scratch.path().join("repository");
    fs::create_dir(&root).unwrap();
    form.write(&root);
    let directory = root.to_str().unwrap();
    let mut faults = Vec::new();
    for (arguments, answers) in [
        (&["detect", directory, "--format", "json"][..], &[0, 3, 4][..]),
        (&["init", directory], &[0, 3, 4]),
        // What `init` wrote, held against the code; refused where it wrote nothing.
        (&["check", directory], &[0, 1]),
    ] {
        let outcome = run(arguments, scratch.path());
        faults.extend(fault(&outcome, answers).map(|fault| format!("{} {}: {fault}", arguments[0], form.name)));
    }
    faults
}

#[test]
fn every_hostile_repository_is_answered_in_time_and_memory_or_refused_with_the_reason() {
    // At a desk one form, or those that share a part of their name, can be run alone.
    let wanted = std::env::var("PYKUBE_HOSTILE").unwrap_or_default();
    let forms: Vec<Form> = forms().into_iter().filter(|form| form.name.contains(&wanted)).collect();
    assert!(!wanted.is_empty() || forms.len() >= 60, "{} forms", forms.len());
    let (next, all) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(form) = forms.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let faults = faults(form);
                    all.lock().unwrap().extend(faults);
                }
            });
        }
    });
    let all = all.into_inner().unwrap();
    assert!(all.is_empty(), "{} faults:\n{}", all.len(), all.join("\n"));
}

/// The answer of `detect` on a form, as text for people.
fn answer(name: &str, also: impl FnOnce(&Path)) -> String {
    let form = forms().into_iter().find(|form| form.name == name).unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let root = scratch.path().join("repository");
    fs::create_dir(&root).unwrap();
    form.write(&root);
    also(&root);
    let outcome = run(&["detect", "--verbose", root.to_str().unwrap()], scratch.path());
    assert_eq!(outcome.code, Some(0), "{}", outcome.err);
    outcome.out
}

#[test]
fn what_was_not_looked_at_is_said() {
    let out = answer("star-web-of-6", |root| {
        fs::write(root.join("deep.py"), format!("environ = {}", "(".repeat(1_000))).unwrap();
        fs::write(root.join("pyproject.toml"), "[project]\nname = \"shop\"\n[tool.uv]\n").unwrap();
        File::create(root.join("uv.lock")).unwrap().set_len(3 << 20).unwrap();
        fs::write(root.join("docker-compose.yml"), "[".repeat(100_000)).unwrap();
    });
    assert!(out.contains("! not read, as nested too deeply: `deep.py`, `docker-compose.yml`\n"), "{out}");
    assert!(out.contains("! not read, as larger than 2 MiB: `uv.lock`\n"), "{out}");
}

#[test]
fn modules_that_import_each_other_with_a_star_still_say_what_they_read() {
    let out = answer("star-web-of-60", |root| {
        fs::write(root.join("pkg/names.py"), "K = 'FROM_A_NAME'\n").unwrap();
        let last = fs::read_to_string(root.join("pkg/m59.py")).unwrap();
        fs::write(root.join("pkg/m59.py"), format!("{last}from pkg.names import *\n")).unwrap();
        let app = fs::read_to_string(root.join("app.py")).unwrap();
        fs::write(root.join("app.py"), format!("{app}import pkg.reader\n")).unwrap();
        fs::write(root.join("pkg/reader.py"), "import os\nfrom pkg.m0 import *\nX = os.environ[K]\n").unwrap();
    });
    assert!(out.contains("SEEN (config, required)"), "{out}");
    assert!(out.contains("FROM_A_NAME (config, required)"), "{out}");
    assert!(!out.contains("entangled"), "{out}");
}

#[test]
fn installed_packages_are_left_out_and_that_is_said() {
    let out = answer("installed-packages", |_| {});
    assert!(out.contains("! left out as installed packages: `pkg0-1.0.dist-info`, "), "{out}");
    assert!(out.contains("SEEN (config, required)") && !out.contains("INSTALLED"), "{out}");
}

#[test]
fn members_of_a_workspace_lie_in_the_repository() {
    let form = forms().into_iter().find(|form| form.name == "workspace-outside").unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let root = scratch.path().join("repository");
    fs::create_dir(&root).unwrap();
    form.write(&root);
    let outcome = run(&["init", "--entrypoint", "app:app", root.to_str().unwrap()], scratch.path());
    assert_eq!(outcome.code, Some(0), "{}", outcome.err);
    let written = fs::read_to_string(root.join("app.toml")).unwrap();
    assert!(!written.contains("outside"), "{written}");
}
