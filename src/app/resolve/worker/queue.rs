//! A queue whose length decides how many replicas of a worker run.
//! Sources: <https://keda.sh/docs/2.21/scalers/redis-lists/>, <https://keda.sh/docs/2.21/scalers/rabbitmq-queue/>

use std::collections::BTreeMap;

use super::super::super::component::Component;
use super::super::super::keda::{ScaledObject, Trigger, TriggerAuthentication};
use super::super::super::object::{Kind, Object};
use super::super::super::pod::SecretKeyRef;
use super::super::super::value::{DnsLabel, HostName};
use super::super::faults::Faults;
use super::super::{ResolvedSections, object};
use super::Worker;
use super::tool::Recognised;
use crate::config::defaults::workers as defaults;
use crate::config::section::QueueKind;
use crate::diagnostic::Diagnostic;

/// Variables that hold the URL of a broker, by the tools' own documents.
const BROKER_VARIABLES: [&str; 6] =
    ["CELERY_BROKER_URL", "BROKER_URL", "RABBITMQ_URL", "AMQP_URL", "CLOUDAMQP_URL", "DRAMATIQ_BROKER_URL"];

/// Between what numbers, and how fast downwards.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) min: u32,
    pub(super) max: u32,
    /// Seconds of lower load before replicas are removed.
    pub(super) scale_down_seconds: u32,
}

/// A queue, or several that the same worker reads.
#[derive(Clone, Debug)]
pub(super) struct Queue {
    triggers: Vec<Trigger>,
    authentication: Option<TriggerAuthentication>,
}

impl Queue {
    /// The `ScaledObject` of `component` and what it authenticates with.
    pub(super) fn objects(&self, parts: &ResolvedSections, component: &Component, bounds: Bounds) -> Vec<Object> {
        let name = parts.names.of(component);
        let reference = self.authentication.as_ref().map(|_| name.clone());
        let triggers = self.triggers.iter().cloned();
        let scaled = ScaledObject {
            target_name: name,
            min_replica_count: bounds.min,
            max_replica_count: bounds.max,
            scale_down_seconds: bounds.scale_down_seconds,
            triggers: triggers.map(|trigger| Trigger { authentication_ref: reference.clone(), ..trigger }).collect(),
        };
        let metadata = parts.names.metadata(component);
        let mut objects = vec![object(
            component,
            &format!("{component}-scaled-object"),
            metadata.clone(),
            Kind::ScaledObject(scaled),
        )];
        objects.extend(self.authentication.clone().map(|authentication| {
            let file = format!("{component}-trigger-authentication");
            object(component, &file, metadata, Kind::TriggerAuthentication(authentication))
        }));
        objects
    }
}

/// The queue of `kind` whose length is asked for.
pub(super) fn resolve(worker: &Worker<'_>, kind: QueueKind, faults: &mut Faults<'_>) -> Option<Queue> {
    let names = queue_names(worker, kind, faults);
    let namespace = worker.section.scaling.keda_namespace.as_ref();
    faults.optional::<DnsLabel>(namespace, &worker.scaling_place("keda-namespace"));
    let length = worker.section.scaling.length.unwrap_or(defaults::LENGTH).to_string();
    match kind {
        QueueKind::Redis => redis_queue(worker, &names, &length, faults),
        QueueKind::Rabbitmq => rabbitmq_queue(worker, &names, &length, faults),
    }
}

fn queue_names(worker: &Worker<'_>, kind: QueueKind, faults: &mut Faults<'_>) -> Vec<String> {
    let written = &worker.section.scaling.queues;
    let read = worker.tool.as_ref().map(|tool| tool.queues(kind == QueueKind::Redis)).unwrap_or_default();
    let names = if written.is_empty() { read.clone() } else { written.clone() };
    let decides = worker.tool.as_ref().is_some_and(Recognised::decides_queues);
    if let Some(queue) = written.iter().find(|queue| decides && !read.contains(queue)) {
        let message = format!("nothing takes messages from `{queue}`, which decides the number of replicas");
        let place = worker.scaling_place("queues");
        let command: (&[&str], &str) = (&worker.place("command"), "reads other queues");
        let help = format!("the command reads {}: name those, or let it read `{queue}` (`celery -Q`)", read.join(", "));
        faults.contradiction(&message, (&place, ""), command, &help);
    }
    if names.is_empty() {
        let fault = Diagnostic::error("the queue's name cannot be read from the command");
        let fault = faults.document().at_value(fault, &worker.place("command"), "");
        let fault = faults.document().at_key(fault, &worker.scaling_place("queue"), "its length is asked for");
        faults.push(fault.help("name it: queues = [\"…\"], in Redis with its prefix (`rq:queue:high`)"));
    }
    if names.iter().any(|queue| queue.is_empty() || queue.chars().any(char::is_control) || queue.len() > 200) {
        faults.refuse(&worker.scaling_place("queues"), "must hold names of queues");
    }
    names
}

