//! `[services.NAME] kind = "redis"`: one server with a volume, a password and a NetworkPolicy.

use super::super::super::network::{self, ServicePort};
use super::super::super::object::{Kind, Object};
use super::super::super::pod::{
    Container, ContainerPort, EnvVar, PodTemplate, Probe, ProbeHandler, Resources, SecretKeyRef, VolumeMount,
};
use super::super::super::value::{ImageReference, Quantity, SecretName};
use super::super::super::workload::{Claim, ClaimTemplate, StatefulSet};
use super::super::faults::Faults;
use super::super::names::Names;
use super::super::pod::checkov_skips;
use super::super::{Parts, object, resources};
use super::{Server, Service, prefix, variable_name};
use crate::config::defaults::services as defaults;
use crate::config::section::{CpuLimit, ResourcesSection, ServiceSection, VolumeAccess};
use crate::data::IMAGES;

pub(super) const PORT_NAME: &str = "redis";

/// The server's port.
const PORT: u32 = 6_379;

/// User of the server: not the application's, and above 10000 as that one is.
const USER: u32 = 10_002;

/// Policies for a full memory.
/// Source: <https://valkey.io/topics/lru-cache/>
const EVICTIONS: [&str; 8] = [
    "noeviction",
    "allkeys-lru",
    "allkeys-lfu",
    "allkeys-random",
    "volatile-lru",
    "volatile-lfu",
    "volatile-random",
    "volatile-ttl",
];

/// The variable that the client of both projects takes the password from, in every version; `VALKEYCLI_AUTH` came with
/// Valkey 9.0 and is the same (<https://github.com/valkey-io/valkey/pull/2334>).
const CLIENT_PASSWORD: &str = "REDISCLI_AUTH";

/// Programs of one of the two projects.
struct Programs {
    server: &'static str,
    client: &'static str,
}

impl Programs {
    /// Those in `image`.
    fn of(image: &str) -> Self {
        if image.contains("valkey") {
            Self { server: "valkey-server", client: "valkey-cli" }
        } else {
            Self { server: "redis-server", client: "redis-cli" }
        }
    }
}

/// A server that pykube renders.
#[derive(Clone, Debug)]
pub(super) struct Redis {
    image: String,
    /// Where its password is.
    pub(super) password: SecretKeyRef,
    resources: Resources,
    storage: Quantity,
    storage_class_name: Option<String>,
    /// What happens when its memory is full.
    eviction: &'static str,
}

/// `[services.NAME]` with `kind = "redis"`.
pub(super) fn resolve(names: &Names, name: &str, section: &ServiceSection, faults: &mut Faults<'_>) -> Option<Service> {
    let place = |key| ["services", name, key];
    let default = format!("{}/password", names.of(name));
    let password = faults.secret_key(section.secret.as_deref().unwrap_or(&default), &place("secret"));
    let image: ImageReference = faults.parse_or(section.image.as_deref(), &IMAGES.redis.to_string(), &place("image"));
    let resources = resources(name, section, faults);
    let storage = faults.parse_or(section.size.as_deref(), defaults::SIZE, &place("size"));
    let storage_class_name = faults.optional::<SecretName>(section.class.as_ref(), &place("class"));
    let eviction = eviction(name, section, faults);
    let (host, port) = (names.of(name), section.port.unwrap_or(PORT));
    let password = password?;
    let env = variables(name, section, &password, &format!("{host}:{port}"), faults);
    let redis = Redis { image: image.to_string(), password, resources, storage, storage_class_name, eviction };
    Some(Service { name: name.to_owned(), host, port, env, server: Server::Redis(Box::new(redis)) })
}

/// What the application is told of the server at `address`.
fn variables(
    name: &str,
    section: &ServiceSection,
    password: &SecretKeyRef,
    address: &str,
    faults: &mut Faults<'_>,
) -> Vec<EnvVar> {
    let prefix = prefix(name);
    let written = section.password_env.as_deref();
    let password_name = variable_name(name, "password-env", written, format!("{prefix}_PASSWORD"), faults);
    let mut env = vec![EnvVar::from_secret(password_name.clone(), password.clone())];
    if section.env.as_deref() == Some("") {
        if section.database.is_some() || section.password_in_url.is_some() {
            let clause = "is empty, so no URL is made; leave the keys about the URL out";
            faults.refuse(&["services", name, "env"], clause);
        }
        return env;
    }
    let url_name = variable_name(name, "env", section.env.as_deref(), format!("{prefix}_URL"), faults);
    if url_name == password_name {
        let (one, other) = (["services", name, "env"], ["services", name, "password-env"]);
        faults.contradiction("one variable cannot hold both", (&one, ""), (&other, ""), "name two");
    }
    let with_password = section.password_in_url.unwrap_or(defaults::PASSWORD_IN_URL);
    // The kubelet puts the password in; it stands in no file.
    let credentials = if with_password { format!(":$({password_name})@") } else { String::new() };
    let database = section.database.map(|number| format!("/{number}")).unwrap_or_default();
    env.push(EnvVar {
        name: url_name,
        value: Some(format!("redis://{credentials}{address}{database}")),
        secret_key_ref: None,
        comment: with_password.then_some("The kubelet puts the password in: it must hold no `@`, `:`, `/` or `%`."),
    });
    env
}

