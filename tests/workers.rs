//! Worker, beat, Redis and the shared metrics, run with the commands, variables and probes of the rendered manifests.
//!
//! Redis is the Debian package's, Celery and gunicorn come from PyPI; without them the test says so and is skipped, and
//! with `CI=true` it fails.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![cfg(unix)]

mod harness;
#[path = "workers/pod.rs"]
mod pod;
#[path = "workers/process.rs"]
mod process;
#[path = "workers/relay.rs"]
mod relay;

use std::path::Path;
use std::time::Duration;

use harness::{Skip, available, free_port};
use pod::Pod;
use process::{Process, eventually};
use pykube::file_set::FileSet;
use pykube::render::{Request, files};

/// The password, with what a URL takes and a shell would not.
const PASSWORD: &str = "s3cret~Word.1-_x";

/// A rendered project in a folder of its own below `/tmp`, as the pods have one.
struct Project {
    folder: tempfile::TempDir,
    files: FileSet,
    redis_port: u16,
    web_port: u16,
}

impl Project {
    fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("pykube-").tempdir_in("/tmp").unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/workers");
        let (redis_port, web_port) = (free_port(), free_port());
        let app = std::fs::read_to_string(source.join("app.toml")).unwrap();
        let app = app.replace("WEB_PORT", &web_port.to_string()).replace("PORT", &redis_port.to_string());
        let app = app.replace("FOLDER", folder.path().to_str().unwrap());
        std::fs::write(folder.path().join("app.toml"), app).unwrap();
        std::fs::copy(source.join("shop.py"), folder.path().join("shop.py")).unwrap();
        let added = std::process::Command::new(env!("CARGO_BIN_EXE_pykube"))
            .args(["add", "heartbeat"])
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
        let request = Request { directory: folder.path().to_owned(), ..Request::default() };
        let files = files(&request).unwrap();
        std::fs::write(folder.path().join("gunicorn.conf.py"), files.get("gunicorn.conf.py").unwrap()).unwrap();
        Self { folder, files, redis_port, web_port }
    }

    /// The container of the manifest at `path`, as the kubelet would start it.
    fn pod(&self, path: &str) -> Pod {
        let folder = self.folder.path().to_str().unwrap();
        Pod::new(self.files.get(path).unwrap(), &self.files, PASSWORD)
            // There is no DNS of the cluster here, and no volume.
            .with_host("shop-redis", "127.0.0.1")
            .with_folder("/data", folder)
            .with_folder("/run/metrics", &format!("{folder}/metrics"))
    }

    fn redis(&self) -> Process {
        let pod = self.pod("k8s/redis-stateful-set.yaml");
        let process = Process::start(&pod.command, &pod.env, self.folder.path());
        let ready = &pod.probes["readinessProbe"];
        eventually("Redis is ready", || process::succeeds(ready, &pod.env, self.folder.path()));
        process
    }
}

#[test]
fn redis_takes_its_password_and_shows_it_to_nobody() {
    let Some(()) = available("redis", process::has("redis-server")) else { return };
    let project = Project::new();
    let redis = project.redis();
    let pod = project.pod("k8s/redis-stateful-set.yaml");
    let ready = &pod.probes["readinessProbe"];
    let other = [("REDISCLI_AUTH".to_owned(), "another".to_owned())];
    assert!(!process::succeeds(ready, &other, project.folder.path()), "another password was taken");
    assert!(!process::succeeds(ready, &[], project.folder.path()), "none was taken");
    let title = std::fs::read_to_string(format!("/proc/{}/cmdline", redis.id())).unwrap();
    assert!(!title.contains(PASSWORD), "the list of processes shows the password");
    let url = pod_url(&project);
    assert_eq!(url, format!("redis://:{PASSWORD}@127.0.0.1:{}", project.redis_port));
}

/// `REDIS_URL` as the web container gets it.
fn pod_url(project: &Project) -> String {
    let pod = project.pod("k8s/deployment.yaml");
    pod.env.into_iter().find(|(name, _)| name == "REDIS_URL").unwrap().1
}

