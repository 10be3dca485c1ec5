//! `[workers.NAME]`: Deployments of the application's image with another command.

mod probes;
mod queue;
mod scaling;
mod tool;

use super::super::component::Component;
use super::super::object::{Kind, Object, ObjectMeta};
use super::super::pod::{Container, PodTemplate, Resources, Spread};
use super::super::value::Command;
use super::super::workload::{Deployment, PodDisruptionBudget, RollingUpdate};
use super::faults::Faults;
use super::names::component_name_fits;
use super::{ResolvedSections, app_container, listeners, object, pod, resources};
use crate::config::defaults;
use crate::config::section::{Config, WorkerSection};
use crate::diagnostic::Diagnostic;
use tool::Recognised;

/// Where beat keeps what it has planned when its command does not say: `/app` cannot be written.
const SCHEDULE_FILE: &str = "/tmp/celerybeat-schedule";

/// Longest name of an object whose pods carry it in a label.
const LONGEST: usize = 63;

/// What a worker is resolved from.
struct Worker<'a> {
    config: &'a Config,
    parts: &'a ResolvedSections,
    name: &'a str,
    section: &'a WorkerSection,
    component: Component,
    tool: Option<Recognised<'a>>,
}

impl Worker<'_> {
    /// Where a key of the worker is.
    fn place<'k>(&'k self, key: &'k str) -> [&'k str; 3] {
        ["workers", self.name, key]
    }

    /// Where a key of its `scaling` is.
    fn scaling_place<'k>(&'k self, key: &'k str) -> [&'k str; 4] {
        ["workers", self.name, "scaling", key]
    }
}

/// The Deployments of `[workers]` and what belongs to each.
pub(super) fn objects(config: &Config, parts: &ResolvedSections, faults: &mut Faults<'_>) -> Vec<Object> {
    let mut objects = Vec::new();
    for (name, section) in &config.workers {
        let component = Component::Worker(name.clone());
        let fits = component_name_fits(&parts.names, &component, &["workers", name], LONGEST, faults);
        let command: Option<Command> = faults.parse(&section.command, &["workers", name, "command"]);
        if let Some(command) = command.filter(|_| fits) {
            let tool = tool::recognise(&command);
            let worker = Worker { config, parts, name, section, component, tool };
            objects.extend(worker_objects(&worker, &command, faults));
        }
    }
    objects
}

fn worker_objects(worker: &Worker<'_>, command: &Command, faults: &mut Faults<'_>) -> Vec<Object> {
    let Worker { parts, component, .. } = worker;
    let scale = scaling::resolve(worker, faults);
    let container = container(worker, command, faults);
    let template = pod::pod_template(parts, component, container, faults);
    let listener = listeners::of(parts, component);
    let drain = listener.map_or(0, |_| parts.server.drain);
    let grace = worker.section.grace_seconds.unwrap_or(defaults::workers::GRACE_SECONDS) + drain;
    let deployment = Deployment {
        replicas: scale.fixed(),
        progress_deadline_seconds: parts.rollout_deadline,
        rolling_update: (!scale.is_singleton()).then(RollingUpdate::careful),
        match_labels: parts.names.match_labels(component),
        template: PodTemplate {
            termination_grace_period_seconds: Some(grace),
            spread: (scale.most() > 1).then(|| Spread {
                match_labels: parts.names.match_labels(component),
                match_label_keys: vec!["pod-template-hash"],
            }),
            ..template
        },
    };
    let annotations = pod::exceptions(parts, &deployment.template);
    let metadata = ObjectMeta { annotations, ..parts.names.metadata(component) };
    let kind = Kind::Deployment(Box::new(deployment));
    let mut objects = vec![object(component, &format!("{component}-deployment"), metadata, kind)];
    if scale.most() > 1 {
        let budget = PodDisruptionBudget { match_labels: parts.names.match_labels(component) };
        let kind = Kind::PodDisruptionBudget(budget);
        objects.push(parts.names.object(component, &format!("{component}-pdb"), kind));
    }
    objects.extend(scale.objects(parts, component));
    objects.extend(listener.into_iter().flat_map(|listener| listener.objects(parts)));
    objects
}

fn container(worker: &Worker<'_>, command: &Command, faults: &mut Faults<'_>) -> Container {
    let section = worker.section;
    let processes = worker.tool.as_ref().and_then(Recognised::processes).unwrap_or(1);
    let base = &worker.config.resources;
    let amounts = resources::resolve_over(&section.resources, &worker.place("resources"), base, faults);
    let resources = amounts.resources(processes);
    processes_fit(worker, &resources, faults);
    let mut container = app_container::with(worker.parts, &worker.component.to_string(), resources);
    container.command = command.for_kubelet();
    if worker.tool.as_ref().is_some_and(Recognised::needs_schedule_file) {
        container.command.extend(["--schedule".into(), SCHEDULE_FILE.into()]);
    }
    app_container::own_env(&mut container.env, &section.env, &["workers", worker.name], faults);
    probes::add(worker, &mut container, faults);
    if let Some(listener) = listeners::of(worker.parts, &worker.component) {
        listener.listen(worker.parts, &mut container);
    }
    container
}

/// Celery and dramatiq start a process for each core that Python counts: those of the node, unless a limit and a
/// Python that reads `PYTHON_CPU_COUNT` say otherwise.
fn processes_fit(worker: &Worker<'_>, resources: &Resources, faults: &mut Faults<'_>) {
    let Some(tool) = worker.tool.as_ref().filter(|tool| tool.counts_cores()) else { return };
    let reads_count = app_container::reads_cpu_count(worker.parts);
    if reads_count && resources.cpu_limit.is_some() {
        return;
    }
    let document = faults.document();
    let message = format!("{} would start a process for each core of the node", tool.tool.name);
    let fault = document.at_value(Diagnostic::error(message), &worker.place("command"), "gives no number");
    let fault = if reads_count {
        document.at_value(fault, &["resources", "cpu-limit"], "and no limit gives it")
    } else {
        document.at_value(fault, &["app", "python"], "does not read PYTHON_CPU_COUNT; 3.13 does")
    };
    let option = if tool.tool.name == "Celery" { "--concurrency 2" } else { "--processes 2" };
    faults.push(fault.help(format!("add `{option}`; the CPU limit follows the number")));
}
