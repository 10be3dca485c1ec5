//! `[init]` and `[sidecars]`: containers before and beside the application.

use std::collections::BTreeMap;

use super::super::component::Component;
use super::super::object::Object;
use super::super::pod::{
    Container, ContainerPort, EnvVar, HttpGet, Probe, ProbeHandler, Resources, Volume, VolumeMount, VolumeSource,
};
use super::super::value::escape_kubelet;
use super::super::value::{Command, DnsLabel, EnvName, ImageReference, MountPath, PortName, Quantity, UrlPath};
use super::faults::{Faults, constant};
use super::names::Names;
use super::volumes::{file_keys, files_config_map};
use super::{Options, ResolvedSections, WEB, app_container};
use crate::config::defaults;
use crate::config::section::{Config, HealthSection, InitSection, SidecarSection};

/// First minor version of Kubernetes 1 whose native sidecars are stable.
/// Source: <https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/>
const NATIVE_SIDECARS: u32 = 33;

/// A container that runs to its end before the application starts.
#[derive(Clone, Debug)]
pub(super) struct InitContainer {
    name: String,
    on: Option<Vec<String>>,
    command: Command,
    env: Vec<EnvVar>,
    /// An image other than the application's, and what belongs to it.
    foreign: Option<Foreign>,
    cpu: Option<Quantity>,
    memory: Option<Quantity>,
}

/// What an init container with an image of its own has instead of the application's.
#[derive(Clone, Debug)]
struct Foreign {
    image: String,
    user: Option<u32>,
    volume_mounts: Vec<VolumeMount>,
}

impl InitContainer {
    fn container(&self, parts: &ResolvedSections, mounts: &[VolumeMount]) -> Container {
        let command = self.command.for_kubelet();
        let mut env = self.env.clone();
        match &self.foreign {
            Some(foreign) => Container {
                command,
                env,
                user: foreign.user,
                volume_mounts: foreign.volume_mounts.clone(),
                ..Container::new(
                    &self.name,
                    foreign.image.clone(),
                    small(modest(defaults::containers::INIT_CPU), self.cpu.as_ref(), self.memory.as_ref()),
                )
            },
            None => {
                let container = app_container::of(parts, &self.name, 1);
                env.extend(
                    container.env.iter().filter(|one| !self.env.iter().any(|own| own.name == one.name)).cloned(),
                );
                let resources = small(container.resources, self.cpu.as_ref(), self.memory.as_ref());
                Container { command, env, resources, volume_mounts: mounts.to_vec(), ..container }
            }
        }
    }
}

/// A container that runs beside the application.
#[derive(Clone, Debug)]
pub(super) struct Sidecar {
    on: Option<Vec<String>>,
    container: Container,
    volumes: Vec<Volume>,
    pub(super) config_map: Option<Object>,
}

/// Containers around the application's, and the volumes that only they have.
#[derive(Default)]
pub(super) struct ExtraContainers {
    /// Those that run before it, and native sidecars.
    pub(super) before: Vec<Container>,
    /// Plain containers beside it.
    pub(super) beside: Vec<Container>,
    pub(super) volumes: Vec<Volume>,
}

/// The containers around the one of `component`, whose mounts are `mounts`.
pub(super) fn around(
    parts: &ResolvedSections,
    component: &Component,
    mounts: &[VolumeMount],
    faults: &mut Faults<'_>,
) -> ExtraContainers {
    let mut extra = ExtraContainers::default();
    let native = parts.kubernetes.minor >= NATIVE_SIDECARS;
    for sidecar in parts.sidecars.iter().filter(|sidecar| component.is_on(sidecar.on.as_deref())) {
        extra.volumes.extend(sidecar.volumes.iter().cloned());
        let container = sidecar.container.clone();
        if native {
            extra.before.push(Container { restart_policy: Some("Always"), ..container });
        } else {
            if !component.runs_on() {
                ends_with_its_job(&container.name, component, faults);
            }
            extra.beside.push(container);
        }
    }
    let init = parts.init.iter().filter(|init| component.is_on(init.on.as_deref()));
    extra.before.extend(init.map(|init| init.container(parts, mounts)));
    extra
}

