//! Programs of task queues: which of them a command line starts, and the address that one reads on its own.

use crate::detect::deploy::{Command, command};
use crate::detect::environment::{is_secret, names_local_host};
use crate::detect::project::{Evidence, Project, Variable};

/// A program, its subcommand, the name of the process, and whether there may be one only.
const PROGRAMS: [(&str, &str, &str, bool); 12] = [
    ("rqscheduler", "", "rq-scheduler", true),
    ("rq", "worker", "rq-worker", false),
    ("rq", "worker-pool", "rq-worker", false),
    ("rqworker", "", "rq-worker", false),
    ("rqworker-pool", "", "rq-worker", false),
    ("arq", "", "arq", false),
    ("dramatiq", "", "dramatiq", false),
    ("huey_consumer.py", "", "huey", false),
    ("huey_consumer", "", "huey", false),
    ("taskiq", "worker", "taskiq", false),
    ("taskiq", "scheduler", "taskiq-scheduler", true),
    ("saq", "", "saq", false),
];

/// Queues whose worker is a command of an application of Django: package, application, command of `manage.py`, name of the
/// process. An entry point may put the command in the background.
/// Source: `management/commands` of each package, November 2026.
pub(super) const OF_DJANGO: [(&str, &str, &str, &str); 9] = [
    ("huey", "huey.contrib.djhuey", "run_huey", "run-huey"),
    ("django-huey", "django_huey", "djangohuey", "djangohuey"),
    ("django-dramatiq", "django_dramatiq", "rundramatiq", "rundramatiq"),
    ("django-q2", "django_q", "qcluster", "qcluster"),
    ("django-q", "django_q", "qcluster", "qcluster"),
    ("django-tasks", "django_tasks.backends.database", "db_worker", "db-worker"),
    ("django-tasks-db", "django_tasks_db", "db_worker", "db-worker"),
    ("django-background-tasks", "background_task", "process_tasks", "process-tasks"),
    ("procrastinate", "procrastinate.contrib.django", "procrastinate worker", "procrastinate"),
];

/// Modules of `python -m` that are called otherwise than their programs.
const MODULES: [(&str, &str); 2] = [("huey.bin.huey_consumer", "huey_consumer"), ("rq.cli", "rq")];

/// Options by which a worker starts again when a file changes, and how many words each takes.
/// Sources: `taskiq/cli/worker/args.py` of taskiq 0.13, `dramatiq/cli.py` of dramatiq 2.2, `arq/cli.py` of arq 0.28.
const WATCHING: [(&str, usize); 7] = [
    ("--reload", 0),
    ("-r", 0),
    ("--reload-dir", 1),
    ("--watch", 1),
    ("--watch-use-polling", 0),
    ("--watch-include", 1),
    ("--watch-exclude", 1),
];

/// The name of the process that a command line of a task queue starts, and whether there may be one only.
pub(super) fn of(command: &Command) -> Option<(&'static str, bool)> {
    let words = &command.words;
    let starts = |program: &str, sub: &str| {
        words.iter().enumerate().any(|(at, word)| {
            let is_module = at > 0 && words[at - 1] == "-m";
            let is_it = command::program(word) == program || is_module && MODULES.contains(&(word.as_str(), program));
            is_it && (sub.is_empty() || words.get(at + 1).is_some_and(|next| next == sub))
        })
    };
    let own = PROGRAMS.iter().map(|(program, sub, name, singleton)| ((*program, *sub), (*name, *singleton)));
    let of_django = OF_DJANGO.iter().map(|(.., command, name)| ((*command, ""), (*name, false)));
    own.chain(of_django).find(|((program, sub), _)| starts(program, sub)).map(|(_, process)| process)
}

/// Whether a task queue calls a program or a command of `manage.py` so.
pub(super) fn is_program(name: &str) -> bool {
    PROGRAMS.iter().any(|(program, ..)| *program == name) || OF_DJANGO.iter().any(|(.., command, _)| *command == name)
}

/// The command without the options of a developer's machine.
pub(super) fn without_watching(command: &Command) -> Command {
    let mut words = Vec::new();
    let mut rest = command.words.iter();
    while let Some(word) = rest.next() {
        let (name, value) = word.split_once('=').map_or((word.as_str(), None), |(name, value)| (name, Some(value)));
        // `-r` of rq and others is something else.
        let is_one = |known: &str| known == name && (name != "-r" || command.runs("taskiq"));
        match WATCHING.iter().find(|(known, _)| is_one(known)) {
            Some((_, values)) if value.is_none() => rest.by_ref().take(*values).for_each(drop),
            Some(_) => {}
            None => words.push(word.clone()),
        }
    }
    Command { words, ..command.clone() }
}

/// Options that name the address of a worker's broker: the program, the option and its short form, the variable in its place.
/// Sources: `rq/cli/helpers.py` of rq 1.15 and 2.6, `celery/bin/celery.py` of Celery 5.6.
const ADDRESSES: [(&str, &str, &str, &str); 3] = [
    ("rq", "--url", "-u", "RQ_REDIS_URL"),
    ("celery", "--broker", "-b", "CELERY_BROKER_URL"),
    ("celery", "--result-backend", "", "CELERY_RESULT_BACKEND"),
];

