//! Database migrations: a Job before the rollout, or an init container.

use super::super::component::Component;
use super::super::object::{Kind, Object, ObjectMeta};
use super::super::pod::{Container, PodTemplate, VolumeMount};
use super::super::value::Command;
use super::super::workload::Job;
use super::faults::Faults;
use super::{ResolvedSections, app_container, object, pod};
use crate::config::defaults;
use crate::config::section::{Config, MigrationRun};

/// Retries after a failure.
const RETRIES: u32 = 2;

/// Words of commands that migrate a database, wherever they are in the command.
/// Sources: <https://docs.djangoproject.com/en/6.1/ref/django-admin/#migrate>,
/// <https://alembic.sqlalchemy.org/en/latest/tutorial.html#running-our-first-migration>,
/// <https://flask-migrate.readthedocs.io/en/latest/#command-reference>.
const MIGRATING: [[&str; 2]; 4] =
    [["manage.py", "migrate"], ["django-admin", "migrate"], ["alembic", "upgrade"], ["db", "upgrade"]];

/// How the database is migrated.
#[derive(Clone, Debug)]
pub(super) struct Migrations {
    command: Option<Command>,
    run: MigrationRun,
    /// Seconds after which it has failed.
    pub(super) deadline: u32,
}

pub(super) fn resolve(config: &Config, faults: &mut Faults<'_>) -> Migrations {
    let section = &config.migrations;
    run_once(config, faults);
    if section.command.is_none() {
        for key in ["run", "deadline"] {
            if faults.has(&["migrations", key]) {
                faults.refuse(&["migrations", key], "needs `command`");
            }
        }
    }
    Migrations {
        command: section.command.as_ref().and_then(|command| faults.parse(command, &["migrations", "command"])),
        run: section.run,
        deadline: section.deadline.unwrap_or(defaults::migrations::DEADLINE),
    }
}

/// An init container of `[init]` that migrates as well would do so in every replica, beside the Job.
fn run_once(config: &Config, faults: &mut Faults<'_>) {
    let section = &config.migrations;
    let Some(command) = section.command.as_ref().filter(|_| section.run != MigrationRun::None) else { return };
    let (place, how) = match section.run {
        MigrationRun::InitContainer => ("run", "an init container of its own"),
        _ if faults.has(&["migrations", "run"]) => ("run", "a Job before the rollout"),
        _ => ("command", "a Job before the rollout"),
    };
    for (name, init) in &config.init {
        if init.command.trim() == command.trim() || migrates(&init.command) {
            faults.contradiction(
                "the database would be migrated twice",
                (&["init", name, "command"], "by an init container, in every replica"),
                (&["migrations", place], how),
                "keep one of them: [migrations] run = \"job\" or \"init-container\", and no [init] for it",
            );
        }
    }
}

/// The Job, when migrations run in one.
pub(super) fn objects(parts: &ResolvedSections, faults: &mut Faults<'_>) -> Vec<Object> {
    let component = Component::Migrate;
    let Some(container) = container(parts, MigrationRun::Job) else { return Vec::new() };
    let template = pod::pod_template(parts, &component, container, faults);
    let job = Job {
        backoff_limit: RETRIES,
        active_deadline_seconds: parts.migrations.deadline,
        ttl_seconds_after_finished: Some(defaults::runs::KEEP_SECONDS),
        template: PodTemplate { restart_policy: Some("Never"), ..template },
    };
    let annotations = pod::exceptions(parts, &job.template);
    let metadata = ObjectMeta { annotations, ..parts.names.metadata(&component) };
    vec![object(&component, "migrate-job", metadata, Kind::Job(Box::new(job)))]
}

/// The init container with `volume_mounts`, when migrations run in one.
pub(super) fn init_container(parts: &ResolvedSections, volume_mounts: Vec<VolumeMount>) -> Option<Container> {
    Some(Container { volume_mounts, ..container(parts, MigrationRun::InitContainer)? })
}

/// The container that migrates, when it is to run as `run` says.
fn container(parts: &ResolvedSections, run: MigrationRun) -> Option<Container> {
    let command = parts.migrations.command.as_ref().filter(|_| parts.migrations.run == run)?;
    let container = app_container::of(parts, &Component::Migrate.to_string(), 1);
    Some(Container { command: command.for_kubelet(), ..container })
}

/// Whether the words of `command` are those of a tool that migrates a database.
fn migrates(command: &str) -> bool {
    let words: Vec<&str> = command.split_whitespace().map(|word| word.rsplit('/').next().unwrap_or(word)).collect();
    words.windows(2).any(|pair| MIGRATING.iter().any(|known| pair == known))
}

#[cfg(test)]
mod tests {
    use super::migrates;

    #[test]
    fn tools_that_migrate_are_known_by_their_words() {
        for yes in [
            "python manage.py migrate --noinput",
            "alembic upgrade head",
            "flask --app a db upgrade",
            "./manage.py migrate",
        ] {
            assert!(migrates(yes), "{yes}");
        }
        for no in
            ["python manage.py check", "python wait.py", "alembic current", "echo migrate", "manage.py showmigrations"]
        {
            assert!(!migrates(no), "{no}");
        }
    }
}
