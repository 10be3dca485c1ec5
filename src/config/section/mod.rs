//! The sections of `app.toml`, as written. Doc comments are the reference: `pykube schema` and `docs/app-toml.md` are made from them.

mod app;
mod build;
mod ci;
mod cluster;
mod containers;
mod expose;
mod image;
mod metrics;
mod migrations;
mod monitoring;
mod patches;
mod pods;
mod probes;
mod rbac;
mod resilience;
mod resources;
mod rollout;
mod runs;
mod scaling;
mod secrets;
mod security;
mod server;
mod services;
mod volumes;
mod workers;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::vocabulary::ServerKind;

pub(crate) use app::{AppSection, LimitRangeSection, NamespaceSection, NamespaceTable, QuotaSection};
pub(crate) use build::{BuildSection, Manager};
pub(crate) use ci::{CiSection, DeployTarget, DeploymentSection, Linter, Registry, Scanner, TestRunner};
pub(crate) use cluster::ClusterSection;
pub(crate) use containers::{HealthSection, InitSection, SidecarSection};
pub(crate) use expose::{ExposeKind, ExposeSection};
pub(crate) use image::{ImageSection, Implementation, PLACEHOLDER_OWNER};
pub(crate) use metrics::{MetricAmount, MetricObject, MetricSection, PaceSection, Vertical};
pub(crate) use migrations::{MigrationRun, MigrationsSection};
pub(crate) use monitoring::{MonitoringSection, Scrape};
pub(crate) use patches::{PatchBody, PatchSection};
pub(crate) use pods::PodsSection;
pub(crate) use probes::{ProbeSection, ProbeTable, ProbesSection};
pub(crate) use rbac::RbacSection;
pub(crate) use resilience::{CallProtocol, CallSection, ResilienceSection};
pub(crate) use resources::{CpuLimit, ResourcesSection};
pub(crate) use rollout::{Amount, Colour, RolloutSection, RolloutStrategy};
pub(crate) use runs::{Concurrency, CronSection, JobSection};
pub(crate) use scaling::ScalingSection;
pub(crate) use secrets::{
    CsiProvider, CsiSection, RemoteSection, SealedScope, SecretProvider, SecretsSection, StoreKind,
};
pub(crate) use security::SecuritySection;
pub(crate) use server::ServerSection;
pub(crate) use services::{ServiceKind, ServiceSection};
pub(crate) use volumes::{StatefulSection, StatefulVolume, VolumeAccess, VolumeKind, VolumeSection};
pub(crate) use workers::{HeartbeatSection, QueueKind, WorkerScalingSection, WorkerSection};

/// One small file names what a Python web service needs; everything but `[app]` and `[image]` has a default.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "app.toml")]
pub struct Config {
    /// What is run: its name, its framework and where its entry point is.
    pub(crate) app: AppSection,
    /// The image: where it is pushed to and what it is built on.
    pub(crate) image: ImageSection,
    /// How the image is built.
    #[serde(default)]
    pub(crate) build: BuildSection,
    /// The application server that runs in the container.
    #[serde(default)]
    pub(crate) server: ServerSection,
    /// The probes of the kubelet.
    #[serde(default)]
    pub(crate) probes: ProbesSection,
    /// Environment variables that are not secret; they go into a ConfigMap.
    #[serde(default)]
    pub(crate) config: BTreeMap<String, String>,
    /// Variables and files that are secret: which key of which Secret holds each. Values are never here.
    #[serde(default)]
    pub(crate) secrets: SecretsSection,
    /// What one replica asks for and may use.
    #[serde(default)]
    pub(crate) resources: ResourcesSection,
    /// How many replicas run.
    #[serde(default)]
    pub(crate) scaling: ScalingSection,
    /// How a new version takes the place of the old one.
    #[serde(default)]
    pub(crate) rollout: RolloutSection,
    /// How requests from outside the cluster arrive.
    #[serde(default)]
    pub(crate) expose: ExposeSection,
    /// What the pods may do.
    #[serde(default)]
    pub(crate) security: SecuritySection,
    /// What all pods have in common: who they are to the cloud, which nodes they run on, what they know of the network.
    #[serde(default)]
    pub(crate) pods: PodsSection,
    /// Volumes of the pods: claims, empty folders, files of the repository, Secrets.
    #[serde(default)]
    pub(crate) volumes: BTreeMap<String, VolumeSection>,
    /// The web workload as a StatefulSet: replicas with names of their own, each with volumes of its own.
    pub(crate) stateful: Option<StatefulSection>,
    /// Containers that run to completion before the application starts.
    #[serde(default)]
    pub(crate) init: BTreeMap<String, InitSection>,
    /// Containers that run beside the application.
    #[serde(default)]
    pub(crate) sidecars: BTreeMap<String, SidecarSection>,
    /// Database migrations.
    #[serde(default)]
    pub(crate) migrations: MigrationsSection,
    /// Processes of the same image that take work from a queue, or schedule it.
    #[serde(default)]
    pub(crate) workers: BTreeMap<String, WorkerSection>,
    /// What the application talks to, in the cluster or outside.
    #[serde(default)]
    pub(crate) services: BTreeMap<String, ServiceSection>,
    /// How Prometheus finds the metrics of the web workload.
    pub(crate) monitoring: Option<MonitoringSection>,
    /// Commands of the same image that run on a schedule.
    #[serde(default)]
    pub(crate) cron: BTreeMap<String, CronSection>,
    /// Commands of the same image that run once for each release.
    #[serde(default)]
    pub(crate) jobs: BTreeMap<String, JobSection>,
    /// What the application may ask of the Kubernetes API.
    #[serde(default)]
    pub(crate) rbac: Vec<RbacSection>,
    /// Circuit breakers for calls to other services.
    #[serde(default)]
    pub(crate) resilience: ResilienceSection,
    /// The GitHub Actions workflow.
    #[serde(default)]
    pub(crate) ci: CiSection,
    /// The cluster that the manifests are for.
    #[serde(default)]
    pub(crate) cluster: ClusterSection,
    /// Merge patches over rendered objects, applied last and in order.
    #[serde(default)]
    pub(crate) patches: Vec<PatchSection>,
}

impl Config {
    /// The server that runs.
    pub(crate) fn server_kind(&self) -> ServerKind {
        self.server.kind.unwrap_or_else(|| self.app.interface().default_server())
    }

    /// Paths of the files that manifests take over or that the workflow applies, as they are written.
    #[must_use]
    pub fn project_files(&self) -> Vec<String> {
        let volumes = self.volumes.values().flat_map(|volume| volume.files.values());
        let sidecars = self.sidecars.values().flat_map(|sidecar| sidecar.files.values());
        let overlays = self.ci.environments.iter().filter_map(DeploymentSection::kustomization);
        let own = self.cluster.resources.iter().map(|entry| ClusterSection::resource_file(entry));
        self.secrets.sealed_files.iter().chain(volumes).chain(sidecars).cloned().chain(overlays).chain(own).collect()
    }
}
