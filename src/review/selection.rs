//! Whether the pods that a Service turns to run already: then traffic moves, and is not lost.

use serde_json::{Map, Value};

use super::effect::{Effect, Found};
use super::subject::{Subject, Turn};
use crate::kube::kind;
use crate::kube::object::{Object, objects};
use crate::kube::path::at;
use crate::write::Plan;

/// Takes the fear out of a Service's new selector when a workload that is there before and after has such pods, as in
/// a switch between two colours.
pub(super) fn settle(plan: &Plan, subjects: &mut [Subject]) {
    let is_turned = |subject: &Subject| subject.identity.kind == "Service" && subject.turn == Turn::Changed;
    for subject in subjects.iter_mut().filter(|subject| is_turned(subject)) {
        let selects = subject.fields.iter().any(|field| field.change.path.matches("spec.selector.**"));
        if !selects || !runs_already(plan, subject) {
            continue;
        }
        for field in subject.fields.iter_mut().filter(|field| field.change.path.matches("spec.selector.**")) {
            for found in field.found.iter_mut().filter(|found| found.effect == Effect::Downtime) {
                *found = Found { effect: Effect::MovesTraffic, why: "to pods that run already", source: found.source };
            }
        }
    }
}

/// Whether pods with the labels of the new selector are there before and after.
fn runs_already(plan: &Plan, subject: &Subject) -> bool {
    let find = |path: &str, text: &str| objects(path, text).ok().flatten().unwrap_or_default();
    let file = plan.changes.iter().find(|change| change.path.as_str() == subject.file);
    let after = file.and_then(|change| change.after.as_deref()).unwrap_or_default();
    let service = find(&subject.file, after).into_iter().find(|object| object.identity == subject.identity);
    let Some(Value::Object(selector)) = service.map(|service| service.at("spec.selector").clone()) else {
        return false;
    };
    let has_pods = |path: &str, text: &str| find(path, text).iter().any(|object| has_pods(object, &selector));
    plan.changes.iter().filter(|change| change.path.is_manifest()).any(|change| {
        let path = change.path.as_str();
        change.before().is_some_and(|text| has_pods(path, &text))
            && change.after.as_deref().is_some_and(|text| has_pods(path, text))
    })
}

fn has_pods(object: &Object, selector: &Map<String, Value>) -> bool {
    let kind = kind::of(&object.identity.kind).filter(|kind| kind.keeps_running);
    let template = kind.and_then(|kind| kind.pod_template).map(|way| object.at(way));
    let labels = template.and_then(|template| at(template, "metadata.labels").as_object());
    labels.is_some_and(|labels| selector.iter().all(|(key, value)| labels.get(key) == Some(value)))
}
