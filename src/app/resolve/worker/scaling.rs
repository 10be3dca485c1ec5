//! How many replicas of a worker run, and who decides it.

use super::super::super::object::{Kind, Object};
use super::super::super::workload::{HorizontalPodAutoscaler, Metric, Pace};
use super::super::{Parts, Resolver, object};
use super::queue::Queue;
use super::tool::Recognised;
use crate::config::section::WorkerSection;

/// Who decides how many replicas run.
#[derive(Clone, Debug)]
pub(super) enum WorkerScale {
    /// Nobody: there is one, and never two.
    Singleton,
    /// `app.toml`.
    Fixed(u32),
    /// A HorizontalPodAutoscaler, by what the pods use.
    Load(Bounds, Box<Load>),
    /// KEDA, by the length of a queue.
    Queue(Bounds, Queue),
}

/// What the pods use, and how fast their number follows it.
#[derive(Clone, Debug)]
pub(super) struct Load {
    metrics: Vec<Metric>,
    scale_up: Pace,
    scale_down: Pace,
}

/// Between what numbers, and how fast downwards.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) min: u32,
    pub(super) max: u32,
    /// Seconds of lower load before replicas are taken away.
    pub(super) scale_down_seconds: u32,
}

impl WorkerScale {
    pub(super) fn is_singleton(&self) -> bool {
        matches!(self, Self::Singleton)
    }

    /// The number that stands in the Deployment.
    pub(super) fn fixed(&self) -> Option<u32> {
        match self {
            Self::Singleton => Some(1),
            Self::Fixed(replicas) => Some(*replicas),
            Self::Load(..) | Self::Queue(..) => None,
        }
    }

    pub(super) fn most(&self) -> u32 {
        match self {
            Self::Load(bounds, _) | Self::Queue(bounds, _) => bounds.max,
            Self::Singleton | Self::Fixed(_) => self.fixed().unwrap_or(1),
        }
    }

    /// The autoscaler of `component`.
    pub(super) fn objects(&self, parts: &Parts, component: &str) -> Vec<Object> {
        match self {
            Self::Singleton | Self::Fixed(_) => Vec::new(),
            Self::Queue(bounds, queue) => queue.objects(parts, component, *bounds),
            Self::Load(bounds, load) => {
                let autoscaler = HorizontalPodAutoscaler {
                    target_kind: "Deployment",
                    target_name: parts.names.of(component),
                    min_replicas: bounds.min,
                    max_replicas: bounds.max,
                    metrics: load.metrics.clone(),
                    scale_up: load.scale_up.clone(),
                    scale_down: load.scale_down.clone(),
                };
                let kind = Kind::HorizontalPodAutoscaler(autoscaler);
                vec![object(&format!("{component}-hpa"), parts.names.metadata(component), kind)]
            }
        }
    }
}

/// Keys of a worker's `scaling` that mean an autoscaler.
const AUTOSCALER_KEYS: [&str; 9] =
    ["min", "max", "cpu", "memory", "metrics", "scale-up", "scale-down", "scale-down-seconds", "queue"];

/// Keys of a worker's `scaling` that say something about its queue.
const QUEUE_KEYS: [&str; 8] = ["queues", "length", "address", "database", "tls", "secret", "keda-namespace", "service"];

