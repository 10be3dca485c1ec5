//! Strategic merge: a patch says what differs, lists are merged by the key of their items.
//!
//! As in Kubernetes (<https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/>): a
//! field that is null is removed; `{"$patch": "delete"}` removes a field or, with the key beside it, an item of a list;
//! `{"$patch": "replace"}` replaces what is there with the patch; `"$setElementOrder/LIST"` gives the keys of a
//! list in order. Lists whose items have no key are replaced.

use serde_json::{Map, Value, json};

use crate::kube::kind::list_kind;
use crate::kube::list::{ListKind, item_key, unique_keys};
use crate::kube::path::{self, FieldPath, Segment};

const DIRECTIVE: &str = "$patch";
const ORDER: &str = "$setElementOrder/";

/// `base`, an object of `kind`, with `patch` merged into it.
pub(crate) fn apply(kind: &str, base: &Value, patch: &Value) -> Value {
    value(kind, &FieldPath::default(), Some(base), patch).unwrap_or(Value::Null)
}

/// The smallest patch that turns `before` into `after`; none when they are equal, nulls aside. Both must be free of
/// nulls in maps: see [`without_nulls`].
pub(crate) fn difference(kind: &str, before: &Value, after: &Value) -> Option<Value> {
    differ(kind, &FieldPath::default(), before, after)
}

/// `value` without the fields that are null, which to an API server are not there.
pub(crate) fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(key, value)| (key.clone(), without_nulls(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(without_nulls).collect()),
        other => other.clone(),
    }
}

/// The patched value; none when the patch removes it.
fn value(kind: &str, at: &FieldPath, base: Option<&Value>, patch: &Value) -> Option<Value> {
    match patch {
        Value::Null => None,
        Value::Object(fields) => match fields.get(DIRECTIVE).and_then(Value::as_str) {
            Some("delete") => None,
            Some("replace") => Some(without_directives(patch)),
            _ => match base {
                Some(Value::Object(base)) => Some(Value::Object(map(kind, at, base, fields))),
                _ => Some(without_directives(patch)),
            },
        },
        Value::Array(items) => Some(list(kind, at, base, items)),
        other => Some(other.clone()),
    }
}

fn map(kind: &str, at: &FieldPath, base: &Map<String, Value>, patch: &Map<String, Value>) -> Map<String, Value> {
    let mut merged = base.clone();
    for (key, field) in patch.iter().filter(|(key, _)| !key.starts_with('$')) {
        match value(kind, &at.key(key), base.get(key), field) {
            Some(value) => drop(merged.insert(key.clone(), value)),
            None => drop(merged.shift_remove(key)),
        }
    }
    for (key, order) in patch {
        if let Some(name) = key.strip_prefix(ORDER)
            && let (Some(Value::Array(items)), Value::Array(order)) = (merged.get_mut(name), order)
            && let ListKind::ByKey(keys) = list_kind(kind, &at.key(name))
        {
            let place = |item: &Value| {
                let key = item_key(item, keys).map(Value::from);
                order.iter().position(|known| Some(known) == key.as_ref()).unwrap_or(usize::MAX)
            };
            items.sort_by_key(place);
        }
    }
    merged
}

fn list(kind: &str, at: &FieldPath, base: Option<&Value>, patch: &[Value]) -> Value {
    let is_replace = |item: &Value| item.get(DIRECTIVE).and_then(Value::as_str) == Some("replace");
    if patch.iter().any(is_replace) {
        let kept =
            patch.iter().filter(|item| !(is_replace(item) && item.as_object().is_some_and(|map| map.len() == 1)));
        return Value::Array(kept.map(without_directives).collect());
    }
    if let (Some(Value::Array(base)), ListKind::ByKey(keys)) = (base, list_kind(kind, at))
        && let (Some(known), Some(wanted)) = (unique_keys(base, keys), unique_keys(patch, keys))
    {
        let mut merged: Vec<Option<Value>> = base.iter().cloned().map(Some).collect();
        for (key, item) in wanted.iter().zip(patch) {
            let number = known.iter().position(|name| name == key);
            let item = &number.map_or_else(|| item.clone(), |number| with_hash_of(&base[number], item, keys));
            let item = value(kind, &at.with(Segment::Item(key.clone())), number.map(|number| &base[number]), item);
            match number {
                Some(number) => merged[number] = item,
                None => merged.push(item),
            }
        }
        return Value::Array(merged.into_iter().flatten().collect());
    }
    Value::Array(patch.iter().map(without_directives).collect())
}

