//! Two values of one object, field by field.

use serde_json::{Map, Value};

use super::kind::list_kind;
use super::list::{ListKind, unique_keys};
use super::path::{FieldPath, Segment};

/// A field that differs: the smallest part of the object that tells the difference.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldChange {
    pub path: FieldPath,
    /// What was there; none when it is new.
    pub before: Option<Value>,
    /// What is there now; none when it is gone.
    pub after: Option<Value>,
}

/// Every field in which two objects of `kind` differ, in the order of the second one, gone ones last.
///
/// Items of lists are matched as the merge keys say; neither their order nor that of keys is a difference.
pub(crate) fn compare(kind: &str, before: &Value, after: &Value) -> Vec<FieldChange> {
    let mut comparison = Comparison { kind, changes: Vec::new() };
    comparison.values(&FieldPath::default(), before, after);
    comparison.changes
}

struct Comparison<'a> {
    kind: &'a str,
    changes: Vec<FieldChange>,
}

impl Comparison<'_> {
    fn push(&mut self, path: FieldPath, before: Option<&Value>, after: Option<&Value>) {
        self.changes.push(FieldChange { path, before: before.cloned(), after: after.cloned() });
    }

    fn values(&mut self, path: &FieldPath, before: &Value, after: &Value) {
        match (before, after) {
            _ if before == after => {}
            (Value::Object(before), Value::Object(after)) => self.maps(path, before, after),
            (Value::Array(before), Value::Array(after)) => self.lists(path, before, after),
            // An API server takes 1 and 1.0 for the same number.
            (Value::Number(one), Value::Number(other)) if one.as_f64() == other.as_f64() => {}
            _ => self.push(path.clone(), Some(before), Some(after)),
        }
    }

    fn maps(&mut self, path: &FieldPath, before: &Map<String, Value>, after: &Map<String, Value>) {
        for (key, new) in after {
            match before.get(key) {
                Some(old) => self.values(&path.key(key), old, new),
                None if new.is_null() => {}
                None => self.push(path.key(key), None, Some(new)),
            }
        }
        for (key, old) in before {
            if !after.contains_key(key) && !old.is_null() {
                self.push(path.key(key), Some(old), None);
            }
        }
    }

    fn lists(&mut self, path: &FieldPath, before: &[Value], after: &[Value]) {
        match list_kind(self.kind, path) {
            ListKind::ByKey(keys) => match (unique_keys(before, keys), unique_keys(after, keys)) {
                (Some(old), Some(new)) => self.keyed(path, (before, &old), (after, &new)),
                _ => self.unkeyed(path, before, after),
            },
            ListKind::Set => self.sets(path, before, after),
            ListKind::Sequence if before.iter().chain(after).all(Value::is_object) => {
                self.unkeyed(path, before, after);
            }
            ListKind::Sequence => self.push(path.clone(), Some(&list(before)), Some(&list(after))),
        }
    }

    fn keyed(&mut self, path: &FieldPath, before: (&[Value], &[String]), after: (&[Value], &[String])) {
        for (key, new) in after.1.iter().zip(after.0) {
            let item = path.with(Segment::Item(key.clone()));
            match before.1.iter().position(|old| old == key) {
                Some(at) => self.values(&item, &before.0[at], new),
                None => self.push(item, None, Some(new)),
            }
        }
        for (key, old) in before.1.iter().zip(before.0) {
            if !after.1.contains(key) {
                self.push(path.with(Segment::Item(key.clone())), Some(old), None);
            }
        }
        // Init containers run one after the other: their order is what they do.
        let is_ordered = path.last_key() == Some("initContainers");
        let common = |one: &[String], other: &[String]| -> Vec<Value> {
            one.iter().filter(|key| other.contains(key)).map(|key| Value::from(key.as_str())).collect()
        };
        let (old, new) = (common(before.1, after.1), common(after.1, before.1));
        if is_ordered && old != new {
            self.push(path.with(Segment::Item("order".into())), Some(&list(&old)), Some(&list(&new)));
        }
    }

    fn sets(&mut self, path: &FieldPath, before: &[Value], after: &[Value]) {
        let item =
            |value: &Value| path.with(Segment::Item(value.as_str().map_or_else(|| value.to_string(), str::to_owned)));
        for new in after.iter().filter(|new| !before.contains(new)) {
            self.push(item(new), None, Some(new));
        }
        for old in before.iter().filter(|old| !after.contains(old)) {
            self.push(item(old), Some(old), None);
        }
    }

    /// Items that are equal belong together wherever they are, then those that have a field in common, and at last
    /// the only ones that are left.
    fn unkeyed(&mut self, path: &FieldPath, before: &[Value], after: &[Value]) {
        let mut old: Vec<(usize, &Value)> = before.iter().enumerate().collect();
        let mut new: Vec<(usize, &Value)> = after.iter().enumerate().collect();
        let mut pairs = Vec::new();
        for fits in [|one: &Value, other: &Value| one == other, have_a_field_in_common] {
            new.retain(|(place, item)| match old.iter().position(|(_, known)| fits(known, item)) {
                Some(at) => {
                    pairs.push((*place, old.remove(at).1, *item));
                    false
                }
                None => true,
            });
        }
        if let ([(_, was)], [(place, is)]) = (old.as_slice(), new.as_slice()) {
            pairs.push((*place, *was, *is));
            (old, new) = (Vec::new(), Vec::new());
        }
        pairs.sort_by_key(|(place, ..)| *place);
        for (place, was, is) in pairs {
            self.values(&path.with(Segment::Index(place)), was, is);
        }
        for (place, item) in new {
            self.push(path.with(Segment::Index(place)), None, Some(item));
        }
        // The place of what goes is one of the old list; another item may have it by now.
        for (place, item) in old {
            self.push(path.with(Segment::Item(format!("was {place}"))), Some(item), None);
        }
    }
}

