//! A queue whose length decides how many replicas of a worker run.
//! Sources: <https://keda.sh/docs/2.21/scalers/redis-lists/>, <https://keda.sh/docs/2.21/scalers/rabbitmq-queue/>

use std::collections::BTreeMap;

use super::super::super::keda::{ScaledObject, Trigger, TriggerAuthentication};
use super::super::super::object::{Kind, Object};
use super::super::super::pod::SecretKeyRef;
use super::super::super::value::HostName;
use super::super::{Parts, Resolver, object};
use super::scaling::Bounds;
use super::tool::Recognised;
use crate::config::section::{QueueKind, WorkerSection};
use crate::diagnostic::Diagnostic;

/// Messages that one replica shall have before it.
const LENGTH: u32 = 10;

/// Variables that hold the URL of a broker, by the tools' own documents.
const BROKER_VARIABLES: [&str; 6] =
    ["CELERY_BROKER_URL", "BROKER_URL", "RABBITMQ_URL", "AMQP_URL", "CLOUDAMQP_URL", "DRAMATIQ_BROKER_URL"];

/// A queue, or several that the same worker reads.
#[derive(Clone, Debug)]
pub(super) struct Queue {
    triggers: Vec<Trigger>,
    authentication: Option<TriggerAuthentication>,
}

impl Queue {
    /// The `ScaledObject` of `component` and what it authenticates with.
    pub(super) fn objects(&self, parts: &Parts, component: &str, bounds: Bounds) -> Vec<Object> {
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
        let mut objects =
            vec![object(&format!("{component}-scaled-object"), metadata.clone(), Kind::ScaledObject(scaled))];
        objects.extend(self.authentication.clone().map(|authentication| {
            let file = format!("{component}-trigger-authentication");
            object(&file, metadata, Kind::TriggerAuthentication(authentication))
        }));
        objects
    }
}

