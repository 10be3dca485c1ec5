//! What else runs from the same image: Celery's processes, other task queues, management commands.

use crate::detect::context::Context;
use crate::detect::deploy::{Command, command};
use crate::detect::project::{Evidence, Process, Project};
use crate::detect::python::{StmtKind, walk};
use crate::detect::tree::file_name;

pub(crate) fn find(context: &Context<'_>, project: &mut Project) {
    let mut found: Vec<Process> = Vec::new();
    celery(project, &mut found);
    for command in &context.deployment.commands {
        if let Some(process) = from_command(command)
            && !found.iter().any(|known| known.name == process.name || known.command == process.command)
        {
            found.push(process);
        }
    }
    libraries(context, &mut found);
    project.processes = found;
}

fn celery(project: &Project, found: &mut Vec<Process>) {
    let Some(celery) = &project.celery else { return };
    let place = project.evidence.get("celery").and_then(|known| known.first()).cloned();
    let place = place.unwrap_or(Evidence { file: String::new(), line: 0, text: String::new() });
    found.push(Process {
        name: "worker".to_owned(),
        command: format!("celery -A {} worker -l info", celery.app),
        singleton: false,
        place: place.clone(),
    });
    if celery.beat {
        let scheduler =
            celery.scheduler.as_ref().map_or(String::new(), |scheduler| format!(" --scheduler {scheduler}"));
        found.push(Process {
            name: "beat".to_owned(),
            command: format!("celery -A {} beat -l info{scheduler}", celery.app),
            singleton: true,
            place,
        });
    }
}

/// Management commands that are steps, not processes.
const STEPS: [&str; 26] = [
    "migrate",
    "collectstatic",
    "runserver",
    "runserver_plus",
    "test",
    "shell",
    "createsuperuser",
    "compilemessages",
    "check",
    "loaddata",
    "makemigrations",
    "wait_for_db",
    "wait_for_database",
    "compress",
    "createcachetable",
    "flush",
    "dbshell",
    "showmigrations",
    "makemessages",
    "dumpdata",
    "db",
    "update_index",
    "clear_cache",
    "shell_plus",
    "sendtestemail",
    "diffsettings",
];

/// A process that a Procfile, an image or a platform starts beside the web server.
fn from_command(command: &Command) -> Option<Process> {
    if command.weight < 2 || command.server().is_some() || command.is_development() || command.runs("celery") {
        return None;
    }
    let text = command.words.join(" ");
    if text.contains('$') {
        return None;
    }
    let place = command.place.clone();
    let process = |name: &str, singleton: bool| {
        Some(Process { name: name.to_owned(), command: text.clone(), singleton, place: place.clone() })
    };
    if command.words.windows(2).any(|pair| command::program(&pair[0]) == "rq" && pair[1] == "worker")
        || command.runs("rqworker")
    {
        return process("rq-worker", false);
    }
    for name in ["arq", "dramatiq"] {
        if command.runs(name) {
            return process(name, false);
        }
    }
    if command.runs("huey_consumer.py") || command.runs("huey_consumer") {
        return process("huey", false);
    }
    let manage = command.words.iter().position(|word| word.ends_with("manage.py"))?;
    let name = command.words.get(manage + 1).filter(|word| !word.starts_with('-') && command::is_identifier(word))?;
    let watches = command.words.iter().any(|word| matches!(word.as_str(), "watch" | "--watch" | "start-dev"));
    if STEPS.contains(&name.as_str()) || watches {
        return None;
    }
    // A process that lasts is one that a Procfile or compose file names, or an image ends with.
    let lasting = command
        .process
        .as_deref()
        .is_some_and(|process| !matches!(process, "web" | "release" | "migrate" | "migration" | "app" | "django"));
    (lasting && command.is_last
        || command.place.file.contains("supervisor")
        || command.place.file.ends_with(".service"))
    .then(|| process(&name.replace('_', "-"), matches!(name.as_str(), "rqscheduler" | "scheduler" | "run_scheduler")))
    .flatten()
}

