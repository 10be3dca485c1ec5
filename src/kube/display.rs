//! How a value is shown: short, in one line, and never one that may be a secret.

use serde_json::Value;
use similar::{DiffTag, TextDiff};

use super::path::{FieldPath, Segment};
use super::yaml::scalar::scalar;
use crate::credential;

/// Longer values are cut (characters).
const LONGEST: usize = 72;

/// The value of the field at `path` of an object of `kind`, in one line.
pub(crate) fn shown(kind: &str, path: &FieldPath, value: &Value) -> String {
    if is_secret(kind, path, value) {
        return "(hidden)".to_owned();
    }
    cut(&flow(value, true))
}

/// Whether the value may be a secret: anything in a Secret's data, and texts behind names that say so. References to
/// secrets are not secrets.
pub(crate) fn is_secret(kind: &str, path: &FieldPath, value: &Value) -> bool {
    let key = |at: usize| match path.0.get(at) {
        Some(Segment::Key(key)) => key.as_str(),
        _ => "",
    };
    if kind == "Secret" && matches!(key(0), "data" | "stringData") {
        return true;
    }
    match value {
        Value::String(_) => {
            // The last named part: of `env[DB_PASSWORD].value` the item, of `data.DB_PASSWORD` the key.
            let mut parts = path.0.iter().rev();
            let last = parts.next();
            let named_by = match (last, parts.next()) {
                (Some(Segment::Key(key)), Some(Segment::Item(item))) if key == "value" => Some(item),
                (Some(Segment::Key(key)), _)
                    if ["data", "stringData", "env", "args"].contains(&self::key_before(path)) =>
                {
                    Some(key)
                }
                _ => None,
            };
            named_by.is_some_and(|name| credential::is_name_of_one(name))
        }
        Value::Object(map) => {
            // A whole `{name, value}` pair.
            map.get("name").and_then(Value::as_str).is_some_and(credential::is_name_of_one) && map.contains_key("value")
        }
        _ => false,
    }
}

/// The key before the last segment.
fn key_before(path: &FieldPath) -> &str {
    match path.0.iter().rev().nth(1) {
        Some(Segment::Key(key)) => key,
        _ => "",
    }
}

/// A value in one line, as YAML writes it in a flow. Texts at the top are bare.
fn flow(value: &Value, top: bool) -> String {
    match value {
        Value::String(text) if top && !text.is_empty() => text.replace('\n', "⏎").replace('\r', ""),
        Value::String(text) => scalar(text).into_owned(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| flow(item, false)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(map) => {
            let entries: Vec<String> =
                map.iter().map(|(key, value)| format!("{}: {}", scalar(key), flow(value, false))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        other => other.to_string(),
    }
}

fn cut(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    }
    let kept: String = text.chars().take(LONGEST - 1).collect();
    cut(&kept) + "…"
}

/// Two versions of one text with what they share in front left out of the second: `shop:1.4.2 → 1.5.0`.
pub(crate) fn arrow(before: &str, after: &str) -> String {
    let repository = |image: &str| image.rfind([':', '@']).map(|at| at + 1);
    let short = match (repository(before), repository(after)) {
        (Some(old), Some(new)) if before[..old] == after[..new] && before.contains('/') => &after[new..],
        _ => after,
    };
    format!("{before} → {short}")
}

/// What differs between two command lines, or two long texts, word by word and each with the option in front of it:
/// `--workers 2 → 4`. None for other values.
pub(crate) fn word_changes(before: &Value, after: &Value) -> Option<String> {
    let (old, new) = (words(before)?, words(after)?);
    let diff = TextDiff::from_slices(&old, &new);
    let text = |words: &[&str]| words.join(" ");
    let changes: Vec<String> = diff
        .ops()
        .iter()
        .filter(|op| op.tag() != DiffTag::Equal)
        .map(|op| {
            let (gone, come) = (&old[op.old_range()], &new[op.new_range()]);
            let option = op.new_range().start.checked_sub(1).map(|at| new[at]).filter(|word| word.starts_with('-'));
            let lead = option.map(|option| format!("{option} ")).unwrap_or_default();
            match (gone.is_empty(), come.is_empty()) {
                (true, _) => format!("+ {}", text(come)),
                (_, true) => format!("- {}", text(gone)),
                _ => format!("{lead}{} → {}", text(gone), text(come)),
            }
        })
        .collect();
    (!changes.is_empty()).then(|| cut(&changes.join("; ")))
}

fn words(value: &Value) -> Option<Vec<&str>> {
    match value {
        Value::Array(items) => items.iter().map(Value::as_str).collect(),
        Value::String(text) => Some(text.split_whitespace().collect()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn env(name: &str) -> FieldPath {
        FieldPath::default().key("env").with(Segment::Item(name.into())).key("value")
    }

    #[test]
    fn what_may_be_a_secret_is_hidden() {
        let data = FieldPath::default().key("data").key("a");
        assert_eq!(shown("Secret", &data, &json!("aGVsbG8=")), "(hidden)");
        assert_eq!(shown("Deployment", &env("DB_PASSWORD"), &json!("hunter2")), "(hidden)");
        assert_eq!(shown("ConfigMap", &FieldPath::default().key("data").key("API_TOKEN"), &json!("x")), "(hidden)");
        let item = FieldPath::default().key("env").with(Segment::Item("API_TOKEN".into()));
        assert_eq!(shown("Deployment", &item, &json!({"name": "API_TOKEN", "value": "x"})), "(hidden)");
        let reference = json!({"name": "API_TOKEN", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}});
        assert!(shown("Deployment", &item, &reference).contains("secretKeyRef"));
        assert_eq!(shown("Deployment", &env("DEBUG"), &json!("0")), "0");
    }

    #[test]
    fn values_fit_in_a_line() {
        let path = FieldPath::default();
        assert_eq!(shown("A", &path, &json!({"a": ["no", 1], "b": {}})), "{a: [\"no\", 1], b: {}}");
        assert_eq!(shown("A", &path, &json!("a\nb")), "a⏎b");
        assert_eq!(shown("A", &path, &json!("x".repeat(100))).chars().count(), LONGEST);
        assert_eq!(shown("A", &path, &json!("a\u{1b}[31m")), "a\u{fffd}[31m");
    }

    #[test]
    fn of_a_command_line_the_word_is_named_that_changes() {
        let said = |before: Value, after: Value| word_changes(&before, &after).unwrap_or_default();
        let server = |policy: &str| json!(["valkey-server", "--maxmemory-policy", policy, "--port", "6379"]);
        assert_eq!(said(server("noeviction"), server("allkeys-lru")), "--maxmemory-policy noeviction → allkeys-lru");
        assert_eq!(said(json!(["a"]), json!(["a", "--fast"])), "+ --fast");
        assert_eq!(said(json!(["a", "--fast", "b"]), json!(["a", "b"])), "- --fast");
        assert_eq!(said(json!("sh -c 'a b'"), json!("sh -c 'a c'")), "b' → c'");
        assert_eq!(said(json!([{"a": 1}]), json!([])), "");
    }

    #[test]
    fn an_image_is_named_once() {
        assert_eq!(arrow("ghcr.io/acme/shop:1.4.2", "ghcr.io/acme/shop:1.5.0"), "ghcr.io/acme/shop:1.4.2 → 1.5.0");
        assert_eq!(arrow("shop:1", "shop:2"), "shop:1 → shop:2");
    }
}
