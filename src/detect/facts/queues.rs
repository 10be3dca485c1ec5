//! Programs of task queues: which of them a command line starts, and the address that one reads by itself.

use crate::detect::deploy::{Command, command};
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
            let is_it = command::program(word) == program
                || is_module && MODULES.contains(&(word.as_str(), program));
            is_it && (sub.is_empty() || words.get(at + 1).is_some_and(|next| next == sub))
        })
    };
    PROGRAMS.iter().find(|(program, sub, ..)| starts(program, sub)).map(|(.., name, singleton)| (*name, *singleton))
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

/// `rq worker` without an address looks for Redis on the pod itself: its variable is asked for.
/// Source: `rq/cli/helpers.py` of rq 1.15 and 2.6: `--url` (`RQ_REDIS_URL`), `--config` (`RQ_CONFIG`), then localhost.
pub(super) fn addresses(project: &mut Project) {
    const VARIABLE: &str = "RQ_REDIS_URL";
    const GIVEN: [&str; 4] = ["--url", "-u", "--config", "-c"];
    let lacks_address = |command: &str| {
        let mut words = command.split(' ');
        matches!(words.next(), Some("rq" | "rqworker"))
            && !words.any(|word| GIVEN.iter().any(|option| word.starts_with(option)))
    };
    let Some(process) = project.processes.iter().find(|process| lacks_address(&process.command)) else { return };
    let place = Evidence { text: process.command.clone(), ..process.place.clone() };
    let environment = &mut project.environment;
    let mut known = environment.secret.iter_mut().chain(&mut environment.config);
    if let Some(known) = known.find(|variable| matches!(variable.name.as_str(), VARIABLE | "RQ_CONFIG")) {
        known.required = true;
        return;
    }
    environment.secret.push(Variable { required: true, ..Variable::new(VARIABLE.to_owned(), place) });
    environment.secret.sort_by(|one, other| one.name.cmp(&other.name));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_watches_files_is_left_out_of_a_worker() {
        let command = |line: &str| Command {
            words: line.split(' ').map(str::to_owned).collect(),
            place: Evidence { file: String::new(), line: 0, text: String::new() },
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
}
