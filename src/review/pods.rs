//! How many pods a workload has, and how few of them are ready while it is rolled out.

use serde_json::Value;

use super::trees::{Trees, namespace, neighbours};
use crate::kube::object::Object;
use crate::kube::path::at;
use crate::kube::workload::{SCALERS, scaler_bounds, scales};

/// What a change does to the number of pods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pods {
    /// As many as there are at least before it; with an autoscaler, its lower bound.
    pub before: Option<u64>,
    /// The same after it.
    pub after: Option<u64>,
    /// Whether every pod is replaced.
    pub replaced: bool,
    /// The fewest that are ready at any time of the release, when all goes well.
    pub fewest_ready: u64,
}

pub(crate) fn autoscaler<'a>(tree: &'a [Object], workload: &'a Value) -> Option<&'a Object> {
    neighbours(tree, &SCALERS, workload).find(|scaler| scales(scaler, workload))
}

/// The number of pods that `workload` has at least when nothing is rolled out.
fn usual(workload: &Value, tree: &[Object]) -> u64 {
    // Without a number: 1 of Deployment and StatefulSet (apps/v1 types.go).
    let scaled = || scaler_bounds(autoscaler(tree, workload)?)[0].1;
    at(workload, "spec.replicas").as_u64().or_else(scaled).unwrap_or(1)
}

/// A number or a percentage of `whole`; a surge is rounded up, what may be missing down.
fn part(value: &Value, whole: u64, up: bool) -> u64 {
    let percent = match value {
        Value::Number(number) => return number.as_u64().unwrap_or(0),
        Value::String(text) => text.strip_suffix('%').and_then(|number| number.parse::<u64>().ok()),
        _ => None,
    };
    let hundredths = whole.saturating_mul(percent.unwrap_or(25));
    if up { hundredths.div_ceil(100) } else { hundredths / 100 }
}

/// How many of `count` pods a rollout takes away at once.
fn taken_at_once(workload: &Value, count: u64) -> u64 {
    let strategy = at(workload, "spec.strategy");
    match (workload["kind"].as_str(), strategy["type"].as_str()) {
        (Some("StatefulSet"), _) if at(workload, "spec.updateStrategy.type") == "OnDelete" => 0,
        // One after the other, and each goes before its successor comes.
        (Some("StatefulSet"), _) => 1,
        (_, Some("Recreate")) => count,
        _ => {
            let rolling = &strategy["rollingUpdate"];
            let missing = part(&rolling["maxUnavailable"], count, false);
            // Both zero after rounding: one may be missing (`ResolveFenceposts` of kubernetes/pkg/controller/deployment).
            if missing == 0 && part(&rolling["maxSurge"], count, true) == 0 { 1 } else { missing }
        }
    }
}

impl Pods {
    /// Of a workload as it was and as it is; null for a side on which it is not there.
    pub(crate) fn of(before: &Value, after: &Value, trees: &Trees) -> Self {
        let there = |side: &Value, tree: &[Object]| (!side.is_null()).then(|| usual(side, tree));
        let (old, new) = (there(before, &trees.before), there(after, &trees.after));
        let (Some(was), Some(is)) = (old, new) else {
            return Self { before: old, after: new, ..Self::default() };
        };
        let replaced = at(before, "spec.template") != at(after, "spec.template");
        let on_delete = at(after, "spec.updateStrategy.type") == "OnDelete";
        let left = if replaced { is.saturating_sub(taken_at_once(after, is)) } else { is };
        let dropped = if drops_to_one(before, after, trees) { 1 } else { u64::MAX };
        Self { before: old, after: new, replaced: replaced && !on_delete, fewest_ready: was.min(left).min(dropped) }
    }
}

/// Whether the API server sets the number of pods to its default of one, because nobody says a number any more: until
/// the autoscaler acts. The rendered release hands the field over instead.
pub(crate) fn drops_to_one(before: &Value, after: &Value, trees: &Trees) -> bool {
    let said = |side: &Value| at(side, "spec.replicas").as_u64();
    said(before).is_some_and(|count| count > 1)
        && said(after).is_none()
        && trees.delivery != super::delivery::Delivery::Release
        && namespace(before) == namespace(after)
}