/// Asks for the addresses of workers: one that a command names as compose or the machine does is not there for a pod, and `rq
/// worker` without one looks for Redis on the pod itself.
pub(super) fn addresses(project: &mut Project) {
    const GIVEN: [&str; 4] = ["--url", "-u", "--config", "-c"];
    let mut open: Vec<(&str, Evidence)> = Vec::new();
    for process in &mut project.processes {
        let place = Evidence { text: process.command.clone(), ..process.place.clone() };
        while let Some((command, variable)) = without_local_address(&process.command) {
            process.command = command;
            open.push((variable, place.clone()));
        }
        let mut words = process.command.split(' ');
        if matches!(words.next(), Some("rq" | "rqworker"))
            && !words.any(|word| GIVEN.iter().any(|option| word.starts_with(option)))
        {
            open.push((ADDRESSES[0].3, place));
        }
    }
    for (variable, place) in open {
        require(project, variable, place);
    }
}

/// The command without an address that is not there for a pod, and the variable that takes its place.
fn without_local_address(command: &str) -> Option<(String, &'static str)> {
    let words: Vec<&str> = command.split(' ').collect();
    let is_local = |address: &str| {
        let address = address.trim_matches('\'');
        address.split_once("://").is_some_and(|(_, rest)| names_local_host(rest))
    };
    ADDRESSES.iter().filter(|(program, ..)| words[0] == *program).find_map(|(_, long, short, variable)| {
        let is_option = |word: &str| word == *long || !short.is_empty() && word == *short;
        let (at, count) = words.iter().enumerate().find_map(|(at, word)| match word.split_once('=') {
            Some((name, address)) if is_option(name) && is_local(address) => Some((at, 1)),
            None if is_option(word) && words.get(at + 1).is_some_and(|address| is_local(address)) => Some((at, 2)),
            _ => None,
        })?;
        Some(([&words[..at], &words[at + count..]].concat().join(" "), *variable))
    })
}

/// Makes a variable one that must be set; one that Celery's own code reads in its place is asked for already.
fn require(project: &mut Project, name: &str, place: Evidence) {
    let environment = &mut project.environment;
    let mut known = environment.secret.iter_mut().chain(&mut environment.config);
    let is_it = |variable: &&mut Variable| match name {
        "RQ_REDIS_URL" => variable.name == name || variable.name == "RQ_CONFIG",
        "CELERY_BROKER_URL" => variable.name.contains("BROKER"),
        _ => variable.name.contains("BACKEND"),
    };
    if let Some(known) = known.find(is_it) {
        known.required |= name == "RQ_REDIS_URL";
        return;
    }
    let variable = Variable { required: true, ..Variable::new(name.to_owned(), place) };
    let list = if is_secret(name, None) { &mut environment.secret } else { &mut environment.config };
    list.push(variable);
    list.sort_by(|one, other| one.name.cmp(&other.name));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_watches_files_is_left_out_of_a_worker() {
        let command = |line: &str| Command {
            words: line.split(' ').map(str::to_owned).collect(),
            place: Evidence::of_file(String::new()),
            weight: 2,
            process: None,
            is_last: true,
        };
        for (line, kept) in [
            ("taskiq worker -r --reload-dir shop shop.queue:broker", "taskiq worker shop.queue:broker"),
            ("dramatiq shop.jobs --watch . --watch-use-polling -p 2", "dramatiq shop.jobs -p 2"),
            ("arq shop.jobs.Settings --watch=shop", "arq shop.jobs.Settings"),
        ] {
            assert_eq!(without_watching(&command(line)).words.join(" "), kept);
        }
        assert_eq!(of(&command("taskiq scheduler shop.queue:plan")), Some(("taskiq-scheduler", true)));
        assert_eq!(of(&command("rq info")), None);
        assert_eq!(of(&command("python -m huey.bin.huey_consumer shop.queue.plan")), Some(("huey", false)));
        assert_eq!(of(&command("python -m shop.huey")), None);
    }

    #[test]
    fn an_address_of_a_compose_file_is_taken_out_of_a_command() {
        for (line, kept) in [
            ("rq worker -u redis://keep:6379 high", Some(("rq worker high", "RQ_REDIS_URL"))),
            ("rq worker --url='redis://keep:6379' -c mill", Some(("rq worker -c mill", "RQ_REDIS_URL"))),
            ("celery -A mill --broker=redis://keep worker", Some(("celery -A mill worker", "CELERY_BROKER_URL"))),
            ("rq worker --url redis://keep.example.org:6379", None),
            ("dramatiq -u redis://keep:6379", None),
        ] {
            let found = without_local_address(line);
            assert_eq!(found.as_ref().map(|(command, variable)| (command.as_str(), *variable)), kept, "{line}");
        }
    }
}
