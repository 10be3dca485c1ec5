//! Programs of the project that start a task queue's worker themselves: `python manage.py run_worker`, which calls RQ's `Worker`.

use super::queues;
use crate::detect::code::Source;
use crate::detect::context::Context;
use crate::detect::deploy::{Command, command};
use crate::detect::python::{Call, Expr, ExprKind, StmtKind, walk};
use crate::detect::tree::join;

/// A task queue, the package of its workers, and what of it starts one.
/// Sources: <https://python-rq.org/docs/workers/>, <https://arq-docs.helpmanuals.io/>, <https://dramatiq.io/reference.html#workers>,
/// <https://docs.celeryq.dev/en/stable/reference/celery.html> (`worker_main`, `Worker`, `start`),
/// <https://huey.readthedocs.io/en/latest/consumer.html>
const STARTS: [(&str, &[&str]); 5] = [
    ("rq", &["Worker", "SimpleWorker", "SpawnWorker", "HerokuWorker", "WorkerPool", "get_worker"]),
    ("arq", &["Worker", "run_worker", "create_worker"]),
    ("dramatiq", &["Worker", "main"]),
    ("celery", &["worker_main", "Worker", "worker"]),
    ("huey", &["Consumer", "create_consumer"]),
];

/// Whether the program that `command` starts runs a worker of `queue` on its own.
pub(super) fn starts(context: &Context<'_>, command: &Command, queue: &str) -> bool {
    let Some(program) = program(context, command) else { return false };
    if starts_worker(context, program, queue) {
        return true;
    }
    let mut imported: Vec<&Source> = Vec::new();
    for stmt in walk::statements(&program.module.body) {
        let StmtKind::Import(imports) = &stmt.kind else { continue };
        for import in imports {
            let name = import.name.as_deref().unwrap_or_default();
            let submodule = context.code.module_of(program, import.level, &format!("{}.{name}", import.module));
            imported.extend(submodule.or_else(|| context.code.imported_module(program, import)));
        }
    }
    imported.into_iter().any(|module| context.is_own(&module.path) && starts_worker(context, module, queue))
}

/// The module of the project that a command runs.
pub(super) fn program<'a>(context: &Context<'a>, command: &Command) -> Option<&'a Source> {
    let (code, words) = (context.code, &command.words);
    let file = |path: &str| code.source(&join(&context.root, path.trim_start_matches("./"))?);
    let module = |dotted: &str| {
        let main = code.module_in(&context.root, &format!("{dotted}.__main__"));
        code.source(main.or_else(|| code.module_in(&context.root, dotted))?)
    };
    if let Some(at) = words.iter().position(|word| command::program(word) == "manage.py") {
        let name = words.get(at + 1)?;
        let ending = format!("/management/commands/{name}.py");
        let own = code.paths().iter().find(|path| context.is_own(path) && path.ends_with(&ending));
        return own.and_then(|path| code.source(path)).or_else(|| file(&words[at]));
    }
    match command::program(words.first()?) {
        "python" | "python3" if words.get(1).is_some_and(|word| word == "-m") => module(words.get(2)?),
        "python" | "python3" => words[1..].iter().find(|word| word.ends_with(".py")).and_then(|path| file(path)),
        "flask" => of_flask(context, flask_command(command)?),
        program if program.ends_with(".py") => file(&words[0]),
        program => module(context.manifest.scripts.get(program)?.split(':').next()?),
    }
}

/// The command of the application's own in `flask --app shop run-worker`.
pub(super) fn flask_command(command: &Command) -> Option<&str> {
    const OF_FLASK: [&str; 5] = ["run", "shell", "routes", "db", "translate"];
    let mut words = command.words.iter().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--app" | "-A" | "--env-file" | "-e" => _ = words.next(),
            option if option.starts_with('-') => {}
            name => return Some(name).filter(|name| !OF_FLASK.contains(name)),
        }
    }
    None
}

/// The module that adds a command to Flask's own: `@app.cli.command("run-worker")`, or by the name of the function.
/// Source: <https://flask.palletsprojects.com/en/stable/cli/#custom-commands>
fn of_flask<'a>(context: &Context<'a>, wanted: &str) -> Option<&'a Source> {
    context.code.marked().filter(|source| context.is_own(&source.path) && source.mentions(".command")).find(|source| {
        walk::statements(&source.module.body).any(|stmt| {
            let StmtKind::Function(function) = &stmt.kind else { return false };
            let is_called = |call: &Call| {
                let name = call.argument(0, "name").and_then(Expr::as_str);
                call.callee() == "command"
                    && name.map_or_else(|| function.name.replace('_', "-") == wanted, |name| name == wanted)
            };
            function.decorators.iter().any(|decorator| decorator.as_call().is_some_and(is_called))
        })
    })
}

/// Whether a module calls what starts a worker of `queue`, or starts the program of that name.
fn starts_worker(context: &Context<'_>, source: &Source, queue: &str) -> bool {
    let names = STARTS.iter().find(|(name, _)| *name == queue).map_or(&[][..], |(_, names)| names);
    if !source.mentions(queue) && !names.iter().any(|name| source.mentions(name)) {
        return false;
    }
    let mut found = false;
    for expr in walk::expressions(&source.module.body) {
        match &expr.kind {
            ExprKind::Call(call) => found |= calls(context, source, call, queue, names),
            ExprKind::Sequence(words) => {
                found |= words.first().and_then(Expr::as_str) == Some(queue)
                    && words.iter().any(|word| word.as_str() == Some("worker"));
            }
            _ => {}
        }
    }
    found
}

fn calls(context: &Context<'_>, source: &Source, call: &Call, queue: &str, names: &[&str]) -> bool {
    let callee = call.callee();
    if callee == "call_command" {
        let name = call.arguments.first().and_then(Expr::as_str);
        return name.is_some_and(|name| name.contains(queue) && (name == "celery" || queues::is_program(name)));
    }
    if !names.contains(&callee) {
        return false;
    }
    let origin = source.qualified(&call.function).filter(|name| name.contains('.'));
    let origin = origin.or_else(|| context.code.origin(source, &call.function)).unwrap_or_default();
    let package = origin.split('.').next().unwrap_or_default();
    let is_of = |queue: &str| package.split('_').any(|word| word == queue);
    // `jobs.worker_main([…])`, `jobs.Worker()`, `huey.create_consumer()`: methods of the project's own object.
    let is_method = call.receiver().is_some() && !STARTS.iter().any(|(known, _)| is_of(known));
    is_of(queue)
        || is_method && (matches!(callee, "worker_main" | "create_consumer") || queue == "celery" && callee == "Worker")
}