/// Whether two maps hold the same under one key.
fn have_a_field_in_common(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => one.iter().any(|(key, value)| other.get(key) == Some(value)),
        _ => false,
    }
}

fn list(items: &[Value]) -> Value {
    Value::Array(items.to_vec())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(kind: &str, before: &Value, after: &Value) -> Vec<String> {
        let text = |value: &Option<Value>| value.as_ref().map_or("-".to_owned(), Value::to_string);
        compare(kind, before, after)
            .iter()
            .map(|change| format!("{} {} {}", change.path, text(&change.before), text(&change.after)))
            .collect()
    }

    #[test]
    fn items_that_moved_are_no_change() {
        let one =
            json!({"spec": {"containers": [{"name": "a", "env": [{"name": "X"}, {"name": "Y"}]}, {"name": "b"}]}});
        let two =
            json!({"spec": {"containers": [{"name": "b"}, {"env": [{"name": "Y"}, {"name": "X"}], "name": "a"}]}});
        assert_eq!(shown("Pod", &one, &two), Vec::<String>::new());
    }

    #[test]
    fn the_smallest_part_is_named() {
        let one = json!({"spec": {"containers": [{"name": "a", "image": "x:1", "args": ["1", "2"]}]}});
        let two = json!({"spec": {"containers": [{"name": "a", "image": "x:2", "args": ["2", "1"]}, {"name": "n"}]}});
        assert_eq!(
            shown("Pod", &one, &two),
            [
                "spec.containers[a].image \"x:1\" \"x:2\"",
                "spec.containers[a].args [\"1\",\"2\"] [\"2\",\"1\"]",
                "spec.containers[n] - {\"name\":\"n\"}",
            ]
        );
    }

    #[test]
    fn the_order_of_init_containers_is_a_change() {
        let one = json!({"initContainers": [{"name": "a"}, {"name": "b"}]});
        let two = json!({"initContainers": [{"name": "b"}, {"name": "a"}]});
        assert_eq!(shown("Pod", &one, &two), ["initContainers[order] [\"a\",\"b\"] [\"b\",\"a\"]"]);
    }

    #[test]
    fn lists_without_keys_are_matched_by_what_is_equal() {
        let one = json!({"spec": {"egress": [{"to": 1}, {"to": 2}]}});
        let two = json!({"spec": {"egress": [{"to": 2}, {"to": 3}, {"to": 4}]}});
        assert_eq!(
            shown("NetworkPolicy", &one, &two),
            ["spec.egress[1] - {\"to\":3}", "spec.egress[2] - {\"to\":4}", "spec.egress[was 0] {\"to\":1} -"]
        );
        let rules = |port: u16| json!({"spec": {"egress": [{"to": 1, "ports": [{"port": 1}]}, {"to": 2, "ports": [{"port": port}]}]}});
        assert_eq!(
            shown("NetworkPolicy", &rules(5), &rules(6)),
            ["spec.egress[1].ports[6] - {\"port\":6}", "spec.egress[1].ports[5] {\"port\":5} -"]
        );
        let roles = |verbs: &[&str]| json!({"rules": [{"resources": ["pods"], "verbs": verbs}]});
        assert_eq!(shown("Role", &roles(&["get", "list"]), &roles(&["list", "watch"])).len(), 2);
    }
}
