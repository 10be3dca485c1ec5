//! `[services.NAME] kind = "redis"`: one server with a volume, a password and a NetworkPolicy.

use std::collections::BTreeMap;

use super::super::super::network::{self, ServicePort};
use super::super::super::object::{Kind, Object};
use super::super::super::pod::{
    Container, ContainerPort, EnvVar, PodTemplate, Probe, ProbeHandler, Resources, VolumeMount,
};
use super::super::super::value::{ImageReference, Quantity, SecretName};
use super::super::super::workload::{Claim, ClaimTemplate, StatefulSet};
use super::super::names::Names;
use super::super::{Parts, Resolver, object};
use super::{Service, prefix};
use crate::config::section::{CpuLimit, ResourcesSection, ServiceSection};
use crate::data::IMAGES;

/// Name of the port.
const PORT_NAME: &str = "redis";

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

/// Programs of one of the two projects, and the variable that its client takes the password from.
struct Programs {
    server: &'static str,
    client: &'static str,
    password: &'static str,
}

impl Programs {
    /// Those in `image`.
    fn of(image: &str) -> Self {
        if image.contains("valkey") {
            Self { server: "valkey-server", client: "valkey-cli", password: "VALKEYCLI_AUTH" }
        } else {
            Self { server: "redis-server", client: "redis-cli", password: "REDISCLI_AUTH" }
        }
    }
}

impl Resolver<'_> {
    pub(super) fn redis(&mut self, names: &Names, name: &str, section: &ServiceSection) -> Option<Service> {
        let default = format!("{}/password", names.of(name));
        let reference = section.secret.as_deref().unwrap_or(&default);
        let password = self.secret_key(reference, &["services", name, "secret"])?;
        let port = section.port.unwrap_or(PORT);
        let host = names.of(name);
        let prefix = prefix(name);
        let password_name =
            self.variable_name(name, "password-env", section.password_env.as_deref(), &format!("{prefix}_PASSWORD"))?;
        let mut env = vec![EnvVar {
            name: password_name.clone(),
            value: None,
            secret_key_ref: Some(password.clone()),
            comment: None,
        }];
        if section.env.as_deref() != Some("") {
            let url_name = self.variable_name(name, "env", section.env.as_deref(), &format!("{prefix}_URL"))?;
            if url_name == password_name {
                let (one, other) = (["services", name, "env"], ["services", name, "password-env"]);
                self.contradiction("one variable cannot hold both", (&one, ""), (&other, ""), "name two");
            }
            let with_password = section.password_in_url.unwrap_or(true);
            // The kubelet puts the password in; it stands in no file.
            let credentials = if with_password { format!(":$({password_name})@") } else { String::new() };
            let database = section.database.map(|number| format!("/{number}")).unwrap_or_default();
            env.push(EnvVar {
                name: url_name,
                value: Some(format!("redis://{credentials}{host}:{port}{database}")),
                secret_key_ref: None,
                comment: with_password
                    .then_some("The kubelet puts the password in: it must hold no `@`, `:`, `/` or `%`."),
            });
        } else if section.database.is_some() || section.password_in_url.is_some() {
            self.fault(&["services", name, "env"], "is empty, so no URL is made; leave the keys about the URL out");
        }
        Some(Service { name: name.to_owned(), host, port, external: None, env, password: Some(password) })
    }

    pub(super) fn redis_objects(
        &mut self,
        parts: &Parts,
        service: &Service,
        section: &ServiceSection,
    ) -> Option<Vec<Object>> {
        let name = service.name.as_str();
        let image: Option<ImageReference> =
            self.parse_or(section.image.as_deref(), &IMAGES.redis.to_string(), &["services", name, "image"]);
        let resources = self.redis_resources(name, section);
        let storage: Option<Quantity> = self.parse_or(section.size.as_deref(), "1Gi", &["services", name, "size"]);
        let class = self.optional::<SecretName>(section.class.as_ref(), &["services", name, "class"]);
        let eviction = self.eviction(name, section);
        let image = image?.to_string();
        let container = redis_container(service, &image, resources?, eviction?)?;
        let by_digest = image.contains('@');
        let match_labels = parts.names.match_labels(name);
        let set = StatefulSet {
            replicas: Some(1),
            service_name: service.host.clone(),
            pod_management_policy: "OrderedReady",
            match_labels: match_labels.clone(),
            template: PodTemplate {
                labels: parts.names.labels(name),
                annotations: BTreeMap::new(),
                service_account_name: parts.names.app.to_string(),
                automount_service_account_token: false,
                // The server writes its data down when it is asked to stop.
                termination_grace_period_seconds: Some(60),
                restart_policy: None,
                user: USER,
                spread: None,
                init_containers: Vec::new(),
                containers: vec![container],
                volumes: Vec::new(),
            },
            volume_claim_templates: vec![ClaimTemplate {
                name: "data".into(),
                labels: match_labels.clone(),
                claim: Claim { access_mode: "ReadWriteOnce", storage_class_name: class, storage: storage? },
            }],
        };
        let spec = network::Service {
            service_type: "ClusterIP",
            headless: true,
            external_name: None,
            selector: match_labels,
            ports: vec![ServicePort {
                name: PORT_NAME,
                port: service.port,
                target_port: Some(PORT_NAME),
                app_protocol: None,
            }],
        };
        let mut metadata = parts.names.metadata(name);
        metadata.annotations = exceptions(by_digest);
        let mut objects = vec![
            object(&format!("{name}-stateful-set"), metadata, Kind::StatefulSet(Box::new(set))),
            object(&format!("{name}-service"), parts.names.metadata(name), Kind::Service(spec)),
        ];
        objects.extend(self.service_policy(parts, service, PORT_NAME));
        Some(objects)
    }

    fn redis_resources(&mut self, name: &str, section: &ServiceSection) -> Option<Resources> {
        let own = &section.resources;
        // Not the application's: what a Python process needs says nothing about this one.
        let own = ResourcesSection {
            cpu: Some(own.cpu.clone().unwrap_or_else(|| "100m".into())),
            cpu_limit: Some(own.cpu_limit.clone().unwrap_or(CpuLimit::Switch(true))),
            memory: Some(own.memory.clone().unwrap_or_else(|| "256Mi".into())),
            memory_request: own.memory_request.clone(),
            ephemeral_storage: Some(own.ephemeral_storage.clone().unwrap_or_else(|| "1Gi".into())),
        };
        self.resources_over(&own, &["services", name, "resources"], 1)
    }

    fn eviction(&mut self, name: &str, section: &ServiceSection) -> Option<&'static str> {
        let written = section.eviction.as_deref().unwrap_or(EVICTIONS[0]);
        let found = EVICTIONS.into_iter().find(|known| *known == written);
        if found.is_none() {
            let known = EVICTIONS.map(|known| format!("`{known}`")).join(", ");
            self.fault(&["services", name, "eviction"], &format!("must be one of {known}"));
        }
        found
    }
}

