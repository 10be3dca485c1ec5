//! What a command runs: a tool that takes tasks from a queue, one that plans them, or something else.

use super::super::super::value::Command;

/// A tool that pykube knows, and what it does when its command does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tool {
    /// Name for messages.
    pub(super) name: &'static str,
    /// Programs, or modules of `python -m`, or commands of `manage.py`, that start it.
    programs: &'static [&'static str],
    /// The word after the program, when there is one.
    subcommand: Option<&'static str>,
    /// Options that say the number of processes; none when there is always one.
    processes: &'static [&'static str],
    /// Whether it starts a process for each core when none of them is given.
    counts_cores: bool,
    /// Options that name its queues, separated by commas.
    queues: &'static [&'static str],
    /// Whether its arguments name them.
    queues_are_arguments: bool,
    /// The queue that it reads without them.
    default_queue: &'static str,
    /// What is before the queue's name in Redis.
    list_prefix: &'static str,
    /// Whether it puts tasks into queues on a schedule: a second one would put them twice.
    pub(super) plans: bool,
}

/// One process that takes tasks from the queue of the code.
const PLAIN: Tool = Tool {
    name: "",
    programs: &[],
    subcommand: None,
    processes: &[],
    counts_cores: false,
    queues: &[],
    queues_are_arguments: false,
    default_queue: "default",
    list_prefix: "",
    plans: false,
};

/// Sources: `celery worker --help` and `celery beat --help` of 5.7, `rq worker --help` of 2, `dramatiq --help` of 2,
/// `arq --help` of 0.27, `huey_consumer --help` of 2; names in Redis: kombu's virtual transport, `rq.Queue.key`,
/// dramatiq's `RedisBroker` (`namespace`), `arq.constants`, `huey.RedisStorage`.
const TOOLS: [Tool; 6] = [
    Tool {
        name: "Celery",
        programs: &["celery"],
        subcommand: Some("worker"),
        processes: &["-c", "--concurrency", "--autoscale"],
        counts_cores: true,
        queues: &["-Q", "--queues"],
        default_queue: "celery",
        ..PLAIN
    },
    Tool {
        name: "Celery's beat",
        programs: &["celery"],
        subcommand: Some("beat"),
        default_queue: "celery",
        plans: true,
        ..PLAIN
    },
    Tool { name: "RQ", programs: &["rq", "rqworker"], queues_are_arguments: true, list_prefix: "rq:queue:", ..PLAIN },
    Tool {
        name: "dramatiq",
        programs: &["dramatiq", "rundramatiq"],
        processes: &["-p", "--processes"],
        counts_cores: true,
        list_prefix: "dramatiq:",
        ..PLAIN
    },
    Tool { name: "arq", programs: &["arq"], default_queue: "arq:queue", ..PLAIN },
    Tool {
        name: "Huey",
        programs: &["huey_consumer", "huey_consumer.py", "run_huey"],
        default_queue: "huey",
        list_prefix: "huey.redis.",
        ..PLAIN
    },
];

/// Pools of Celery that are one process, whatever `--concurrency` says.
/// Source: <https://docs.celeryq.dev/en/stable/userguide/concurrency/index.html>
const SINGLE_PROCESS_POOLS: [&str; 4] = ["eventlet", "gevent", "solo", "threads"];

/// Options of `celery` that are before the subcommand and take a value.
const VALUE_OPTIONS: [&str; 8] =
    ["-A", "--app", "-b", "--broker", "--result-backend", "--loader", "--config", "--workdir"];

/// A command and the tool that it runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recognised<'a> {
    pub(super) tool: Tool,
    /// The words behind the program.
    words: &'a [String],
}

/// The tool that `command` runs, when it is a known one.
pub(super) fn recognise(command: &Command) -> Option<Recognised<'_>> {
    let words = &command.0;
    let program = |word: &String| word.rsplit('/').next().unwrap_or_default().to_owned();
    // `python -m celery`, `python manage.py rqworker`, `uv run celery` and the like.
    let start = match words.iter().map(program).take(3).collect::<Vec<_>>().as_slice() {
        [python, second, _] if python.starts_with("python") && (second == "-m" || second.ends_with(".py")) => 2,
        [runner, run, _] if run == "run" && ["uv", "poetry", "pdm", "pipenv"].contains(&runner.as_str()) => 2,
        _ => 0,
    };
    let name = program(words.get(start)?);
    let rest = &words[start + 1..];
    let tool = TOOLS.into_iter().find(|tool| {
        tool.programs.contains(&name.as_str()) && tool.subcommand.is_none_or(|wanted| subcommand(rest) == Some(wanted))
    })?;
    Some(Recognised { tool, words: rest })
}

fn subcommand(words: &[String]) -> Option<&str> {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if VALUE_OPTIONS.contains(&word.as_str()) {
            words.next();
        } else if !word.starts_with('-') {
            return Some(word);
        }
    }
    None
}