/// A plain container beside a Job never ends, and so the Job never does.
fn ends_with_its_job(name: &str, component: &Component, faults: &mut Faults<'_>) {
    let message = format!("the sidecar `{name}` would keep `{component}` from ending");
    let version: &[&str] = &["cluster", "kubernetes"];
    let help = "leave the component out of `on`, or [cluster] kubernetes = \"1.33\" or later";
    faults.contradiction(&message, (&["sidecars", name, "on"], ""), (version, "no native sidecars yet"), help);
}

/// `[init]`, in the order in which the containers are written.
pub(super) fn resolve_init(config: &Config, faults: &mut Faults<'_>) -> Vec<InitContainer> {
    let sections = in_written_order("init", &config.init, faults);
    sections.into_iter().filter_map(|(name, section)| init_container(config, name, section, faults)).collect()
}

/// `[sidecars]`, in the order in which they are written; `port` is the application's.
pub(super) fn resolve_sidecars(
    config: &Config,
    options: &Options,
    names: &Names,
    port: u32,
    faults: &mut Faults<'_>,
) -> Vec<Sidecar> {
    let sections = in_written_order("sidecars", &config.sidecars, faults);
    let context = Context { config, options, names, port };
    sections.into_iter().filter_map(|(name, section)| sidecar(&context, name, section, faults)).collect()
}

/// What a sidecar is checked against.
struct Context<'a> {
    config: &'a Config,
    options: &'a Options,
    names: &'a Names,
    port: u32,
}

fn in_written_order<'a, T>(
    section: &str,
    tables: &'a BTreeMap<String, T>,
    faults: &Faults<'_>,
) -> Vec<(&'a str, &'a T)> {
    let mut tables: Vec<(&str, &T)> = tables.iter().map(|(name, table)| (name.as_str(), table)).collect();
    tables.sort_by_key(|(name, _)| faults.document().place(&[section, name]).map(|place| place.key.start));
    tables
}

fn init_container(
    config: &Config,
    name: &str,
    section: &InitSection,
    faults: &mut Faults<'_>,
) -> Option<InitContainer> {
    let place = |key| ["init", name, key];
    let label: Option<DnsLabel> = faults.parse(name, &["init", name]);
    let command: Option<Command> = faults.parse(&section.command, &place("command"));
    let env = literals(&place("env"), &section.env, faults);
    let foreign = match &section.image {
        Some(image) => {
            let image: Option<ImageReference> = faults.parse(image, &place("image"));
            let volume_mounts = shared_volumes(config, &place("volumes"), &section.volumes, faults);
            image.map(|image| Foreign { image: image.to_string(), user: section.user, volume_mounts })
        }
        None => {
            for key in ["volumes", "user"] {
                if faults.has(&place(key)) {
                    faults.refuse(&place(key), "is for another `image`: the application's has its own");
                }
            }
            None
        }
    };
    let (cpu, memory) = amounts(&["init", name], section.cpu.as_ref(), section.memory.as_ref(), faults);
    Some(InitContainer {
        name: label?.to_string(),
        on: section.on.clone(),
        command: command?,
        env,
        foreign,
        cpu,
        memory,
    })
}