fn redis_container(service: &Service, image: &str, resources: Resources, eviction: &str) -> Option<Container> {
    let programs = Programs::of(image);
    let password = service.password.clone()?;
    // A quarter is left for the copy that the server makes of changed pages while it writes its data down.
    let bytes = resources.memory_limit.thousandths() / 1_000.0 * 0.75;
    let words: [&str; 17] = [
        programs.server,
        "--port",
        &service.port.to_string(),
        "--dir",
        "/data",
        "--appendonly",
        "yes",
        "--save",
        "",
        "--maxmemory",
        &format!("{bytes:.0}"),
        "--maxmemory-policy",
        eviction,
        "--protected-mode",
        "yes",
        "--requirepass",
        // Put in by the kubelet; the server takes it out of its own title in the list of processes.
        &format!("$({})", programs.password),
    ];
    let probe = |handler, period_seconds, failure_threshold| Probe {
        handler,
        period_seconds,
        timeout_seconds: 5,
        failure_threshold,
        comment: None,
    };
    // `-e`: an answer that is an error, such as while the data is being loaded, is a failure.
    let ping = [programs.client, "-p", &service.port.to_string(), "-e", "ping"].map(ToString::to_string).to_vec();
    Some(Container {
        name: service.name.clone(),
        image: image.to_owned(),
        restart_policy: None,
        user: None,
        command: words.map(ToString::to_string).to_vec(),
        args: Vec::new(),
        ports: vec![ContainerPort { name: PORT_NAME.into(), container_port: service.port }],
        env_from: Vec::new(),
        env: vec![EnvVar {
            name: programs.password.into(),
            value: None,
            secret_key_ref: Some(password),
            comment: Some("Read by the client of the readiness probe, too."),
        }],
        startup_probe: None,
        liveness_probe: Some(probe(ProbeHandler::tcp_socket(PORT_NAME), 20, 3)),
        readiness_probe: Some(probe(ProbeHandler::exec(ping), 10, 3)),
        pre_stop_sleep: None,
        resources,
        volume_mounts: vec![VolumeMount::new("data", "/data")],
    })
}

/// Annotations that tell a validator why a rule of its is not met.
fn exceptions(by_digest: bool) -> BTreeMap<String, String> {
    let mut reasons = vec!["CKV_K8S_35=the server takes its password from a variable"];
    if !by_digest {
        reasons.push("CKV_K8S_43=app.toml names the version of the server");
    }
    let numbered = reasons.into_iter().enumerate();
    numbered.map(|(index, reason)| (format!("checkov.io/skip{}", index + 1), reason.to_owned())).collect()
}
