//! The tables against the answers of a real API server (`tests/facts`).

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use pykube::file_set::{FileSet, RelativePath};
use pykube::review::{Effect, Review};
use pykube::write::Plan;
use serde_json::{Map, Value};

/// One line of the answers.
struct Answer {
    object: String,
    field: String,
    verdict: String,
    before: Value,
    after: Value,
}

/// The fields of one line of a CSV file; quotes are doubled inside quotes.
fn fields(line: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                all.last_mut().unwrap().push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => all.push(String::new()),
            c => all.last_mut().unwrap().push(c),
        }
    }
    all
}

/// A value as Python shows it.
fn value(text: &str) -> Value {
    match text {
        "True" => true.into(),
        "False" => false.into(),
        _ => match text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
            Some(inner) => inner.into(),
            None => text.parse::<i64>().unwrap().into(),
        },
    }
}

fn answers(text: &str) -> Vec<Answer> {
    text.lines()
        .skip(1)
        .map(|line| {
            let [object, field, verdict, change, _] = <[String; 5]>::try_from(fields(line)).unwrap();
            let (before, after) = change.split_once("->").unwrap();
            Answer { object, field, verdict, before: value(before), after: value(after) }
        })
        .collect()
}

/// The smallest object that has `value` at `field`.
fn object(answer: &Answer, value: &Value) -> Value {
    let (kind, which) = answer.object.split_once(" (").unwrap_or((&answer.object, ""));
    let mut top = context(kind, which.trim_end_matches(')'));
    let parts: Vec<&str> = answer.field.split('.').collect();
    put(&mut top, &parts, value);
    top["kind"] = kind.into();
    top["metadata"]["name"] = "x".into();
    top
}

/// What the tried object had besides, as the README of the answers tells it.
fn context(kind: &str, which: &str) -> Value {
    let mut top = Value::Object(Map::new());
    match (kind, which) {
        ("Job", _) => top["spec"]["suspend"] = true.into(),
        ("ConfigMap", "cmi") => top["immutable"] = true.into(),
        ("Service", "headless") => top["spec"]["clusterIP"] = "None".into(),
        ("Service", "ext") => top["spec"]["type"] = "ExternalName".into(),
        _ => {}
    }
    top
}

fn put(at: &mut Value, parts: &[&str], value: &Value) {
    let [part, rest @ ..] = parts else {
        *at = value.clone();
        return;
    };
    if let Some(list) = part.strip_suffix("[*]") {
        let entry = &mut at[list];
        *entry = Value::Array(vec![Value::Null]);
        put(&mut entry[0], rest, value);
        // The merge key of the list, unless it is what changes.
        let by_name = ["containers", "initContainers", "volumes", "env", "ports", "volumeClaimTemplates"];
        if by_name.contains(&list) && rest != ["name"] && entry[0].is_object() {
            entry[0]["name"] = "n".into();
        }
    } else {
        put(&mut at[*part], rest, value);
    }
}

fn effects(answer: &Answer) -> Vec<Effect> {
    let text = |value: &Value| serde_yaml::to_string(&object(answer, value)).unwrap();
    let set = |value: &Value| {
        let mut files = FileSet::new();
        files.add(RelativePath::new("k8s/a.yaml").unwrap(), text(value)).unwrap();
        files
    };
    let review = Review::of(&Plan::between(&set(&answer.before), &set(&answer.after)));
    assert_eq!(review.subjects.len(), 1, "{} {}: {review:?}", answer.object, answer.field);
    review.subjects[0].effects().into_iter().collect()
}

#[test]
fn what_a_real_server_refuses_the_tables_call_immutable_and_nothing_else() {
    let answers = answers(include_str!("facts/api-updates.csv"));
    assert!(answers.len() > 100, "{} lines only", answers.len());
    let mut wrong = Vec::new();
    for answer in &answers {
        let found = effects(answer);
        // A claim may grow when it is bound and its class allows it; the one that was tried was not bound.
        let refused = found.contains(&Effect::Immutable) || found.contains(&Effect::MayBeRefused);
        if refused != (answer.verdict == "immutable") {
            wrong.push(format!("{} {} is {}: {found:?}", answer.object, answer.field, answer.verdict));
        }
        // Whatever is accepted below a pod template of a Deployment or StatefulSet replaces the pods.
        let template = answer.field.starts_with("spec.template.");
        let rolls = matches!(answer.object.as_str(), "Deployment" | "StatefulSet");
        if template && rolls && answer.verdict == "accepted" && !found.contains(&Effect::RollsPods) {
            wrong.push(format!("{} {} rolls the pods: {found:?}", answer.object, answer.field));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), answers.len(), wrong.join("\n"));
}
