//! What to build and run for one example, read from what pykube generated for it.
//!
//! The plan is handed to the scripts of this folder as JSON. Paths, headers, ports, users, commands
//! and variables come from the manifests and the Dockerfile; nothing is known beforehand.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde::Serialize;
use serde_yaml::Value;

use crate::dockerfile::external_images;
use crate::manifests::{self, Manifests, PodSpec};

/// One example.
#[derive(Clone, Serialize)]
pub(crate) struct Plan {
    /// Folder of the Dockerfile.
    pub(crate) context: String,
    /// Name of the image to build.
    pub(crate) tag: String,
    /// Images that the Dockerfile needs; those with Python come first.
    pub(crate) images: Vec<Image>,
    /// What ends by itself, migrations first.
    pub(crate) jobs: Vec<Job>,
    /// What serves until it is told to stop.
    pub(crate) workloads: Vec<Workload>,
    /// Containers of other images, which the test cannot make.
    pub(crate) left_out: Vec<String>,
}

/// An image that a stand-in is made for.
#[derive(Clone, Serialize)]
pub(crate) struct Image {
    /// The name as the Dockerfile writes it.
    pub(crate) reference: String,
    /// `python`, `uv` or `other`.
    pub(crate) kind: &'static str,
    /// Version of Python or of the tool.
    pub(crate) version: String,
    /// Name of the Debian release, of a Python image.
    pub(crate) release: String,
    /// The image that a tool is fetched in.
    pub(crate) python: String,
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
    /// Seconds from the begin of the shutdown to SIGKILL.
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
        let dockerfile = std::fs::read_to_string(folder.join("Dockerfile"))?;
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

/// What a reference to an image says; see `stand_in.py` for what is made of it.
fn images(dockerfile: &str) -> Result<Vec<Image>> {
    let mut found = Vec::new();
    for reference in external_images(dockerfile) {
        let (repository, tag) = reference.rsplit_once(':').with_context(|| format!("`{reference}` has no tag"))?;
        ensure!(!tag.contains('@') && !repository.contains('@'), "`{reference}`: no stand-in has a given digest");
        let last = repository.rsplit('/').next().unwrap_or_default();
        let (kind, version, release) = match (last, tag.split_once("-slim-")) {
            ("python", Some((version, release))) => ("python", version, release),
            ("uv", None) => ("uv", tag, ""),
            _ => ("other", tag, ""),
        };
        // The stand-in has the newest patch of a minor version.
        let version = if kind == "python" {
            version.splitn(3, '.').take(2).collect::<Vec<_>>().join(".")
        } else {
            version.to_owned()
        };
        let release = release.to_owned();
        found.push(Image { kind, version, release, python: String::new(), reference });
    }
    found.sort_by_key(|image| image.kind != "python");
    let python = found.first().context("no image in the Dockerfile")?.reference.clone();
    for image in &mut found {
        image.python.clone_from(&python);
    }
    Ok(found)
}

/// The repository whose image is built: that of the container which answers HTTP probes.
fn application_image(manifests: &Manifests) -> Result<&str> {
    let pods = manifests.workloads.iter().map(|workload| &workload.spec.template.spec);
    let serves = |container: &&manifests::Container| {
        container.readiness_probe.as_ref().is_some_and(|probe| probe.http_get.is_some() || probe.tcp_socket.is_some())
            && container.ports.iter().any(|port| port.name.as_deref() == Some("http"))
    };
    let container = pods
        .flat_map(|pod| &pod.containers)
        .find(serves)
        .context("no container with a port `http` and a readiness probe")?;
    Ok(repository(&container.image))
}

/// An image's name without tag and digest.
fn repository(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    match image.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => image,
    }
}

fn resolve(container: &manifests::Container, pod: &PodSpec, manifests: &Manifests) -> Result<Container> {
    let context = container.security_context;
    Ok(Container {
        name: container.name.clone(),
        command: container.command.clone(),
        args: container.args.clone(),
        workdir: container.working_dir.clone(),
        env: variables(container, manifests)?,
        user: context.run_as_user.or(pod.security_context.run_as_user),
        group: context.run_as_group.or(pod.security_context.run_as_group),
        read_only: context.read_only_root_filesystem.unwrap_or(false),
        volumes: volumes(container, pod, manifests)?,
        hosts: manifests.services.clone(),
        probes: Probes {
            startup: probe(container.startup_probe.as_ref(), container)?,
            liveness: probe(container.liveness_probe.as_ref(), container)?,
            readiness: probe(container.readiness_probe.as_ref(), container)?,
        },
    })
}

