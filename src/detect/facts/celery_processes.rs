//! Celery's workers and beat, each as the project's own files start it.

use std::collections::BTreeMap;

use super::celery::leads_here;
use crate::detect::context::Context;
use crate::detect::deploy::Command;
use crate::detect::project::{Celery, Evidence, Process, Project};
use crate::detect::tree::{file_name, parent};
use crate::kube::grammar::shell;

/// Options that mean nothing in a container, and that a process of its own replaces.
const WITH_VALUE: [&str; 9] =
    ["-A", "--app", "--pidfile", "--logfile", "-f", "--uid", "--gid", "--umask", "--executable"];
const ALONE: [&str; 4] = ["-D", "--detach", "-B", "--beat"];

/// `has_own` says whether a program of the project's own runs the workers of a queue.
pub(crate) fn find(context: &Context<'_>, project: &Project, has_own: &dyn Fn(&str) -> bool, found: &mut Vec<Process>) {
    let Some(celery) = &project.celery else { return };
    let place = project.evidence.get("celery").and_then(|known| known.first()).cloned();
    let place = place.unwrap_or(Evidence::of_file(String::new()));
    let workers: Vec<&Command> = of_one_file(context, "worker");
    for command in &workers {
        let Some(line) = line(context, celery, command, "worker") else { continue };
        if found.iter().any(|known| known.command == line) {
            continue;
        }
        // A name of its own where there are several; the usual one where there is one.
        let own = command.process.clone().filter(|_| workers.len() > 1);
        let number = found.len() + 1;
        let name = own.unwrap_or_else(|| if number == 1 { "worker".to_owned() } else { format!("worker-{number}") });
        found.push(Process { name, command: line, singleton: false, place: command.place.clone() });
    }
    if found.is_empty() && !has_own("celery") {
        let command = format!("celery -A {} worker -l info", celery.app);
        found.push(Process { name: "worker".to_owned(), command, singleton: false, place: place.clone() });
    }
    if celery.beat {
        let own = of_one_file(context, "beat")
            .into_iter()
            .find_map(|command| Some((line(context, celery, command, "beat")?, command)));
        let (mut command, place) = own.map_or_else(
            || (format!("celery -A {} beat -l info", celery.app), place),
            |(line, command)| (line, command.place.clone()),
        );
        if let Some(scheduler) = celery.scheduler.as_ref().filter(|_| !names_scheduler(&command)) {
            command = format!("{command} --scheduler {scheduler}");
        }
        found.push(Process { name: "beat".to_owned(), command, singleton: true, place });
    }
}

fn names_scheduler(command: &str) -> bool {
    command.split(' ').any(|word| word == "-S" || word.starts_with("--scheduler"))
}

/// The commands of the file that says most about production: several files often start the same processes.
fn of_one_file<'c>(context: &'c Context<'_>, what: &str) -> Vec<&'c Command> {
    let mut files: BTreeMap<&str, Vec<&Command>> = BTreeMap::new();
    let fits = |command: &&Command| {
        command.weight > 1
            && !command.is_development()
            && command.runs("celery")
            && command.words.iter().any(|word| word == what)
    };
    for command in context.deployment.commands.iter().filter(fits) {
        // Units of systemd and programs of supervisor have a file each.
        let file = command.place.file.as_str();
        let is_one_each = file.ends_with(".service") || file.ends_with(".conf") || file.ends_with(".sh");
        files.entry(if is_one_each { parent(file) } else { file }).or_default().push(command);
    }
    let best = files.into_iter().max_by_key(|(file, commands)| {
        let weight = commands.iter().map(|command| command.weight).max();
        (weight, file.contains("prod"), file_name(file) == "Procfile", commands.len(), std::cmp::Reverse(file.len()))
    });
    best.map(|(_, commands)| commands).unwrap_or_default()
}

/// The command with the application that was found and its own options; nothing where the subcommand is another one.
fn line(context: &Context<'_>, celery: &Celery, command: &Command, what: &str) -> Option<String> {
    let start = command.words.iter().position(|word| word == "celery" || word.ends_with("/celery"))?;
    let words = &command.words[start + 1..];
    let at = words.iter().position(|word| word == what)?;
    let target = command.option(&["-A", "--app"]);
    let app = target.filter(|target| !is_same(celery, target)).unwrap_or(&celery.app);
    let app = from_the_root(context, app);
    let (before, after) = (own_options(&words[..at]), own_options(&words[at + 1..]));
    let is_quiet = !before.iter().chain(&after).any(|word| word.starts_with("-l") || word.starts_with("--loglevel"));
    let mut line = format!("celery -A {app}");
    for word in before.iter().map(String::as_str).chain([what]).chain(after.iter().map(String::as_str)) {
        line.push(' ');
        line.push_str(&shell::quoted(word));
    }
    if is_quiet {
        line.push_str(" -l info");
    }
    Some(line)
}

/// A target as it is called from where the service starts: a container of the project's own may have the code further down.
fn from_the_root<'t>(context: &Context<'_>, target: &'t str) -> &'t str {
    let shorter = std::iter::successors(Some(target), |target| Some(target.split_once('.')?.1));
    shorter.into_iter().find(|target| leads_here(context, target)).unwrap_or(target)
}

/// Whether a target of `celery -A` is the application that was found, or the package that it is found in, also as it is called
/// from a folder further down (`directory=` of supervisor, `cd backend`).
fn is_same(celery: &Celery, target: &str) -> bool {
    let app = format!(".{}.", celery.app.replace(':', "."));
    let target = target.replace(':', ".");
    app.contains(&format!(".{target}.")) || target.contains('$')
}

/// The options of a process without those that mean nothing here, and without values that only the machine knows.
fn own_options(words: &[String]) -> Vec<String> {
    let mut kept = Vec::new();
    let mut words = words.iter().peekable();
    while let Some(word) = words.next() {
        let name = word.split('=').next().unwrap_or(word);
        let has_value = !word.contains('=') && word.starts_with('-');
        let next_is_unknown = has_value && words.peek().is_some_and(|next| next.contains('$'));
        if WITH_VALUE.contains(&name) || next_is_unknown {
            if has_value {
                words.next();
            }
        } else if !ALONE.contains(&name) && !word.contains('$') {
            kept.push(word.clone());
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_decide_are_kept_and_those_of_a_machine_go() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let kept = own_options(&words(
            "-A x -Q high,urgent -c 8 -n a@%h --pidfile=/x.pid -B --concurrency $N -D -f /x.log -E",
        ));
        assert_eq!(kept, words("-Q high,urgent -c 8 -n a@%h -E"));
    }
}
