//! Pods of the application's image: the web workload, and what every other one shares with it.

use std::collections::BTreeMap;

use super::super::object::{Kind, Object, ObjectMeta};
use super::super::pod::{Container, ContainerPort, EnvVar, PodTemplate, Resources, Volume, VolumeMount, VolumeSource};
use super::super::value::{FilePath, KubernetesVersion, PythonVersion, Quantity, escape_kubelet};
use super::super::workload::ConfigMap;
use super::probes::HTTP;
use super::{Parts, Resolver, WEB, object};
use crate::config::section::ExposeKind;
use crate::data::PLATFORMS;
use crate::fingerprint::Fingerprint;
use crate::vocabulary::ServerKind;

/// User of the processes: above 10000, so that it meets no user of a node.
const USER: u32 = 10_001;

/// Component of what every workload needs before it starts.
pub(super) const BASE: &str = "base";

/// Folder of the application in the image.
pub(super) const APP_FOLDER: &str = "/app";

impl Resolver<'_> {
    /// A pod with one container of the application's image and what a read-only root needs.
    pub(super) fn pod_template(&mut self, parts: &Parts, component: &str, container: Container) -> Option<PodTemplate> {
        let (mounts, mut volumes) = self.pod_volumes(parts, component);
        let company = self.company(parts, component, &mounts);
        volumes.extend(company.volumes);
        let mut containers = vec![Container { volume_mounts: mounts, ..container }];
        containers.extend(company.beside);
        self.components.insert(component.to_owned());
        Some(PodTemplate {
            labels: parts.names.labels(component),
            annotations: BTreeMap::new(),
            service_account_name: parts.names.app.to_string(),
            automount_service_account_token: self.has_token(component),
            termination_grace_period_seconds: None,
            restart_policy: None,
            user: self.user(),
            spread: None,
            init_containers: company.init,
            containers,
            volumes,
        })
    }

    /// A container of the application's image.
    pub(super) fn container(&mut self, parts: &Parts, name: &str, processes: u32) -> Option<Container> {
        let resources = self.resources(processes)?;
        Some(self.container_with(parts, name, resources))
    }

    /// A container of the application's image that may use `resources`.
    pub(super) fn container_with(&self, parts: &Parts, name: &str, resources: Resources) -> Container {
        let mut env = self.allocator_env(&resources);
        env.extend(parts.environment.secrets.iter().cloned());
        let own = parts.services.iter().flat_map(|service| &service.env);
        env.extend(own.filter(|variable| !self.is_set_by_user(&variable.name)).cloned());
        Container {
            name: name.to_owned(),
            image: parts.image.reference.clone(),
            restart_policy: None,
            user: None,
            command: Vec::new(),
            args: Vec::new(),
            ports: Vec::new(),
            env_from: config_map(parts).map(|object| object.metadata.name).into_iter().collect(),
            env,
            startup_probe: None,
            liveness_probe: None,
            readiness_probe: None,
            pre_stop_sleep: None,
            resources,
            volume_mounts: Vec::new(),
        }
    }

    pub(super) fn web_container(&mut self, parts: &Parts) -> Option<Container> {
        let server = &parts.server;
        let mut container = self.container(parts, WEB, server.workers)?;
        container.ports = vec![ContainerPort { name: HTTP.into(), container_port: server.port }];
        container.startup_probe = Some(parts.probes.startup.clone());
        container.liveness_probe = Some(parts.probes.liveness.clone());
        container.readiness_probe = Some(parts.probes.readiness.clone());
        container.pre_stop_sleep = (server.drain > 0).then_some(server.drain);
        let mut env = self.server_env(parts);
        env.append(&mut container.env);
        // What `app.toml` sets wins over what pykube would.
        env.retain(|variable| variable.secret_key_ref.is_some() || !self.is_set_by_user(&variable.name));
        container.env = env;
        Some(container)
    }

    fn is_set_by_user(&self, name: &str) -> bool {
        self.config.config.contains_key(name) || self.config.secrets.env.contains_key(name)
    }

    fn server_env(&self, parts: &Parts) -> Vec<EnvVar> {
        let server = &parts.server;
        let mut env = Vec::new();
        if server.kind == ServerKind::Gunicorn && server.own_config.is_none() && server.own_command.is_none() {
            let comment =
                "Not the node's core count, which gunicorn's own advice would use: the limit below is what there is.";
            env.push(variable("WEB_CONCURRENCY", &server.workers.to_string(), Some(comment)));
        }
        let proxied = matches!(parts.exposure.kind, ExposeKind::Ingress | ExposeKind::Gateway);
        if proxied && self.has_network_policy() && matches!(server.kind, ServerKind::Gunicorn | ServerKind::Uvicorn) {
            let comment = "The proxy's address is not known before; the NetworkPolicy decides who may connect.";
            env.push(variable("FORWARDED_ALLOW_IPS", "*", Some(comment)));
        }
        env
    }

    /// Variables that fit the allocator and thread pools to the limits.
    fn allocator_env(&self, resources: &Resources) -> Vec<EnvVar> {
        let comment = "glibc keeps an arena for each thread and core; two keep a threaded Python's memory flat.";
        let mut env = vec![variable("MALLOC_ARENA_MAX", "2", Some(comment))];
        if let Some(limit) = &resources.cpu_limit {
            // Rounded up: a pool of no threads is none.
            let cores = (limit.thousandths() / 1_000.0).ceil().max(1.0).to_string();
            let comment = "NumPy and others would start a thread for each core of the node.";
            env.push(variable("OMP_NUM_THREADS", &cores, Some(comment)));
            let python: Option<PythonVersion> =
                self.config.app.python.as_deref().unwrap_or(&PLATFORMS.python.default_version()).parse().ok();
            // https://docs.python.org/3/using/cmdline.html#envvar-PYTHON_CPU_COUNT
            if python.is_some_and(|python| python.minor >= 13) {
                env.push(variable("PYTHON_CPU_COUNT", &cores, None));
            }
        }
        env.retain(|variable| !self.is_set_by_user(&variable.name));
        env
    }

    /// Mounts of the application's containers, and the volumes of their pod.
    pub(super) fn pod_volumes(&mut self, parts: &Parts, component: &str) -> (Vec<VolumeMount>, Vec<Volume>) {
        let (mut mounts, mut volumes) = self.writable_folders();
        let (secret_mounts, secret_volumes) = self.secret_volumes(parts);
        let (section_mounts, section_volumes) = self.section_volumes(parts, component);
        volumes.extend(secret_volumes);
        volumes.extend(section_volumes);
        for mount in secret_mounts.into_iter().chain(section_mounts) {
            if mounts.iter().any(|other: &VolumeMount| other.mount_path == mount.mount_path) {
                self.fault(&["volumes", &mount.name, "mount"], "is mounted already");
            }
            mounts.push(mount);
        }
        (mounts, volumes)
    }

    /// `/tmp` and the folders that `app.toml` names.
    pub(super) fn writable_folders(&mut self) -> (Vec<VolumeMount>, Vec<Volume>) {
        let size_limit = Quantity::from_text("256Mi");
        let mut mounts = vec![VolumeMount::new("tmp", "/tmp")];
        let comment = Some("Python's tempfile and the server need a writable folder under the read-only root.");
        let mut volumes = vec![Volume {
            name: "tmp".into(),
            source: VolumeSource::EmptyDir { size_limit: size_limit.clone(), medium: None },
            comment,
        }];
        for (index, folder) in self.config.security.writable.iter().enumerate() {
            let position = index.to_string();
            let path = ["security", "writable", position.as_str()];
            let Some(relative) = self.parse::<FilePath>(folder.strip_prefix('/').unwrap_or(folder), &path) else {
                continue;
            };
            let mount_path =
                if folder.starts_with('/') { format!("/{relative}") } else { format!("{APP_FOLDER}/{relative}") };
            if mounts.iter().any(|mount| mount.mount_path == mount_path) {
                self.fault(&path, "is writable already");
                continue;
            }
            let name = format!("writable-{index}");
            mounts.push(VolumeMount::new(&name, mount_path));
            volumes.push(Volume {
                name,
                source: VolumeSource::EmptyDir { size_limit: size_limit.clone(), medium: None },
                comment: None,
            });
        }
        (mounts, volumes)
    }

    /// Numeric user and group.
    pub(super) fn user(&self) -> u32 {
        self.config.security.user.unwrap_or(USER)
    }

    /// Annotations that tell a validator why a rule of its is not met.
    pub(super) fn exceptions(&self, parts: &Parts, template: &PodTemplate) -> BTreeMap<String, String> {
        let mut reasons: Vec<(&str, &str)> = Vec::new();
        let containers = template.containers.iter().chain(&template.init_containers);
        if containers.clone().any(|container| container.resources.cpu_limit.is_none()) {
            reasons.push(("CKV_K8S_11", "app.toml asks for no CPU limit"));
        }
        if containers.clone().flat_map(|container| &container.env).any(|variable| variable.secret_key_ref.is_some()) {
            reasons.push(("CKV_K8S_35", "the framework reads its secrets from variables; each is one named key"));
        }
        if template.automount_service_account_token {
            reasons.push(("CKV_K8S_38", "the application asks the Kubernetes API, with the rights of its Role only"));
        }
        if self.config.rollout.blue_green.is_some() {
            reasons.push(("CKV_K8S_43", "two versions run side by side, each by its tag"));
        } else if !parts.image.by_digest {
            reasons.push(("CKV_K8S_43", "the workflow deploys by digest"));
        } else if containers.clone().any(|container| !container.image.contains('@')) {
            reasons.push(("CKV_K8S_43", "app.toml names the tag of another image"));
        }
        let foreign_user = containers.clone().any(|container| container.user.is_some_and(|user| user < 10_000));
        if self.user() < 10_000 || foreign_user {
            reasons.push(("CKV_K8S_40", "app.toml sets the user"));
        }
        let numbered = reasons.into_iter().enumerate();
        numbered
            .map(|(index, (rule, reason))| (format!("checkov.io/skip{}", index + 1), format!("{rule}={reason}")))
            .collect()
    }

    /// The version of Kubernetes that the manifests are for.
    pub(super) fn kubernetes(&mut self) -> Option<KubernetesVersion> {
        self.parse_or(
            self.config.cluster.kubernetes.as_deref(),
            &format!("1.{}", PLATFORMS.kubernetes.default),
            &["cluster", "kubernetes"],
        )
    }
}

pub(super) fn variable(name: &str, value: &str, comment: Option<&'static str>) -> EnvVar {
    EnvVar { name: name.to_owned(), value: Some(escape_kubelet(value)), secret_key_ref: None, comment }
}

/// The ConfigMap. Its name changes with its data, so that a change rolls the pods and a rollback finds the old data.
pub(super) fn config_map(parts: &Parts) -> Option<Object> {
    let data = parts.environment.config.clone();
    if data.is_empty() {
        return None;
    }
    let content: String =
        data.iter().map(|(name, value)| format!("{}:{name}={}:{value}", name.len(), value.len())).collect();
    let name = format!("{}-{}", parts.names.of("config"), Fingerprint::of(&content).short());
    let metadata = ObjectMeta { name, ..parts.names.metadata(BASE) };
    Some(object("configmap", metadata, Kind::ConfigMap(ConfigMap { data })))
}