fn redis_queue(worker: &Worker<'_>, names: &[String], length: &str, faults: &mut Faults<'_>) -> Option<Queue> {
    let scaling = &worker.section.scaling;
    let server = redis_address(worker, faults);
    let database = scaling.database.unwrap_or(defaults::DATABASE).to_string();
    let secret = scaling.secret.as_ref();
    let secret = secret.and_then(|reference| faults.secret_key(reference, &worker.scaling_place("secret")));
    let (address, own_password) = server?;
    let trigger = |queue: &String| {
        let mut metadata = BTreeMap::from([
            ("address", address.clone()),
            ("listName", queue.clone()),
            ("listLength", length.to_owned()),
            ("databaseIndex", database.clone()),
        ]);
        if scaling.tls {
            metadata.insert("enableTLS", "true".into());
        }
        Trigger { scaler: "redis", metadata, authentication_ref: None }
    };
    Some(Queue {
        triggers: names.iter().map(trigger).collect(),
        authentication: secret.or(own_password).map(|key| authentication("password", key)),
    })
}

/// `host:port` of the server as KEDA reaches it from its own namespace, and the password when it is known.
fn redis_address(worker: &Worker<'_>, faults: &mut Faults<'_>) -> Option<(String, Option<SecretKeyRef>)> {
    let path = worker.scaling_place("address");
    let Some(written) = &worker.section.scaling.address else { return redis_service(worker, faults) };
    let service = worker.scaling_place("service");
    if faults.has(&service) {
        let message = "the queue cannot be in two places";
        faults.contradiction(message, (&path, "outside"), (&service, "of `[services]`"), "keep one of them");
    }
    let split = written.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok_and(|port| port > 0));
    let Some((host, port)) = split else {
        faults.refuse(&path, "must be `host:port`, such as `cache.example.com:6379`");
        return None;
    };
    let host: HostName = faults.parse(host, &path)?;
    Some((format!("{host}:{port}"), None))
}

/// The server of `[services]` that holds the queue.
fn redis_service(worker: &Worker<'_>, faults: &mut Faults<'_>) -> Option<(String, Option<SecretKeyRef>)> {
    let parts = worker.parts;
    let mut servers = parts.services.iter().filter_map(|service| Some((service, service.redis_password()?)));
    let found = match &worker.section.scaling.service {
        Some(wanted) => servers.find(|(service, _)| service.name == *wanted),
        None => servers.next().filter(|_| servers.next().is_none()),
    };
    if let Some((service, password)) = found {
        return Some((service.address_for_others(&parts.names), Some(password.clone())));
    }
    let fault = Diagnostic::error("it is not clear which Redis KEDA should query");
    let fault = faults.document().at_key(fault, &worker.scaling_place("queue"), "");
    let fault = fault.help("service = \"NAME\" of a `[services.NAME] kind = \"redis\"`, or address = \"host:port\"");
    faults.push(fault.help("KEDA cannot read the address from a URL in a Secret"));
    None
}

fn rabbitmq_queue(worker: &Worker<'_>, names: &[String], length: &str, faults: &mut Faults<'_>) -> Option<Queue> {
    for key in ["address", "database", "tls", "service"] {
        let path = worker.scaling_place(key);
        if faults.has(&path) {
            let message = format!("`{}` has no meaning for RabbitMQ", path.join("."));
            let kind = worker.scaling_place("queue");
            faults.contradiction(&message, (&path, ""), (&kind, ""), "the URL in the Secret has it");
        }
    }
    let key = broker_url(worker, faults)?;
    let trigger = |queue: &String| Trigger {
        scaler: "rabbitmq",
        metadata: BTreeMap::from([
            ("queueName", queue.clone()),
            ("mode", "QueueLength".to_owned()),
            ("value", length.to_owned()),
        ]),
        authentication_ref: None,
    };
    Some(Queue { triggers: names.iter().map(trigger).collect(), authentication: Some(authentication("host", key)) })
}

/// The key of a Secret that holds the broker's URL.
fn broker_url(worker: &Worker<'_>, faults: &mut Faults<'_>) -> Option<SecretKeyRef> {
    if let Some(reference) = &worker.section.scaling.secret {
        return faults.secret_key(reference, &worker.scaling_place("secret"));
    }
    let secrets = &worker.parts.environment.secrets;
    let known = BROKER_VARIABLES.iter().find_map(|name| secrets.iter().find(|variable| variable.name == *name));
    if let Some(variable) = known {
        return variable.secret_key_ref.clone();
    }
    let fault = Diagnostic::error("it is not clear which RabbitMQ KEDA should query");
    let fault = faults.document().at_key(fault, &worker.scaling_place("queue"), "");
    faults.push(fault.help("secret = \"secret/key\": where the URL is, or CELERY_BROKER_URL in [secrets.env]"));
    None
}

fn authentication(parameter: &'static str, key: SecretKeyRef) -> TriggerAuthentication {
    TriggerAuthentication { parameter, secret_name: key.name, secret_key: key.key }
}
