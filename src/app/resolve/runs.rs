//! `[cron.NAME]` and `[jobs.NAME]`: commands of the application's image that come to an end.

use std::collections::BTreeMap;

use super::super::component::Component;
use super::super::object::{Kind, Object, ObjectMeta};
use super::super::pod::PodTemplate;
use super::super::value::{Command, Schedule, TimeZone};
use super::super::workload::{CronJob, Job};
use super::app_container::{self, own_env};
use super::faults::Faults;
use super::names::component_name_fits;
use super::pod::exceptions;
use super::{ResolvedSections, object, pod, resources};
use crate::config::defaults::runs as defaults;
use crate::config::section::{Concurrency, Config, CronSection, JobSection, ResourcesSection};

/// Longest name of a CronJob: its Jobs append eleven characters.
/// Source: <https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#writing-a-cronjob-spec>
const LONGEST_CRON_JOB: usize = 52;

/// Longest name of a Job before its hash of ten digits and a hyphen.
const LONGEST_JOB: usize = 52;

/// What runs to its end, and where it is in `app.toml`.
struct Run<'a> {
    place: [&'a str; 2],
    component: &'a Component,
    command: &'a str,
    resources: &'a ResourcesSection,
    env: &'a BTreeMap<String, String>,
}

/// The `CronJobs` and Jobs.
pub(super) fn objects(config: &Config, parts: &ResolvedSections, faults: &mut Faults<'_>) -> Vec<Object> {
    let mut objects = Vec::new();
    for (name, section) in &config.cron {
        objects.extend(cron_job(config, parts, name, section, faults));
    }
    for (name, section) in &config.jobs {
        objects.extend(job(config, parts, name, section, faults));
    }
    objects
}

fn cron_job(
    config: &Config,
    parts: &ResolvedSections,
    name: &str,
    section: &CronSection,
    faults: &mut Faults<'_>,
) -> Option<Object> {
    let component = Component::Cron(name.to_owned());
    let run = Run {
        place: ["cron", name],
        component: &component,
        command: &section.command,
        resources: &section.resources,
        env: &section.env,
    };
    let fits = component_name_fits(&parts.names, &component, &run.place, LONGEST_CRON_JOB, faults);
    let schedule: Option<Schedule> = faults.parse(&section.schedule, &["cron", name, "schedule"]);
    let time_zone: TimeZone =
        faults.parse_or(section.timezone.as_deref(), defaults::TIMEZONE, &["cron", name, "timezone"]);
    let template = run_template(config, parts, &run, faults);
    let history = section.history.unwrap_or(defaults::HISTORY);
    let cron_job = CronJob {
        schedule: schedule.filter(|_| fits)?.to_string(),
        time_zone: time_zone.to_string(),
        concurrency_policy: match section.concurrency {
            Concurrency::Forbid => "Forbid",
            Concurrency::Replace => "Replace",
            Concurrency::Allow => "Allow",
        },
        starting_deadline_seconds: section.start_within.unwrap_or(defaults::START_WITHIN),
        successful_jobs_history_limit: history,
        failed_jobs_history_limit: history,
        suspend: section.suspend,
        backoff_limit: section.retries.unwrap_or(defaults::RETRIES),
        active_deadline_seconds: section.deadline.unwrap_or(defaults::DEADLINE),
        template: template?,
    };
    let annotations = exceptions(parts, &cron_job.template);
    let kind = Kind::CronJob(Box::new(cron_job));
    Some(run_object(parts, &component, annotations, kind))
}

fn job(
    config: &Config,
    parts: &ResolvedSections,
    name: &str,
    section: &JobSection,
    faults: &mut Faults<'_>,
) -> Option<Object> {
    let component = Component::Job(name.to_owned());
    let run = Run {
        place: ["jobs", name],
        component: &component,
        command: &section.command,
        resources: &section.resources,
        env: &section.env,
    };
    let fits = component_name_fits(&parts.names, &component, &run.place, LONGEST_JOB, faults);
    let template = run_template(config, parts, &run, faults).filter(|_| fits)?;
    let job = Job {
        backoff_limit: section.retries.unwrap_or(defaults::RETRIES),
        active_deadline_seconds: section.deadline.unwrap_or(defaults::DEADLINE),
        ttl_seconds_after_finished: Some(section.keep_seconds.unwrap_or(defaults::KEEP_SECONDS)),
        template,
    };
    let annotations = exceptions(parts, &job.template);
    Some(run_object(parts, &component, annotations, Kind::Job(Box::new(job))))
}

/// The workload.
fn run_object(
    parts: &ResolvedSections,
    component: &Component,
    annotations: BTreeMap<String, String>,
    kind: Kind,
) -> Object {
    let metadata = ObjectMeta { annotations, ..parts.names.metadata(component) };
    object(component, &component.to_string(), metadata, kind)
}

fn run_template(
    config: &Config,
    parts: &ResolvedSections,
    run: &Run<'_>,
    faults: &mut Faults<'_>,
) -> Option<PodTemplate> {
    let [kind, name] = run.place;
    let command: Option<Command> = faults.parse(run.command, &[kind, name, "command"]);
    let place = [kind, name, "resources"];
    let amounts = resources::resolve_over(run.resources, &place, &config.resources, faults);
    let mut container = app_container::with(parts, &run.component.to_string(), amounts.resources(1));
    own_env(&mut container.env, run.env, &run.place, faults);
    container.command = command?.for_kubelet();
    let template = pod::pod_template(parts, run.component, container, faults);
    Some(PodTemplate { restart_policy: Some("Never"), ..template })
}