impl Resolver<'_> {
    pub(super) fn worker_queue(
        &mut self,
        parts: &Parts,
        name: &str,
        section: &WorkerSection,
        tool: Option<&Recognised<'_>>,
    ) -> Option<Queue> {
        let kind = section.scaling.queue?;
        let names = self.queue_names(name, section, tool, kind)?;
        let length = section.scaling.length.unwrap_or(LENGTH).to_string();
        match kind {
            QueueKind::Redis => self.redis_queue(parts, name, section, &names, &length),
            QueueKind::Rabbitmq => self.rabbitmq_queue(name, section, &names, &length),
        }
    }

    fn queue_names(
        &mut self,
        name: &str,
        section: &WorkerSection,
        tool: Option<&Recognised<'_>>,
        kind: QueueKind,
    ) -> Option<Vec<String>> {
        let written = &section.scaling.queues;
        let names = if written.is_empty() {
            tool.map(|tool| tool.queues(kind == QueueKind::Redis)).unwrap_or_default()
        } else {
            written.clone()
        };
        if names.is_empty() {
            let fault = Diagnostic::error("the queue's name cannot be read from the command");
            let fault = self.document.at_value(fault, &["workers", name, "command"], "");
            let fault = self.document.at_key(fault, &["workers", name, "scaling", "queue"], "its length is asked for");
            self.faults.push(fault.help("name it: queues = [\"…\"], in Redis with its prefix (`rq:queue:high`)"));
            return None;
        }
        let path = ["workers", name, "scaling", "queues"];
        for queue in &names {
            if queue.is_empty() || queue.chars().any(char::is_control) || queue.len() > 200 {
                self.fault(&path, "must hold names of queues");
                return None;
            }
        }
        Some(names)
    }

    fn redis_queue(
        &mut self,
        parts: &Parts,
        name: &str,
        section: &WorkerSection,
        names: &[String],
        length: &str,
    ) -> Option<Queue> {
        let scaling = &section.scaling;
        let (address, own_password) = self.redis_address(parts, name, section)?;
        let database = scaling.database.unwrap_or(0).to_string();
        let password = match &scaling.secret {
            Some(reference) => Some(self.secret_key(reference, &["workers", name, "scaling", "secret"])?),
            None => own_password,
        };
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
            authentication: password.map(|key| authentication("password", key)),
        })
    }

    /// `host:port` of the server as KEDA reaches it from its own namespace, and the password when it is known.
    fn redis_address(
        &mut self,
        parts: &Parts,
        name: &str,
        section: &WorkerSection,
    ) -> Option<(String, Option<SecretKeyRef>)> {
        let path = ["workers", name, "scaling", "address"];
        let Some(written) = &section.scaling.address else {
            return self.redis_service(parts, name, section);
        };
        let service = ["workers", name, "scaling", "service"];
        if self.document.has(&service) {
            let message = "the queue cannot be in two places";
            self.contradiction(message, (&path, "outside"), (&service, "of `[services]`"), "keep one of them");
        }
        let split = written.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok_and(|port| port > 0));
        let Some((host, port)) = split else {
            self.fault(&path, "must be `host:port`, such as `cache.example.com:6379`");
            return None;
        };
        let host: HostName = self.parse(host, &path)?;
        Some((format!("{host}:{port}"), None))
    }

    /// The server of `[services]` that holds the queue.
    fn redis_service(
        &mut self,
        parts: &Parts,
        name: &str,
        section: &WorkerSection,
    ) -> Option<(String, Option<SecretKeyRef>)> {
        let mut servers = parts.services.iter().filter_map(|service| Some((service, service.password.clone()?)));
        let found = match &section.scaling.service {
            Some(wanted) => servers.find(|(service, _)| service.name == *wanted),
            None => servers.next().filter(|_| servers.next().is_none()),
        };
        if let Some((service, password)) = found {
            return Some((service.address_for_others(parts), Some(password)));
        }
        let fault = Diagnostic::error("KEDA does not know which Redis it shall ask");
        let fault = self.document.at_key(fault, &["workers", name, "scaling", "queue"], "");
        let fault =
            fault.help("service = \"NAME\" of a `[services.NAME] kind = \"redis\"`, or address = \"host:port\"");
        self.faults.push(fault.help("a URL in a Secret is nothing that KEDA can read"));
        None
    }

    fn rabbitmq_queue(&mut self, name: &str, section: &WorkerSection, names: &[String], length: &str) -> Option<Queue> {
        for key in ["address", "database", "tls", "service"] {
            let path = ["workers", name, "scaling", key];
            if self.document.has(&path) {
                let message = format!("`{}` has no meaning for RabbitMQ", path.join("."));
                let kind = ["workers", name, "scaling", "queue"];
                self.contradiction(&message, (&path, ""), (&kind, ""), "the URL in the Secret says it");
            }
        }
        let key = self.broker_url(name, section)?;
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
    fn broker_url(&mut self, name: &str, section: &WorkerSection) -> Option<SecretKeyRef> {
        if let Some(reference) = &section.scaling.secret {
            return self.secret_key(reference, &["workers", name, "scaling", "secret"]);
        }
        let secrets = self.config.secrets.env.clone();
        let known = BROKER_VARIABLES.iter().find_map(|variable| Some((*variable, secrets.get(*variable)?)));
        if let Some((variable, reference)) = known {
            return self.secret_key(reference, &["secrets", "env", variable]);
        }
        let fault = Diagnostic::error("KEDA does not know which RabbitMQ it shall ask");
        let fault = self.document.at_key(fault, &["workers", name, "scaling", "queue"], "");
        self.faults
            .push(fault.help("secret = \"secret/key\": where the URL is, or CELERY_BROKER_URL in [secrets.env]"));
        None
    }
}

fn authentication(parameter: &'static str, key: SecretKeyRef) -> TriggerAuthentication {
    TriggerAuthentication { parameter, secret_name: key.name, secret_key: key.key }
}
