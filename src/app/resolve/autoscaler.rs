//! What autoscalers have in common: metrics of the application's own, pace, and the vertical one.

use super::super::object::{Kind, Object};
use super::super::value::{DnsLabel, HostName, ObjectName, Quantity};
use super::super::workload::{Metric, NamedMetric, ObjectReference, Pace, PacePolicy, VerticalPodAutoscaler};
use super::faults::Faults;
use super::web_variant::WebVariant;
use super::{ResolvedSections, WEB};
use crate::config::defaults;
use crate::config::section::{MetricAmount, MetricObject, MetricSection, PaceSection, Vertical};
use crate::diagnostic::Diagnostic;

/// First minor version of Kubernetes 1 that changes the requests of a running pod.
/// Source: <https://kubernetes.io/docs/reference/command-line-tools-reference/feature-gates/>, `InPlacePodVerticalScaling`
const RESIZES_IN_PLACE: u32 = 33;

/// The metrics of the table at `place`.
pub(super) fn own_metrics(sections: &[MetricSection], place: &[&str], faults: &mut Faults<'_>) -> Vec<Metric> {
    let numbered = sections.iter().enumerate();
    numbered
        .filter_map(|(index, section)| {
            let number = index.to_string();
            own_metric(section, &[place, &["metrics", number.as_str()]].concat(), faults)
        })
        .collect()
}

fn own_metric(section: &MetricSection, path: &[&str], faults: &mut Faults<'_>) -> Option<Metric> {
    let sources = [("pods", &section.pods), ("external", &section.external), ("object", &section.object)];
    let mut written = sources.into_iter().filter_map(|(kind, name)| Some((kind, name.clone()?)));
    let Some((kind, name)) = written.next().filter(|_| written.next().is_none()) else {
        faults.refuse(path, "must name one metric: `pods`, `external` or `object`");
        return None;
    };
    if !is_metric_name(&name) {
        faults.refuse(
            &[path, &[kind]].concat(),
            "must be the name of a metric: letters, digits, `_`, `-`, `.`, `:`, `|`",
        );
        return None;
    }
    let average_value = metric_amount(section.average.as_ref(), &[path, &["average"]].concat(), faults);
    let value = metric_amount(section.value.as_ref(), &[path, &["value"]].concat(), faults);
    match (&average_value, &value) {
        (Some(_), None) => {}
        (None, Some(_)) if kind != "pods" => {}
        _ if kind == "pods" => {
            faults.refuse(path, "needs `average`, and takes no `value`: each pod has its own");
            return None;
        }
        _ => {
            faults.refuse(path, "needs either `average`, for one replica, or `value`, for all together");
            return None;
        }
    }
    let metric = NamedMetric {
        name,
        match_labels: faults.labels(&section.selector, &[path, &["selector"]].concat()),
        average_value,
        value,
    };
    match (kind, &section.of) {
        ("object", Some(of)) => Some(Metric::Object { metric, described_object: metric_object(of, path, faults)? }),
        ("object", None) => {
            faults.refuse(path, "needs `of`: the object that the metric is of");
            None
        }
        (_, Some(_)) => {
            faults.refuse(&[path, &["of"]].concat(), "is for the metric of an `object`");
            None
        }
        ("pods", None) => Some(Metric::Pods(metric)),
        _ => Some(Metric::External(metric)),
    }
}

fn metric_object(of: &MetricObject, path: &[&str], faults: &mut Faults<'_>) -> Option<ObjectReference> {
    let at = |key| [path, &["of", key]].concat();
    let name = faults.parse::<ObjectName>(&of.name, &at("name"));
    let is_kind = !of.kind.is_empty() && of.kind.chars().all(|c| c.is_ascii_alphanumeric());
    if !is_kind {
        faults.refuse(&at("kind"), "must be a kind such as `Service`");
    }
    let (group, version) = of.api_version.rsplit_once('/').unwrap_or(("", &of.api_version));
    let is_version = version.parse::<DnsLabel>().is_ok() && (group.is_empty() || group.parse::<HostName>().is_ok());
    if !is_version {
        faults.refuse(&at("api-version"), "must be a version such as `v1` or `apps/v1`");
    }
    let reference =
        ObjectReference { api_version: of.api_version.clone(), kind: of.kind.clone(), name: name?.to_string() };
    (is_kind && is_version).then_some(reference)
}

