//! Database migrations: a Job before the rollout, or an init container.

use super::super::object::{Kind, Object, ObjectMeta};
use super::super::pod::{Container, PodTemplate};
use super::super::value::Command;
use super::super::workload::Job;
use super::{Parts, Resolver, object};
use crate::config::section::MigrationRun;

/// The component's name.
const MIGRATE: &str = "migrate";

impl Resolver<'_> {
    /// The Job and its NetworkPolicy, when migrations run in one.
    pub(super) fn migration_objects(&mut self, parts: &Parts) -> Option<Vec<Object>> {
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
