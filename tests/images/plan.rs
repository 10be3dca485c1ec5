//! What to build and run for one example, read from what pykube generated for it.
//!
//! The plan is handed to the scripts of this folder as JSON. Paths, headers, ports, users, commands
//! and variables come from the manifests and the Dockerfile; nothing is known beforehand.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Serialize;

use crate::collection::Manifests;
use crate::manifests;
use crate::resolve::resolve;
use crate::stand_ins::{Image, images};

/// One example.
#[derive(Clone, Serialize)]
pub(crate) struct Plan {
    /// Folder of the Dockerfile.
    pub(crate) context: String,
    /// Name of the image to build.
    pub(crate) tag: String,
    /// Images that the Dockerfile needs; those with Python come first.
    pub(crate) images: Vec<Image>,
    /// What ends on its own, migrations first.
    pub(crate) jobs: Vec<Job>,
    /// What serves until it is stopped.
    pub(crate) workloads: Vec<Workload>,
    /// Containers of other images, which the test cannot make.
    pub(crate) left_out: Vec<String>,
}

/// A Job.
#[derive(Clone, Serialize)]
pub(crate) struct Job {
    pub(crate) title: String,
    /// Seconds that it may take.
    pub(crate) deadline: u32,
    pub(crate) container: Container,
}

/// A Deployment or StatefulSet.
#[derive(Clone, Serialize)]
pub(crate) struct Workload {
    pub(crate) title: String,
    /// Seconds from the start of the shutdown to SIGKILL.
    pub(crate) grace: u32,
    /// Seconds of these that pass before SIGTERM.
    pub(crate) pre_stop: u32,
    pub(crate) init: Vec<Container>,
    pub(crate) container: Container,
}

/// How a container runs.
#[derive(Clone, Serialize)]
pub(crate) struct Container {
    pub(crate) name: String,
    pub(crate) command: Vec<String>,
    pub(crate) args: Vec<String>,
    pub(crate) workdir: Option<String>,
    pub(crate) env: Vec<Variable>,
    pub(crate) user: Option<u32>,
    pub(crate) group: Option<u32>,
    pub(crate) read_only: bool,
    pub(crate) volumes: Vec<Volume>,
    /// Names of Services, which lead to the test's own servers.
    pub(crate) hosts: Vec<String>,
    pub(crate) probes: Probes,
}

/// A variable; one without a value comes from a Secret.
#[derive(Clone, Serialize)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) value: Option<String>,
}

/// A mounted volume with the files that a ConfigMap or Secret puts there.
#[derive(Clone, Serialize)]
pub(crate) struct Volume {
    pub(crate) path: String,
    pub(crate) writable: bool,
    pub(crate) files: BTreeMap<String, String>,
}

#[derive(Clone, Serialize)]
pub(crate) struct Probes {
    pub(crate) startup: Option<Probe>,
    pub(crate) liveness: Option<Probe>,
    pub(crate) readiness: Option<Probe>,
}

/// A probe; without path and command it only connects.
#[derive(Clone, Serialize)]
pub(crate) struct Probe {
    pub(crate) exec: Option<Vec<String>>,
    pub(crate) path: Option<String>,
    pub(crate) port: Option<u16>,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) timeout: u32,
    pub(crate) period: u32,
    pub(crate) failures: u32,
}

impl Plan {
    /// Reads the generated files of an example.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let name = folder.file_name().and_then(|name| name.to_str()).context("an example without a name")?;
        let dockerfile = std::fs::read_to_string(folder.join("Dockerfile")).context("the generated Dockerfile")?;
        let manifests = Manifests::read(&folder.join("k8s"))?;
        let mut plan = Self {
            context: folder.display().to_string(),
            tag: format!("localhost/pykube-test/{name}"),
            images: images(&dockerfile)?,
            jobs: Vec::new(),
            workloads: Vec::new(),
            left_out: Vec::new(),
        };
        let ours = application_image(&manifests)?.to_owned();
        for workload in &manifests.workloads {
            plan.add(workload, &manifests, &ours)
                .with_context(|| format!("{} {}", workload.kind, workload.metadata.name))?;
        }
        // A migration makes the tables that other Jobs and the pods read.
        plan.jobs.sort_by_key(|job| !job.title.contains("migrat"));
        ensure!(!plan.workloads.is_empty(), "no Deployment of `{ours}`");
        Ok(plan)
    }

    fn add(&mut self, workload: &manifests::Workload, manifests: &Manifests, ours: &str) -> Result<()> {
        let pod = &workload.spec.template.spec;
        let title = format!("{} {}", workload.kind, workload.metadata.name);
        let mut run = |containers: &[manifests::Container]| -> Result<Vec<Container>> {
            let mut found = Vec::new();
            for container in containers {
                if repository(&container.image) == ours && container.restart_policy.is_none() {
                    found.push(resolve(container, pod, manifests)?);
                } else {
                    self.left_out.push(format!("{title}, container {} ({})", container.name, container.image));
                }
            }
            Ok(found)
        };
        let init = run(&pod.init_containers)?;
        let Some(container) = run(&pod.containers)?.into_iter().next() else { return Ok(()) };
        let hook = pod.containers[0].lifecycle.as_ref().and_then(|lifecycle| lifecycle.pre_stop.as_ref());
        if workload.kind == "Job" {
            let deadline = workload.spec.active_deadline_seconds.unwrap_or(600);
            self.jobs.push(Job { title, deadline, container });
        } else {
            let grace = pod.termination_grace_period_seconds.unwrap_or(30);
            let pre_stop = hook.and_then(|hook| hook.sleep.as_ref()).map_or(0, |sleep| sleep.seconds);
            self.workloads.push(Workload { title, grace, pre_stop, init, container });
        }
        Ok(())
    }
}

/// The repository whose image is built: that of the container which serves HTTP.
fn application_image(manifests: &Manifests) -> Result<&str> {
    let pods = manifests.workloads.iter().map(|workload| &workload.spec.template.spec);
    let serves = |port: &manifests::Port| port.name.as_deref() == Some("http");
    let container = pods.flat_map(|pod| &pod.containers).find(|container| container.ports.iter().any(serves));
    Ok(repository(&container.context("no container with a port `http`")?.image))
}

/// An image's name without tag and digest.
fn repository(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    match image.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => image,
    }
}
