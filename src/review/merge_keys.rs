//! By what the items of a list are known, so that an item that moved is no change.
//!
//! The first part is the `patchMergeKey` and `listMapKey` of k8s.io/api v0.37.0-beta.0 (`core/v1/types.go`); the second
//! part names what tells items apart in lists that the API replaces as a whole, for the review and for patches.

use serde_json::Value;

use super::object::without_hash;
use super::path::FieldPath;

/// How the items of a list are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListKind {
    /// Maps, by these fields; `/` goes into a nested map, `=` gives the default of a field that is not there, `|`
    /// parts fields of which the first one counts; an `@` at the end leaves out what follows one in the value, a `#`
    /// the hash behind a name.
    ByKey(&'static [&'static str]),
    /// Texts whose order has no meaning.
    Set,
    /// Order has a meaning, or nothing tells the items apart.
    Sequence,
}

/// One line of the table.
struct Row {
    /// Kinds that have the list; empty for all.
    kinds: &'static [&'static str],
    /// The way to the list.
    at: &'static str,
    /// How its items are told apart.
    list: ListKind,
}

const fn keyed(kinds: &'static [&'static str], at: &'static str, keys: &'static [&'static str]) -> Row {
    Row { kinds, at, list: ListKind::ByKey(keys) }
}

const fn set(kinds: &'static [&'static str], at: &'static str) -> Row {
    Row { kinds, at, list: ListKind::Set }
}

const ANY: &[&str] = &[];

/// The first row that fits counts.
const TABLE: &[Row] = &[
    // PodSpec
    keyed(ANY, "** containers", &["name"]),
    keyed(ANY, "** initContainers", &["name"]),
    keyed(ANY, "** ephemeralContainers", &["name"]),
    keyed(ANY, "** volumes", &["name"]),
    keyed(ANY, "** imagePullSecrets", &["name"]),
    keyed(ANY, "** hostAliases", &["ip"]),
    keyed(ANY, "** topologySpreadConstraints", &["topologyKey"]),
    keyed(ANY, "** schedulingGates", &["name"]),
    keyed(ANY, "** resourceClaims", &["name"]),
    // Container
    keyed(ANY, "** containers [] ports", &["containerPort", "protocol=TCP"]),
    keyed(ANY, "** initContainers [] ports", &["containerPort", "protocol=TCP"]),
    keyed(ANY, "** env", &["name"]),
    keyed(ANY, "** volumeMounts", &["mountPath"]),
    keyed(ANY, "** volumeDevices", &["devicePath"]),
    keyed(ANY, "** resources claims", &["name"]),
    // ServiceSpec, ServiceAccount, ObjectMeta
    keyed(&["Service"], "spec ports", &["port", "protocol=TCP"]),
    keyed(&["ServiceAccount"], "secrets", &["name"]),
    keyed(ANY, "metadata ownerReferences", &["uid"]),
    set(ANY, "metadata finalizers"),
    // Replaced as a whole by the API; told apart here all the same.
    keyed(ANY, "** envFrom", &["prefix", "configMapRef/name#", "secretRef/name"]),
    keyed(ANY, "** httpHeaders", &["name"]),
    keyed(ANY, "** items", &["key"]),
    keyed(ANY, "** tolerations", &["key", "operator", "value", "effect"]),
    keyed(ANY, "** matchExpressions", &["key", "operator"]),
    keyed(&["StatefulSet"], "spec volumeClaimTemplates", &["metadata/name"]),
    keyed(
        &["HorizontalPodAutoscaler"],
        "spec metrics",
        &["resource/name", "containerResource/name", "pods/metric/name", "object/metric/name", "external/metric/name"],
    ),
    keyed(&["HorizontalPodAutoscaler"], "spec behavior * policies", &["type"]),
    keyed(&["Ingress"], "spec rules", &["host"]),
    keyed(&["Ingress"], "spec rules [] http paths", &["path", "pathType"]),
    keyed(&["Ingress"], "spec tls", &["secretName"]),
    keyed(&["HTTPRoute"], "spec parentRefs", &["namespace", "name", "sectionName"]),
    keyed(&["HTTPRoute"], "** backendRefs", &["name", "port"]),
    keyed(&["NetworkPolicy"], "spec * [] ports", &["port", "protocol=TCP"]),
    keyed(&["RoleBinding", "ClusterRoleBinding"], "subjects", &["kind", "namespace", "name"]),
    keyed(&["Role", "ClusterRole"], "rules", &["apiGroups", "resources", "resourceNames"]),
    keyed(&["LimitRange"], "spec limits", &["type"]),
    keyed(&["ExternalSecret"], "spec data", &["secretKey"]),
    keyed(&["ServiceMonitor"], "spec endpoints", &["port", "path"]),
    keyed(&["PodMonitor"], "spec podMetricsEndpoints", &["port", "path"]),
    keyed(&["ScaledObject"], "spec triggers", &["name", "type"]),
    keyed(&["PrometheusRule"], "spec groups", &["name"]),
    keyed(&["PrometheusRule"], "spec groups [] rules", &["alert", "record"]),
    keyed(&["Kustomization"], "images", &["name"]),
    set(&["Kustomization"], "resources"),
    set(&["Role", "ClusterRole"], "rules [] *"),
    set(&["NetworkPolicy"], "spec policyTypes"),
    set(&["HTTPRoute"], "spec hostnames"),
    set(&["Ingress"], "spec tls [] hosts"),
    set(ANY, "** accessModes"),
    set(ANY, "** capabilities add"),
    set(ANY, "** capabilities drop"),
    set(ANY, "** matchLabelKeys"),
    // GitHub workflow (the kind is given by the review)
    keyed(&["Workflow"], "jobs * steps", &["id|name|uses@"]),
    set(&["Workflow"], "on * branches"),
    set(&["Workflow"], "on * paths"),
];

/// How the items of the list at `path` in an object of `kind` are told apart.
pub(crate) fn list_kind(kind: &str, path: &FieldPath) -> ListKind {
    TABLE
        .iter()
        .find(|row| (row.kinds.is_empty() || row.kinds.contains(&kind)) && path.matches(row.at))
        .map_or(ListKind::Sequence, |row| row.list)
}

/// What `item` is known by; none when it has none of the fields. Defaults are left out, so that giving them is no
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

/// The text of one field of an item.
fn field_text(item: &Value, field: &str) -> Option<String> {
    let name = field.trim_end_matches(['@', '#']);
    let mut text = plain(name.split('/').try_fold(item, |value, part| value.get(part))?);
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
