//! Schedulers that live in the web process: each process of each pod runs their jobs.

use std::collections::BTreeSet;

use crate::detect::context::Context;
use crate::detect::project::{Evidence, Reach};
use crate::detect::python::{Call, Expr, StmtKind, walk};

/// What runs beside the server; `BlockingScheduler` is a process of its own.
/// Sources: <https://apscheduler.readthedocs.io/en/3.x/userguide.html#choosing-the-right-scheduler-job-store-s-executor-s-and-trigger-s>,
/// <https://viniciuschiele.github.io/flask-apscheduler/>
const CLASSES: [&str; 7] = [
    "APScheduler",
    "AsyncIOScheduler",
    "BackgroundScheduler",
    "GeventScheduler",
    "QtScheduler",
    "TornadoScheduler",
    "TwistedScheduler",
];

/// What brings them.
const DISTRIBUTIONS: [&str; 3] = ["apscheduler", "django-apscheduler", "flask-apscheduler"];

/// Where a module that the application imports starts one; whether that code runs is not looked at.
pub(super) fn started(context: &Context<'_>, reach: impl Fn() -> Reach) -> Option<Evidence> {
    if !DISTRIBUTIONS.iter().any(|name| context.manifest.at_runtime(name).is_some()) {
        return None;
    }
    let reach = reach();
    let sources =
        || reach.imported.iter().filter(|path| context.is_own(path)).filter_map(|path| context.code.source(path));
    let mut names = BTreeSet::new();
    for source in sources() {
        for stmt in walk::statements(&source.module.body) {
            let StmtKind::Assign { targets, value: Some(value), .. } = &stmt.kind else { continue };
            if value.as_call().is_some_and(|call| CLASSES.contains(&call.callee())) {
                names.extend(targets.iter().filter_map(Expr::last_name));
            }
        }
    }
    let starts = |call: &Call| {
        let receiver = call.receiver();
        let name = receiver.as_deref().and_then(|receiver| receiver.rsplit('.').next());
        call.callee() == "start" && name.is_some_and(|name| names.contains(name))
    };
    sources().find_map(|source| {
        let found = walk::calls_but_of_scripts(&source.module.body).find(|(_, call)| starts(call));
        found.map(|(line, _)| source.evidence(line))
    })
}

/// What is said about it.
pub(super) fn sentence(place: &Evidence) -> String {
    format!(
        "{}: `{}` runs in each web process that reaches it, so with several pods or processes its jobs run several times; `[cron]`, or a worker with `singleton = true`, runs them once",
        place.place(),
        place.text.trim()
    )
}
