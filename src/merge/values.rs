//! Three objects, field by field.

use serde_json::{Map, Value};

use crate::kube::display::shown;
use crate::kube::kind::list_kind;
use crate::kube::list::{ListKind, unique_keys};
use crate::kube::path::{FieldPath, Segment};

/// The merged object of `kind`, or the fields that both sides changed, one line each.
pub(crate) fn merge(kind: &str, base: &Value, ours: &Value, theirs: &Value) -> Result<Value, Vec<String>> {
    let mut merge = Merge { kind, conflicts: Vec::new() };
    let merged = merge.field(&FieldPath::default(), Some(base), Some(ours), Some(theirs));
    if merge.conflicts.is_empty() { Ok(merged.unwrap_or(Value::Null)) } else { Err(merge.conflicts) }
}

struct Merge<'a> {
    kind: &'a str,
    conflicts: Vec<String>,
}

type Side<'a> = Option<&'a Value>;

impl Merge<'_> {
    fn field(&mut self, path: &FieldPath, base: Side<'_>, ours: Side<'_>, theirs: Side<'_>) -> Option<Value> {
        if ours == theirs || base == theirs {
            return ours.cloned();
        }
        if base == ours {
            return theirs.cloned();
        }
        match (ours, theirs) {
            (Some(Value::Object(ours)), Some(Value::Object(theirs))) => {
                let empty = Map::new();
                let base = base.and_then(Value::as_object).unwrap_or(&empty);
                Some(Value::Object(self.maps(path, base, ours, theirs)))
            }
            (Some(Value::Array(ours)), Some(Value::Array(theirs))) => {
                let base = base.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
                self.lists(path, base, ours, theirs)
            }
            _ => self.conflict(path, ours, theirs),
        }
    }

    fn conflict(&mut self, path: &FieldPath, ours: Side<'_>, theirs: Side<'_>) -> Option<Value> {
        let text = |side: Side<'_>| side.map_or("(gone)".to_owned(), |value| shown(self.kind, path, value));
        self.conflicts.push(format!("{path}: {} (yours), {} (new)", text(ours), text(theirs)));
        None
    }

    fn maps(
        &mut self,
        path: &FieldPath,
        base: &Map<String, Value>,
        ours: &Map<String, Value>,
        theirs: &Map<String, Value>,
    ) -> Map<String, Value> {
        let mut merged = Map::new();
        for key in ours.keys().chain(theirs.keys().filter(|key| !ours.contains_key(*key))) {
            if let Some(value) = self.field(&path.key(key), base.get(key), ours.get(key), theirs.get(key)) {
                merged.insert(key.clone(), value);
            }
        }
        merged
    }

    fn lists(&mut self, path: &FieldPath, base: &[Value], ours: &[Value], theirs: &[Value]) -> Option<Value> {
        let all = match list_kind(self.kind, path) {
            ListKind::ByKey(keys) => (unique_keys(base, keys), unique_keys(ours, keys), unique_keys(theirs, keys)),
            // A text is its own key.
            ListKind::Set => {
                let texts = |items: &[Value]| items.iter().map(|item| item.as_str().map(str::to_owned)).collect();
                (texts(base), texts(ours), texts(theirs))
            }
            ListKind::Sequence => (None, None, None),
        };
        let (Some(old), Some(mine), Some(new)) = all else {
            return self.conflict(path, Some(&ours.to_vec().into()), Some(&theirs.to_vec().into()));
        };
        let find = |keys: &[String], items: &[Value], key: &String| {
            keys.iter().position(|known| known == key).map(|at| items[at].clone())
        };
        let mut merged = Vec::new();
        // Whoever changed the order has the say; where both did, the hand.
        let (first, second) = if mine == old { (&new, &mine) } else { (&mine, &new) };
        for key in first.iter().chain(second.iter().filter(|key| !first.contains(key))) {
            let sides = (find(&old, base, key), find(&mine, ours, key), find(&new, theirs, key));
            let path = path.with(Segment::Item(key.clone()));
            merged.extend(self.field(&path, sides.0.as_ref(), sides.1.as_ref(), sides.2.as_ref()));
        }
        Some(Value::Array(merged))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pod(containers: &Value) -> Value {
        json!({"spec": {"containers": containers}})
    }

    #[test]
    fn different_fields_come_together_and_the_same_field_does_not() {
        let base = pod(&json!([{"name": "web", "image": "a:1", "env": [{"name": "A", "value": "1"}]}]));
        let ours = pod(
            &json!([{"name": "web", "image": "a:1", "tty": true, "env": [{"name": "A", "value": "1"}, {"name": "B"}]}]),
        );
        let theirs = pod(&json!([{"name": "web", "image": "a:2", "env": []}, {"name": "log"}]));
        let merged = merge("Pod", &base, &ours, &theirs).unwrap();
        assert_eq!(
            merged,
            pod(&json!([{"name": "web", "image": "a:2", "tty": true, "env": [{"name": "B"}]}, {"name": "log"}]))
        );
        let conflict = merge(
            "Pod",
            &base,
            &pod(&json!([{"name": "web", "image": "a:3", "env": [{"name": "A", "value": "1"}]}])),
            &theirs,
        );
        assert_eq!(conflict.unwrap_err(), ["spec.containers[web].image: a:3 (yours), a:2 (new)"]);
    }

    #[test]
    fn what_one_side_changed_and_the_other_took_away_is_a_conflict() {
        let base = json!({"data": {"a": "1", "b": "1"}});
        let conflict = merge("ConfigMap", &base, &json!({"data": {"a": "2", "b": "1"}}), &json!({"data": {"b": "1"}}));
        assert_eq!(conflict.unwrap_err(), ["data.a: 2 (yours), (gone) (new)"]);
        let gone = merge("ConfigMap", &base, &json!({"data": {"b": "1"}}), &json!({"data": {"a": "1", "b": "2"}}));
        assert_eq!(gone.unwrap(), json!({"data": {"b": "2"}}));
    }
}
