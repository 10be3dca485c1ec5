//! The resolved sections that objects are made from.

use std::collections::BTreeMap;

use super::super::OutputPaths;
use super::super::network::Destination;
use super::super::pod::PodSettings;
use super::super::value::{ImageRepository, KubernetesVersion, PythonVersion};
use super::containers::{self, InitContainer, Sidecar};
use super::environment::{self, Environment};
use super::expose::{self, Exposure};
use super::faults::Faults;
use super::image::{self, Image};
use super::image_build::{self, CodeFolder};
use super::install::Dependencies;
use super::listeners::{self, Listener};
use super::migrations::{self, Migrations};
use super::monitoring::{self, Monitoring};
use super::names::{self, Names};
use super::probes::{self, Probes};
use super::rbac::{self, Rule};
use super::resources::{self, Amounts};
use super::scaling::{self, Scaling};
use super::secrets::{self, Secrets};
use super::security::{self, Security};
use super::server::{self, Server};
use super::services::{self, Service};
use super::stateful::{self, Stateful};
use super::volumes::{self, SharedVolume};
use super::web_variant::{self, WebVariant};
use super::{Options, output_paths, pod};
use crate::config::defaults;
use crate::config::section::Config;

/// The resolved sections.
pub(super) struct ResolvedSections {
    pub(super) paths: OutputPaths,
    pub(super) names: Names,
    /// The image that is run.
    pub(super) image: Image,
    /// Repository of the image that it is built on.
    pub(super) base: ImageRepository,
    pub(super) python: PythonVersion,
    /// The version of Kubernetes that the manifests are for.
    pub(super) kubernetes: KubernetesVersion,
    /// Where the code is.
    pub(super) code: CodeFolder,
    pub(super) dependencies: Dependencies,
    pub(super) server: Server,
    pub(super) environment: Environment,
    pub(super) secrets: Secrets,
    /// What a container of the application's image asks for.
    pub(super) resources: Amounts,
    pub(super) security: Security,
    /// What all pods have in common.
    pub(super) pod: PodSettings,
    pub(super) probes: Probes,
    pub(super) exposure: Exposure,
    /// Workers that take requests.
    pub(super) listeners: Vec<Listener>,
    pub(super) scaling: Scaling,
    /// Seconds without progress after which a rollout has failed.
    pub(super) rollout_deadline: u32,
    /// The web workload: once, or once for each colour.
    pub(super) web: Vec<WebVariant>,
    /// What makes the web workload a StatefulSet.
    pub(super) stateful: Option<Stateful>,
    pub(super) migrations: Migrations,
    pub(super) volumes: Vec<SharedVolume>,
    pub(super) init: Vec<InitContainer>,
    pub(super) sidecars: Vec<Sidecar>,
    /// The servers of `[services]`.
    pub(super) services: Vec<Service>,
    /// What Prometheus reads.
    pub(super) monitoring: Option<Monitoring>,
    /// What the application may ask of the Kubernetes API.
    pub(super) rbac: Vec<Rule>,
}

impl ResolvedSections {
    /// Resolves every section that objects are made from, each once, so the faults of all of them are reported.
    pub(super) fn resolve(config: &Config, options: &Options, faults: &mut Faults<'_>) -> Self {
        let names = names::resolve(&config.app, faults);
        let image = image::resolve(&config.image, options.image.as_deref(), faults);
        let drain = config.rollout.drain_seconds.unwrap_or(defaults::rollout::DRAIN_SECONDS);
        let server = server::resolve(config, drain, faults);
        let security = security::resolve(config, faults);
        let exposure = expose::resolve(&config.expose, &names, faults);
        let scaling = scaling::resolve(&config.scaling, &config.rollout, faults);
        let listeners = listeners::resolve(config, &names, (exposure.kind, &exposure.path), faults);
        let python = faults.parse_or(config.app.python.as_deref(), &defaults::app::python(), &["app", "python"]);
        Self {
            listeners,
            paths: output_paths::resolve(config, faults),
            base: image_build::base_repository(&config.image, faults),
            kubernetes: faults.parse_or(
                config.cluster.kubernetes.as_deref(),
                &defaults::cluster::kubernetes(),
                &["cluster", "kubernetes"],
            ),
            code: CodeFolder::resolve(config.app.dir.as_deref(), faults),
            dependencies: Dependencies::resolve(
                &config.build,
                python,
                config.image.tag.as_deref().unwrap_or(defaults::image::TAG),
                faults,
            ),
            python,
            environment: environment::resolve(&config.config, &config.secrets.env, faults),
            secrets: secrets::resolve(config, faults),
            resources: resources::resolve(&config.resources, faults),
            pod: pod::resolve(config, faults),
            probes: probes::resolve(config, &server, faults),
            rollout_deadline: config.rollout.deadline.unwrap_or(defaults::rollout::DEADLINE),
            web: web_variant::resolve(config, options.image.is_some(), &image, faults),
            stateful: stateful::resolve(config, &names, faults),
            migrations: migrations::resolve(config, faults),
            volumes: volumes::resolve(config, options, &names, &scaling, faults),
            init: containers::resolve_init(config, faults),
            sidecars: containers::resolve_sidecars(config, options, &names, server.port, faults),
            services: services::resolve(&config.services, &names, faults),
            monitoring: monitoring::resolve(config, &server, faults),
            rbac: rbac::resolve(&config.rbac, faults),
            names,
            image,
            server,
            security,
            exposure,
            scaling,
        }
    }

    /// Labels of the pods that requests go to.
    pub(super) fn live_labels(&self) -> BTreeMap<String, String> {
        let live = self.web.iter().find(|variant| variant.live);
        live.map(|variant| variant.match_labels(&self.names)).unwrap_or_default()
    }

    /// Where the workers that take requests are reached.
    pub(super) fn listening(&self) -> impl Iterator<Item = Destination> + '_ {
        self.listeners.iter().map(Listener::destination)
    }

    /// Kind of the web workload.
    pub(super) fn web_kind(&self) -> &'static str {
        if self.stateful.is_some() { "StatefulSet" } else { "Deployment" }
    }
}
