//! `[[patches]]`.

use serde_json::Value;

use super::faults::Faults;
use crate::config::section::{PatchBody, PatchSection};
use crate::credential;
use crate::diagnostic::Diagnostic;
use crate::kube::yaml::document::documents;
use crate::patch::Patch;

/// The patches, in the order in which they are written.
pub(super) fn resolve(sections: &[PatchSection], faults: &mut Faults<'_>) -> Vec<Patch> {
    sections.iter().enumerate().filter_map(|(number, section)| patch(number, section, faults)).collect()
}

fn patch(number: usize, section: &PatchSection, faults: &mut Faults<'_>) -> Option<Patch> {
    let number = number.to_string();
    let path = ["patches", &number, "patch"];
    let body = match &section.patch {
        PatchBody::Table(table) => Value::Object(table.clone()),
        PatchBody::Text(text) => match documents(text).as_deref() {
            Ok([body @ Value::Object(_)]) => body.clone(),
            Ok(_) => return refuse(&path, "must be one YAML map", faults),
            Err(error) => return refuse(&path, &format!("is not readable YAML: {error}"), faults),
        },
    };
    if body.as_object().is_none_or(serde_json::Map::is_empty) {
        return refuse(&path, "says nothing", faults);
    }
    if let Some((key, why)) = credential(&body, "") {
        // Without a place: the line that would be shown holds the value.
        let target = format!("{} {}", section.target.kind, section.target.name);
        let message = format!("the patch of `{target}` holds what looks like a credential under `{key}`: {why}");
        faults.push(Diagnostic::error(message).help("`[secrets.env]` names the Secret that holds it"));
        return None;
    }
    Some(Patch {
        kind: section.target.kind.clone(),
        name: section.target.name.clone(),
        body,
        source: faults.document().source().clone(),
        target_span: faults.document().place(&["patches", &number, "target"]).map_or(0..0, |place| place.value.clone()),
        body_span: faults.document().place(&path).map_or(0..0, |place| place.value.clone()),
    })
}

fn refuse(path: &[&str], clause: &str, faults: &mut Faults<'_>) -> Option<Patch> {
    faults.refuse(path, clause);
    None
}

/// The first key whose value looks like a credential, and why. Variables are known by their name.
fn credential(value: &Value, key: &str) -> Option<(String, String)> {
    match value {
        Value::String(text) => credential::why(key, text).map(|why| (key.to_owned(), why)),
        Value::Array(items) => items.iter().find_map(|item| credential(item, key)),
        Value::Object(map) => {
            let name = map.get("name").and_then(Value::as_str).filter(|_| map.contains_key("value"));
            map.iter().find_map(|(key, value)| match name {
                Some(name) if key == "value" => credential(value, name),
                // References name secrets and hold none.
                _ if key.ends_with("Ref") || key == "secret" || key == "secretName" => None,
                _ => credential(value, key),
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_credential_is_found_by_the_name_of_its_variable() {
        let container = |item: Value| json!({"spec": {"containers": [{"name": "web", "env": [item]}]}});
        let found = credential(&container(json!({"name": "DB_PASSWORD", "value": "hunter2"})), "");
        assert_eq!(found.unwrap().0, "DB_PASSWORD");
        let reference =
            json!({"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}});
        assert_eq!(credential(&container(reference), ""), None);
        assert!(credential(&json!({"data": {"API_TOKEN": "abc"}}), "").is_some());
    }
}
