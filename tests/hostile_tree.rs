//! A clone is somebody else's work until proven otherwise: what it holds is data, whatever it looks like.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![cfg(unix)]

mod harness;

use std::fmt::Write as _;
use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use harness::project::{Project, Run};
use sha2::{Digest as _, Sha256};

const APP: &str = r#"[app]
name = "shop"
framework = "flask"
entrypoint = "shop:app"

[image]
repository = "ghcr.io/acme/shop"
"#;
const SHOP: &str = "from flask import Flask\napp = Flask(__name__)\n";
const BLUE_GREEN: &str = r#"tag = "2.0"

[rollout]
strategy = "blue-green"

[rollout.blue-green]
live = "blue"
blue = "1.0"
green = "2.0"
"#;

fn shop() -> Project {
    Project::new(APP).with("shop.py", SHOP)
}

fn sha256(bytes: impl AsRef<[u8]>) -> String {
    Sha256::digest(bytes.as_ref()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn git(folder: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"];
    let output = Command::new("git").args(identity).args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// What the program says, which must not wait for anything.
#[track_caller]
fn promptly(project: &Project, arguments: &[&str]) -> Run {
    let mut child =
        project.command(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > Duration::from_secs(30) {
            child.kill().unwrap();
            panic!("pykube {arguments:?} waits");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Run::of(&child.wait_with_output().unwrap())
}

/// The program in a process of at most 700 MiB.
fn with_little_memory(project: &Project, arguments: &str) -> Run {
    let line = format!("ulimit -v 716800; exec {} {arguments}", env!("CARGO_BIN_EXE_pykube"));
    Run::of(&Command::new("sh").args(["-c", &line]).current_dir(project.root()).env("NO_COLOR", "1").output().unwrap())
}

#[test]
fn a_committed_journal_installs_no_git_hook() {
    let attacker = Project::new(APP);
    git(attacker.root(), &["init", "-q"]);
    attacker.write(".pykube/stage/0.old", "#!/bin/sh\ntouch PWNED\n");
    fs::set_permissions(attacker.path(".pykube/stage/0.old"), fs::Permissions::from_mode(0o755)).unwrap();
    for version in [1, 2] {
        let step = format!("[[steps]]\npath = \".git/hooks/pre-commit\"\nbefore = \"{}\"\n", sha256("x"));
        attacker.write(".pykube/stage/journal.toml", &format!("version = {version}\nfolders = []\n{step}"));
        git(attacker.root(), &["add", "-f", "."]);
        git(attacker.root(), &["commit", "-q", "--allow-empty", "-m", "x"]);
        let victim = Project::empty();
        git(victim.root(), &["clone", "-q", attacker.root().to_str().unwrap(), "."]);
        for command in [&["render"][..], &["init", "--force"], &["adopt", "k8s/service.yaml"], &["add", "health"]] {
            let run = victim.run(command).code(2);
            assert!(run.err.contains("the journal of a run that was not interrupted here"), "{}", run.err);
            assert!(run.err.contains("help: rm -r"), "{}", run.err);
        }
        assert!(!victim.has(".git/hooks/pre-commit"));
        // Looking at it is possible, and the way out leads out.
        victim.run(&["diff"]).code(1);
        fs::remove_dir_all(victim.path(".pykube/stage")).unwrap();
        victim.run(&["render"]).code(0);
    }
}

#[test]
fn a_committed_journal_removes_and_replaces_nothing() {
    for step in [
        format!("path = \"shop.py\"\nafter = \"{}\"\n", sha256(SHOP)),
        format!("path = \"shop.py\"\nafter = \"{}\"\nbefore = \"{}\"\n", sha256(SHOP), sha256("x")),
    ] {
        let project = shop();
        project.write(".pykube/stage/0.old", "evil\n");
        project.write(".pykube/stage/token", "");
        for token in ["", "token = \"1-1.000000001\"\n"] {
            project.write(".pykube/stage/journal.toml", &format!("version = 2\n{token}[[steps]]\n{step}"));
            project.run(&["render", "-q"]).code(2);
            assert_eq!(project.read("shop.py"), SHOP);
        }
    }
}

#[test]
fn a_folder_in_the_stage_has_a_way_out() {
    let project = shop().with(".pykube/stage/mine/x", "x");
    let run = project.run(&["render"]).code(2);
    assert!(run.err.contains(".pykube/stage/mine` does not belong to pykube; move it away: rm -r "), "{}", run.err);
    assert!(project.has(".pykube/stage/mine/x"));
}

#[test]
fn a_lock_file_removes_nothing_that_pykube_does_not_render() {
    let project = shop().with("helm/deployment.yaml", "a: 1\n").with("k8s/mine.yaml", "a: 1\n").rendered();
    git(project.root(), &["init", "-q"]);
    let lock = project.read(".pykube/lock.toml");
    let named = |path: &str| {
        let owner = if path.ends_with(".py") { "environments = [\"add health\"]\n" } else { "" };
        format!("\n[files.\"{path}\"]\nsha256 = \"{}\"\n{owner}", sha256(project.read(path)))
    };
    for path in [".git/HEAD", ".git/config", "x/../.git/HEAD", ".GIT/HEAD"] {
        let entry = format!("\n[files.\"{path}\"]\nsha256 = \"{}\"\n", "0".repeat(64));
        project.write(".pykube/lock.toml", &(lock.clone() + &entry));
        let run = project.run(&["render"]).code(2);
        assert!(run.err.contains(&format!("the lock file names `{path}`")), "{}", run.err);
    }
    let entries: String = ["shop.py", "helm/deployment.yaml", "k8s/mine.yaml", "app.toml"].map(named).concat();
    project.write(".pykube/lock.toml", &(lock + &entries));
    let run = project.run(&["render"]).code(0);
    assert!(run.out.contains("= helm/deployment.yaml"), "{}", run.out);
    project.run(&["add", "health"]).code(0);
    for path in ["shop.py", "helm/deployment.yaml", "k8s/mine.yaml", "app.toml", ".git/HEAD"] {
        assert!(project.has(path), "{path} is gone");
    }
}

#[test]
fn a_lock_file_cannot_bring_tables_into_the_next_one() {
    let sha = "0".repeat(64);
    let evil = format!("x\\\"\\n[files.\\\"injected\\\"]\\nsha256 = \\\"{sha}\\\"\\n#");
    for (key, code) in [("base", 2), ("owner", 0), ("environments", 0)] {
        let project = shop().rendered();
        let lock = project.read(".pykube/lock.toml");
        let value = if key == "environments" { format!("[\"{evil}\"]") } else { format!("\"{evil}\"") };
        let entry = format!("\n[files.\"k8s/zz.yaml\"]\nsha256 = \"{sha}\"\n{key} = {value}\n");
        project.write(".pykube/lock.toml", &(lock.clone() + &entry));
        project.write("app.toml", &format!("{APP}[scaling]\nmin = {}\nmax = 99\n", 3 + key.len()));
        project.run(&["render"]).code(code);
        let next: toml::Table = project.read(".pykube/lock.toml").parse().unwrap();
        let files = next["files"].as_table().unwrap();
        assert!(files.contains_key("k8s/service.yaml") && !files.contains_key("injected"), "{key}");
    }
}

#[test]
fn a_lock_file_of_many_bombs_is_read_in_little_memory() {
    let project = shop().rendered();
    let mut lock = project.read(".pykube/lock.toml");
    // A deflated megabyte of one letter is a kilobyte: taken from a lock file that pykube wrote.
    let large = Project::new(&format!("{APP}\n[config]\nLONG = \"{}\"\n", "x".repeat(900_000))).rendered();
    let text = large.read(".pykube/lock.toml");
    let (_, entry) = text.split_once("[files.\"k8s/configmap.yaml\"]").unwrap();
    let base = entry.lines().find(|line| line.starts_with("base = ")).unwrap();
    for number in 0..2_000 {
        writeln!(lock, "\n[files.\"k8s/cron-{number}.yaml\"]\nsha256 = \"{}\"\n{base}", sha256("x")).unwrap();
        project.write(&format!("k8s/cron-{number}.yaml"), "x");
    }
    project.write(".pykube/lock.toml", &lock);
    let run = with_little_memory(&project, "diff --format json");
    assert!(run.code == 0 || run.code == 1, "{} {}", run.code, run.err);
}

#[test]
fn a_leftover_that_cannot_be_read_is_said_and_remembered() {
    const NOBODY: u32 = 65534;
    let project = Project::new(&format!("{APP}[cron.a]\nschedule = \"1 * * * *\"\ncommand = \"x\"\n")).rendered();
    project.write("app.toml", APP);
    fs::set_permissions(project.path("k8s/cron-a.yaml"), fs::Permissions::from_mode(0o000)).unwrap();
    let mut command = project.command(&["render"]);
    // Root may read everything; then the run is nobody's, to whom all of it is given.
    if File::open(project.path("k8s/cron-a.yaml")).is_ok() {
        use std::os::unix::process::CommandExt as _;
        let all = Command::new("chown").arg("-R").arg(NOBODY.to_string()).arg(project.root()).status().unwrap();
        assert!(all.success());
        command.uid(NOBODY);
    }
    let run = Run::of(&command.output().unwrap()).code(1);
    assert!(run.out.contains("! k8s/cron-a.yaml"), "{}", run.out);
    assert!(run.out.contains("no longer asked for, but it cannot be read"), "{}", run.out);
    assert!(project.has("k8s/cron-a.yaml"));
    assert!(project.read(".pykube/lock.toml").contains("k8s/cron-a.yaml"));
    fs::set_permissions(project.path("k8s/cron-a.yaml"), fs::Permissions::from_mode(0o644)).unwrap();
    project.run(&["render"]).code(0);
    assert!(!project.has("k8s/cron-a.yaml"));
}

/// Runs the program while another one holds the folder, and saves `addition` to `app.toml` while it waits.
fn saved_while_it_waits(project: &Project, arguments: &[&str], addition: &str) -> Run {
    let held = File::open(project.root()).unwrap();
    held.lock().unwrap();
    let child = project.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(700));
    project.write("app.toml", &(project.read("app.toml") + addition));
    held.unlock().unwrap();
    Run::of(&child.wait_with_output().unwrap())
}

#[test]
fn an_edit_of_app_toml_that_is_saved_while_a_command_waits_is_kept() {
    let edit = "\n# HAND EDIT\n[scaling]\nmin = 5\nmax = 9\n";
    let project = Project::new(&format!("{APP}{BLUE_GREEN}")).rendered();
    saved_while_it_waits(&project, &["promote", "green"], edit).code(0);
    let text = project.read("app.toml");
    assert!(text.ends_with(edit) && text.contains("live = \"green\""), "{text}");
    assert!(project.read("k8s/hpa-green.yaml").contains("minReplicas: 5"));

    let project = shop().rendered();
    saved_while_it_waits(&project, &["render"], edit).code(0);
    project.run(&["render", "--check"]).code(0);

    let project = shop().rendered();
    saved_while_it_waits(&project, &["add", "health"], edit).code(0);
    let text = project.read("app.toml");
    assert!(text.contains("HAND EDIT") && text.contains("liveness"), "{text}");

    let project = shop().rendered();
    project.replace(
        "k8s/deployment.yaml",
        "      terminationGracePeriodSeconds: 45\n",
        "      priorityClassName: high\n",
    );
    saved_while_it_waits(&project, &["adopt", "k8s/deployment.yaml"], edit).code(0);
    let text = project.read("app.toml");
    assert!(text.contains("HAND EDIT") && text.contains("priorityClassName"), "{text}");
}

#[test]
fn no_link_leads_the_program_out_of_the_tree() {
    let outside = Project::empty().with("secret", "TOKEN=hunter2\n");
    let project = shop();
    fs::remove_file(project.path("app.toml")).unwrap();
    for target in ["/proc/self/environ", "/etc/passwd", "/dev/zero", outside.path("secret").to_str().unwrap()] {
        symlink(target, project.path("app.toml")).unwrap();
        for command in
            [&["render"][..], &["diff"], &["check"], &["add", "health"], &["adopt", "x"], &["promote", "blue"]]
        {
            let mut command = project.command(command);
            let run = Run::of(&command.env("CI_TOKEN", "hunter2").output().unwrap()).code(2);
            assert!(run.err.contains("is a symbolic link that leads out of the folder"), "{}", run.err);
            assert!(!run.text().contains("hunter2") && !run.text().contains("root:"), "{}", run.text());
        }
        fs::remove_file(project.path("app.toml")).unwrap();
    }
}

#[test]
fn a_pipe_is_not_waited_for() {
    let pipe = |project: &Project, path: &str| {
        fs::create_dir_all(project.path(path).parent().unwrap()).unwrap();
        assert!(Command::new("mkfifo").arg(project.path(path)).status().unwrap().success());
    };
    let project = Project::empty();
    pipe(&project, "app.toml");
    for command in [&["render"][..], &["diff"], &["check"], &["add", "health"], &["adopt", "x"], &["promote", "blue"]] {
        let run = promptly(&project, command).code(2);
        assert!(run.err.contains("is not a regular file"), "{}", run.err);
    }
    let project = shop();
    pipe(&project, ".pykube/stage/journal.toml");
    promptly(&project, &["diff"]).code(1);
    promptly(&project, &["render", "--check"]).code(1);
    promptly(&project, &["render"]).code(2);
    for path in [".pykube/lock.toml", "Dockerfile", "k8s/service.yaml"] {
        let project = shop();
        pipe(&project, path);
        promptly(&project, &["render"]).code(2);
    }
    for path in [
        "requirements.txt",
        "pyproject.toml",
        "Pipfile",
        "setup.cfg",
        "requirements/base.txt",
        "views.py",
        ".git/config",
    ] {
        let project = shop();
        pipe(&project, path);
        promptly(&project, &["add", "health"]);
        promptly(&project, &["detect"]);
        promptly(&project, &["init", "--force"]);
        promptly(&project, &["check"]);
    }
}

#[test]
fn a_file_of_gigabytes_is_refused_by_its_size() {
    let project = shop();
    for path in ["app.toml", ".git/config", ".pykube/lock.toml", "requirements.txt", "k8s/service.yaml"] {
        let project = shop();
        project.write(path, "");
        File::options().write(true).open(project.path(path)).unwrap().set_len(3 << 30).unwrap();
        for command in ["render", "diff", "add health", "init --force"] {
            let run = with_little_memory(&project, command);
            assert!((0..=2).contains(&run.code), "{path} {command}: {} {}", run.code, run.err);
        }
    }
    File::options().write(true).open(project.path("app.toml")).unwrap().set_len(3 << 30).unwrap();
    let run = project.run(&["render"]).code(2);
    assert!(run.err.contains("`app.toml` is 3072 MiB"), "{}", run.err);
}

#[test]
fn a_folder_that_looks_like_a_repository_starts_no_program() {
    let work = Project::empty();
    let pwned = work.path("PWNED");
    let attacker = Project::empty();
    git(attacker.root(), &["init", "-q", "-b", "main"]);
    attacker.write("svc/HEAD", "ref: refs/heads/main\n");
    attacker.write("svc/objects/info/keep", "");
    attacker.write("svc/objects/pack/keep", "");
    attacker.write("svc/refs/heads/main", &format!("{}\n", "1".repeat(40)));
    let touch = format!("touch {}", pwned.display());
    let config = format!(
        "[core]\n\trepositoryformatversion = 1\n\tbare = true\n\tfsmonitor = {touch}\n\tsshCommand = {touch}\n\
         [extensions]\n\tpartialClone = origin\n\
         [remote \"origin\"]\n\turl = {}\n\tpromisor = true\n\tuploadpack = \"{touch}; false\"\n",
        attacker.root().display()
    );
    attacker.write("svc/config", &config);
    attacker.write("svc/app.toml", APP);
    git(attacker.root(), &["add", "-f", "."]);
    git(attacker.root(), &["commit", "-q", "-m", "x"]);
    let victim = Project::empty();
    git(victim.root(), &["clone", "-q", attacker.root().to_str().unwrap(), "."]);
    // The revision is that of the clone, not of the folder that pretends to be one.
    victim.run(&["diff", "svc", "--against", "main"]).code(1);
    let mut inside = victim.command(&["diff", "--against", "main"]);
    Run::of(&inside.current_dir(victim.path("svc")).output().unwrap()).code(1);
    // And what the clone's own configuration says is not run either.
    fs::write(victim.path(".git/config"), config.replace("bare = true", "bare = false")).unwrap();
    victim.run(&["diff", "svc", "--against", "main"]);
    victim.run(&["diff", "svc", "--against", &"2".repeat(40)]).code(2);
    assert!(!pwned.exists(), "a program of the repository was started");
}
