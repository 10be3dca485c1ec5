//! How many replicas run, and who decides it.

use super::super::object::{Kind, Object};
use super::super::workload::{HorizontalPodAutoscaler, IntOrString, Metric, Pace, PodDisruptionBudget, RollingUpdate};
use super::faults::Faults;
use super::web_variant::WebVariant;
use super::{ResolvedSections, WEB, autoscaler};
use crate::config::defaults;
use crate::config::section::{Amount, RolloutSection, RolloutStrategy, ScalingSection, Vertical};

/// Replicas of the web workload.
#[derive(Clone, Debug)]
pub(super) struct Scaling {
    /// Fewest replicas.
    pub(super) min: u32,
    /// Most replicas.
    pub(super) max: u32,
    /// Metric and percentage; none when the number is fixed.
    pub(super) metrics: Vec<(&'static str, u32)>,
    /// Metrics of the application's own.
    pub(super) own_metrics: Vec<Metric>,
    /// How fast replicas are added.
    pub(super) scale_up: Pace,
    /// How fast replicas are removed.
    pub(super) scale_down: Pace,
    /// Whether a VerticalPodAutoscaler looks at the requests.
    pub(super) vertical: Vertical,
    /// How pods are replaced; none means all at once.
    pub(super) rolling_update: Option<RollingUpdate>,
}

impl Scaling {
    /// The number of replicas when nobody but `app.toml` decides it.
    pub(super) fn fixed(&self) -> Option<u32> {
        (self.min == self.max).then_some(self.min)
    }

    /// Autoscaler and disruption budget of one variant of the web workload.
    pub(super) fn objects(&self, parts: &ResolvedSections, variant: &WebVariant) -> Vec<Object> {
        let mut objects = Vec::new();
        let component = &variant.component;
        if self.fixed().is_none() {
            let metrics = self.metrics.iter().map(|(name, percent)| Metric::ContainerResource {
                name,
                container: WEB.into(),
                average_utilization: *percent,
            });
            let autoscaler = HorizontalPodAutoscaler {
                target_kind: parts.web_kind(),
                target_name: parts.names.of(component),
                min_replicas: self.min,
                max_replicas: self.max,
                metrics: metrics.chain(self.own_metrics.iter().cloned()).collect(),
                scale_up: self.scale_up.clone(),
                scale_down: self.scale_down.clone(),
            };
            let kind = Kind::HorizontalPodAutoscaler(autoscaler);
            objects.push(parts.names.object(component, &variant.file("hpa"), kind));
        }
        // One may go at a time, however many the autoscaler made. What never has a second pod needs no budget.
        if self.max > 1 {
            let budget = PodDisruptionBudget { match_labels: variant.match_labels(&parts.names) };
            let kind = Kind::PodDisruptionBudget(budget);
            objects.push(parts.names.object(component, &variant.file("pdb"), kind));
        }
        objects
    }
}

/// `[scaling]`, with what `[rollout]` says of the replicas meanwhile.
pub(super) fn resolve(section: &ScalingSection, rollout: &RolloutSection, faults: &mut Faults<'_>) -> Scaling {
    no_bounds_beside_replicas(section, faults);
    let rolling_update = rolling_update(rollout, faults);
    let (min, max) = bounds(section, faults);
    let own_metrics = autoscaler::own_metrics(&section.metrics, &["scaling"], faults);
    let (up, down) = (section.scale_up.as_ref(), section.scale_down.as_ref());
    let (scale_up, scale_down) = autoscaler::paces(up, down, section.scale_down_seconds, &["scaling"], faults);
    let mut metrics = Vec::new();
    if min < max {
        let none = section.memory.is_none() && section.metrics.is_empty();
        let cpu = section.cpu.or_else(|| none.then_some(defaults::scaling::CPU));
        metrics.extend(cpu.map(|percent| ("cpu", percent)));
        metrics.extend(section.memory.map(|percent| ("memory", percent)));
    }
    let recreate = rollout.strategy == RolloutStrategy::Recreate;
    if recreate && max > 1 {
        let other: &[&str] = if section.replicas.is_some() { &["scaling", "replicas"] } else { &["scaling"] };
        faults.contradiction(
            "`recreate` stops every replica at each release",
            (&["rollout", "strategy"], "all pods stop before new ones start"),
            (other, "more than one replica"),
            "[scaling] replicas = 1 for an application that cannot run twice, or `rolling`",
        );
    }
    let rolling_update = (!recreate).then_some(rolling_update);
    Scaling { min, max, metrics, own_metrics, scale_up, scale_down, vertical: section.vertical, rolling_update }
}

/// Fewest and most replicas.
fn bounds(section: &ScalingSection, faults: &mut Faults<'_>) -> (u32, u32) {
    let (min, max) = section.bounds();
    if min > max {
        let help = "at least as many as `min`, or `replicas` for a fixed number";
        let message = "`scaling.max` is less than `scaling.min`";
        faults.contradiction(message, (&["scaling", "max"], ""), (&["scaling", "min"], ""), help);
    }
    (min, max.max(min))
}

fn no_bounds_beside_replicas(section: &ScalingSection, faults: &mut Faults<'_>) {
    if section.replicas.is_none() {
        return;
    }
    let keys = ["min", "max", "cpu", "memory", "scale-down-seconds", "metrics", "scale-up", "scale-down"];
    let message = |key: &str| format!("`{key}` is for an autoscaler, and `scaling.replicas` means none");
    let replicas: (&[&str], &str) = (&["scaling", "replicas"], "a fixed number");
    faults.without_meaning((&["scaling"], &keys), replicas, message, "keep `replicas`, or `min` and `max`");
}

fn rolling_update(section: &RolloutSection, faults: &mut Faults<'_>) -> RollingUpdate {
    let update = RollingUpdate::careful();
    let max_unavailable = amount(section.max_unavailable.as_ref(), update.max_unavailable, "max-unavailable", faults);
    let max_surge = amount(section.max_surge.as_ref(), update.max_surge, "max-surge", faults);
    if section.strategy == RolloutStrategy::Recreate {
        let message = |key: &str| format!("`{key}` has no meaning for `recreate`");
        let other: (&[&str], &str) = (&["rollout", "strategy"], "all pods stop at once");
        let keys = ["max-unavailable", "max-surge"];
        faults.without_meaning((&["rollout"], &keys), other, message, "leave it out, or `rolling`");
    }
    if is_zero(&max_unavailable) && is_zero(&max_surge) {
        faults.contradiction(
            "a rollout could not replace a single pod",
            (&["rollout", "max-surge"], "no pod more"),
            (&["rollout", "max-unavailable"], "and no pod less"),
            "one of the two must be more than 0",
        );
    }
    RollingUpdate { max_unavailable, max_surge }
}

fn amount(written: Option<&Amount>, default: IntOrString, key: &str, faults: &mut Faults<'_>) -> IntOrString {
    match written {
        None => default,
        Some(Amount::Count(count)) => IntOrString::Int(*count),
        Some(Amount::Percent(text)) => match text.strip_suffix('%').and_then(|number| number.parse::<u32>().ok()) {
            Some(percent @ 0..=100) => IntOrString::String(format!("{percent}%")),
            _ => {
                faults.refuse(&["rollout", key], "must be a number, or a percentage from `0%` to `100%`");
                default
            }
        },
    }
}

fn is_zero(amount: &IntOrString) -> bool {
    match amount {
        IntOrString::Int(number) => *number == 0,
        IntOrString::String(percent) => percent == "0%",
    }
}
