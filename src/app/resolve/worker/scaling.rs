//! How many replicas of a worker run, and who decides it.

use super::super::super::component::Component;
use super::super::super::object::{Kind, Object};
use super::super::super::workload::{HorizontalPodAutoscaler, Metric, Pace};
use super::super::ResolvedSections;
use super::super::autoscaler::{own_metrics, paces};
use super::super::faults::Faults;
use super::Worker;
use super::queue::{self, Bounds, Queue};
use super::tool::Recognised;
use crate::config::defaults;
use crate::config::section::WorkerScalingSection;

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

impl WorkerScale {
    pub(super) fn is_singleton(&self) -> bool {
        matches!(self, Self::Singleton)
    }

    /// The number that is in the Deployment.
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
    pub(super) fn objects(&self, parts: &ResolvedSections, component: &Component) -> Vec<Object> {
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
                vec![parts.names.object(component, &format!("{component}-hpa"), kind)]
            }
        }
    }
}

/// Keys of a worker's `scaling` that mean an autoscaler.
const AUTOSCALER_KEYS: [&str; 9] =
    ["min", "max", "cpu", "memory", "metrics", "scale-up", "scale-down", "scale-down-seconds", "queue"];

/// Keys of a worker's `scaling` that say something about its queue.
const QUEUE_KEYS: [&str; 8] = ["queues", "length", "address", "database", "tls", "secret", "keda-namespace", "service"];

/// `scaling` of the worker.
pub(super) fn resolve(worker: &Worker<'_>, faults: &mut Faults<'_>) -> WorkerScale {
    let plans = worker.tool.as_ref().is_some_and(Recognised::plans);
    if plans || worker.section.singleton == Some(true) {
        stays_single(worker, plans, faults);
        return WorkerScale::Singleton;
    }
    let scaling = &worker.section.scaling;
    if let Some(replicas) = scaling.replicas {
        no_autoscaler_keys(worker, faults);
        return WorkerScale::Fixed(replicas);
    }
    if scaling.queue.is_none() {
        for key in QUEUE_KEYS {
            if faults.has(&worker.scaling_place(key)) {
                faults.refuse(&worker.scaling_place(key), "needs `queue`: is it in `redis` or in `rabbitmq`?");
            }
        }
    }
    let scales = scaling.queue.is_some() || AUTOSCALER_KEYS.iter().any(|key| faults.has(&worker.scaling_place(key)));
    if !scales {
        return WorkerScale::Fixed(defaults::workers::REPLICAS);
    }
    let bounds = bounds(worker, faults);
    if let Some(kind) = scaling.queue {
        let queue = queue::resolve(worker, kind, faults);
        return queue.map_or(WorkerScale::Fixed(bounds.max), |queue| WorkerScale::Queue(bounds, queue));
    }
    if bounds.min == bounds.max {
        return WorkerScale::Fixed(bounds.min);
    }
    let metrics = metrics(worker, scaling, faults);
    let (up, down) = (scaling.scale_up.as_ref(), scaling.scale_down.as_ref());
    let place = worker.place("scaling");
    let (scale_up, scale_down) = paces(up, down, scaling.scale_down_seconds, &place, faults);
    WorkerScale::Load(bounds, Box::new(Load { metrics, scale_up, scale_down }))
}

fn no_autoscaler_keys(worker: &Worker<'_>, faults: &mut Faults<'_>) {
    let keys = [&AUTOSCALER_KEYS[..], &QUEUE_KEYS].concat();
    let message = |key: &str| format!("`{key}` is for an autoscaler, and `replicas` means none");
    let replicas: (&[&str], &str) = (&worker.scaling_place("replicas"), "a fixed number");
    let help = "keep `replicas`, or `min` and `max`";
    faults.without_meaning((&worker.place("scaling"), &keys), replicas, message, help);
}

fn metrics(worker: &Worker<'_>, scaling: &WorkerScalingSection, faults: &mut Faults<'_>) -> Vec<Metric> {
    let own = own_metrics(&scaling.metrics, &worker.place("scaling"), faults);
    let none = scaling.memory.is_none() && own.is_empty();
    let cpu = scaling.cpu.or_else(|| none.then_some(defaults::scaling::CPU)).map(|percent| ("cpu", percent));
    let memory = scaling.memory.map(|percent| ("memory", percent));
    let used = cpu.into_iter().chain(memory).map(|(resource, percent)| Metric::ContainerResource {
        name: resource,
        container: worker.component.to_string(),
        average_utilization: percent,
    });
    used.chain(own).collect()
}

/// Refuses everything that would make a second pod of what there must be one of.
fn stays_single(worker: &Worker<'_>, plans: bool, faults: &mut Faults<'_>) {
    let (key, reason, help) = if plans {
        (
            "command",
            "every replica of beat would schedule every task",
            "run beat in a worker of its own, and scale the others",
        )
    } else {
        ("singleton", "exactly one", "leave `scaling` out, or `singleton`")
    };
    let reason: (&[&str], &str) = (&worker.place(key), reason);
    if worker.section.singleton == Some(false) {
        let message = "a second beat would schedule every task twice";
        faults.contradiction(message, (&worker.place("singleton"), "more than one may run"), reason, help);
    }
    for key in AUTOSCALER_KEYS.iter().chain(&QUEUE_KEYS).chain(&["replicas"]) {
        let path = worker.scaling_place(key);
        if !faults.has(&path) || (*key == "replicas" && worker.section.scaling.replicas == Some(1)) {
            continue;
        }
        let message = if plans {
            format!("`{}`: a second beat would schedule every task twice", path.join("."))
        } else {
            format!("`{}` contradicts `singleton`", path.join("."))
        };
        faults.contradiction(&message, (&path, ""), reason, help);
    }
}

/// Fewest and most replicas of a worker that is scaled.
fn bounds(worker: &Worker<'_>, faults: &mut Faults<'_>) -> Bounds {
    let scaling = &worker.section.scaling;
    let min = scaling.min.unwrap_or(defaults::workers::MIN);
    let max = scaling.max.unwrap_or(min);
    if scaling.max.is_none() {
        faults.refuse(&worker.place("scaling"), "needs `max`, the upper limit");
    }
    let (min_place, max_place) = (worker.scaling_place("min"), worker.scaling_place("max"));
    if min > max {
        let help = "at least as many as `min`, or `replicas` for a fixed number";
        let message = format!("`{}` is less than `{}`", max_place.join("."), min_place.join("."));
        faults.contradiction(&message, (&max_place, ""), (&min_place, ""), help);
    }
    if min == 0 && scaling.queue.is_none() {
        faults.contradiction(
            &format!("`{}` cannot be 0 without `queue`", min_place.join(".")),
            (&min_place, "without a pod there is no CPU use"),
            (&worker.place("scaling"), "nothing else would start one"),
            "`queue` starts the first replica when a message comes",
        );
    }
    for key in ["cpu", "memory", "metrics", "scale-up", "scale-down"] {
        let path = worker.scaling_place(key);
        if scaling.queue.is_some() && faults.has(&path) {
            faults.contradiction(
                &format!("`{}` would be a second autoscaler next to KEDA's", path.join(".")),
                (&path, "by a HorizontalPodAutoscaler"),
                (&worker.scaling_place("queue"), "by KEDA, which owns one"),
                "keep one of them: for work from a queue its length says more",
            );
        }
    }
    let scale_down_seconds = scaling.scale_down_seconds.unwrap_or(defaults::scaling::SCALE_DOWN_SECONDS);
    Bounds { min, max, scale_down_seconds }
}