#[test]
fn a_worker_runs_tasks_and_its_probes_tell_how_it_is() {
    let Some(()) = available("redis", process::has("redis-server")) else { return };
    let Some(python) = available("celery", process::python()) else { return };
    let project = Project::new();
    let folder = project.folder.path();
    let redis = project.redis();
    let pod = project.pod("k8s/worker-default-deployment.yaml").with_path(&python);
    let succeeds = |probe: &str| process::succeeds(&pod.probes[probe], &pod.env, folder);
    assert!(!succeeds("readinessProbe") && !succeeds("livenessProbe"), "there is no heartbeat yet");
    let mut worker = Process::start(&pod.command, &pod.env, folder);
    eventually("the worker is connected", || succeeds("readinessProbe"));
    assert!(succeeds("livenessProbe"));

    let sum =
        process::output(&Pod::python("import shop; print(shop.add.delay(2, 3).get(timeout=60))"), &pod.env, folder);
    assert_eq!(sum.trim(), "5");

    // A stopped process touches no file: the probes see it grow old, and young again when it goes on.
    let (heartbeat, ready) = (folder.join("worker"), folder.join("worker.ready"));
    let both_are = |seconds| [&heartbeat, &ready].map(|file| process::age(file, Duration::from_secs(seconds)));
    worker.signal("STOP");
    both_are(31);
    assert!(!succeeds("readinessProbe") && succeeds("livenessProbe"), "31 seconds are not ready, and not dead");
    both_are(61);
    assert!(!succeeds("livenessProbe"), "61 seconds are dead");
    worker.signal("CONT");
    eventually("the heart beats again", || succeeds("livenessProbe") && succeeds("readinessProbe"));

    // A running task may end after SIGTERM.
    let ask = "import shop; print(shop.slow.delay(3).id)";
    let id = process::output(&Pod::python(ask), &pod.env, folder);
    std::thread::sleep(Duration::from_secs(1));
    worker.signal("TERM");
    assert!(worker.ends_within(Duration::from_mins(1)), "the worker outlives its grace period");
    let read = format!("import shop; print(shop.app.AsyncResult('{}').get(timeout=5))", id.trim());
    assert_eq!(process::output(&Pod::python(&read), &pod.env, folder).trim(), "done");

    // The broker goes: the worker is not restarted for it, and not ready until the broker is back.
    let worker = Process::start(&pod.command, &pod.env, folder);
    eventually("the worker has started again", || succeeds("readinessProbe"));
    drop(redis);
    eventually("the worker is not ready without a broker", || !succeeds("readinessProbe"));
    process::age(&heartbeat, Duration::from_secs(500));
    eventually("the heart beats without a broker", || succeeds("livenessProbe"));
    let _redis = project.redis();
    eventually("the worker is ready again", || succeeds("readinessProbe") && succeeds("livenessProbe"));
    drop(worker);
}

#[test]
fn a_worker_is_not_ready_without_its_broker_and_not_alive_when_its_consumer_hangs() {
    let Some(()) = available("redis", process::has("redis-server")) else { return };
    let Some(python) = available("celery", process::python()) else { return };
    let project = Project::new();
    let folder = project.folder.path();
    let (heartbeat, ready) = (folder.join("worker"), folder.join("worker.ready"));
    let mut pod = project.pod("k8s/worker-default-deployment.yaml").with_path(&python);
    let redis = project.redis();
    let relay = relay::Relay::new(project.redis_port);
    // As a project that sets no limits of its own makes them unlimited.
    pod.env.push(("BROKER_UNLIMITED".into(), "1".into()));
    for (name, value) in &mut pod.env {
        if name == "REDIS_URL" {
            *value = value.replace(&project.redis_port.to_string(), &relay.port.to_string());
        }
    }
    let succeeds = |probe: &str| process::succeeds(&pod.probes[probe], &pod.env, folder);

    relay.hold();
    let worker = Process::start(&pod.command, &pod.env, folder);
    eventually("the worker lives", || succeeds("livenessProbe"));
    std::thread::sleep(Duration::from_secs(12));
    assert!(succeeds("livenessProbe") && !succeeds("readinessProbe"), "a black hole is not a broker");
    drop(worker);

    relay.pass();
    let worker = Process::start(&pod.command, &pod.env, folder);
    eventually("the worker is ready", || succeeds("readinessProbe"));
    // The connection stays open and nothing comes through it: the consumer waits in the middle of an answer.
    relay.hold();
    std::thread::sleep(Duration::from_secs(4));
    for file in [&heartbeat, &ready] {
        process::age(file, Duration::from_secs(500));
    }
    std::thread::sleep(Duration::from_secs(13));
    assert!(!succeeds("livenessProbe"), "a consumer that hangs touches its file");
    drop((worker, redis));
}

