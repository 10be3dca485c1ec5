//! Kubernetes objects in a YAML text, and which two of them are the same object.

use std::fmt;

use serde_json::Value;

use super::document::documents;

/// One object: which it is, and all of its fields.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// Which object it is.
    pub identity: Identity,
    /// The object, as JSON.
    pub value: Value,
}

/// What makes two objects the same one. The version of the API is left out: an object outlives it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity {
    /// `Deployment`
    pub kind: String,
    /// `apps`; empty for the core group.
    pub group: String,
    /// Empty when none is given.
    pub namespace: String,
    /// The name, hash and all.
    pub name: String,
}

impl Identity {
    /// The identity of an object; none when it has no kind.
    fn of(value: &Value) -> Option<Self> {
        let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let kind = text("/kind");
        let version = text("/apiVersion");
        let group = version.rsplit_once('/').map_or("", |(group, _)| group).to_owned();
        (!kind.is_empty()).then(|| Self {
            kind,
            group,
            namespace: text("/metadata/namespace"),
            name: text("/metadata/name"),
        })
    }

    /// The name without the hash of the content that pykube puts behind the names of `ConfigMaps` and Jobs.
    #[must_use]
    pub fn stem(&self) -> &str {
        if matches!(self.kind.as_str(), "ConfigMap" | "Job") { without_hash(&self.name) } else { &self.name }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        if self.name.is_empty() { Ok(()) } else { write!(f, " {}", self.name) }
    }
}

/// `name` without a last `-` and ten lower-case hexadecimal digits.
#[must_use]
pub fn without_hash(name: &str) -> &str {
    match name.rsplit_once('-') {
        Some((stem, hash))
            if !stem.is_empty()
                && hash.len() == 10
                && hash.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)) =>
        {
            stem
        }
        _ => name,
    }
}

/// The objects of a YAML text. A document without a kind makes the text no manifest: none.
///
/// # Errors
/// As [`documents`].
pub fn objects(text: &str) -> Result<Option<Vec<Object>>, String> {
    let objects = documents(text)?
        .into_iter()
        .map(|value| Identity::of(&value).map(|identity| Object { identity, value }))
        .collect();
    Ok(objects)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_ten_hexadecimal_digits_behind_a_hyphen() {
        assert_eq!(without_hash("shop-config-3f9c2a7b1d"), "shop-config");
        for name in ["shop-config", "shop-3F9C2A7B1D", "shop-3f9c2a7b1", "3f9c2a7b1d", "-3f9c2a7b1d", "shop3f9c2a7b1d"]
        {
            assert_eq!(without_hash(name), name);
        }
    }

    #[test]
    fn documents_become_objects_with_an_identity() {
        let text =
            "kind: A\napiVersion: g/v1\nmetadata: {name: n, namespace: s}\ndata: {1: x, true: y}\n---\n---\nkind: B\n";
        let all = objects(text).unwrap().unwrap();
        assert_eq!(
            all[0].identity,
            Identity { kind: "A".into(), group: "g".into(), namespace: "s".into(), name: "n".into() }
        );
        assert_eq!(all[0].value["data"]["1"], "x");
        assert_eq!(all[1].identity.to_string(), "B");
        assert_eq!(objects("a: 1\n").unwrap(), None);
        assert!(objects("a: 1\na: 2\n").is_err());
        assert!(objects("<<<<<<< HEAD\na: 1\n").is_err());
    }
}