fn resources(name: &str, section: &ServiceSection, faults: &mut Faults<'_>) -> Resources {
    let own = &section.resources;
    // Not the application's: what a Python process needs says nothing about this one.
    let base = ResourcesSection {
        cpu: Some(defaults::CPU.into()),
        cpu_limit: Some(CpuLimit::Switch(true)),
        memory: Some(defaults::MEMORY.into()),
        ..ResourcesSection::default()
    };
    resources::resolve_over(own, &["services", name, "resources"], &base, faults).resources(1)
}

fn eviction(name: &str, section: &ServiceSection, faults: &mut Faults<'_>) -> &'static str {
    let written = section.eviction.as_deref().unwrap_or(defaults::EVICTION);
    EVICTIONS.into_iter().find(|known| *known == written).unwrap_or_else(|| {
        let known = EVICTIONS.map(|known| format!("`{known}`")).join(", ");
        faults.refuse(&["services", name, "eviction"], &format!("must be one of {known}"));
        defaults::EVICTION
    })
}

impl Redis {
    /// The StatefulSet and its headless Service.
    pub(super) fn objects(&self, parts: &Parts, service: &Service) -> Vec<Object> {
        let component = service.component();
        let labels = parts.names.match_labels(&component);
        let template = PodTemplate {
            // The server writes its data down when it is asked to stop.
            termination_grace_period_seconds: Some(60),
            ..PodTemplate::new(
                parts.names.labels(&component),
                parts.names.app.to_string(),
                parts.pod.clone().with_user(USER),
                vec![self.container(service)],
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
            volume_claim_templates: vec![ClaimTemplate { name: "data".into(), labels: labels.clone(), claim }],
        };
        let port = service.port;
        let port = ServicePort { name: PORT_NAME, port, target_port: Some(PORT_NAME), app_protocol: None };
        let spec = network::Service {
            service_type: "ClusterIP",
            headless: true,
            external_name: None,
            selector: labels,
            ports: vec![port],
        };
        let mut metadata = parts.names.metadata(&component);
        metadata.annotations = checkov_skips(&self.exceptions());
        let (set, spec) = (Kind::StatefulSet(Box::new(set)), Kind::Service(spec));
        let name = &service.name;
        vec![
            object(&component, &format!("{name}-stateful-set"), metadata, set),
            object(&component, &format!("{name}-service"), parts.names.metadata(&component), spec),
        ]
    }

    /// Rules of a validator that are not met, each with its reason.
    fn exceptions(&self) -> Vec<(&'static str, &'static str)> {
        let mut reasons = vec![("CKV_K8S_35", "the server takes its password from a variable")];
        if !self.image.contains('@') {
            reasons.push(("CKV_K8S_43", "app.toml names the version of the server"));
        }
        reasons
    }

    fn container(&self, service: &Service) -> Container {
        let programs = Programs::of(&self.image);
        // A quarter is left for the copy that the server makes of changed pages while it writes its data down.
        let bytes = self.resources.memory_limit.thousandths() / 1_000.0 * 0.75;
        let port = service.port.to_string();
        let words: [&str; 17] = [
            programs.server,
            "--port",
            &port,
            "--dir",
            "/data",
            "--appendonly",
            "yes",
            "--save",
            "",
            "--maxmemory",
            &format!("{bytes:.0}"),
            "--maxmemory-policy",
            self.eviction,
            "--protected-mode",
            "yes",
            "--requirepass",
            // Put in by the kubelet; the server takes it out of its own title in the list of processes.
            &format!("$({CLIENT_PASSWORD})"),
        ];
        let probe = |handler, period_seconds| Probe {
            handler,
            period_seconds,
            timeout_seconds: 5,
            failure_threshold: 3,
            comment: None,
        };
        // `-e`: an answer that is an error, such as while the data is being loaded, is a failure.
        let ping = [programs.client, "-p", &port, "-e", "ping"].map(ToString::to_string).to_vec();
        Container {
            command: words.map(ToString::to_string).to_vec(),
            ports: vec![ContainerPort { name: PORT_NAME.into(), container_port: service.port }],
            env: vec![EnvVar {
                comment: Some("Read by the client of the readiness probe, too."),
                ..EnvVar::from_secret(CLIENT_PASSWORD.into(), self.password.clone())
            }],
            liveness_probe: Some(probe(ProbeHandler::TcpSocket { port: PORT_NAME.into() }, 20)),
            readiness_probe: Some(probe(ProbeHandler::Exec { command: ping }, 10)),
            volume_mounts: vec![VolumeMount::new("data", "/data")],
            ..Container::new(&service.name, self.image.clone(), self.resources.clone())
        }
    }
}