fn sidecar(context: &Context<'_>, name: &str, section: &SidecarSection, faults: &mut Faults<'_>) -> Option<Sidecar> {
    let place = |key| ["sidecars", name, key];
    let label: Option<DnsLabel> = faults.parse(name, &["sidecars", name]);
    if name == WEB {
        faults.refuse(&["sidecars", name], "has the name of the application's own container");
    }
    let image: Option<ImageReference> = faults.parse(&section.image, &place("image"));
    let command: Option<Command> =
        section.command.as_ref().and_then(|command| faults.parse(command, &place("command")));
    let mut env = literals(&place("env"), &section.env, faults);
    env.extend(secrets(name, section, faults));
    let ports = ports(context, name, section, faults);
    let config_map = (!section.files.is_empty())
        .then(|| files_config_map(context.options, context.names, "sidecars", name, &section.files, faults));
    let (mut volume_mounts, volumes) = own_volumes(name, section, config_map.as_ref(), faults);
    volume_mounts.extend(shared_volumes(context.config, &place("volumes"), &section.volumes, faults));
    let (cpu, memory) = amounts(&["sidecars", name], section.cpu.as_ref(), section.memory.as_ref(), faults);
    let resources = small(modest(defaults::containers::SIDECAR_CPU), cpu.as_ref(), memory.as_ref());
    let probes = section.health.as_ref().and_then(|health| sidecar_probes(name, health, section, faults));
    let (liveness_probe, readiness_probe) = probes.unzip();
    let container = Container {
        command: command.map(|command| command.for_kubelet()).unwrap_or_default(),
        args: section.args.iter().map(|word| escape_kubelet(word)).collect(),
        env,
        ports,
        user: section.user,
        volume_mounts,
        liveness_probe,
        readiness_probe,
        ..Container::new(label?.as_ref(), image?.to_string(), resources)
    };
    Some(Sidecar { on: section.on.clone(), container, volumes, config_map })
}

/// The sidecar's secret variables.
fn secrets(name: &str, section: &SidecarSection, faults: &mut Faults<'_>) -> Vec<EnvVar> {
    let mut variables = Vec::new();
    for (variable, reference) in &section.secrets {
        let place = ["sidecars", name, "secrets", variable.as_str()];
        let variable: Option<EnvName> = faults.parse(variable, &place);
        let key = faults.secret_key(reference, &place);
        variables.extend(variable.zip(key).map(|(name, key)| EnvVar::from_secret(name.to_string(), key)));
    }
    variables
}

fn ports(context: &Context<'_>, name: &str, section: &SidecarSection, faults: &mut Faults<'_>) -> Vec<ContainerPort> {
    let mut ports = Vec::new();
    for (port, number) in &section.ports {
        let place = ["sidecars", name, "ports", port.as_str()];
        let parsed: Option<PortName> = faults.parse(port, &place);
        if !(1..=65_535).contains(number) || *number == context.port {
            faults.refuse(
                &place,
                "must be 1–65535 and differ from the application's port: containers of a pod share one IP",
            );
        }
        ports.extend(parsed.map(|name| ContainerPort { name: name.to_string(), container_port: *number }));
    }
    ports
}

/// The sidecar's own files and folders.
fn own_volumes(
    name: &str,
    section: &SidecarSection,
    config_map: Option<&Object>,
    faults: &mut Faults<'_>,
) -> (Vec<VolumeMount>, Vec<Volume>) {
    let (mut mounts, mut volumes) = (Vec::new(), Vec::new());
    if let Some(config_map) = config_map {
        let volume = format!("{name}-files");
        for (path, key) in section.files.keys().zip(file_keys(section.files.keys().map(String::as_str))) {
            let Some(path) = faults.parse::<MountPath>(path, &["sidecars", name, "files", path]) else { continue };
            let mount = VolumeMount::new(&volume, path.to_string()).for_reading();
            mounts.push(VolumeMount { sub_path: Some(key), ..mount });
        }
        let source = VolumeSource::ConfigMap { name: config_map.metadata.name.clone() };
        volumes.push(Volume { name: volume, source, comment: None });
    }
    for (index, folder) in section.writable.iter().enumerate() {
        let position = index.to_string();
        let place = ["sidecars", name, "writable", position.as_str()];
        let tmp = (folder == "/tmp").then(|| folder.clone());
        let folder = tmp.or_else(|| faults.parse::<MountPath>(folder, &place).map(|path| path.to_string()));
        let Some(folder) = folder else { continue };
        let volume = format!("{name}-{index}");
        mounts.push(VolumeMount::new(&volume, folder));
        let source = VolumeSource::EmptyDir { size_limit: constant("256Mi"), medium: None };
        volumes.push(Volume { name: volume, source, comment: None });
    }
    (mounts, volumes)
}

