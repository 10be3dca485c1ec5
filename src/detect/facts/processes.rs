//! What else runs from the same image: Celery's processes, other task queues, management commands.

use super::databases::dependency;
use super::{celery, celery_processes, own_workers, queues};
use crate::detect::code::Source;
use crate::detect::context::Context;
use crate::detect::deploy::{Command, command};
use crate::detect::project::{Process, Project};
use crate::detect::python::{Call, ExprKind, StmtKind, walk};
use crate::detect::tree::file_name;
use crate::kube::grammar::shell;

pub(crate) fn find(context: &Context<'_>, project: &mut Project) {
    let named: Vec<(&Command, Process)> = context
        .deployment
        .commands
        .iter()
        .filter_map(|command| Some((command, from_command(context, command)?)))
        .collect();
    // A program of the project's own may be the queue's worker: none is put beside it.
    let has_own = |queue: &str| named.iter().any(|(command, _)| own_workers::starts(context, command, queue));
    let mut found: Vec<Process> = Vec::new();
    celery_processes::find(context, project, &has_own, &mut found);
    for (at, (command, process)) in named.iter().enumerate() {
        if found.iter().any(|known| known.command == process.command) {
            continue;
        }
        if !found.iter().any(|known| known.name == process.name) {
            found.push(process.clone());
        } else if let Some(label) = second_of_a_kind(command, process, &named[..at]) {
            found.push(Process { name: label.to_owned(), ..process.clone() });
        }
    }
    libraries(context, &has_own, &mut found);
    project.processes = found;
    queues::addresses(project);
}

/// The name that a file gives to a second worker of the same queue, where it runs both; another file is another way to start
/// the first one.
fn second_of_a_kind<'c>(command: &'c Command, process: &Process, before: &[(&Command, Process)]) -> Option<&'c str> {
    let (first, _) = before.iter().find(|(_, other)| other.name == process.name)?;
    let label = command.process.as_deref().filter(|_| !process.singleton && first.place.file == command.place.file)?;
    let is_taken = |(other, _): &(&Command, Process)| other.process.as_deref() == Some(label);
    (first.process.is_some() && !before.iter().any(is_taken)).then_some(label)
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

/// Names of processes that answer requests, or end.
const NOT_LASTING: [&str; 22] = [
    "web",
    "release",
    "migrate",
    "migration",
    "migrations",
    "migrator",
    "app",
    "api",
    "django",
    "flask",
    "backend",
    "server",
    "init",
    "setup",
    "seed",
    "test",
    "tests",
    "lint",
    "shell",
    "collectstatic",
    "backup",
    "postdeploy",
];

/// A process that a Procfile, an image or a platform starts beside the web server.
fn from_command(context: &Context<'_>, command: &Command) -> Option<Process> {
    if command.weight < 2 || command.server().is_some() || command.runs("celery") {
        return None;
    }
    let text = in_the_image(command);
    if text.contains('$') {
        return None;
    }
    let place = command.place.clone();
    let process = |name: &str, singleton: bool| {
        Some(Process { name: name.to_owned(), command: text.clone(), singleton, place: place.clone() })
    };
    if let Some((name, singleton)) = queues::of(command) {
        let text = in_the_image(&queues::without_watching(command));
        return Some(Process { name: name.to_owned(), command: text, singleton, place });
    }
    if command.is_development() {
        return None;
    }
    // A process that lasts is one that a Procfile or compose file names, or an image ends with.
    let label = command.process.as_deref().filter(|process| !NOT_LASTING.contains(process));
    let file = command.place.file.as_str();
    let is_unit = file.contains("supervisor") || file.ends_with(".service");
    let lasts = label.is_some() && command.is_last || is_unit;
    let Some(manage) = command.words.iter().position(|word| word.ends_with("manage.py")) else {
        let label = label.filter(|_| lasts)?;
        return is_own_program(context, command).then(|| process(label, false)).flatten();
    };
    let name = command.words.get(manage + 1).filter(|word| !word.starts_with('-') && command::is_identifier(word))?;
    let watches = command.words.iter().any(|word| matches!(word.as_str(), "watch" | "--watch" | "start-dev"));
    if STEPS.contains(&name.as_str()) || watches || !lasts || (name == "run" && is_of_flask(context)) {
        return None;
    }
    process(&name.replace('_', "-"), matches!(name.as_str(), "rqscheduler" | "scheduler" | "run_scheduler"))
}

