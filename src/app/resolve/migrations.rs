//! Database migrations: a Job before the rollout, or an init container.

use super::super::object::{Kind, Object, ObjectMeta};
use super::super::pod::{Container, PodTemplate};
use super::super::value::Command;
use super::super::workload::Job;
use super::{Parts, Resolver, object};
use crate::config::section::MigrationRun;

/// The component's name.
const MIGRATE: &str = "migrate";

/// Words of commands that migrate a database, wherever they stand in the command.
/// Sources: <https://docs.djangoproject.com/en/6.1/ref/django-admin/#migrate>,
/// <https://alembic.sqlalchemy.org/en/latest/tutorial.html#running-our-first-migration>,
/// <https://flask-migrate.readthedocs.io/en/latest/#command-reference>.
const MIGRATING: [[&str; 2]; 4] =
    [["manage.py", "migrate"], ["django-admin", "migrate"], ["alembic", "upgrade"], ["db", "upgrade"]];

impl Resolver<'_> {
    /// The Job and its NetworkPolicy, when migrations run in one.
    pub(super) fn migration_objects(&mut self, parts: &Parts) -> Option<Vec<Object>> {
        self.migrations_run_once();
        let section = &self.config.migrations;
        if section.command.is_none() {
            for key in ["run", "deadline"] {
                if self.document.has(&["migrations", key]) {
                    self.fault(&["migrations", key], "needs `command`: what shall run?");
                }
            }
        }
        if section.run != MigrationRun::Job || section.command.is_none() {
            return Some(Vec::new());
        }
        let container = self.migration_container(parts)?;
        let template = self.pod_template(parts, MIGRATE, container)?;
        let template = PodTemplate { restart_policy: Some("Never"), ..template };
        let job = Job {
            backoff_limit: 2,
            active_deadline_seconds: self.migration_deadline(),
            ttl_seconds_after_finished: 86_400,
            template,
        };
        let annotations = self.exceptions(parts, &job.template);
        let metadata = ObjectMeta { annotations, ..parts.names.metadata(MIGRATE) };
        let mut objects = vec![object("migrate-job", metadata, Kind::Job(Box::new(job)))];
        objects.extend(self.network_policy(parts, MIGRATE, "migrate-network-policy", Vec::new()));
        Some(objects)
    }

    /// An init container of `[init]` that migrates as well would do so in every replica, beside the Job.
    fn migrations_run_once(&mut self) {
        let section = &self.config.migrations;
        let Some(command) = section.command.clone().filter(|_| section.run != MigrationRun::None) else { return };
        let (place, how) = match section.run {
            MigrationRun::InitContainer => ("run", "an init container of its own"),
            _ if self.document.has(&["migrations", "run"]) => ("run", "a Job before the rollout"),
            _ => ("command", "a Job before the rollout"),
        };
        for (name, init) in self.config.init.clone() {
            if init.command.trim() == command.trim() || migrates(&init.command) {
                self.contradiction(
                    "the database would be migrated twice",
                    (&["init", &name, "command"], "by an init container, in every replica"),
                    (&["migrations", place], how),
                    "keep one of them: [migrations] run = \"job\" or \"init-container\", and no [init] for it",
                );
            }
        }
    }

    /// The init container, when migrations run in one.
    pub(super) fn migration_init_container(&mut self, parts: &Parts) -> Option<Vec<Container>> {
        let section = &self.config.migrations;
        if section.run != MigrationRun::InitContainer || section.command.is_none() {
            return Some(Vec::new());
        }
        let container = self.migration_container(parts)?;
        let (volume_mounts, _) = self.pod_volumes(parts, super::WEB);
        Some(vec![Container { volume_mounts, ..container }])
    }

    fn migration_container(&mut self, parts: &Parts) -> Option<Container> {
        let command = self.migration_command()?;
        let container = self.container(parts, MIGRATE, 1)?;
        Some(Container { command: command.for_kubelet(), ..container })
    }

    /// The command as its arguments.
    pub(super) fn migration_command(&mut self) -> Option<Command> {
        let text = self.config.migrations.command.clone()?;
        self.parse(&text, &["migrations", "command"])
    }

    /// Seconds after which the migration has failed.
    pub(super) fn migration_deadline(&self) -> u32 {
        self.config.migrations.deadline.unwrap_or(900)
    }
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
