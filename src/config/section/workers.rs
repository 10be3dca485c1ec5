//! `[workers.NAME]`: processes of the same image that take work from a queue, or schedule it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::defaults;

use super::{MetricSection, PaceSection, ResourcesSection};

/// A process of the same image with another command: Celery, RQ, dramatiq, arq, or any other.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct WorkerSection {
    /// The command, such as `celery -A config worker --concurrency 4`.
    pub command: String,
    /// Exactly one pod, never two at a time, and no autoscaler. Default: `true` for Celery's beat, else `false`.
    pub singleton: Option<bool>,
    /// How many replicas run. Default: one.
    #[serde(default)]
    pub scaling: WorkerScalingSection,
    /// What one replica asks for and may use, over `[resources]`.
    #[serde(default)]
    pub resources: ResourcesSection,
    /// Seconds that running tasks have to finish after SIGTERM.
    #[schemars(range(min = 1, max = 86_400))]
    #[schemars(extend("default" = defaults::workers::GRACE_SECONDS))]
    pub grace_seconds: Option<u32>,
    /// Port that the process listens on, such as `daphne` beside gunicorn, or flower: a Service called
    /// `APP-worker-NAME` forwards its port 80 there, from pods of this application only unless `path` is given.
    #[schemars(range(min = 1, max = 65535))]
    pub port: Option<u32>,
    /// Path prefix under the hosts of `[expose]` whose requests go to this process and not to the web workload: `/ws`.
    /// Needs `port`.
    pub path: Option<String>,
    /// Path that answers 200 while the process is healthy, for the kubelet; after a minute without that it is
    /// restarted. Needs `port`. Default: only the end of the process is noticed.
    pub health: Option<String>,
    /// The process keeps touching a file, `/tmp/heartbeat` or the one named here, and its age decides whether it is alive.
    /// A Celery worker also touches the same name with `.ready` while its broker is connected, which decides whether it is
    /// ready; `pykube add heartbeat` writes the module.
    #[schemars(extend("default" = false))]
    pub heartbeat: Option<HeartbeatSection>,
    /// Variables besides the application's, or instead of them.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
}

/// Whether there is a heartbeat, or its file.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum HeartbeatSection {
    /// `true`: in `/tmp/heartbeat`.
    Switch(bool),
    /// The file, in a folder that can be written.
    File(String),
}

/// How many replicas of a worker run: a fixed number, by load, or by the length of its queue.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct WorkerScalingSection {
    /// A fixed number of replicas and no autoscaler; not beside `min` and `max`.
    #[schemars(range(min = 1, max = 1_000))]
    #[schemars(extend("default" = defaults::workers::REPLICAS))]
    pub replicas: Option<u32>,
    /// Fewest replicas; `0` with a `queue` only.
    #[schemars(range(min = 0, max = 1_000))]
    #[schemars(extend("default" = defaults::workers::MIN))]
    pub min: Option<u32>,
    /// Most replicas.
    #[schemars(range(min = 1, max = 1_000))]
    pub max: Option<u32>,
    /// CPU use that the autoscaler aims at, in percent of the request. Default: `80` with `max` and no other metric.
    #[schemars(range(min = 1, max = 1_000))]
    pub cpu: Option<u32>,
    /// Memory use that the autoscaler aims at, in percent of the request.
    #[schemars(range(min = 1, max = 1_000))]
    pub memory: Option<u32>,
    /// Seconds of lower load before replicas are removed.
    #[schemars(range(min = 0, max = 3_600))]
    #[schemars(extend("default" = defaults::scaling::SCALE_DOWN_SECONDS))]
    pub scale_down_seconds: Option<u32>,
    /// Metrics of the application's own, such as `{ external = "queue_length", average = "30" }`.
    pub metrics: Vec<MetricSection>,
    /// How fast replicas are added.
    pub scale_up: Option<PaceSection>,
    /// How fast replicas are removed.
    pub scale_down: Option<PaceSection>,
    /// Scale by the length of a queue, through KEDA, which then owns the autoscaler.
    pub queue: Option<QueueKind>,
    /// Names of the queues. Default: those of the command (`celery -Q`), else the tool's own default.
    pub queues: Vec<String>,
    /// Messages in the queue for each replica.
    #[schemars(range(min = 1, max = 1_000_000))]
    #[schemars(extend("default" = defaults::workers::LENGTH))]
    pub length: Option<u32>,
    /// `redis`: name of the server in `[services]`. Default: the only one.
    pub service: Option<String>,
    /// `redis`: `host:port` of a server outside `[services]`.
    pub address: Option<String>,
    /// `redis`: number of the database.
    #[schemars(range(min = 0, max = 1_000))]
    #[schemars(extend("default" = defaults::workers::DATABASE))]
    pub database: Option<u32>,
    /// `redis`: the connection is encrypted.
    pub tls: bool,
    /// Where KEDA finds the password (`redis`) or the whole URL (`rabbitmq`), as `secret/key`.
    /// Default for `rabbitmq`: that of the broker's variable in `[secrets.env]`.
    pub secret: Option<String>,
    /// Namespace of KEDA, which must reach the queue.
    #[schemars(extend("default" = defaults::workers::KEDA_NAMESPACE))]
    pub keda_namespace: Option<String>,
}

/// Where a queue is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum QueueKind {
    /// A list in Redis or Valkey.
    Redis,
    /// A queue of RabbitMQ.
    Rabbitmq,
}
