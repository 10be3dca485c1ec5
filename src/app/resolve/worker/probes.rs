//! Probes of a process that answers no requests.

use super::super::super::pod::{Container, EnvVar, Probe, ProbeHandler};
use super::super::super::value::{MountPath, escape_kubelet};
use super::super::app_container::set;
use super::super::faults::Faults;
use super::Worker;
use crate::config::section::HeartbeatSection;

/// File that `pykube add heartbeat` keeps touching unless `HEARTBEAT_FILE` names another.
const HEARTBEAT_FILE: &str = "/tmp/heartbeat";

/// What the module of Celery touches beside it while the broker is connected.
const READY_SUFFIX: &str = ".ready";

/// Age of the files in seconds after which the process is not ready, and after which it counts as hung. They are touched
/// every ten seconds.
const READY_AGE: u32 = 30;
const ALIVE_AGE: u32 = 60;

/// Seconds that a process must have lived to count as started: wrong settings end it sooner.
const SETTLED: u32 = 10;

/// Says by its exit code whether the file is younger than that many seconds; one that is missing is an error as well.
/// `-IS`: neither the project nor the installed packages are imported.
const IS_YOUNG: &str =
    "import os, sys, time; sys.exit(time.time() - os.stat(sys.argv[1]).st_mtime > float(sys.argv[2]))";

/// Fails when process 1 is stopped or dead: nothing else can be known of a process that does not say how it is.
/// Source of the fields: `proc_pid_stat(5)`.
const IS_RUNNING: &str =
    "import sys; state = open('/proc/1/stat').read().rpartition(')')[2].split()[0]; sys.exit(state in 'TtZXx')";

/// Fails until process 1 has lived for that many seconds.
const IS_SETTLED: &str = "import os, sys; begin = int(open('/proc/1/stat').read().rpartition(')')[2].split()[19]); \
     up = float(open('/proc/uptime').read().split()[0]); \
     sys.exit(up - begin / os.sysconf('SC_CLK_TCK') < float(sys.argv[1]))";

/// Puts the probes on `container`, and the variable that names the heartbeat's file.
pub(super) fn add(worker: &Worker<'_>, container: &mut Container, faults: &mut Faults<'_>) {
    let file = match &worker.section.heartbeat {
        None | Some(HeartbeatSection::Switch(false)) => None,
        Some(HeartbeatSection::Switch(true)) => Some(HEARTBEAT_FILE.to_owned()),
        Some(HeartbeatSection::File(file)) => heartbeat_file(worker, file, faults),
    };
    match file {
        Some(file) => {
            let comment = Some("The process keeps touching it; the probes look at its age.");
            set(&mut container.env, EnvVar::literal("HEARTBEAT_FILE", &file, comment));
            let age = |file: &str, seconds: u32| python(&[IS_YOUNG, file, &seconds.to_string()]);
            // Two minutes are for the start as well, until there is a file.
            let comment = "A consumer that hangs stops touching the file; one that waits for its broker does not.";
            container.liveness_probe = Some(probe(age(&file, ALIVE_AGE), 30, 4, Some(comment)));
            let is_celery = worker.tool.as_ref().is_some_and(|found| found.tool.connects());
            let ready_file = if is_celery { format!("{file}{READY_SUFFIX}") } else { file };
            container.readiness_probe = Some(probe(age(&ready_file, READY_AGE), 10, 3, None));
        }
        None => {
            let comment = "Restarts a process that is stopped; one that hangs goes unnoticed without a heartbeat.";
            container.liveness_probe = Some(probe(python(&[IS_RUNNING]), 30, 3, Some(comment)));
            let comment = "No Service routes to it; a release waits until the new process has run for a while.";
            let settled = python(&[IS_SETTLED, &SETTLED.to_string()]);
            container.readiness_probe = Some(probe(settled, 10, 3, Some(comment)));
        }
    }
}

/// The file must be where the process can write.
fn heartbeat_file(worker: &Worker<'_>, file: &str, faults: &mut Faults<'_>) -> Option<String> {
    let path = worker.place("heartbeat");
    let file: MountPath = faults.parse(file, &path)?;
    let writable = worker.parts.security.writable.iter().map(String::as_str);
    let mut folders = writable.chain(["/tmp", "/dev/shm"]);
    if folders.any(|folder| file.as_ref().strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))) {
        return Some(file.to_string());
    }
    faults.refuse(&path, "must be in `/tmp` or in a folder of `[security] writable`: the root is read-only");
    None
}

fn python(words: &[&str]) -> Vec<String> {
    let words = ["python", "-IS", "-c"].iter().chain(words);
    words.map(|word| escape_kubelet(word)).collect()
}

fn probe(command: Vec<String>, period: u32, failures: u32, comment: Option<&'static str>) -> Probe {
    Probe {
        handler: ProbeHandler::Exec { command },
        period_seconds: period,
        // Starting Python may take seconds while the tasks use up the CPU limit.
        timeout_seconds: 5,
        failure_threshold: failures,
        comment,
    }
}
