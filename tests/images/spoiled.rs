//! Plans with one fault each, and the complaint that each must lead to.

use crate::plan::{Container, Plan, Probe};

/// Whether every fault below can be put into the plan.
pub(crate) fn shows_everything(plan: &Plan) -> bool {
    let Some(workload) = plan.workloads.first() else { return false };
    let sends_headers =
        workload.container.probes.liveness.as_ref().is_some_and(|probe| probe.headers.contains_key("Host"));
    sends_headers && workload.container.probes.readiness.is_some() && !plan.jobs.is_empty()
}

/// What is wrong, the plan, and what must be said about it.
pub(crate) fn plans(sound: &Plan) -> Vec<(&'static str, Plan, &'static str)> {
    vec![
        (
            "a path that nothing serves",
            probes(sound, |probe| probe.path = Some("/no-such-path".to_owned())),
            "answered 404",
        ),
        ("no Host header", probes(sound, |probe| probe.headers.remove("Host").map_or((), drop)), "answered 400"),
        ("another port", probes(sound, |probe| probe.port = probe.port.map(|port| port + 1)), "refused"),
        (
            "the server on localhost only",
            main(sound, |container| {
                container.command = words(&["python", "-m", "http.server", "--bind", "127.0.0.1", "8000"]);
            }),
            "refused",
        ),
        ("a program that ignores SIGTERM", deaf(sound), "still running after"),
        ("a migration that fails", job(sound, &["python", "-c", "raise SystemExit(3)"]), "exited with 3"),
        ("a command that is not there", job(sound, &["no-such-command"]), "cannot run `no-such-command`"),
        ("a write to the code", job(sound, &["sh", "-c", "echo > ./x"]), "exited with"),
        ("a write to the image", job(sound, &["sh", "-c", "echo > /var/tmp/x"]), "Read-only file system"),
        ("root", main(sound, |container| container.user = Some(0)), "would run as root"),
        ("no database", without_database(sound), "probe failed"),
    ]
}

fn words(command: &[&str]) -> Vec<String> {
    command.iter().map(ToString::to_string).collect()
}

/// The first workload's container, changed; its patience is short, because the fault stays.
fn main(sound: &Plan, change: impl FnOnce(&mut Container)) -> Plan {
    let mut plan = sound.clone();
    plan.workloads.truncate(1);
    let container = &mut plan.workloads[0].container;
    change(container);
    let probes = &mut container.probes;
    for probe in [&mut probes.startup, &mut probes.liveness, &mut probes.readiness].into_iter().flatten() {
        (probe.period, probe.failures) = (3, 1);
    }
    plan
}

fn probes(sound: &Plan, change: impl Fn(&mut Probe)) -> Plan {
    main(sound, |container| {
        let probes = &mut container.probes;
        for probe in [&mut probes.startup, &mut probes.liveness, &mut probes.readiness].into_iter().flatten() {
            change(probe);
        }
    })
}

fn deaf(sound: &Plan) -> Plan {
    // As process 1, a program without a handler for it never sees the signal.
    let mut plan = main(sound, |container| {
        container.command = words(&["sleep", "60"]);
        container.probes.startup = None;
        container.probes.liveness = None;
        container.probes.readiness = None;
    });
    plan.workloads[0].grace = plan.workloads[0].pre_stop + 2;
    plan
}

fn job(sound: &Plan, command: &[&str]) -> Plan {
    let mut plan = sound.clone();
    plan.jobs.truncate(1);
    plan.jobs[0].container.command = words(command);
    plan.jobs[0].container.args = Vec::new();
    plan
}

/// Alive, but not ready.
fn without_database(sound: &Plan) -> Plan {
    let mut plan = main(sound, |container| {
        for variable in container.env.iter_mut().filter(|variable| variable.name.ends_with("DATABASE_URL")) {
            variable.value = Some("postgresql://postgres:wrong@127.0.0.1:5432/postgres".to_owned());
        }
        container.probes.startup = None;
    });
    plan.jobs.clear();
    plan
}