fn metric_amount(amount: Option<&MetricAmount>, path: &[&str], faults: &mut Faults<'_>) -> Option<Quantity> {
    match amount? {
        MetricAmount::Number(0) => {
            faults.refuse(path, "must be more than zero");
            None
        }
        MetricAmount::Number(number) => Some(Quantity::whole(*number)),
        MetricAmount::Quantity(text) => faults.parse(text, path),
    }
}

/// How fast replicas come and go, of the table at `place`.
pub(super) fn paces(
    up: Option<&PaceSection>,
    down: Option<&PaceSection>,
    seconds: Option<u32>,
    place: &[&str],
    faults: &mut Faults<'_>,
) -> (Pace, Pace) {
    let (up, down) = (up.cloned().unwrap_or_default(), down.cloned().unwrap_or_default());
    if seconds.is_some() && down.wait.is_some() {
        faults.contradiction(
            "the wait before replicas are removed is set twice",
            (&[place, &["scale-down-seconds"]].concat(), ""),
            (&[place, &["scale-down", "wait"]].concat(), ""),
            "keep one of them",
        );
    }
    let down = PaceSection { wait: down.wait.or(seconds), ..down };
    // Up at once and by much, because requests wait; down slowly, because they may come back.
    let up = PaceSection { pods: Some(up.pods.unwrap_or(4)), ..up };
    (pace(&up, 0, 100, 30), pace(&down, defaults::scaling::SCALE_DOWN_SECONDS, 50, 60))
}

/// The VerticalPodAutoscaler of one variant of the web workload.
pub(super) fn vertical_object(
    parts: &ResolvedSections,
    variant: &WebVariant,
    faults: &mut Faults<'_>,
) -> Option<Object> {
    let vertical = parts.scaling.vertical;
    if vertical == Vertical::Off {
        return None;
    }
    if vertical == Vertical::Auto && !parts.scaling.metrics.is_empty() && parts.scaling.fixed().is_none() {
        refuse_two_scalers(parts, faults);
    }
    let in_place = parts.kubernetes.minor >= RESIZES_IN_PLACE;
    let autoscaler = VerticalPodAutoscaler {
        target_kind: parts.web_kind(),
        target_name: parts.names.of(&variant.component),
        update_mode: match vertical {
            Vertical::Auto if in_place => "InPlaceOrRecreate",
            Vertical::Auto => "Recreate",
            Vertical::Off | Vertical::Recommend => "Off",
        },
        min_replicas: (vertical == Vertical::Auto && parts.scaling.min == 1).then_some(1),
        container: WEB.into(),
    };
    let kind = Kind::VerticalPodAutoscaler(autoscaler);
    Some(parts.names.object(&variant.component, &variant.file("vpa"), kind))
}

/// One scaler changes the request that the other one measures by: they would chase each other.
fn refuse_two_scalers(parts: &ResolvedSections, faults: &mut Faults<'_>) {
    let (resource, _) = parts.scaling.metrics.first().copied().unwrap_or(("cpu", 0));
    let keys: [&[&str]; 4] = [&["scaling", resource], &["scaling", "max"], &["scaling", "min"], &["scaling"]];
    let other = keys.into_iter().find(|key| faults.has(key)).unwrap_or(&["scaling"]);
    let message = format!("the vertical autoscaler would change the {resource} request that the other one measures by");
    let fault = Diagnostic::error(message);
    let fault = faults.document().at_key(fault, &["scaling", "vertical"], "sets requests");
    let fault = faults.document().at_key(fault, other, format!("scales by {resource}, in percent of the request"));
    let help = "vertical = \"recommend\", or `replicas`, or a metric of `metrics` alone";
    faults.push(fault.help(help));
}

fn pace(section: &PaceSection, wait: u32, percent: u32, period: u32) -> Pace {
    let period_seconds = section.period.unwrap_or(period);
    let mut policies = vec![PacePolicy { unit: "Percent", value: section.percent.unwrap_or(percent), period_seconds }];
    policies.extend(section.pods.map(|value| PacePolicy { unit: "Pods", value, period_seconds }));
    Pace { stabilization_window_seconds: section.wait.unwrap_or(wait), has_choice: policies.len() > 1, policies }
}

/// A name that metrics adapters serve below a path of the API.
/// Source: <https://github.com/kubernetes-sigs/custom-metrics-apiserver>
fn is_metric_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_-.:|".contains(c);
    !name.is_empty() && name.len() <= 253 && name.chars().all(fits)
}
