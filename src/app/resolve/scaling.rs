//! How many replicas run, and who decides it.

use super::super::object::{Kind, Object};
use super::super::workload::{HorizontalPodAutoscaler, IntOrString, Metric, Pace, PodDisruptionBudget, RollingUpdate};
use super::web::Face;
use super::{Parts, Resolver, WEB, object};
use crate::config::section::{Amount, RolloutStrategy};

/// Replicas of the web workload.
#[derive(Clone, Debug)]
pub(in crate::app) struct Scaling {
    /// Fewest replicas.
    pub(in crate::app) min: u32,
    /// Most replicas.
    pub(in crate::app) max: u32,
    /// Metric and percentage; none when the number is fixed.
    pub(in crate::app) metrics: Vec<(&'static str, u32)>,
    /// Metrics of the application's own.
    pub(in crate::app) own_metrics: Vec<Metric>,
    /// How fast replicas come.
    pub(in crate::app) scale_up: Pace,
    /// How fast replicas go.
    pub(in crate::app) scale_down: Pace,
    /// How pods are replaced; none means all at once.
    pub(in crate::app) rolling_update: Option<RollingUpdate>,
}

impl Scaling {
    /// The number of replicas when nobody but `app.toml` decides it.
    pub(super) fn fixed(&self) -> Option<u32> {
        (self.min == self.max).then_some(self.min)
    }
}

impl Resolver<'_> {
    pub(super) fn scaling(&mut self) -> Option<Scaling> {
        let section = self.config.scaling.clone();
        self.no_bounds_beside_replicas();
        let rolling_update = self.rolling_update();
        let (min, max) = match section.replicas {
            Some(replicas) => (replicas, replicas),
            None => {
                let min = section.min.unwrap_or(section.max.map_or(2, |max| max.min(2)));
                (min, section.max.unwrap_or(min * 3))
            }
        };
        if min > max {
            let help = "at least as many as `min`, or `replicas` for a fixed number";
            self.contradiction(
                "`scaling.max` is less than `scaling.min`",
                (&["scaling", "max"], ""),
                (&["scaling", "min"], ""),
                help,
            );
            return None;
        }
        let own_metrics = self.own_metrics(&section.metrics, &["scaling"]);
        let (up, down) = (section.scale_up.clone(), section.scale_down.clone());
        let (scale_up, scale_down) = self.paces(up, down, section.scale_down_seconds, &["scaling"]);
        let mut metrics = Vec::new();
        if min < max {
            let none = section.memory.is_none() && section.metrics.is_empty();
            let cpu = section.cpu.or_else(|| none.then_some(70));
            metrics.extend(cpu.map(|percent| ("cpu", percent)));
            metrics.extend(section.memory.map(|percent| ("memory", percent)));
        }
        let recreate = self.config.rollout.strategy == RolloutStrategy::Recreate;
        if recreate && max > 1 {
            let other: &[&str] = if section.replicas.is_some() { &["scaling", "replicas"] } else { &["scaling"] };
            self.contradiction(
                "`recreate` stops every replica at each release",
                (&["rollout", "strategy"], "all pods go before new ones come"),
                (other, "more than one replica"),
                "[scaling] replicas = 1 for an application that cannot run twice, or `rolling`",
            );
        }
        let rolling_update = (!recreate).then_some(rolling_update?);
        Some(Scaling { min, max, metrics, own_metrics, scale_up, scale_down, rolling_update })
    }

    fn no_bounds_beside_replicas(&mut self) {
        if self.config.scaling.replicas.is_none() {
            return;
        }
        for key in ["min", "max", "cpu", "memory", "scale-down-seconds", "metrics", "scale-up", "scale-down"] {
            if self.document.has(&["scaling", key]) {
                self.contradiction(
                    &format!("`scaling.{key}` is for an autoscaler, and `scaling.replicas` means none"),
                    (&["scaling", key], ""),
                    (&["scaling", "replicas"], "a fixed number"),
                    "keep `replicas`, or `min` and `max`",
                );
            }
        }
    }

    fn rolling_update(&mut self) -> Option<RollingUpdate> {
        let section = &self.config.rollout;
        let max_unavailable = self.amount(section.max_unavailable.as_ref(), IntOrString::Int(0), "max-unavailable");
        let max_surge = self.amount(section.max_surge.as_ref(), IntOrString::String("25%".into()), "max-surge");
        let (max_unavailable, max_surge) = (max_unavailable?, max_surge?);
        if section.strategy == RolloutStrategy::Recreate {
            for key in ["max-unavailable", "max-surge"] {
                if self.document.has(&["rollout", key]) {
                    let message = format!("`rollout.{key}` has no meaning for `recreate`");
                    let other: (&[&str], &str) = (&["rollout", "strategy"], "all pods go at once");
                    self.contradiction(&message, (&["rollout", key], ""), other, "leave it out, or `rolling`");
                }
            }
        }
        if is_zero(&max_unavailable) && is_zero(&max_surge) {
            self.contradiction(
                "a rollout could not replace a single pod",
                (&["rollout", "max-surge"], "no pod more"),
                (&["rollout", "max-unavailable"], "and no pod less"),
                "one of the two must be more than 0",
            );
        }
        Some(RollingUpdate { max_unavailable, max_surge })
    }

    fn amount(&mut self, written: Option<&Amount>, default: IntOrString, key: &str) -> Option<IntOrString> {
        match written {
            None => Some(default),
            Some(Amount::Count(count)) => Some(IntOrString::Int(*count)),
            Some(Amount::Percent(text)) => match text.strip_suffix('%').and_then(|number| number.parse::<u32>().ok()) {
                Some(percent @ 0..=100) => Some(IntOrString::String(format!("{percent}%"))),
                _ => {
                    self.fault(&["rollout", key], "must be a number, or a percentage from `0%` to `100%`");
                    None
                }
            },
        }
    }

    /// Autoscaler and disruption budget of one shape of the web workload.
    pub(super) fn scaling_objects(&self, parts: &Parts, face: &Face) -> Vec<Object> {
        let mut objects = Vec::new();
        let scaling = &parts.scaling;
        if scaling.fixed().is_none() {
            let metrics = scaling.metrics.iter().map(|(name, percent)| Metric::ContainerResource {
                name,
                container: WEB.into(),
                average_utilization: *percent,
            });
            let autoscaler = HorizontalPodAutoscaler {
                target_kind: self.web_kind(),
                target_name: parts.names.of(&face.component),
                min_replicas: scaling.min,
                max_replicas: scaling.max,
                metrics: metrics.chain(scaling.own_metrics.iter().cloned()).collect(),
                scale_up: scaling.scale_up.clone(),
                scale_down: scaling.scale_down.clone(),
            };
            let metadata = parts.names.metadata(&face.component);
            objects.push(object(&format!("hpa{}", face.suffix), metadata, Kind::HorizontalPodAutoscaler(autoscaler)));
        }
        // One may go at a time, however many the autoscaler made. What never has a second pod needs no budget.
        if scaling.max > 1 {
            let budget = PodDisruptionBudget { match_labels: face.match_labels(parts) };
            let metadata = parts.names.metadata(&face.component);
            objects.push(object(&format!("pdb{}", face.suffix), metadata, Kind::PodDisruptionBudget(budget)));
        }
        objects
    }
}

fn is_zero(amount: &IntOrString) -> bool {
    match amount {
        IntOrString::Int(number) => *number == 0,
        IntOrString::String(percent) => percent == "0%",
    }
}
