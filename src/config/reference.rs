//! The reference of `app.toml` as Markdown, made from its JSON Schema: `docs/app-toml.md` is this text.

use std::fmt::Write as _;

use serde_json::Value;

use super::json_schema;

/// Every section with its keys, their types and what they mean.
#[must_use]
pub fn reference() -> String {
    let root = json_schema();
    let mut text = String::from(
        "# app.toml\n\nThis page is made by `pykube schema --format markdown`, from the schema that the parser checks against.\n\
         Only `[app]` and `[image]` are required.\n",
    );
    for (name, section) in properties(root) {
        // A list of tables is written `[[patches]]` in TOML.
        let item = section.get("items");
        let heading = if item.is_some() { format!("[[{name}]]") } else { format!("[{name}]") };
        let _ = write!(text, "\n## `{heading}`\n\n{}\n", description(section));
        // A section that may be left out is a table or nothing.
        for option in options(item.unwrap_or(section), root) {
            table(&mut text, name, option, root);
        }
    }
    text
}

/// The keys of one table, then those of the tables in it.
fn table(text: &mut String, path: &str, schema: &Value, root: &Value) {
    // A table below one of `[[scaling.metrics]]` is `[scaling.metrics.of]`.
    let plain = path.trim_start_matches('[').trim_end_matches(']');
    let keys = properties(schema);
    if !keys.is_empty() {
        text.push_str("\n| key | value | meaning |\n| --- | --- | --- |\n");
    }
    let required: Vec<&str> =
        schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let mut inner = Vec::new();
    for (key, property) in keys {
        let mark = if required.contains(&key.as_str()) { " (required)" } else { "" };
        let _ =
            writeln!(text, "| `{key}`{mark} | {} | {} |", kind(property, root), meaning(property).replace('|', "\\|"));
        for option in options(property, root) {
            let under = match option.get("items") {
                Some(items) => (format!("[{plain}.{key}]"), resolve(items, root)),
                None => (format!("{plain}.{key}"), option),
            };
            if !properties(under.1).is_empty() {
                inner.push(under);
            }
        }
    }
    // A table of the user's own names: `[workers.NAME]`.
    if let Some(named) = schema.get("additionalProperties").filter(|rest| rest.is_object()) {
        for option in options(named, root) {
            if !properties(option).is_empty() {
                inner.push((format!("{plain}.NAME"), option));
            }
        }
    }
    for (path, schema) in inner {
        let _ = write!(text, "\n### `[{path}]`\n\n{}\n", description(schema));
        table(text, &path, schema, root);
    }
}

fn properties(schema: &Value) -> Vec<(&String, &Value)> {
    schema.get("properties").and_then(Value::as_object).map(|map| map.iter().collect()).unwrap_or_default()
}

fn description(schema: &Value) -> String {
    schema.get("description").and_then(Value::as_str).unwrap_or_default().replace('\n', " ")
}

/// What a key means, with its default where that is one value.
fn meaning(schema: &Value) -> String {
    let text = description(schema);
    let default = match schema.get("default") {
        Some(Value::String(text)) => text.clone(),
        Some(value @ (Value::Bool(_) | Value::Number(_))) => value.to_string(),
        _ => return text,
    };
    // A default that depends on another key is in the text.
    if text.contains("Default: ") { text } else { format!("{text} Default: `{default}`.") }
}

fn resolve<'a>(schema: &'a Value, root: &'a Value) -> &'a Value {
    let reference = schema.get("$ref").and_then(Value::as_str);
    reference.and_then(|reference| root.pointer(reference.trim_start_matches('#'))).unwrap_or(schema)
}

/// What a value may be: the schemas behind references and alternatives.
fn options<'a>(schema: &'a Value, root: &'a Value) -> Vec<&'a Value> {
    let schema = resolve(schema, root);
    match schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Value::as_array) {
        Some(all) => all.iter().flat_map(|option| options(option, root)).collect(),
        None => vec![schema],
    }
}

/// The type in the words of a person who writes TOML.
fn kind(schema: &Value, root: &Value) -> String {
    let options = options(schema, root);
    let words: Vec<&str> = options.iter().filter_map(|option| option.get("const").and_then(Value::as_str)).collect();
    if !words.is_empty() {
        return words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    }
    let mut kinds: Vec<String> = Vec::new();
    for option in options {
        let types = match option.get("type") {
            Some(Value::String(one)) => vec![one.as_str()],
            Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        for word in types.into_iter().filter(|word| *word != "null") {
            let word = match word {
                "integer" => {
                    match (option.get("minimum").and_then(Value::as_i64), option.get("maximum").and_then(Value::as_i64))
                    {
                        (Some(low), Some(high)) => format!("{low} to {high}"),
                        _ => "whole number".into(),
                    }
                }
                "array" => {
                    let item = kind(option.get("items").unwrap_or(&Value::Null), root);
                    format!("list of {item}{}", if item.ends_with('`') { "" } else { "s" })
                }
                "object" => "table".into(),
                "boolean" => "`true` or `false`".into(),
                other => other.to_owned(),
            };
            if !kinds.contains(&word) {
                kinds.push(word);
            }
        }
    }
    if kinds.is_empty() { "any".into() } else { kinds.join(" or ") }
}