/// Whether `manage.py` offers Flask's own commands, of which `run` is the development server.
/// Source: <https://flask.palletsprojects.com/en/stable/api/#flask.cli.FlaskGroup>
fn is_of_flask(context: &Context<'_>) -> bool {
    let path = crate::detect::tree::join(&context.root, "manage.py");
    path.and_then(|path| context.code.source(&path)).is_some_and(|source| source.mentions("FlaskGroup"))
}

/// Whether a command runs a module, a file or a console script of the project.
fn is_own_program(context: &Context<'_>, command: &Command) -> bool {
    let words = &command.words;
    let has =
        |path: &str| crate::detect::tree::join(&context.root, path).is_some_and(|path| context.code.tree.has(&path));
    match words.iter().map(|word| command::program(word)).collect::<Vec<_>>().as_slice() {
        ["python" | "python3", "-m", ..] => words.get(2).is_some_and(|module| {
            let path = module.replace('.', "/");
            has(&format!("{path}.py")) || has(&format!("{path}/__main__.py"))
        }),
        ["python" | "python3", ..] => {
            let path = words[1..].iter().find(|word| !word.starts_with('-'));
            path.is_some_and(|path| path.ends_with(".py") && has(path.trim_start_matches("./")))
        }
        [program, ..] if program.ends_with(".py") => has(words[0].trim_start_matches("./")),
        ["flask", ..] => own_workers::flask_command(command).is_some(),
        [program, ..] => context.manifest.scripts.contains_key(*program),
        [] => false,
    }
}