/// `envFrom` first: `env` wins over it.
fn variables(container: &manifests::Container, manifests: &Manifests) -> Result<Vec<Variable>> {
    let config_map =
        |name: &str| manifests.config_maps.get(name).with_context(|| format!("there is no ConfigMap `{name}`"));
    let mut found = Vec::new();
    for source in &container.env_from {
        let reference = source.config_map_ref.as_ref().context("`envFrom` of a Secret names no variables")?;
        let prefix = source.prefix.as_deref().unwrap_or_default();
        for (key, value) in config_map(&reference.name)? {
            found.push(Variable { name: format!("{prefix}{key}"), value: Some(value.clone()) });
        }
    }
    for variable in &container.env {
        let value = match &variable.value_from {
            None => Some(variable.value.clone().unwrap_or_default()),
            Some(from) => match (&from.secret, &from.config_map, &from.field) {
                (Some(_), None, None) => None,
                (None, Some(reference), None) => {
                    let value = config_map(&reference.name)?.get(&reference.key);
                    Some(
                        value
                            .with_context(|| format!("ConfigMap `{}` has no `{}`", reference.name, reference.key))?
                            .clone(),
                    )
                }
                (None, None, Some(field)) => Some(field.field_path.clone()),
                _ => bail!("variable `{}`: a source that the test does not know", variable.name),
            },
        };
        found.push(Variable { name: variable.name.clone(), value });
    }
    Ok(found)
}

fn volumes(container: &manifests::Container, pod: &PodSpec, manifests: &Manifests) -> Result<Vec<Volume>> {
    let mut found = Vec::new();
    for mount in &container.volume_mounts {
        let volume = pod.volumes.iter().find(|volume| volume.name == mount.name);
        let volume = volume.with_context(|| format!("no volume `{}`", mount.name))?;
        let files = if let Some(reference) = &volume.config_map {
            manifests
                .config_maps
                .get(&reference.name)
                .with_context(|| format!("no ConfigMap `{}`", reference.name))?
                .clone()
        } else if let Some(secret) = &volume.secret {
            secret.items.iter().map(|item| (item.path.clone(), format!("dummy of {}", item.path))).collect()
        } else if volume.empty_dir.is_some() || volume.persistent_volume_claim.is_some() {
            BTreeMap::new()
        } else {
            bail!("volume `{}`: a kind that the test does not know", volume.name)
        };
        let writable = !mount.read_only && volume.config_map.is_none() && volume.secret.is_none();
        found.push(Volume { path: mount.mount_path.clone(), writable, files });
    }
    Ok(found)
}

fn probe(probe: Option<&manifests::Probe>, container: &manifests::Container) -> Result<Option<Probe>> {
    let Some(probe) = probe else { return Ok(None) };
    let (path, port, headers) = if let Some(get) = &probe.http_get {
        let headers = get.http_headers.iter().map(|header| (header.name.clone(), header.value.clone())).collect();
        (Some(get.path.clone()), Some(port(&get.port, container)?), headers)
    } else if let Some(socket) = &probe.tcp_socket {
        (None, Some(port(&socket.port, container)?), BTreeMap::new())
    } else {
        (None, None, BTreeMap::new())
    };
    Ok(Some(Probe {
        exec: probe.exec.as_ref().map(|exec| exec.command.clone()),
        path,
        port,
        headers,
        timeout: probe.timeout_seconds.unwrap_or(1),
        period: probe.period_seconds.unwrap_or(10),
        failures: probe.failure_threshold.unwrap_or(3),
    }))
}

/// A port is given by number or by name.
fn port(port: &Value, container: &manifests::Container) -> Result<u16> {
    if let Some(number) = port.as_u64() {
        return Ok(u16::try_from(number)?);
    }
    let name = port.as_str().context("a port is a number or a name")?;
    let found = container.ports.iter().find(|port| port.name.as_deref() == Some(name));
    Ok(found.with_context(|| format!("container `{}` has no port `{name}`", container.name))?.container_port)
}