/// Mounts of volumes that `[volumes]` declares.
fn shared_volumes(
    config: &Config,
    place: &[&str],
    volumes: &BTreeMap<String, String>,
    faults: &mut Faults<'_>,
) -> Vec<VolumeMount> {
    let mut mounts = Vec::new();
    for (volume, path) in volumes {
        let place = [place, &[volume.as_str()]].concat();
        if !config.volumes.contains_key(volume) {
            faults.refuse(&place, &format!("names a volume that does not exist: there is no [volumes.{volume}]"));
        }
        let path = faults.parse::<MountPath>(path, &place);
        mounts.extend(path.map(|path| VolumeMount::new(volume, path.to_string())));
    }
    mounts
}

fn literals(place: &[&str], env: &BTreeMap<String, String>, faults: &mut Faults<'_>) -> Vec<EnvVar> {
    let mut variables = Vec::new();
    for (name, value) in env {
        let place = [place, &[name.as_str()]].concat();
        faults.refuse_control_characters(value, &place);
        faults.refuse_credential(name, value, &place);
        let name = faults.parse::<EnvName>(name, &place);
        variables.extend(name.map(|name| EnvVar::literal(name.as_ref(), value, None)));
    }
    variables
}

/// The CPU request and the memory of the table at `place`.
fn amounts(
    place: &[&str],
    cpu: Option<&String>,
    memory: Option<&String>,
    faults: &mut Faults<'_>,
) -> (Option<Quantity>, Option<Quantity>) {
    let mut amount = |text: Option<&String>, key| text.and_then(|text| faults.parse(text, &[place, &[key]].concat()));
    (amount(cpu, "cpu"), amount(memory, "memory"))
}

/// `resources` with another CPU request and another memory.
fn small(mut resources: Resources, cpu: Option<&Quantity>, memory: Option<&Quantity>) -> Resources {
    if let Some(cpu) = cpu {
        resources.cpu_request = cpu.clone();
        let fits = |limit: &Quantity| limit.thousandths() >= cpu.thousandths();
        resources.cpu_limit = resources.cpu_limit.map(|limit| if fits(&limit) { limit } else { cpu.clone() });
    }
    if let Some(memory) = memory {
        resources.memory_limit = memory.clone();
        resources.memory_request = memory.clone();
    }
    resources
}

/// Alive while the path answers, ready while the port is open.
fn sidecar_probes(
    name: &str,
    health: &HealthSection,
    section: &SidecarSection,
    faults: &mut Faults<'_>,
) -> Option<(Probe, Probe)> {
    let path: UrlPath = faults.parse(&health.path, &["sidecars", name, "health", "path"])?;
    if !section.ports.contains_key(&health.port) {
        faults.refuse(&["sidecars", name, "health", "port"], "must be the name of one of its `ports`");
        return None;
    }
    let request = HttpGet { path: path.to_string(), port: health.port.clone(), http_headers: Vec::new() };
    let probe = |handler, period, comment| Probe {
        handler,
        period_seconds: period,
        timeout_seconds: 3,
        failure_threshold: 60 / period,
        comment,
    };
    let comment = Some("A failing health check restarts the sidecar; the pod keeps receiving traffic meanwhile.");
    let liveness = probe(ProbeHandler::HttpGet(request), 15, None);
    let readiness = probe(ProbeHandler::TcpSocket { port: health.port.clone() }, 5, comment);
    Some((liveness, readiness))
}

/// What a small container asks for and may use.
fn modest(cpu: &'static str) -> Resources {
    let memory: Quantity = constant(defaults::containers::MEMORY);
    Resources {
        cpu_request: constant(cpu),
        cpu_limit: Some(constant("500m")),
        memory_request: memory.clone(),
        memory_limit: memory,
        ephemeral_storage_request: constant("64Mi"),
        ephemeral_storage_limit: constant("1Gi"),
    }
}
