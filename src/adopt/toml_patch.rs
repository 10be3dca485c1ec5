//! A patch written into `app.toml`; everything else in the file stays as it is.

use anyhow::{Context as _, bail};
use serde_json::Value;
use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table};

/// A patch up to this long is on one line (characters).
const ONE_LINE: usize = 100;

/// `text` with one more entry under `[[patches]]`, after those that are there.
pub(super) fn add(text: &str, kind: &str, name: &str, patch: &Value) -> anyhow::Result<String> {
    let mut document: DocumentMut = text.parse().context("app.toml cannot be read")?;
    let body = value(patch)?;
    let mut target = InlineTable::new();
    target.insert("kind", kind.into());
    target.insert("name", name.into());
    if let Some(inline) = document.get_mut("patches").and_then(Item::as_array_mut) {
        let mut entry = InlineTable::new();
        entry.insert("target", target.into());
        entry.insert("patch", body);
        inline.push(entry);
        return Ok(document.to_string());
    }
    let mut entry = Table::new();
    entry.insert("target", toml_edit::value(target));
    if body.to_string().chars().count() <= ONE_LINE {
        entry.insert("patch", toml_edit::value(body));
    } else {
        entry.insert("patch", headed(patch)?);
    }
    entry.decor_mut().set_prefix(if text.trim().is_empty() { "" } else { "\n" });
    let patches = document.entry("patches").or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
    let Some(patches) = patches.as_array_of_tables_mut() else {
        bail!("`patches` in app.toml is not a list of tables")
    };
    patches.push(entry);
    Ok(document.to_string())
}

/// `text` with further `entries` in `[cluster] resources`.
pub(super) fn add_resources(text: &str, entries: &[String]) -> anyhow::Result<String> {
    let mut document: DocumentMut = text.parse().context("app.toml cannot be read")?;
    let cluster = document.entry("cluster").or_insert_with(|| {
        let mut table = Table::new();
        table.decor_mut().set_prefix("\n");
        Item::Table(table)
    });
    let Some(cluster) = cluster.as_table_like_mut() else { bail!("`cluster` in app.toml is not a table") };
    let resources = cluster.entry("resources").or_insert_with(|| toml_edit::value(Array::new()));
    let Some(resources) = resources.as_array_mut() else { bail!("`cluster.resources` in app.toml is not a list") };
    resources.extend(entries.iter().map(String::as_str));
    Ok(document.to_string())
}

/// Maps as tables with headers as long as each holds but one map; values below.
fn headed(patch: &Value) -> anyhow::Result<Item> {
    let Value::Object(map) = patch else { return Ok(toml_edit::value(value(patch)?)) };
    let mut table = Table::new();
    let only_maps =
        map.values().all(|value| value.as_object().is_some_and(|map| !map.is_empty() && !map.contains_key("$patch")));
    table.set_implicit(only_maps);
    for (key, inner) in map {
        let item = if only_maps { headed(inner)? } else { toml_edit::value(value(inner)?) };
        table.insert(key, item);
    }
    Ok(Item::Table(table))
}

fn value(json: &Value) -> anyhow::Result<toml_edit::Value> {
    Ok(match json {
        Value::Null => bail!("TOML has no null: take the empty item out of the list"),
        Value::Bool(flag) => (*flag).into(),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => whole.into(),
            (None, Some(float)) if number.is_f64() => float.into(),
            _ => bail!("the number {number} is too large for TOML"),
        },
        Value::String(text) => text.as_str().into(),
        Value::Array(items) => {
            let mut array = Array::new();
            for item in items {
                array.push(value(item)?);
            }
            if array.to_string().chars().count() > ONE_LINE {
                for item in array.iter_mut() {
                    item.decor_mut().set_prefix("\n  ");
                }
                array.set_trailing("\n");
                array.set_trailing_comma(true);
            }
            array.into()
        }
        Value::Object(map) => {
            let mut table = InlineTable::new();
            for (key, inner) in map {
                table.insert(key, value(inner)?);
            }
            table.into()
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn comments_and_order_stay_and_the_patch_comes_last() {
        let text = "# mine\n[app]\nname = \"shop\" # why\n\n[[patches]]\ntarget = { kind = \"A\", name = \"a\" }\npatch = { x = 1 }\n\n[ci]\nbranch = \"main\" # end\n";
        let added = add(text, "Deployment", "shop", &json!({"spec": {"replicas": 3}})).unwrap();
        let entry =
            "\n[[patches]]\ntarget = { kind = \"Deployment\", name = \"shop\" }\npatch = { spec = { replicas = 3 } }\n";
        assert!(added.contains(entry), "{added}");
        assert_eq!(added.replace(entry, ""), text);
    }

    #[test]
    fn a_long_patch_stands_under_a_header() {
        let env: Vec<Value> = (0..6).map(|n| json!({"name": format!("VARIABLE_{n}"), "value": "a value"})).collect();
        let patch = json!({"spec": {"template": {"spec": {"containers": [{"name": "web", "env": env}]}}}});
        let added = add("[app]\n", "Deployment", "shop", &patch).unwrap();
        assert!(added.contains("\n[patches.patch.spec.template.spec]\ncontainers = [\n"), "{added}");
        let read: serde_json::Value = toml::from_str(&added).unwrap();
        assert_eq!(read["patches"][0]["patch"], patch, "{added}");
    }

    #[test]
    fn what_toml_cannot_hold_is_refused() {
        assert!(add("", "A", "a", &json!({"a": [null]})).is_err());
        assert!(add("", "A", "a", &json!({"a": u64::MAX})).is_err());
        assert!(add("patches = 1\n", "A", "a", &json!({"a": 1})).is_err());
    }
}