impl Tool {
    /// Whether the module of `pykube add heartbeat` says when it is connected to its broker.
    pub(super) fn connects(self) -> bool {
        self.subcommand == Some("worker")
    }
}

impl Recognised<'_> {
    /// Number of processes that the command says; none when it says nothing.
    pub(super) fn processes(&self) -> Option<u32> {
        if self.value(&["-P", "--pool"]).is_some_and(|pool| SINGLE_PROCESS_POOLS.contains(&pool)) {
            return Some(1);
        }
        let said = self.value(self.tool.processes)?;
        // `--autoscale 10,3`: the most comes first.
        said.split(',').next().and_then(|number| number.parse().ok()).filter(|number| *number > 0)
    }

    /// Whether it starts a process for each core that Python counts.
    pub(super) fn counts_cores(&self) -> bool {
        self.tool.counts_cores && self.processes().is_none()
    }

    /// Whether tasks are planned in it: beat, or a worker with beat inside.
    pub(super) fn plans(&self) -> bool {
        self.tool.plans
            || (self.tool.subcommand == Some("worker")
                && self.words.iter().any(|word| word == "-B" || word == "--beat"))
    }

    /// Whether it keeps its schedule in a file and says not which.
    pub(super) fn needs_schedule_file(&self) -> bool {
        self.plans() && self.value(&["-s", "--schedule", "--schedule-filename"]).is_none()
    }

    /// Whether the command says which queues are read; dramatiq, arq and Huey take those of the code.
    pub(super) fn decides_queues(&self) -> bool {
        !self.tool.queues.is_empty()
    }

    /// The names of its queues in Redis, or in RabbitMQ when `redis` is false; none when the command cannot be read so far.
    pub(super) fn queues(&self, redis: bool) -> Vec<String> {
        if self.tool.queues_are_arguments && self.words.iter().any(|word| word != "worker") {
            return Vec::new();
        }
        let said = self.value(self.tool.queues).unwrap_or(self.tool.default_queue);
        let prefix = if redis { self.tool.list_prefix } else { "" };
        said.split(',').filter(|name| !name.is_empty()).map(|name| format!("{prefix}{name}")).collect()
    }

    /// The value of the first of `options` that is written, as `--option value`, `--option=value` or `-ovalue`.
    fn value(&self, options: &[&str]) -> Option<&str> {
        self.words.iter().enumerate().find_map(|(index, word)| {
            options.iter().find_map(|option| {
                let rest = word.strip_prefix(option)?;
                match (rest, rest.strip_prefix('=')) {
                    ("", _) => self.words.get(index + 1).map(String::as_str),
                    (_, Some(value)) => Some(value),
                    (value, None) if !option.starts_with("--") => Some(value),
                    _ => None,
                }
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Option<&'static str> {
        recognise(&text.parse().unwrap()).map(|found| found.tool.name)
    }

    #[test]
    fn tools_are_known_by_their_commands() {
        assert_eq!(name("celery -A worker worker -l info"), Some("Celery"));
        assert_eq!(name("python -m celery --app=config beat"), Some("Celery's beat"));
        assert_eq!(name("uv run celery -A config worker"), Some("Celery"));
        assert_eq!(name("python manage.py rqworker default"), Some("RQ"));
        assert_eq!(name("dramatiq shop.tasks"), Some("dramatiq"));
        assert_eq!(name("arq shop.WorkerSettings"), Some("arq"));
        assert_eq!(name("python manage.py run_huey"), Some("Huey"));
        assert_eq!(name("celery -A config flower"), None);
        assert_eq!(name("python worker.py"), None);
    }

    #[test]
    fn options_are_read_in_every_spelling() {
        let processes = |text: &str| recognise(&text.parse().unwrap()).unwrap().processes();
        assert_eq!(processes("celery -A a worker -c 4"), Some(4));
        assert_eq!(processes("celery -A a worker -c4"), Some(4));
        assert_eq!(processes("celery -A a worker --concurrency=4"), Some(4));
        assert_eq!(processes("celery -A a worker --autoscale 10,3"), Some(10));
        assert_eq!(processes("celery -A a worker -P gevent -c 100"), Some(1));
        assert_eq!(processes("celery -A a worker"), None);
        assert_eq!(processes("dramatiq -p 2 a"), Some(2));
        let command: Command = "celery -A a worker -Q high,low".parse().unwrap();
        assert_eq!(recognise(&command).unwrap().queues(true), ["high", "low"]);
        let command: Command = "rq worker".parse().unwrap();
        assert_eq!(recognise(&command).unwrap().queues(true), ["rq:queue:default"]);
        let command: Command = "rq worker high".parse().unwrap();
        assert!(recognise(&command).unwrap().queues(true).is_empty());
        let command: Command = "celery -A a worker -B".parse().unwrap();
        assert!(recognise(&command).unwrap().plans());
    }
}