/// The patch of an item that is known by a name with a hash, with the hash of today: the patch may be older.
fn with_hash_of(base: &Value, item: &Value, keys: &[&str]) -> Value {
    let mut item = item.clone();
    for key in keys.iter().filter_map(|key| key.strip_suffix('#')) {
        let at = format!("/{}", key.replace('.', "/"));
        if let (Some(name), Some(known)) = (item.pointer_mut(&at), base.pointer(&at)) {
            *name = known.clone();
        }
    }
    item
}

fn without_directives(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.iter().filter(|(key, value)| !key.starts_with('$') && !value.is_null());
            Value::Object(
                kept.filter(|(_, value)| value.get(DIRECTIVE).and_then(Value::as_str) != Some("delete"))
                    .map(|(key, value)| (key.clone(), without_directives(value)))
                    .collect(),
            )
        }
        Value::Array(items) => Value::Array(items.iter().map(without_directives).collect()),
        other => other.clone(),
    }
}

fn differ(kind: &str, at: &FieldPath, before: &Value, after: &Value) -> Option<Value> {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            let patch = differ_maps(kind, at, before, after);
            (!patch.is_empty()).then_some(Value::Object(patch))
        }
        _ => (before != after).then(|| after.clone()),
    }
}

fn differ_maps(
    kind: &str,
    at: &FieldPath,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) -> Map<String, Value> {
    let mut patch = Map::new();
    for (key, old) in before {
        match after.get(key) {
            None => drop(patch.insert(key.clone(), json!({DIRECTIVE: "delete"}))),
            Some(Value::Array(new)) if old.is_array() => {
                let old = old.as_array().map_or(&[][..], Vec::as_slice);
                patch.extend(differ_lists(kind, at, key, (old, new)));
            }
            Some(new) => {
                if let Some(difference) = differ(kind, &at.key(key), old, new) {
                    patch.insert(key.clone(), difference);
                }
            }
        }
    }
    for (key, new) in after.iter().filter(|(key, _)| !before.contains_key(*key)) {
        patch.insert(key.clone(), new.clone());
    }
    patch
}

/// What differs between two lists under `name` of the map at `at`, as fields of the patch of that map.
fn differ_lists(kind: &str, at: &FieldPath, name: &str, lists: (&[Value], &[Value])) -> Map<String, Value> {
    let (before, after) = lists;
    let field = |value: &[Value]| Map::from_iter([(name.to_owned(), Value::Array(value.to_vec()))]);
    if before == after {
        return Map::new();
    }
    let ListKind::ByKey(fields) = list_kind(kind, &at.key(name)) else { return field(after) };
    let (Some(old), Some(new)) = (unique_keys(before, fields), unique_keys(after, fields)) else {
        return field(after);
    };
    let patch = differ_items(kind, &at.key(name), name, (before, &old), (after, &new), fields);
    // An edit of the key itself that leaves its meaning (`protocol: TCP` removed, which is the default) cannot be
    // said item by item.
    if map(kind, at, &field(before), &patch).get(name) == field(after).get(name) {
        return patch;
    }
    let whole: Vec<Value> = std::iter::once(json!({DIRECTIVE: "replace"})).chain(after.iter().cloned()).collect();
    field(&whole)
}

/// What differs between two lists whose items have keys, item by item, and their order.
fn differ_items(
    kind: &str,
    at: &FieldPath,
    name: &str,
    (before, old): (&[Value], &[String]),
    (after, new): (&[Value], &[String]),
    fields: &[&str],
) -> Map<String, Value> {
    let mut items = Vec::new();
    for (key, item) in new.iter().zip(after) {
        match old.iter().position(|known| known == key) {
            None => items.push(item.clone()),
            Some(number) => {
                let at = at.with(Segment::Item(key.clone()));
                if let Some(Value::Object(difference)) = differ(kind, &at, &before[number], item) {
                    items.push(with_key(&before[number], fields, difference));
                }
            }
        }
    }
    for (_, item) in old.iter().zip(before).filter(|(key, _)| !new.contains(key)) {
        items.push(with_key(item, fields, Map::from_iter([(DIRECTIVE.to_owned(), "delete".into())])));
    }
    let mut patch = Map::new();
    if !items.is_empty() {
        patch.insert(name.to_owned(), Value::Array(items));
    }
    let kept = old.iter().filter(|key| new.contains(key));
    let merged: Vec<&String> = kept.chain(new.iter().filter(|key| !old.contains(key))).collect();
    if merged != new.iter().collect::<Vec<_>>() {
        patch.insert(format!("{ORDER}{name}"), json!(new));
    }
    patch
}