/// Task queues that no command names: their settings classes and decorators in the code.
fn libraries(context: &Context<'_>, found: &mut Vec<Process>) {
    let has = |name: &str| {
        context.manifest.at_runtime(name).map(|dependency| Evidence {
            file: dependency.file.clone(),
            line: dependency.line,
            text: format!("{name}{}", dependency.specifier),
        })
    };
    let known = |name: &str| found.iter().any(|process| process.name.starts_with(name));
    let mut add = Vec::new();
    if let Some(place) = has("arq").filter(|_| !known("arq"))
        && let Some((module, class)) = arq_settings(context)
    {
        add.push(Process { name: "arq".to_owned(), command: format!("arq {module}.{class}"), singleton: false, place });
    }
    if let Some(place) = has("django-rq").filter(|_| !known("rq")) {
        add.push(Process {
            name: "rq-worker".to_owned(),
            command: "python manage.py rqworker default".to_owned(),
            singleton: false,
            place,
        });
    } else if let Some(place) =
        has("rq").filter(|_| !known("rq") && !context.sources().any(|source| source.mentions("django_rq")))
    {
        let queue = rq_queue(context).unwrap_or_else(|| "default".to_owned());
        add.push(Process {
            name: "rq-worker".to_owned(),
            command: format!("rq worker {queue}"),
            singleton: false,
            place,
        });
    }
    if let Some(place) = has("django-dramatiq").filter(|_| !known("dramatiq")) {
        add.push(Process {
            name: "dramatiq".to_owned(),
            command: "python manage.py rundramatiq".to_owned(),
            singleton: false,
            place,
        });
    } else if let Some(place) = has("dramatiq").filter(|_| !known("dramatiq"))
        && let Some(module) = actors(context)
    {
        add.push(Process {
            name: "dramatiq".to_owned(),
            command: format!("dramatiq {module}"),
            singleton: false,
            place,
        });
    }
    found.extend(add);
}

/// arq's settings class: one with `functions` or `cron_jobs` and `redis_settings`.
fn arq_settings(context: &Context<'_>) -> Option<(String, String)> {
    context.code.paths().iter().filter(|path| context.is_own(path)).find_map(|path| {
        context.code.tree.read(path).filter(|text| text.contains("redis_settings") && text.contains("functions"))?;
        let source = context.code.source(path)?;
        let mut found = None;
        walk::scope(&source.module.body, &mut |stmt| {
            if let StmtKind::Class(class) = &stmt.kind
                && class.body.iter().any(|stmt| matches!(&stmt.kind, StmtKind::Assign { targets, .. } if targets.iter().any(|target| target.as_name() == Some("redis_settings"))))
            {
                found = Some(class.name.clone());
            }
        });
        let (_, module) = crate::detect::application::import_root(context.code, source);
        Some((module, found?))
    })
}

/// The name that the code gives to its queue.
fn rq_queue(context: &Context<'_>) -> Option<String> {
    context.sources().find_map(|source| {
        let calls = walk::calls(&source.module.body);
        calls.iter().find_map(|(_, call)| {
            let is_queue = source.qualified(&call.function).is_some_and(|name| name == "rq.Queue");
            is_queue.then(|| context.code.text(source, call.argument(0, "name")?)).flatten()
        })
    })
}

/// The module that defines dramatiq's actors.
fn actors(context: &Context<'_>) -> Option<String> {
    let path = context.code.paths().iter().find(|path| {
        context.is_own(path)
            && matches!(file_name(path), "worker.py" | "tasks.py" | "actors.py" | "broker.py" | "__init__.py")
            && context.code.tree.read(path).is_some_and(|text| text.contains("dramatiq"))
    })?;
    let source = context.code.source(path)?;
    Some(crate::detect::application::import_root(context.code, source).1)
}
