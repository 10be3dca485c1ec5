//! `[services.NAME] kind = …`: one server with a volume, a password and a NetworkPolicy.

use super::super::super::network::{self, ServicePort};
use super::super::super::object::{Kind, Object};
use super::super::super::pod::{
    Container, ContainerPort, EnvVar, PodTemplate, ProbeHandler, Resources, Volume, VolumeMount,
};
use super::super::super::value::{ImageReference, ObjectName, Quantity};
use super::super::super::workload::{Claim, ClaimTemplate, StatefulSet};
use super::super::faults::Faults;
use super::super::names::Names;
use super::super::pod::checkov_skips;
use super::super::{ResolvedSections, object, resources};
use super::common::{Common, DATA, probe};
use super::postgresql::Postgresql;
use super::redis::Redis;
use super::{Server, Service, prefix, variable_name};
use crate::config::defaults::services as defaults;
use crate::config::section::{CpuLimit, ResourcesSection, ServiceKind, ServiceSection, VolumeAccess};
use crate::data::IMAGES;

/// A server that pykube renders.
#[derive(Clone, Debug)]
pub(super) struct InCluster {
    pub(super) common: Common,
    storage: Quantity,
    storage_class_name: Option<String>,
    program: Program,
}

/// What is special to the program.
#[derive(Clone, Debug)]
enum Program {
    Redis(Redis),
    Postgresql(Postgresql),
}

/// `[services.NAME]` with a `kind`.
pub(super) fn resolve(
    names: &Names,
    name: &str,
    kind: ServiceKind,
    section: &ServiceSection,
    faults: &mut Faults<'_>,
) -> Option<Service> {
    let place = |key| ["services", name, key];
    let default = format!("{}/password", names.of(name));
    let password = faults.secret_key(section.secret.as_deref().unwrap_or(&default), &place("secret"));
    let (usual_image, usual_port, memory) = match kind {
        ServiceKind::Redis => (&IMAGES.redis, super::redis::PORT, defaults::MEMORY),
        ServiceKind::Postgresql => (&IMAGES.postgresql, super::postgresql::PORT, defaults::POSTGRESQL_MEMORY),
    };
    let image: ImageReference = faults.parse_or(section.image.as_deref(), &usual_image.to_string(), &place("image"));
    let program = match kind {
        ServiceKind::Redis => Program::Redis(Redis::resolve(name, section, faults)),
        ServiceKind::Postgresql => Program::Postgresql(Postgresql::resolve(names, name, section, faults)),
    };
    let resources = resources(name, section, memory, faults);
    let storage = faults.parse_or(section.size.as_deref(), defaults::SIZE, &place("size"));
    let storage_class_name = faults.optional::<ObjectName>(section.class.as_ref(), &place("class"));
    let (host, port) = (names.of(name), section.port.unwrap_or(usual_port));
    let password = password?;
    let common = Common { image: image.to_string(), password, resources };
    let server = InCluster { common, storage, storage_class_name, program };
    let env = server.variables(name, section, &format!("{host}:{port}"), faults);
    Some(Service { name: name.to_owned(), host, port, env, server: Server::InCluster(Box::new(server)) })
}

fn resources(name: &str, section: &ServiceSection, memory: &str, faults: &mut Faults<'_>) -> Resources {
    let own = &section.resources;
    // Not the application's: what a Python process needs says nothing about this one.
    let base = ResourcesSection {
        cpu: Some(defaults::CPU.into()),
        cpu_limit: Some(CpuLimit::Switch(true)),
        memory: Some(memory.into()),
        ..ResourcesSection::default()
    };
    resources::resolve_over(own, &["services", name, "resources"], &base, faults).resources(1)
}

