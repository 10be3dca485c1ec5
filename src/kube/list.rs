//! By what the items of a list are known: an item that moved is not a change.
//!
//! The first part is the `patchMergeKey` and `listMapKey` of k8s.io/api v0.37.0-beta.0 (`core/v1/types.go`); the second
//! part names what tells items apart in lists that the API replaces as a whole, for the review and for patches.

use serde_json::Value;

use crate::fingerprint::without_hash;

/// How the items of a list are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListKind {
    /// Maps, by these fields; `.` goes into a nested map, `=` gives the default of a field that is not there, `|`
    /// parts fields of which the first one counts; an `@` at the end leaves out what follows one in the value, a `#`
    /// the hash behind a name.
    ByKey(&'static [&'static str]),
    /// Texts whose order has no meaning.
    Set,
    /// Order has a meaning, or nothing tells the items apart.
    Sequence,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct List {
    /// The way to it, as a pattern of [`super::path`].
    pub(super) at: &'static str,
    /// How its items are told apart.
    pub(super) items: ListKind,
}

/// A list of maps that are known by these fields.
pub(crate) const fn keyed(at: &'static str, keys: &'static [&'static str]) -> List {
    List { at, items: ListKind::ByKey(keys) }
}

/// A list of texts whose order has no meaning.
pub(crate) const fn set(at: &'static str) -> List {
    List { at, items: ListKind::Set }
}

/// Lists that several kinds have: those of pods, containers and metadata. The first row that fits counts.
pub(super) const SHARED: &[List] = &[
    // PodSpec
    keyed("**.containers", &["name"]),
    keyed("**.initContainers", &["name"]),
    keyed("**.ephemeralContainers", &["name"]),
    keyed("**.volumes", &["name"]),
    keyed("**.imagePullSecrets", &["name"]),
    keyed("**.hostAliases", &["ip"]),
    keyed("**.topologySpreadConstraints", &["topologyKey"]),
    keyed("**.schedulingGates", &["name"]),
    keyed("**.resourceClaims", &["name"]),
    // Container
    keyed("**.containers[].ports", &["containerPort", "protocol=TCP"]),
    keyed("**.initContainers[].ports", &["containerPort", "protocol=TCP"]),
    keyed("**.env", &["name"]),
    keyed("**.volumeMounts", &["mountPath"]),
    keyed("**.volumeDevices", &["devicePath"]),
    keyed("**.resources.claims", &["name"]),
    // ObjectMeta
    keyed("metadata.ownerReferences", &["uid"]),
    set("metadata.finalizers"),
    // Replaced as a whole by the API; told apart here nevertheless.
    keyed("**.envFrom", &["prefix", "configMapRef.name#", "secretRef.name"]),
    keyed("**.httpHeaders", &["name"]),
    keyed("**.items", &["key"]),
    keyed("**.tolerations", &["key", "operator", "value", "effect"]),
    keyed("**.matchExpressions", &["key", "operator"]),
    set("**.accessModes"),
    set("**.capabilities.add"),
    set("**.capabilities.drop"),
    set("**.matchLabelKeys"),
];

/// What `item` is known by; none when it has none of the fields. Defaults are left out: giving them is no
/// change.
pub(crate) fn item_key(item: &Value, keys: &[&str]) -> Option<String> {
    let parts: Vec<String> = keys
        .iter()
        .filter_map(|key| {
            let (fields, default) = key.split_once('=').unwrap_or((key, ""));
            let text = fields.split('|').find_map(|field| field_text(item, field))?;
            (text != default && !text.is_empty()).then_some(text)
        })
        .collect();
    (!parts.is_empty()).then(|| parts.join("/"))
}

fn field_text(item: &Value, field: &str) -> Option<String> {
    let name = field.trim_end_matches(['@', '#']);
    let mut text = plain(name.split('.').try_fold(item, |value, part| value.get(part))?);
    if let Some(at) = text.find('@').filter(|_| field.ends_with('@')) {
        text.truncate(at);
    }
    if field.ends_with('#') {
        text.truncate(without_hash(&text).len());
    }
    Some(text)
}

/// A scalar, or a list of scalars, in one word.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let mut texts: Vec<String> = items.iter().map(plain).collect();
            texts.sort();
            texts.join(",")
        }
        other => other.to_string(),
    }
}

/// The keys of all items, in order; none when one has no key or two have the same.
pub(crate) fn unique_keys(items: &[Value], keys: &[&str]) -> Option<Vec<String>> {
    let all: Vec<String> = items.iter().map(|item| item_key(item, keys)).collect::<Option<_>>()?;
    let mut sorted: Vec<&String> = all.iter().collect();
    sorted.sort();
    let unique = sorted.windows(2).all(|pair| pair[0] != pair[1]);
    unique.then_some(all)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_default_of_a_key_is_no_difference() {
        let keys = &["port", "protocol=TCP"];
        assert_eq!(item_key(&json!({"port": 53}), keys).unwrap(), "53");
        assert_eq!(item_key(&json!({"port": 53, "protocol": "TCP"}), keys).unwrap(), "53");
        assert_eq!(item_key(&json!({"port": 53, "protocol": "UDP"}), keys).unwrap(), "53/UDP");
        assert_eq!(item_key(&json!({"protocol": "TCP"}), keys), None);
    }

    #[test]
    fn two_items_with_one_key_have_none() {
        assert!(unique_keys(&[json!({"name": "a"}), json!({"name": "a"})], &["name"]).is_none());
        assert!(unique_keys(&[json!({"name": "a"}), json!({})], &["name"]).is_none());
        assert_eq!(unique_keys(&[json!({"name": "a"})], &["name"]).unwrap(), ["a"]);
    }
}
