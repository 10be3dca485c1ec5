//! The review for tools. Its form is described in `docs/review.md` and changes only with its `version`.

use serde_json::{Value, json};

use super::effect::Found;
use super::pods::Pods;
use super::subject::{ChangeKind, Field, Review, Subject};
use crate::kube::display::is_secret;

/// Number of the form; a new one is given when a field goes or changes its meaning.
const VERSION: u32 = 1;

/// The review as one JSON object.
pub fn to_json(review: &Review) -> Value {
    let effects: serde_json::Map<String, Value> =
        review.counts().into_iter().map(|(effect, count)| (effect.word().to_owned(), json!(count))).collect();
    let objects: Vec<Value> = review.subjects.iter().map(subject).collect();
    let files: Vec<Value> =
        review.files.iter().map(|(path, status)| json!({"path": path, "status": status.word()})).collect();
    json!({
        "version": VERSION,
        "delivery": review.delivery.word(),
        "summary": {
            "text": super::text::summary(review),
            "worst": review.subjects.iter().map(Subject::worst).min().map(super::Effect::word),
            "effects": effects,
        },
        "changes": objects,
        "files": files,
        "warnings": review.warnings,
    })
}

fn subject(subject: &Subject) -> Value {
    let identity = &subject.identity;
    let was = match &subject.change_kind {
        ChangeKind::Renamed(was) => Some(was),
        _ => None,
    };
    let mut effects: Vec<&Found> = subject.found.iter().collect();
    effects.sort();
    json!({
        "kind": identity.kind,
        "group": identity.group,
        "namespace": identity.namespace,
        "name": identity.name,
        "previousName": was,
        "file": subject.file,
        "isObject": subject.is_object(),
        "change": subject.change_kind.word(),
        "worst": subject.worst().word(),
        "phases": subject.phases.iter().map(|phase| phase.word()).collect::<Vec<_>>(),
        "pods": subject.pods.map(pods),
        "effects": effects.into_iter().map(found).collect::<Vec<_>>(),
        "fields": subject.fields.iter().map(|entry| field(&identity.kind, entry)).collect::<Vec<_>>(),
    })
}

fn pods(pods: Pods) -> Value {
    json!({
        "before": pods.before,
        "after": pods.after,
        "replaced": pods.replaced,
        "fewestReady": pods.fewest_ready,
    })
}

fn field(kind: &str, field: &Field) -> Value {
    let change = &field.change;
    let value = |value: &Option<Value>| match value {
        Some(value) if is_secret(kind, &change.path, value) => json!("(hidden)"),
        Some(value) => value.clone(),
        None => Value::Null,
    };
    json!({
        "path": change.path.to_string(),
        "change": match (&change.before, &change.after) {
            (None, _) => "added",
            (_, None) => "removed",
            _ => "changed",
        },
        "before": value(&change.before),
        "after": value(&change.after),
        "effects": field.found.iter().map(found).collect::<Vec<_>>(),
    })
}

fn found(found: &Found) -> Value {
    json!({"effect": found.effect.word(), "why": found.why, "source": found.source})
}
