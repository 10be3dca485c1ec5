//! Labels and the selectors that look for them.
//!
//! Source: API reference, `LabelSelector`: all of `matchLabels` and all of `matchExpressions` must hold; an empty
//! selector matches everything.

use std::collections::BTreeMap;

use serde_json::Value;

use super::value::{entries, items};

/// Who manages an object.
/// Source: <https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/>
pub(crate) const MANAGED_BY: &str = "app.kubernetes.io/managed-by";

/// Its value for the objects that this program renders.
pub(crate) const PYKUBE: &str = "pykube";

/// Labels of an object or a pod.
pub(crate) type Labels<'a> = BTreeMap<&'a str, &'a str>;

/// The labels below `metadata`; values that are not strings are left out.
pub(crate) fn of(metadata: &Value) -> Labels<'_> {
    plain(&metadata["labels"])
}

/// A mapping of labels, as `Service` writes its selector.
pub(crate) fn plain(value: &Value) -> Labels<'_> {
    entries(value).filter_map(|(key, value)| Some((key, value.as_str()?))).collect()
}

/// Whether `selector`, a mapping of labels, finds `labels`.
pub(crate) fn is_subset(selector: &Labels, labels: &Labels) -> bool {
    selector.iter().all(|(key, value)| labels.get(key) == Some(value))
}

/// Whether `selector`, a `LabelSelector`, finds `labels`.
pub(crate) fn matches(selector: &Value, labels: &Labels) -> bool {
    is_subset(&plain(&selector["matchLabels"]), labels)
        && items(&selector["matchExpressions"]).all(|expression| expression_holds(expression, labels))
}

fn expression_holds(expression: &Value, labels: &Labels) -> bool {
    let value = expression["key"].as_str().and_then(|key| labels.get(key));
    let listed = || value.is_some_and(|value| items(&expression["values"]).any(|item| item.as_str() == Some(value)));
    match expression["operator"].as_str() {
        Some("In") => listed(),
        Some("NotIn") => !listed(),
        Some("Exists") => value.is_some(),
        Some("DoesNotExist") => value.is_none(),
        _ => false,
    }
}

/// Whether a `LabelSelector` has no condition and finds everything.
pub(crate) fn is_empty(selector: &Value) -> bool {
    entries(&selector["matchLabels"]).next().is_none() && items(&selector["matchExpressions"]).next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(selector: &str) -> bool {
        let pod = serde_yaml::from_str("labels: {app: shop, tier: web}").unwrap();
        matches(&serde_yaml::from_str(selector).unwrap(), &of(&pod))
    }

    #[test]
    fn all_conditions_must_hold() {
        assert!(finds("{}"));
        assert!(finds("matchLabels: {app: shop}"));
        assert!(!finds("matchLabels: {app: shop, tier: worker}"));
        assert!(!finds("matchLabels: {absent: x}"));
        assert!(finds("matchExpressions: [{key: tier, operator: In, values: [web, api]}]"));
        assert!(!finds("matchExpressions: [{key: tier, operator: NotIn, values: [web]}]"));
        assert!(finds("matchExpressions: [{key: absent, operator: NotIn, values: [web]}]"));
        assert!(finds("matchExpressions: [{key: app, operator: Exists}, {key: absent, operator: DoesNotExist}]"));
        assert!(!finds("matchExpressions: [{key: app, operator: Maybe}]"));
    }

    #[test]
    fn only_a_selector_without_conditions_is_empty() {
        let empty = |text| is_empty(&serde_yaml::from_str(text).unwrap());
        assert!(empty("{}"));
        assert!(empty("matchLabels: {}"));
        assert!(!empty("matchExpressions: [{key: app, operator: Exists}]"));
    }
}
