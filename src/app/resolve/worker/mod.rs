//! `[workers.NAME]`: Deployments of the application's image with another command.

mod probes;
mod queue;
mod scaling;
mod tool;

use std::collections::BTreeMap;

use super::super::object::{Kind, Object};
use super::super::pod::{Container, EnvVar, PodTemplate, Resources, Spread};
use super::super::value::{Command, DnsLabel, EnvName, PythonVersion};
use super::super::workload::{Deployment, IntOrString, PodDisruptionBudget, RollingUpdate};
use super::pod::variable;
use super::{Parts, Resolver, object};
use crate::config::section::WorkerSection;
use crate::data::PLATFORMS;
use crate::diagnostic::Diagnostic;
use tool::Recognised;

/// Where beat keeps what it has planned when its command does not say: `/app` cannot be written.
const SCHEDULE_FILE: &str = "/tmp/celerybeat-schedule";

/// Longest name of an object whose pods carry it in a label.
const LONGEST: usize = 63;

/// Seconds that running tasks get to end after SIGTERM.
const GRACE_SECONDS: u32 = 60;

impl Resolver<'_> {
    /// The Deployments of `[workers]` and what belongs to each.
    pub(super) fn worker_objects(&mut self, parts: &Parts) -> Vec<Object> {
        let sections = self.config.workers.clone();
        sections.iter().flat_map(|(name, section)| self.worker(parts, name, section).unwrap_or_default()).collect()
    }

    fn worker(&mut self, parts: &Parts, name: &str, section: &WorkerSection) -> Option<Vec<Object>> {
        let component = self.component(parts, "worker", &["workers", name], LONGEST);
        let command: Option<Command> = self.parse(&section.command, &["workers", name, "command"]);
        let (component, command) = (component?, command?);
        let tool = tool::recognise(&command);
        let scale = self.worker_scale(parts, name, section, tool.as_ref());
        let container = self.worker_container(parts, name, section, &command, tool.as_ref());
        let (scale, container) = (scale?, container?);
        let container = Container { name: component.clone(), ..container };
        let template = self.pod_template(parts, &component, container)?;
        let deployment = Deployment {
            replicas: scale.fixed(),
            progress_deadline_seconds: self.config.rollout.deadline.unwrap_or(600),
            rolling_update: (!scale.is_singleton()).then(careful_rollout),
            match_labels: parts.names.match_labels(&component),
            template: PodTemplate {
                termination_grace_period_seconds: Some(section.grace_seconds.unwrap_or(GRACE_SECONDS)),
                spread: (scale.most() > 1).then(|| Spread {
                    match_labels: parts.names.match_labels(&component),
                    match_label_keys: vec!["pod-template-hash"],
                }),
                ..template
            },
        };
        let mut metadata = parts.names.metadata(&component);
        metadata.annotations = self.exceptions(parts, &deployment.template);
        let mut objects =
            vec![object(&format!("{component}-deployment"), metadata, Kind::Deployment(Box::new(deployment)))];
        if scale.most() > 1 {
            let budget = PodDisruptionBudget { match_labels: parts.names.match_labels(&component) };
            let kind = Kind::PodDisruptionBudget(budget);
            objects.push(object(&format!("{component}-pdb"), parts.names.metadata(&component), kind));
        }
        objects.extend(scale.objects(parts, &component));
        objects.extend(self.network_policy(parts, &component, &format!("{component}-network-policy"), Vec::new()));
        Some(objects)
    }

    /// The component called by the last part of `place`, with its kind before it so that no two kinds share a name.
    pub(super) fn component(&mut self, parts: &Parts, kind: &str, place: &[&str], longest: usize) -> Option<String> {
        let name = place.last().copied().unwrap_or_default();
        if let Err(clause) = name.parse::<DnsLabel>() {
            let fault = Diagnostic::error(format!("`{}` {clause}", place.join(".")));
            self.faults.push(self.document.at_key(fault, place, ""));
            return None;
        }
        let component = format!("{kind}-{name}");
        let whole = parts.names.of(&component);
        if whole.len() > longest {
            let message = format!("`{whole}` is longer than {longest} characters, the most that Kubernetes takes here");
            let fault = self.document.at_key(Diagnostic::error(message), place, "");
            let fault = self.document.at_value(fault, &["app", "name"], "");
            self.faults.push(fault.help("shorten one of the two names"));
            return None;
        }
        Some(component)
    }

    /// The variables of `own`, which stand at `place`, over those of `container`.
    pub(super) fn own_env(&mut self, container: &mut Container, own: &BTreeMap<String, String>, place: &[&str]) {
        for (name, value) in own {
            let path = [place, &["env", name.as_str()]].concat();
            self.refuse_control_characters(value, &path);
            self.refuse_credential(name, value, &path);
            let Some(parsed) = self.parse::<EnvName>(name, &path) else { continue };
            set(&mut container.env, variable(parsed.as_ref(), value, None));
        }
    }

    fn worker_container(
        &mut self,
        parts: &Parts,
        name: &str,
        section: &WorkerSection,
        command: &Command,
        tool: Option<&Recognised<'_>>,
    ) -> Option<Container> {
        let place = ["workers", name];
        let processes = tool.and_then(Recognised::processes).unwrap_or(1);
        let resources = self.resources_over(&section.resources, &["workers", name, "resources"], processes)?;
        if let Some(tool) = tool {
            self.processes_fit(name, tool, &resources);
        }
        let mut container = self.container_with(parts, name, resources);
        container.command = command.for_kubelet();
        if tool.is_some_and(Recognised::needs_schedule_file) {
            container.command.extend(["--schedule".into(), SCHEDULE_FILE.into()]);
        }
        self.own_env(&mut container, &section.env, &place);
        self.worker_probes(&mut container, name, section);
        Some(container)
    }

    /// Celery and dramatiq start a process for each core that Python counts: those of the node, unless a limit and a
    /// Python that reads `PYTHON_CPU_COUNT` say otherwise.
    fn processes_fit(&mut self, name: &str, tool: &Recognised<'_>, resources: &Resources) {
        let python: Option<PythonVersion> =
            self.config.app.python.as_deref().unwrap_or(&PLATFORMS.python.default_version()).parse().ok();
        let reads_count = python.is_some_and(|python| python.minor >= 13);
        if !tool.counts_cores() || (reads_count && resources.cpu_limit.is_some()) {
            return;
        }
        let path = ["workers", name, "command"];
        let message = format!("{} would start a process for each core of the node", tool.tool.name);
        let fault = self.document.at_value(Diagnostic::error(message), &path, "says no number");
        let fault = if reads_count {
            self.document.at_value(fault, &["resources", "cpu-limit"], "and no limit says it")
        } else {
            self.document.at_value(fault, &["app", "python"], "reads no PYTHON_CPU_COUNT, which 3.13 does")
        };
        let option = if tool.tool.name == "Celery" { "--concurrency 2" } else { "--processes 2" };
        self.faults.push(fault.help(format!("add `{option}`; the CPU limit follows the number")));
    }
}

/// Puts `variable` in the place of one of its name, or at the end.
pub(super) fn set(env: &mut Vec<EnvVar>, variable: EnvVar) {
    match env.iter_mut().find(|known| known.name == variable.name) {
        Some(known) => *known = variable,
        None => env.push(variable),
    }
}

/// New pods come before old ones go; the old ones end their tasks meanwhile.
fn careful_rollout() -> RollingUpdate {
    RollingUpdate { max_unavailable: IntOrString::Int(0), max_surge: IntOrString::String("25%".into()) }
}