impl InCluster {
    pub(super) fn port_name(&self) -> &'static str {
        match self.program {
            Program::Redis(_) => super::redis::PORT_NAME,
            Program::Postgresql(_) => super::postgresql::PORT_NAME,
        }
    }

    /// The variables by which the application learns of the server at `address`.
    fn variables(&self, name: &str, section: &ServiceSection, address: &str, faults: &mut Faults<'_>) -> Vec<EnvVar> {
        let prefix = prefix(name);
        let written = section.password_env.as_deref();
        let password_name = variable_name(name, "password-env", written, format!("{prefix}_PASSWORD"), faults);
        let mut env = vec![EnvVar::from_secret(password_name.clone(), self.common.password.clone())];
        if section.env.as_deref() == Some("") {
            if section.database.is_some() || section.driver.is_some() || section.password_in_url.is_some() {
                let clause = "is empty, so no URL is made; leave the keys about the URL out";
                faults.refuse(&["services", name, "env"], clause);
            }
            return env;
        }
        let usual = match self.program {
            Program::Redis(_) => format!("{prefix}_URL"),
            Program::Postgresql(_) => "DATABASE_URL".to_owned(),
        };
        let url_name = variable_name(name, "env", section.env.as_deref(), usual, faults);
        if url_name == password_name {
            let (one, other) = (["services", name, "env"], ["services", name, "password-env"]);
            faults.contradiction("one variable cannot hold both", (&one, ""), (&other, ""), "name two");
        }
        let with_password = section.password_in_url.unwrap_or(defaults::PASSWORD_IN_URL);
        // The kubelet puts the password in; it is in no file.
        let password = if with_password { format!(":$({password_name})") } else { String::new() };
        let url = match &self.program {
            Program::Redis(redis) => redis.url(&password, address),
            Program::Postgresql(postgresql) => postgresql.url(&password, address),
        };
        env.push(EnvVar {
            name: url_name,
            value: Some(url),
            secret_key_ref: None,
            comment: with_password.then_some("The kubelet inserts the password: it must hold no `@`, `:`, `/` or `%`."),
        });
        env
    }

    /// The StatefulSet and its headless Service.
    pub(super) fn objects(&self, parts: &ResolvedSections, service: &Service) -> Vec<Object> {
        let component = service.component();
        let labels = parts.names.match_labels(&component);
        let (user, container, volumes) = self.container(service);
        let template = PodTemplate {
            // The server writes its data down when it is asked to stop.
            termination_grace_period_seconds: Some(60),
            volumes,
            ..PodTemplate::new(
                parts.names.labels(&component),
                parts.names.app.to_string(),
                parts.pod.clone().with_user(user),
                vec![container],
            )
        };
        let claim = Claim {
            access_mode: VolumeAccess::ReadWriteOnce,
            storage_class_name: self.storage_class_name.clone(),
            storage: self.storage.clone(),
        };
        let set = StatefulSet {
            replicas: Some(1),
            service_name: service.host.clone(),
            pod_management_policy: "OrderedReady",
            match_labels: labels.clone(),
            template,
            volume_claim_templates: vec![ClaimTemplate { name: DATA.into(), labels: labels.clone(), claim }],
        };
        let port_name = self.port_name();
        let port =
            ServicePort { name: port_name, port: service.port, target_port: Some(port_name), app_protocol: None };
        let spec = network::Service { headless: true, ..network::Service::cluster_ip(labels, vec![port]) };
        let mut metadata = parts.names.metadata(&component);
        metadata.annotations = checkov_skips(&self.exceptions());
        let (set, spec) = (Kind::StatefulSet(Box::new(set)), Kind::Service(spec));
        let name = &service.name;
        vec![
            object(&component, &format!("{name}-stateful-set"), metadata, set),
            parts.names.object(&component, &format!("{name}-service"), spec),
        ]
    }

    /// User of the server, its container, and volumes beside the one with the data.
    fn container(&self, service: &Service) -> (u32, Container, Vec<Volume>) {
        let container = Container {
            ports: vec![ContainerPort { name: self.port_name().into(), container_port: service.port }],
            liveness_probe: Some(probe(ProbeHandler::TcpSocket { port: self.port_name().into() }, 20)),
            ..Container::new(&service.name, self.common.image.clone(), self.common.resources.clone())
        };
        match &self.program {
            Program::Redis(redis) => {
                (super::redis::USER, redis.container(&self.common, service.port, container), Vec::new())
            }
            Program::Postgresql(postgresql) => {
                let mut container = postgresql.container(&self.common, service.port, container);
                let (mounts, volumes) = super::postgresql::folders();
                container.volume_mounts.extend::<Vec<VolumeMount>>(mounts);
                (super::postgresql::USER, container, volumes)
            }
        }
    }

    /// Rules of a validator that are not met, each with its reason.
    fn exceptions(&self) -> Vec<(&'static str, &'static str)> {
        let mut reasons = vec![("CKV_K8S_35", "the server takes its password from a variable")];
        if !self.common.image.contains('@') {
            reasons.push(("CKV_K8S_43", "app.toml names the version of the server"));
        }
        reasons
    }
}