#[test]
fn beat_keeps_its_schedule_where_it_can_write() {
    let Some(()) = available("redis", process::has("redis-server")) else { return };
    let Some(python) = available("celery", process::python()) else { return };
    let project = Project::new();
    let _redis = project.redis();
    let folder = project.folder.path();
    // A second beat on the same machine would share the file.
    let schedule = folder.join("celerybeat-schedule");
    let pod = project.pod("k8s/worker-beat-deployment.yaml").with_path(&python);
    assert!(pod.command.ends_with(&["--schedule".into(), "/tmp/celerybeat-schedule".into()]), "{:?}", pod.command);
    let pod = pod.with_folder("/tmp/celerybeat-schedule", schedule.to_str().unwrap());
    let _beat = Process::start(&pod.command, &pod.env, folder);
    let probe = |name: &str| process::succeeds(&pod.probes[name], &pod.env, folder);
    eventually("beat has started", || probe("readinessProbe") && probe("livenessProbe"));
    let written = || {
        std::fs::read_dir(folder)
            .unwrap()
            .flatten()
            .any(|entry| entry.file_name().to_string_lossy().starts_with("celerybeat-schedule"))
    };
    eventually("beat has written its schedule", written);
}

#[test]
fn processes_share_their_metrics_and_dead_ones_leave_the_sum() {
    let Some(python) = available("gunicorn", process::python()) else { return };
    let project = Project::new();
    let folder = project.folder.path();
    let metrics = folder.join("metrics");
    std::fs::create_dir(&metrics).unwrap();
    std::fs::write(metrics.join("counter_7.db"), b"left by an earlier run").unwrap();
    let mut pod = project.pod("k8s/deployment.yaml").with_path(&python);
    pod.command = Pod::image_command(&project.files);
    assert_eq!(pod.command[0], "gunicorn");
    let mut server = Process::start(&pod.command, &pod.env, folder);
    let ask = |path: &str| process::get(project.web_port, path);
    eventually("the server answers", || ask("/").is_some());
    assert!(!metrics.join("counter_7.db").exists(), "what an earlier run has left is still there");
    let mut workers = std::collections::BTreeSet::new();
    let mut asked = 1;
    eventually("both processes have answered", || {
        asked += 1;
        workers.extend(ask("/"));
        workers.len() == 2
    });
    let counted = |name: &str| {
        let page = ask("/metrics").unwrap_or_default();
        page.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<f64>().ok())
    };
    assert_eq!(counted("requests_total"), Some(f64::from(asked)), "the page does not add up");
    assert_eq!(counted("processes"), Some(2.0));
    let files = || std::fs::read_dir(&metrics).unwrap().count();
    let before = files();
    process::kill(workers.first().unwrap());
    eventually("another process has taken its place", || {
        let answer = ask("/");
        asked += u32::from(answer.is_some());
        workers.extend(answer);
        workers.len() == 3
    });
    assert_eq!(counted("processes"), Some(2.0), "the dead process is in the sum of the living");
    assert_eq!(counted("requests_total"), Some(f64::from(asked)), "what it has counted does not stay");
    assert_eq!(files(), before, "each process leaves files behind: they would fill the folder");
    server.signal("TERM");
    assert!(server.ends_within(Duration::from_secs(45)));
}

/// Says which of the programs of the test are missing; none is a fault of pykube.
#[test]
fn a_missing_program_is_told() {
    assert_eq!(
        process::has("pykube-has-no-such-program"),
        Err(Skip("no `pykube-has-no-such-program` on this machine".into()))
    );
}
