//! `[cron.NAME]` and `[jobs.NAME]`: commands of the application's image that come to an end.

use std::collections::BTreeMap;

use super::super::object::{Kind, Object, ObjectMeta};
use super::super::pod::PodTemplate;
use super::super::value::{Command, Schedule, TimeZone};
use super::super::workload::{CronJob, Job};
use super::{Parts, Resolver, object};
use crate::config::section::{Concurrency, CronSection, JobSection, ResourcesSection};

/// Longest name of a CronJob: its Jobs append eleven characters.
/// Source: <https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#writing-a-cronjob-spec>
const LONGEST_CRON_JOB: usize = 52;

/// Longest name of a Job before its hash of ten digits and a hyphen.
const LONGEST_JOB: usize = 52;

/// Seconds after which a run has failed.
const DEADLINE: u32 = 3_600;

/// Tries after the first.
const RETRIES: u32 = 2;

/// What runs to its end, and where it stands in `app.toml`.
struct Run<'a> {
    place: [&'a str; 2],
    component: String,
    command: &'a str,
    resources: &'a ResourcesSection,
    env: &'a BTreeMap<String, String>,
}

impl Resolver<'_> {
    /// The `CronJobs` and Jobs, each with its NetworkPolicy.
    pub(super) fn run_objects(&mut self, parts: &Parts) -> Vec<Object> {
        let (cron, jobs) = (self.config.cron.clone(), self.config.jobs.clone());
        let mut objects = Vec::new();
        for (name, section) in &cron {
            objects.extend(self.cron_job(parts, name, section).unwrap_or_default());
        }
        for (name, section) in &jobs {
            objects.extend(self.job(parts, name, section).unwrap_or_default());
        }
        objects
    }

    fn cron_job(&mut self, parts: &Parts, name: &str, section: &CronSection) -> Option<Vec<Object>> {
        let place = ["cron", name];
        let component = self.component(parts, "cron", &place, LONGEST_CRON_JOB);
        let schedule: Option<Schedule> = self.parse(&section.schedule, &["cron", name, "schedule"]);
        let timezone = section.timezone.as_deref();
        let time_zone: Option<TimeZone> = self.parse_or(timezone, "Etc/UTC", &["cron", name, "timezone"]);
        let component = component?;
        let run = Run {
            place,
            component: component.clone(),
            command: &section.command,
            resources: &section.resources,
            env: &section.env,
        };
        let template = self.run_template(parts, &run)?;
        let mut metadata = parts.names.metadata(&component);
        metadata.annotations = self.exceptions(parts, &template);
        let history = section.history.unwrap_or(3);
        let cron_job = CronJob {
            schedule: schedule?.to_string(),
            time_zone: time_zone?.to_string(),
            concurrency_policy: match section.concurrency {
                Concurrency::Forbid => "Forbid",
                Concurrency::Replace => "Replace",
                Concurrency::Allow => "Allow",
            },
            starting_deadline_seconds: section.start_within.unwrap_or(600),
            successful_jobs_history_limit: history,
            failed_jobs_history_limit: history,
            suspend: section.suspend,
            backoff_limit: section.retries.unwrap_or(RETRIES),
            active_deadline_seconds: section.deadline.unwrap_or(DEADLINE),
            template,
        };
        let mut objects = vec![object(&component, metadata, Kind::CronJob(Box::new(cron_job)))];
        objects.extend(self.network_policy(parts, &component, &format!("{component}-network-policy"), Vec::new()));
        Some(objects)
    }

    fn job(&mut self, parts: &Parts, name: &str, section: &JobSection) -> Option<Vec<Object>> {
        let place = ["jobs", name];
        let component = self.component(parts, "job", &place, LONGEST_JOB)?;
        let run = Run {
            place,
            component: component.clone(),
            command: &section.command,
            resources: &section.resources,
            env: &section.env,
        };
        let template = self.run_template(parts, &run)?;
        let job = Job {
            backoff_limit: section.retries.unwrap_or(RETRIES),
            active_deadline_seconds: section.deadline.unwrap_or(DEADLINE),
            ttl_seconds_after_finished: section.keep_seconds.unwrap_or(86_400),
            template,
        };
        let annotations = self.exceptions(parts, &job.template);
        let metadata = ObjectMeta { annotations, ..parts.names.metadata(&component) };
        let mut objects = vec![object(&component, metadata, Kind::Job(Box::new(job)))];
        objects.extend(self.network_policy(parts, &component, &format!("{component}-network-policy"), Vec::new()));
        Some(objects)
    }

    fn run_template(&mut self, parts: &Parts, run: &Run<'_>) -> Option<PodTemplate> {
        let [kind, name] = run.place;
        let command: Option<Command> = self.parse(run.command, &[kind, name, "command"]);
        let resources = self.resources_over(run.resources, &[kind, name, "resources"], 1);
        let mut container = self.container_with(parts, &run.component, resources?);
        container.command = command?.for_kubelet();
        self.own_env(&mut container, run.env, &run.place);
        let template = self.pod_template(parts, &run.component, container)?;
        Some(PodTemplate { restart_policy: Some("Never"), ..template })
    }
}
