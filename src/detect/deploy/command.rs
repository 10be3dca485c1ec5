//! Command lines as start scripts hold them: which program, which application, which port.

use std::collections::BTreeMap;

use crate::detect::project::{DetectedServer, Evidence};
use crate::kube::grammar::shell::{self, Token};
use crate::vocabulary::ServerKind;

/// A command line that starts something, with where it is.
#[derive(Clone, Debug)]
pub(crate) struct Command {
    /// The words, quotes removed, variables left as written unless they have a known value.
    pub(crate) words: Vec<String>,
    pub(crate) place: Evidence,
    /// How much it says about production: 3 for what an image or platform runs, 2 for scripts, 1 for development.
    pub(crate) weight: u8,
    /// Name of the process, where the file gives one.
    pub(crate) process: Option<String>,
    /// Whether nothing on its line waits for it to end: the last of a chain, or one put in the background.
    pub(crate) is_last: bool,
}

/// Programs whose command lines say something.
const PROGRAMS: [&str; 24] = [
    "gunicorn",
    "uvicorn",
    "hypercorn",
    "granian",
    "daphne",
    "uwsgi",
    "waitress-serve",
    "flask",
    "fastapi",
    "celery",
    "rq",
    "rqworker",
    "arq",
    "dramatiq",
    "huey_consumer",
    "huey_consumer.py",
    "python",
    "python3",
    "newrelic-admin",
    "ddtrace-run",
    "rqscheduler",
    "opentelemetry-instrument",
    "taskiq",
    "saq",
];

/// Whether a line starts with a program that takes its arguments from what follows: `python manage.py`, `celery -A shop`.
pub(crate) fn is_program(line: &str) -> bool {
    let words = split(line);
    let is_known = |word: &String| PROGRAMS.contains(&program(word)) || word.ends_with("manage.py");
    words.first().is_some_and(is_known) && !words.iter().any(|word| word == "-c" || word.ends_with(".sh"))
}

/// Splits a line into commands at `&&`, `||`, `;`, `|` and keeps those that run a known program; with each whether it is
/// the last of its line or continues in the background.
pub(crate) fn commands(line: &str, variables: &BTreeMap<String, String>) -> Vec<(Vec<String>, bool)> {
    let words = split(line);
    let is_operator =
        |word: &String| matches!(word.as_str(), "&&" | "||" | ";" | ";;" | "|" | "&" | "then" | "do" | "else");
    words
        .split_inclusive(is_operator)
        .filter_map(|words| {
            let operator = words.last().filter(|word| is_operator(word));
            let is_last = operator.is_none_or(|operator| operator == "&");
            let words = &words[..words.len() - usize::from(operator.is_some())];
            let at = words.iter().position(|word| PROGRAMS.contains(&program(word)) || word.ends_with("manage.py"))?;
            Some((words[at..].iter().map(|word| expand(word, variables)).collect(), is_last))
        })
        .collect()
}

/// The assignments before a server on its line: `FLASK_CONFIG=production gunicorn …`.
pub(crate) fn assignments_before_server(line: &str, variables: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let words = split(line);
    let is_server = |word: &String| DetectedServer::ALL.iter().any(|server| server.as_str() == program(word));
    let Some(at) = words.iter().position(is_server) else { return Vec::new() };
    let before = words[..at].iter().rev().take_while(|word| {
        word.split_once('=').is_some_and(|(name, _)| is_identifier(name)) || matches!(word.as_str(), "env" | "exec")
    });
    let given = before.filter_map(|word| word.split_once('='));
    given.map(|(name, value)| (name.to_owned(), expand(value, variables))).collect()
}

/// The program that a first word names: the last part of its path.
pub(crate) fn program(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

/// Splits like a shell, quotes removed; operators are words of their own.
pub(crate) fn split(line: &str) -> Vec<String> {
    let words: Vec<String> = shell::split(line).tokens.into_iter().map(Token::into_text).collect();
    // `sh -c "the real command"`.
    match words.iter().position(|word| word == "-c" || word == "-lc" || word == "-ec") {
        Some(at) if at > 0 && words[..at].iter().any(|word| matches!(program(word), "sh" | "bash" | "ash")) => {
            words.get(at + 1).map(|inner| split(inner)).unwrap_or_default()
        }
        _ => words,
    }
}

/// What the values of variables may add up to in one text.
const MAX_EXPANDED: usize = 4096;
/// Variables that one file may give values to.
pub(crate) const MAX_VARIABLES: usize = 4_000;
/// Defaults inside defaults: `${A:-${B:-c}}`.
const MAX_DEFAULTS: usize = 8;

/// Puts in the values of `$NAME`, `${NAME}` and `${NAME:-default}` as far as they are known.
pub(crate) fn expand(text: &str, variables: &BTreeMap<String, String>) -> String {
    expand_within(text, variables, MAX_DEFAULTS)
}

fn expand_within(text: &str, variables: &BTreeMap<String, String>, defaults: usize) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let (name, default, next) = if let Some(braced) = after.strip_prefix('{') {
            let Some((inside, next)) = closing(braced) else { break };
            let (name, default) = match inside.split_once([':', '-']) {
                Some((name, default)) => (name, Some(default.trim_start_matches(['-', '=']))),
                None => (inside, None),
            };
            let default = default.filter(|_| defaults > 0);
            (name, default.map(|default| expand_within(default, variables, defaults - 1)), next)
        } else {
            let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(after.len());
            (&after[..end], None, &after[end..])
        };
        // Variables that double each other would have no end; what is too long stays as written.
        match variables.get(name).cloned().or(default).filter(|value| out.len() + value.len() <= MAX_EXPANDED) {
            Some(value) => out.push_str(&value),
            None => out.push_str(&rest[at..rest.len() - next.len()]),
        }
        rest = next;
    }
    out.push_str(rest);
    out
}