/// The patch of one item, led by the fields by which the item is known.
fn with_key(item: &Value, fields: &[&str], patch: Map<String, Value>) -> Value {
    let mut whole = Map::new();
    for field in fields {
        let field = field.trim_end_matches('#');
        let name = field.split(['=', '|', '@', '.']).next().unwrap_or_default();
        let Some(value) = item.get(name) else { continue };
        // Of a nested key only the way to the key.
        let nested = field.split_once('.').map(|(_, rest)| rest);
        let value = match nested {
            Some(rest) => rest.rsplit('.').fold(path::at(value, rest).clone(), |inner, part| json!({part: inner})),
            None => value.clone(),
        };
        whole.insert(name.to_owned(), value);
    }
    for (key, value) in patch {
        match (whole.get_mut(&key), value) {
            (Some(Value::Object(known)), Value::Object(more)) => known.extend(more),
            (_, value) => drop(whole.insert(key, value)),
        }
    }
    Value::Object(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployment(pod: &Value) -> Value {
        json!({"kind": "Deployment", "spec": {"template": {"spec": pod}}})
    }

    fn patched(base: &Value, patch: &Value) -> Value {
        apply("Deployment", base, patch)
    }

    #[test]
    fn lists_with_a_key_are_merged_and_others_replaced() {
        let base = deployment(&json!({"containers": [
            {"name": "web", "image": "a:1", "args": ["x"], "env": [{"name": "A", "value": "1"}]},
            {"name": "log", "image": "l"},
        ]}));
        let patch = deployment(&json!({"containers": [
            {"name": "web", "args": ["y", "z"], "env": [{"name": "B", "value": "2"}, {"name": "A", "$patch": "delete"}]},
        ]}));
        let wanted = deployment(&json!({"containers": [
            {"name": "web", "image": "a:1", "args": ["y", "z"], "env": [{"name": "B", "value": "2"}]},
            {"name": "log", "image": "l"},
        ]}));
        assert_eq!(patched(&base, &patch), wanted);
    }

    #[test]
    fn null_and_delete_take_a_field_away_and_replace_replaces() {
        let base = json!({"spec": {"a": 1, "b": {"c": 1, "d": 2}, "e": {"f": 1}}});
        let patch = json!({"spec": {"a": null, "b": {"$patch": "delete"}, "e": {"g": 2, "$patch": "replace"}}});
        assert_eq!(patched(&base, &patch), json!({"spec": {"e": {"g": 2}}}));
    }

    #[test]
    fn the_difference_is_small_and_leads_there() {
        let before = deployment(&json!({"a": 1, "containers": [{"name": "web", "image": "a"}, {"name": "log"}]}));
        let after = deployment(&json!({"containers": [{"name": "new"}, {"name": "web", "image": "b"}]}));
        let patch = difference("Deployment", &before, &after).unwrap();
        assert_eq!(
            patch["spec"]["template"]["spec"],
            json!({
                "a": {"$patch": "delete"},
                "containers": [{"name": "new"}, {"name": "web", "image": "b"}, {"name": "log", "$patch": "delete"}],
                "$setElementOrder/containers": ["new", "web"],
            })
        );
        assert_eq!(patched(&before, &patch), after);
        assert_eq!(difference("Deployment", &before, &before), None);
    }

    #[test]
    fn a_key_edited_without_another_meaning_is_said_with_the_whole_list() {
        let ports = |ports: Value| json!({"spec": {"ports": ports}});
        let before = ports(json!([{"name": "http", "port": 80, "protocol": "TCP"}, {"port": 81}]));
        let after = ports(json!([{"name": "http", "port": 80}, {"port": 81, "protocol": "TCP"}]));
        for (before, after) in [(&before, &after), (&after, &before)] {
            let patch = difference("Service", before, after).unwrap();
            assert_eq!(&apply("Service", before, &patch), after);
        }
    }

    #[test]
    fn nested_keys_are_kept_in_the_patch() {
        let metric = |value: u32| json!({"type": "Resource", "resource": {"name": "cpu", "target": {"averageUtilization": value}}});
        let object = |value| json!({"spec": {"metrics": [metric(value)]}});
        let patch = difference("HorizontalPodAutoscaler", &object(70), &object(60)).unwrap();
        assert_eq!(
            patch["spec"]["metrics"][0],
            json!({"resource": {"name": "cpu", "target": {"averageUtilization": 60}}})
        );
        assert_eq!(apply("HorizontalPodAutoscaler", &object(70), &patch), object(60));
    }
}
