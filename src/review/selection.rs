//! Whether the pods that a Service turns to run already: then traffic moves, and is not lost.

use serde_json::{Map, Value};

use super::effect::{Effect, Found};
use super::object::objects;
use super::subject::{Subject, Turn};
use crate::patch::is_manifest;
use crate::write::Plan;

/// Kinds that keep pods running.
const WORKLOADS: &[&str] = &["Deployment", "StatefulSet", "Rollout", "DaemonSet"];

/// Takes the fear out of a Service's new selector when a workload that is there before and after has such pods, as in
/// a switch between two colours.
pub(super) fn settle(plan: &Plan, subjects: &mut [Subject]) {
    let is_turned = |subject: &Subject| subject.identity.kind == "Service" && subject.turn == Turn::Changed;
    for subject in subjects.iter_mut().filter(|subject| is_turned(subject)) {
        let selects = subject.fields.iter().any(|field| field.change.path.matches("spec selector **"));
        if !selects || !runs_already(plan, subject) {
            continue;
        }
        for field in subject.fields.iter_mut().filter(|field| field.change.path.matches("spec selector **")) {
            for found in field.found.iter_mut().filter(|found| found.effect == Effect::Downtime) {
                *found = Found { effect: Effect::MovesTraffic, why: "to pods that run already", source: found.source };
            }
        }
    }
}

/// Whether pods with the labels of the new selector are there before and after.
fn runs_already(plan: &Plan, subject: &Subject) -> bool {
    let find = |text: &str| objects(text).ok().flatten().unwrap_or_default();
    let after =
        plan.changes.iter().find(|change| change.path.as_str() == subject.file).and_then(|change| change.after.clone());
    let service = find(&after.unwrap_or_default()).into_iter().find(|object| object.identity == subject.identity);
    let Some(Value::Object(selector)) = service.and_then(|service| service.value.pointer("/spec/selector").cloned())
    else {
        return false;
    };
    plan.changes.iter().filter(|change| is_manifest(&change.path)).any(|change| {
        let before =
            change.before().is_some_and(|text| find(&text).iter().any(|object| has_pods(&object.value, &selector)));
        before
            && change
                .after
                .as_deref()
                .is_some_and(|text| find(text).iter().any(|object| has_pods(&object.value, &selector)))
    })
}

fn has_pods(object: &Value, selector: &Map<String, Value>) -> bool {
    let is_workload = object.get("kind").and_then(Value::as_str).is_some_and(|kind| WORKLOADS.contains(&kind));
    let labels = object.pointer("/spec/template/metadata/labels").and_then(Value::as_object);
    is_workload && labels.is_some_and(|labels| selector.iter().all(|(key, value)| labels.get(key) == Some(value)))
}