impl Resolver<'_> {
    pub(super) fn worker_scale(
        &mut self,
        parts: &Parts,
        name: &str,
        section: &WorkerSection,
        tool: Option<&Recognised<'_>>,
    ) -> Option<WorkerScale> {
        let plans = tool.is_some_and(Recognised::plans);
        if plans || section.singleton == Some(true) {
            return self.singleton(name, section, plans).then_some(WorkerScale::Singleton);
        }
        let scaling = &section.scaling;
        let place = |key| ["workers", name, "scaling", key];
        if let Some(replicas) = scaling.replicas {
            let keys = AUTOSCALER_KEYS.iter().chain(&QUEUE_KEYS).filter(|key| self.document.has(&place(key)));
            for key in keys.copied().collect::<Vec<_>>() {
                self.contradiction(
                    &format!("`{}` is for an autoscaler, and `replicas` means none", place(key).join(".")),
                    (&place(key), ""),
                    (&place("replicas"), "a fixed number"),
                    "keep `replicas`, or `min` and `max`",
                );
            }
            return Some(WorkerScale::Fixed(replicas));
        }
        if scaling.queue.is_none() {
            for key in QUEUE_KEYS.into_iter().filter(|key| self.document.has(&place(key))).collect::<Vec<_>>() {
                self.fault(&place(key), "needs `queue`: is it in `redis` or in `rabbitmq`?");
            }
        }
        let scales = scaling.queue.is_some() || AUTOSCALER_KEYS.iter().any(|key| self.document.has(&place(key)));
        if !scales {
            return Some(WorkerScale::Fixed(1));
        }
        let bounds = self.worker_bounds(name, section)?;
        if scaling.queue.is_some() {
            return Some(WorkerScale::Queue(bounds, self.worker_queue(parts, name, section, tool)?));
        }
        if bounds.min == bounds.max {
            return Some(WorkerScale::Fixed(bounds.min));
        }
        let metrics = self.worker_metrics(name, section);
        let (up, down) = (scaling.scale_up.clone(), scaling.scale_down.clone());
        let place = ["workers", name, "scaling"];
        let (scale_up, scale_down) = self.paces(up, down, scaling.scale_down_seconds, &place);
        Some(WorkerScale::Load(bounds, Box::new(Load { metrics, scale_up, scale_down })))
    }

    fn worker_metrics(&mut self, name: &str, section: &WorkerSection) -> Vec<Metric> {
        let scaling = &section.scaling;
        let own = self.own_metrics(&scaling.metrics, &["workers", name, "scaling"]);
        let none = scaling.memory.is_none() && own.is_empty();
        let cpu = scaling.cpu.or_else(|| none.then_some(70)).map(|percent| ("cpu", percent));
        let memory = scaling.memory.map(|percent| ("memory", percent));
        let used = cpu.into_iter().chain(memory).map(|(resource, percent)| Metric::ContainerResource {
            name: resource,
            container: format!("worker-{name}"),
            average_utilization: percent,
        });
        used.chain(own).collect()
    }

    /// Refuses everything that would make a second pod of what there must be one of.
    fn singleton(&mut self, name: &str, section: &WorkerSection, plans: bool) -> bool {
        let before = self.faults.0.len();
        let reason: (Vec<&str>, &str) = if plans {
            (vec!["workers", name, "command"], "beat: each one plans every task")
        } else {
            (vec!["workers", name, "singleton"], "exactly one")
        };
        let help = if plans {
            "run beat in a worker of its own, and scale the others"
        } else {
            "leave `scaling` out, or `singleton`"
        };
        if section.singleton == Some(false) {
            let path = ["workers", name, "singleton"];
            let message = "beat that runs twice plans every task twice";
            self.contradiction(message, (&path, "more than one may run"), (&reason.0, reason.1), help);
        }
        for key in AUTOSCALER_KEYS.iter().chain(&QUEUE_KEYS).chain(&["replicas"]) {
            let path = ["workers", name, "scaling", key];
            if !self.document.has(&path) || (*key == "replicas" && section.scaling.replicas == Some(1)) {
                continue;
            }
            let message = if plans {
                format!("`{}`: beat that runs twice plans every task twice", path.join("."))
            } else {
                format!("`{}` contradicts `singleton`", path.join("."))
            };
            self.contradiction(&message, (&path, ""), (&reason.0, reason.1), help);
        }
        self.faults.0.len() == before
    }

    fn worker_bounds(&mut self, name: &str, section: &WorkerSection) -> Option<Bounds> {
        let scaling = &section.scaling;
        let place = |key| ["workers", name, "scaling", key];
        let min = scaling.min.unwrap_or(1);
        let Some(max) = scaling.max else {
            self.fault(&["workers", name, "scaling"], "needs `max`: how many replicas may it cost at most?");
            return None;
        };
        if min > max {
            let help = "at least as many as `min`, or `replicas` for a fixed number";
            let message = format!("`{}` is less than `{}`", place("max").join("."), place("min").join("."));
            self.contradiction(&message, (&place("max"), ""), (&place("min"), ""), help);
            return None;
        }
        if min == 0 && scaling.queue.is_none() {
            self.contradiction(
                &format!("`{}` cannot be 0 without `queue`", place("min").join(".")),
                (&place("min"), "no pod uses no CPU"),
                (&["workers", name, "scaling"], "nothing else would start one"),
                "`queue` starts the first replica when a message comes",
            );
            return None;
        }
        for key in ["cpu", "memory", "metrics", "scale-up", "scale-down"] {
            if scaling.queue.is_some() && self.document.has(&place(key)) {
                self.contradiction(
                    &format!("`{}` would be a second autoscaler beside KEDA's", place(key).join(".")),
                    (&place(key), "by a HorizontalPodAutoscaler"),
                    (&place("queue"), "by KEDA, which owns one"),
                    "keep one of them: for work from a queue its length says more",
                );
            }
        }
        Some(Bounds { min, max, scale_down_seconds: scaling.scale_down_seconds.unwrap_or(300) })
    }
}