/// Splits behind the brace that closes, inner ones counted.
fn closing(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => return Some((&text[..at], &text[at + 1..])),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

impl Command {
    /// The server that it starts.
    pub(crate) fn server(&self) -> Option<DetectedServer> {
        self.words.iter().enumerate().find_map(|(at, word)| match program(word) {
            "waitress-serve" => Some(DetectedServer::Waitress),
            "fastapi" if self.words.get(at + 1).is_some_and(|word| word == "run") => {
                Some(DetectedServer::Known(ServerKind::Uvicorn))
            }
            // Waitress is started by another name than its package's.
            "waitress" => None,
            name => DetectedServer::ALL.into_iter().find(|server| server.as_str() == name),
        })
    }

    /// Whether it is a development server, or reloads.
    pub(crate) fn is_development(&self) -> bool {
        self.words
            .iter()
            .any(|word| matches!(word.as_str(), "--reload" | "runserver" | "runserver_plus" | "dev" | "--debug"))
            || self.words.windows(2).any(|pair| program(&pair[0]) == "flask" && pair[1] == "run")
    }

    /// Words that may name the application: `module:attribute` first, then bare dotted modules and files.
    pub(crate) fn targets(&self) -> Vec<String> {
        let mut named: Vec<String> = Vec::new();
        let mut bare = Vec::new();
        for (at, word) in self.words.iter().enumerate().skip(1) {
            let value = word.strip_prefix("--app=").or_else(|| word.strip_prefix("--module=")).unwrap_or(word);
            if is_target(value) {
                named.push(value.to_owned());
            } else if value.starts_with('-') || value.contains('=') || value.contains('$') {
            } else if value.split(['.', '/']).all(is_identifier)
                && self.words[at - 1] != "-k"
                && self.words[at - 1] != "-c"
            {
                bare.push(value.trim_end_matches(".py").replace('/', "."));
            }
        }
        named.append(&mut bare);
        named
    }

    /// The port that it listens on.
    pub(crate) fn port(&self) -> Option<u16> {
        const OPTIONS: [&str; 9] =
            ["--port", "-p", "--bind", "-b", "--http-socket", "--http", "--socket", "--listen", "-P"];
        self.words.iter().enumerate().find_map(|(at, word)| {
            let (option, value) = match word.split_once('=') {
                Some((option, value)) => (option, Some(value)),
                None => (word.as_str(), None),
            };
            if let Some(value) = word.strip_prefix("-b").filter(|value| value.contains(':')) {
                return port_of(value);
            }
            OPTIONS.contains(&option).then(|| port_of(value.or_else(|| self.words.get(at + 1).map(String::as_str))?))?
        })
    }

    /// The value of an option, `--name value` or `--name=value`.
    pub(crate) fn option(&self, names: &[&str]) -> Option<&str> {
        self.words.iter().enumerate().find_map(|(at, word)| match word.split_once('=') {
            Some((name, value)) if names.contains(&name) => Some(value),
            _ if names.contains(&word.as_str()) => self.words.get(at + 1).map(String::as_str),
            _ => None,
        })
    }

    /// Whether one of its words is that program.
    pub(crate) fn runs(&self, name: &str) -> bool {
        self.words.iter().any(|word| program(word) == name)
    }
}

/// The port at the end of `8000`, `:8000`, `0.0.0.0:8000`, `[::]:8000`.
pub(crate) fn port_of(text: &str) -> Option<u16> {
    let text = text.trim_matches(['"', '\'']);
    let last = text.rsplit(':').next()?.split('/').next()?;
    last.trim().trim_matches(['"', '\'']).parse().ok().filter(|port| *port > 0)
}

/// `pkg.module:attribute` or `pkg.module:factory()`.
pub(crate) fn is_target(word: &str) -> bool {
    let Some((module, attribute)) = word.split_once(':') else { return false };
    let attribute = attribute.split('(').next().unwrap_or_default();
    !matches!(module, "python" | "file" | "http" | "https" | "unix" | "redis" | "fd")
        && module.trim_end_matches(".py").split(['.', '/']).all(is_identifier)
        && attribute.split('.').all(is_identifier)
}

pub(crate) fn is_identifier(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(line: &str) -> Command {
        let (words, is_last) = commands(line, &BTreeMap::new()).remove(0);
        let place = Evidence::of_file(String::new());
        Command { words, place, weight: 3, process: None, is_last }
    }

    #[test]
    fn servers_targets_and_ports() {
        let found = command("exec gunicorn -c python:conf.gunicorn --bind 0.0.0.0:${PORT:-8080} -k gevent pkg.wsgi");
        assert_eq!(found.server(), Some(DetectedServer::Known(ServerKind::Gunicorn)));
        assert_eq!(found.targets(), ["pkg.wsgi"]);
        assert_eq!(found.port(), Some(8080));
        let found = command("sh -c \"alembic upgrade head && uvicorn --host 0.0.0.0 --port=80 app.main:app\"");
        assert_eq!((found.targets(), found.port()), (vec!["app.main:app".to_owned()], Some(80)));
        assert_eq!(command("gunicorn -w 4 'shop:create_app()'").targets()[0], "shop:create_app()");
        assert!(command("flask run --host=0.0.0.0").is_development());
    }
}
