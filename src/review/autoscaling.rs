//! An autoscaler that aims at a share of what the pods ask for: another request moves the point at which it acts.

use serde_json::Value;

use super::effect::{Effect, Found};
use super::pods::autoscaler;
use super::rule::Case;
use crate::kube::grammar::quantity::Quantity;
use crate::kube::path::Segment;
use crate::kube::value::{items, scalar};

const SOURCE: &str = "https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/\
    #how-does-a-horizontalpodautoscaler-work";

/// What another request of a resource does to the autoscaler of its workload, with the numbers.
pub(super) fn effect(case: &Case<'_>) -> Option<Found> {
    let [Segment::Item(container), Segment::Key(_), Segment::Key(requests), Segment::Key(resource)] =
        case.path.0.get(case.path.0.len().checked_sub(4)?..)?
    else {
        return None;
    };
    if requests != "requests" {
        return None;
    }
    let (old, new) = (amount(case.before?)?, amount(case.after?)?);
    let now = share(autoscaler(&case.sides.trees.after, case.sides.after)?.at("spec"), container, resource)?;
    let before = autoscaler(&case.sides.trees.before, case.sides.before)
        .and_then(|scaler| share(scaler.at("spec"), container, resource))
        .unwrap_or(now);
    let when = if new < old { "sooner" } else { "later" };
    let why = format!(
        "the autoscaler aims at {now} % of the request: it adds pods {when}, at {} of {resource} a pod instead of {}",
        point(now, case.after?, new),
        point(before, case.before?, old),
    );
    Some(Found { effect: Effect::Scales, why: why.into(), source: SOURCE })
}

fn amount(value: &Value) -> Option<Quantity> {
    Quantity::parse(&scalar(value)?)
}

/// The share of the request, in per cent, that the autoscaler aims at.
fn share(spec: &Value, container: &str, resource: &str) -> Option<u64> {
    let of_metric = |metric: &Value| {
        let one = if metric["type"] == "ContainerResource" { "containerResource" } else { "resource" };
        let metric = &metric[one];
        let is_about = metric["name"] == resource && metric["container"].as_str().is_none_or(|name| name == container);
        metric["target"]["averageUtilization"].as_u64().filter(|_| is_about)
    };
    let of_trigger = |trigger: &Value| {
        let is_about = trigger["type"] == resource && trigger["metricType"].as_str() == Some("Utilization");
        scalar(&trigger["metadata"]["value"])?.parse().ok().filter(|_| is_about)
    };
    items(&spec["metrics"]).find_map(of_metric).or_else(|| items(&spec["triggers"]).find_map(of_trigger))
}

/// So many per cent of an amount, in its own unit where that is a whole number of it: of `250m` 70 % are `175m`.
fn point(percent: u64, written: &Value, amount: Quantity) -> String {
    let text = scalar(written).unwrap_or_default();
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let number = text.strip_suffix(unit).and_then(|number| number.parse::<u64>().ok());
    match number.map(|number| number * percent) {
        Some(hundredths) if unit.is_empty() => format!("{}m", hundredths * 10),
        Some(hundredths) => format!("{}{unit}", hundredths.div_ceil(100)),
        None => format!("{:.0}m", amount.thousandths() * f64::from(u32::try_from(percent).unwrap_or(u32::MAX)) / 100.0),
    }
}
