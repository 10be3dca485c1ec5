//! `[init]` and `[sidecars]`: containers before and beside the application.

use std::collections::BTreeMap;

use super::super::object::Object;
use super::super::pod::{
    Container, ContainerPort, EnvVar, HttpGet, Probe, ProbeHandler, Resources, Volume, VolumeMount, VolumeSource,
};
use super::super::value::{
    Command, DnsLabel, EnvName, ImageReference, MountPath, PortName, Quantity, UrlPath, escape_kubelet,
};
use super::volumes::{file_keys, is_on};
use super::{Parts, Resolver, WEB};
use crate::config::section::{HealthSection, InitSection, SidecarSection};

/// First minor version of Kubernetes 1 whose native sidecars are stable.
/// Source: <https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/>
const NATIVE_SIDECARS: u32 = 33;

/// Containers around the application's, and the volumes that only they have.
#[derive(Default)]
pub(super) struct Company {
    /// Those that run before it, and native sidecars.
    pub(super) init: Vec<Container>,
    /// Plain containers beside it.
    pub(super) beside: Vec<Container>,
    pub(super) volumes: Vec<Volume>,
}

impl Resolver<'_> {
    /// ConfigMaps of the sidecars' files.
    pub(super) fn sidecar_objects(&mut self, parts: &Parts) -> Vec<Object> {
        let sidecars = self.config.sidecars.iter().filter(|(_, section)| !section.files.is_empty());
        sidecars.filter_map(|(name, section)| self.files_config_map(parts, "sidecars", name, &section.files)).collect()
    }

    /// The containers around the one of `component`, whose mounts are `mounts`.
    pub(super) fn company(&mut self, parts: &Parts, component: &str, mounts: &[VolumeMount]) -> Company {
        let mut company = Company::default();
        let native = self.kubernetes().is_some_and(|version| version.minor >= NATIVE_SIDECARS);
        for name in self.in_written_order("sidecars", self.config.sidecars.keys()) {
            let section = &self.config.sidecars[&name];
            if !is_on(section.on.as_deref(), component) {
                continue;
            }
            let Some((container, volumes)) = self.sidecar(parts, &name, section) else { continue };
            company.volumes.extend(volumes);
            if native {
                company.init.push(Container { restart_policy: Some("Always"), ..container });
            } else if component.starts_with(WEB) || component.starts_with("worker-") {
                company.beside.push(container);
            } else {
                self.ends_with_its_job(&name, component);
            }
        }
        for name in self.in_written_order("init", self.config.init.keys()) {
            let section = &self.config.init[&name];
            if is_on(section.on.as_deref(), component) {
                company.init.extend(self.init_container(parts, &name, section, mounts));
            }
        }
        company
    }

    /// A plain container beside a Job never ends, and so the Job never does.
    fn ends_with_its_job(&mut self, name: &str, component: &str) {
        let message = format!("the sidecar `{name}` would keep `{component}` from ending");
        let version: &[&str] = &["cluster", "kubernetes"];
        let help = "leave the component out of `on`, or [cluster] kubernetes = \"1.33\" or later";
        self.contradiction(&message, (&["sidecars", name, "on"], ""), (version, "no native sidecars yet"), help);
    }

    /// The names of `section` in the order in which they stand in `app.toml`.
    fn in_written_order<'n>(&self, section: &str, names: impl Iterator<Item = &'n String>) -> Vec<String> {
        let mut names: Vec<String> = names.cloned().collect();
        names.sort_by_key(|name| self.document.place(&[section, name]).map(|place| place.key.start));
        names
    }

    fn init_container(
        &mut self,
        parts: &Parts,
        name: &str,
        section: &InitSection,
        mounts: &[VolumeMount],
    ) -> Option<Container> {
        let name: DnsLabel = self.parse(name, &["init", name])?;
        let name = name.as_ref();
        let command: Command = self.parse(&section.command, &["init", name, "command"])?;
        let mut env = self.literals(&["init", name, "env"], &section.env);
        let volumes_place = ["init", name, "volumes"];
        let Some(image) = &section.image else {
            for key in ["volumes", "user"] {
                if self.document.has(&["init", name, key]) {
                    self.fault(&["init", name, key], "is for another `image`: the application's has its own");
                }
            }
            let container = self.container(parts, name, 1)?;
            env.extend(container.env.iter().filter(|one| !section.env.contains_key(&one.name)).cloned());
            let resources = self.small_resources(
                container.resources,
                &["init", name],
                section.cpu.as_ref(),
                section.memory.as_ref(),
            )?;
            let mounts = mounts.to_vec();
            return Some(Container {
                command: command.for_kubelet(),
                env,
                resources,
                volume_mounts: mounts,
                ..container
            });
        };
        let image: ImageReference = self.parse(image, &["init", name, "image"])?;
        let resources =
            self.small_resources(modest("100m")?, &["init", name], section.cpu.as_ref(), section.memory.as_ref())?;
        Some(Container {
            command: command.for_kubelet(),
            env,
            user: section.user,
            volume_mounts: self.shared_volumes(&volumes_place, &section.volumes),
            ..bare(name, image.to_string(), resources)
        })
    }

    fn sidecar(&mut self, parts: &Parts, name: &str, section: &SidecarSection) -> Option<(Container, Vec<Volume>)> {
        let name: DnsLabel = self.parse(name, &["sidecars", name])?;
        let name = name.as_ref();
        if name == WEB {
            self.fault(&["sidecars", name], "has the name of the application's own container");
        }
        let image: ImageReference = self.parse(&section.image, &["sidecars", name, "image"])?;
        let command: Option<Command> = match &section.command {
            Some(command) => Some(self.parse(command, &["sidecars", name, "command"])?),
            None => None,
        };
        let mut env = self.literals(&["sidecars", name, "env"], &section.env);
        for (variable, reference) in &section.secrets {
            let place = ["sidecars", name, "secrets", variable.as_str()];
            let variable: EnvName = self.parse(variable, &place)?;
            let key = self.secret_key(reference, &place)?;
            env.push(EnvVar { name: variable.to_string(), value: None, secret_key_ref: Some(key), comment: None });
        }
        let mut declared = Vec::new();
        for (port, number) in &section.ports {
            let place = ["sidecars", name, "ports", port.as_str()];
            let port: PortName = self.parse(port, &place)?;
            if !(1..=65_535).contains(number) || *number == self.config.app.port.unwrap_or(8000) {
                self.fault(
                    &place,
                    "must lie between 1 and 65535, and not be the application's: they share one address",
                );
            }
            declared.push(ContainerPort { name: port.to_string(), container_port: *number });
        }
        let (mut volume_mounts, volumes) = self.sidecar_volumes(parts, name, section)?;
        volume_mounts.extend(self.shared_volumes(&["sidecars", name, "volumes"], &section.volumes));
        let resources =
            self.small_resources(modest("50m")?, &["sidecars", name], section.cpu.as_ref(), section.memory.as_ref())?;
        let probes = section.health.as_ref().and_then(|health| self.sidecar_probes(name, health, section));
        let (liveness_probe, readiness_probe) = probes.unzip();
        let container = Container {
            command: command.map(|command| command.for_kubelet()).unwrap_or_default(),
            args: section.args.iter().map(|word| escape_kubelet(word)).collect(),
            env,
            ports: declared,
            user: section.user,
            volume_mounts,
            liveness_probe,
            readiness_probe,
            ..bare(name, image.to_string(), resources)
        };
        Some((container, volumes))
    }

    /// The sidecar's own files and folders.
    fn sidecar_volumes(
        &mut self,
        parts: &Parts,
        name: &str,
        section: &SidecarSection,
    ) -> Option<(Vec<VolumeMount>, Vec<Volume>)> {
        let (mut mounts, mut volumes) = (Vec::new(), Vec::new());
        if !section.files.is_empty() {
            let config_map = self.files_config_map(parts, "sidecars", name, &section.files)?.metadata.name;
            let volume = format!("{name}-files");
            for (path, key) in section.files.keys().zip(file_keys(section.files.keys().map(String::as_str))) {
                let path: MountPath = self.parse(path, &["sidecars", name, "files", path])?;
                let mount = VolumeMount::new(&volume, path.to_string()).to_read();
                mounts.push(VolumeMount { sub_path: Some(key), ..mount });
            }
            let source = VolumeSource::ConfigMap { name: config_map };
            volumes.push(Volume { name: volume, source, comment: None });
        }
        for (index, folder) in section.writable.iter().enumerate() {
            let position = index.to_string();
            let path = if folder == "/tmp" {
                folder.clone()
            } else {
                self.parse::<MountPath>(folder, &["sidecars", name, "writable", &position])?.to_string()
            };
            let volume = format!("{name}-{index}");
            mounts.push(VolumeMount::new(&volume, path));
            let source = VolumeSource::EmptyDir { size_limit: Quantity::from_text("256Mi"), medium: None };
            volumes.push(Volume { name: volume, source, comment: None });
        }
        Some((mounts, volumes))
    }

    /// Mounts of volumes that `[volumes]` declares.
    fn shared_volumes(&mut self, place: &[&str], volumes: &BTreeMap<String, String>) -> Vec<VolumeMount> {
        let mut mounts = Vec::new();
        for (volume, path) in volumes {
            let place = [place, &[volume.as_str()]].concat();
            if !self.config.volumes.contains_key(volume) {
                self.fault(&place, &format!("names no volume: [volumes.{volume}] is not there"));
            }
            let path = self.parse::<MountPath>(path, &place);
            mounts.extend(path.map(|path| VolumeMount::new(volume, path.to_string())));
        }
        mounts
    }

    fn literals(&mut self, place: &[&str], env: &BTreeMap<String, String>) -> Vec<EnvVar> {
        let mut variables = Vec::new();
        for (name, value) in env {
            let place = [place, &[name.as_str()]].concat();
            self.refuse_control_characters(value, &place);
            self.refuse_credential(name, value, &place);
            let Some(name) = self.parse::<EnvName>(name, &place) else { continue };
            let value = Some(escape_kubelet(value));
            variables.push(EnvVar { name: name.to_string(), value, secret_key_ref: None, comment: None });
        }
        variables
    }

    /// `defaults` with the CPU request and the memory that `app.toml` says.
    fn small_resources(
        &mut self,
        defaults: Resources,
        place: &[&str],
        cpu: Option<&String>,
        memory: Option<&String>,
    ) -> Option<Resources> {
        let mut resources = defaults;
        if let Some(cpu) = cpu {
            resources.cpu_request = self.parse(cpu, &[place, &["cpu"]].concat())?;
            let limit = resources.cpu_limit.take();
            let fits = |limit: &Quantity| limit.thousandths() >= resources.cpu_request.thousandths();
            resources.cpu_limit = limit.map(|limit| if fits(&limit) { limit } else { resources.cpu_request.clone() });
        }
        if let Some(memory) = memory {
            resources.memory_limit = self.parse(memory, &[place, &["memory"]].concat())?;
            resources.memory_request = resources.memory_limit.clone();
        }
        Some(resources)
    }

    /// Alive while the path answers, ready while the port is open.
    fn sidecar_probes(
        &mut self,
        name: &str,
        health: &HealthSection,
        section: &SidecarSection,
    ) -> Option<(Probe, Probe)> {
        let path: UrlPath = self.parse(&health.path, &["sidecars", name, "health", "path"])?;
        if !section.ports.contains_key(&health.port) {
            self.fault(&["sidecars", name, "health", "port"], "must be the name of one of its `ports`");
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
        let comment = Some("Ill is not unready: requests go to the application all the same while it is restarted.");
        let liveness = probe(ProbeHandler::http_get(request), 15, None);
        let readiness = probe(ProbeHandler::tcp_socket(health.port.clone()), 5, comment);
        Some((liveness, readiness))
    }
}

/// What a small container asks for and may use.
fn modest(cpu: &'static str) -> Option<Resources> {
    Some(Resources {
        cpu_request: cpu.parse().ok()?,
        cpu_limit: Some(Quantity::from_text("500m")),
        memory_request: Quantity::from_text("128Mi"),
        memory_limit: Quantity::from_text("128Mi"),
        ephemeral_storage_request: Quantity::from_text("64Mi"),
        ephemeral_storage_limit: Quantity::from_text("1Gi"),
    })
}

/// A container with nothing but its image and resources.
fn bare(name: &str, image: String, resources: Resources) -> Container {
    Container {
        name: name.to_owned(),
        image,
        restart_policy: None,
        user: None,
        command: Vec::new(),
        args: Vec::new(),
        ports: Vec::new(),
        env_from: Vec::new(),
        env: Vec::new(),
        startup_probe: None,
        liveness_probe: None,
        readiness_probe: None,
        pre_stop_sleep: None,
        resources,
        volume_mounts: Vec::new(),
    }
}