/// The command as it runs in the image: programs by their names, whatever folder the machine has them in.
fn in_the_image(command: &Command) -> String {
    let is_path = |word: &str| word.starts_with('/') || word.contains("/bin/");
    let words = command.words.iter().enumerate().map(|(at, word)| {
        let name = command::program(word);
        match name {
            _ if at == 0 && is_path(word) && !name.ends_with(".py") => {
                if name.starts_with("python3") { "python" } else { name }.to_owned()
            }
            "python3" if at == 0 => "python".to_owned(),
            // `./manage.py`: the folder that a shell is in is not searched for programs, and the file may not be
            // executable.
            _ if at == 0 && name.ends_with(".py") => format!("python {}", word.trim_start_matches("./")),
            "manage.py" => name.to_owned(),
            _ => shell::quoted(word),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Finds the command of a queue's worker.
type CommandOf<'a> = &'a dyn Fn() -> Option<String>;

/// Task queues that no command names: their settings classes and objects in the code.
fn libraries(context: &Context<'_>, has_own: &dyn Fn(&str) -> bool, found: &mut Vec<Process>) {
    let known = |processes: &[Process], queue: &str| {
        let is_word = |word: &str| {
            word == queue || word.strip_prefix("run").is_some_and(|rest| rest.trim_start_matches('_') == queue)
        };
        // A scheduler runs no task.
        let mut workers = processes.iter().filter(|process| !process.singleton);
        workers.any(|process| process.name.starts_with(queue) || process.command.split(' ').any(is_word))
    };
    for (package, application, command, name) in queues::OF_DJANGO {
        let program = command.split(' ').next().unwrap_or(command);
        let is_installed = |source: &Source| source.mentions("INSTALLED_APPS") && source.mentions(application);
        let is_known = || known(found, package) || known(found, program) || has_own(package);
        let place = dependency(context, package).filter(|_| !is_known() && context.sources().any(is_installed));
        if let Some(place) = place {
            let command = format!("python manage.py {command}");
            found.push(Process { name: name.to_owned(), command, singleton: false, place });
        }
    }
    let or_default = |queues: Option<String>| queues.unwrap_or_else(|| "default".to_owned());
    let is_django_rq = || context.sources().any(|source| source.mentions("django_rq"));
    let alone: [(&str, &str, CommandOf<'_>); 6] = [
        ("arq", "arq", &|| arq_settings(context).map(|(module, class)| format!("arq {module}.{class}"))),
        ("django-rq", "rq", &|| Some(format!("python manage.py rqworker {}", or_default(rq_queues(context))))),
        ("rq", "rq", &|| (!is_django_rq()).then(|| format!("rq worker {}", or_default(rq_queue(context))))),
        ("taskiq", "taskiq", &|| taskiq(context).map(|broker| format!("taskiq worker {broker}"))),
        ("huey", "huey", &|| huey(context).map(|object| format!("python -m huey.bin.huey_consumer {object}"))),
        ("dramatiq", "dramatiq", &|| actors(context).map(|module| format!("dramatiq {module}"))),
    ];
    for (package, queue, command) in alone {
        let place = dependency(context, package).filter(|_| !known(found, queue) && !has_own(queue));
        if let Some((place, command)) = place.and_then(|place| Some((place, command()?))) {
            let name = if queue == "rq" { "rq-worker" } else { queue }.to_owned();
            found.push(Process { name, command, singleton: false, place });
        }
    }
}

/// arq's settings class: one with `functions` or `cron_jobs` and `redis_settings`.
fn arq_settings(context: &Context<'_>) -> Option<(String, String)> {
    context.code.paths().iter().filter(|path| context.is_own(path)).find_map(|path| {
        context.code.tree.read(path).filter(|text| text.contains("redis_settings") && text.contains("functions"))?;
        let source = context.code.source(path)?;
        let found = walk::scope(&source.module.body).filter_map(|stmt| match &stmt.kind {
            StmtKind::Class(class) if class.body.iter().any(|stmt| stmt.assigned("redis_settings").is_some()) => {
                Some(class.name.clone())
            }
            _ => None,
        });
        let found = found.last();
        Some((celery::as_imported(context, source), found?))
    })
}

/// The queues of django-rq's setting, in its order.
fn rq_queues(context: &Context<'_>) -> Option<String> {
    context.sources().filter(|source| source.mentions("RQ_QUEUES")).find_map(|source| {
        let queues = walk::top_level(&source.module.body).filter_map(|stmt| {
            let ExprKind::Dict(items) = &stmt.assigned("RQ_QUEUES")?.kind else { return None };
            let names = items.iter().map(|(key, _)| Some(shell::quoted(key.as_ref()?.as_str()?)));
            let names: Vec<String> = names.collect::<Option<_>>()?;
            (!names.is_empty()).then(|| names.join(" "))
        });
        queues.last()
    })
}

/// The names that the code gives to its queues, in the order in which it makes them.
fn rq_queue(context: &Context<'_>) -> Option<String> {
    let mut names: Vec<String> = Vec::new();
    for source in context.sources().filter(|source| source.imports_package("rq")) {
        for (_, call) in walk::calls(&source.module.body) {
            let is_queue = source.qualified(&call.function).is_some_and(|name| name == "rq.Queue");
            let name = call.argument(0, "name").filter(|_| is_queue).and_then(|name| context.code.text(source, name));
            names.extend(name.map(|name| shell::quoted(&name)).filter(|name| !names.contains(name)));
        }
    }
    (!names.is_empty()).then(|| names.join(" "))
}

/// `module:name` of the broker of taskiq's that the code makes.
/// Source: <https://taskiq-python.github.io/guide/getting-started.html>
fn taskiq(context: &Context<'_>) -> Option<String> {
    context.sources().filter(|source| source.mentions("taskiq")).find_map(|source| {
        let made = source.assignments().into_iter().filter(|assignment| assignment.top_level);
        let is_broker = |call: &Call| {
            call.callee().ends_with("Broker") && call.callee() != "InMemoryBroker"
                || matches!(call.function.kind, ExprKind::Attr(..)) && call.callee().starts_with("with_")
        };
        let name = made.filter(|made| made.value.as_call().is_some_and(is_broker)).map(|made| made.name).next()?;
        Some(format!("{}:{name}", celery::as_imported(context, source)))
    })
}

/// `module.name` of the object of huey's that the code makes.
fn huey(context: &Context<'_>) -> Option<String> {
    context.sources().filter(|source| source.imports_package("huey")).find_map(|source| {
        let made = source.assignments().into_iter().filter(|assignment| assignment.top_level);
        let made =
            made.filter(|assignment| assignment.value.as_call().is_some_and(|call| call.callee().ends_with("Huey")));
        let name = made.map(|assignment| assignment.name).next()?;
        Some(format!("{}.{name}", celery::as_imported(context, source)))
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
    Some(celery::as_imported(context, source))
}
