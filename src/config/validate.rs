//! Checks a TOML table against the JSON Schema and tells every fault with its place.
//!
//! serde stops at the first fault and knows no suggestion; this walks on. Only the schema keywords that the sections
//! produce are known here; a test fails when a section brings another one.

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Document;
use crate::diagnostic::{Diagnostic, Diagnostics, nearest};
use crate::screen::is_hidden;

/// Every fault of `table`.
pub(super) fn validate(table: &DeTable<'_>, schema: &Value, document: &Document) -> Diagnostics {
    let mut walk = Walk { root: schema, document, faults: Diagnostics::default() };
    walk.table(table, schema, &mut Vec::new());
    walk.faults
}

struct Walk<'a> {
    root: &'a Value,
    document: &'a Document,
    faults: Diagnostics,
}

impl<'a> Walk<'a> {
    fn table(&mut self, table: &DeTable<'_>, schema: &'a Value, path: &mut Vec<String>) {
        let properties = schema.get("properties").and_then(Value::as_object);
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            path.push(name.to_owned());
            if let Some(property) = properties.and_then(|properties| properties.get(name)) {
                self.value(value, property, path);
            } else {
                match schema.get("additionalProperties") {
                    Some(Value::Bool(false)) => self.unknown_key(schema, path, &key.span()),
                    Some(Value::Bool(true)) | None => {}
                    Some(rest) => self.value(value, rest, path),
                }
            }
            path.pop();
        }
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        for name in required.filter(|name| !table.iter().any(|(key, _)| key.get_ref() == name)) {
            self.missing_key(schema, name, path);
        }
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>, schema: &'a Value, path: &mut Vec<String>) {
        let schemas = alternatives(schema, self.root);
        let kind = kind_of(value.get_ref());
        let Some(schema) = schemas.iter().copied().find(|schema| accepts(schema, kind)) else {
            self.wrong_type(value, &schemas, path);
            return;
        };
        match value.get_ref() {
            DeValue::Table(table) => self.table(table, schema, path),
            DeValue::Array(items) => {
                if let Some(item_schema) = schema.get("items") {
                    for (index, item) in items.iter().enumerate() {
                        path.push(index.to_string());
                        self.value(item, item_schema, path);
                        path.pop();
                    }
                }
            }
            DeValue::Integer(number) => {
                let parsed = i64::from_str_radix(&number.as_str().replace('_', ""), number.radix());
                self.range(parsed.ok(), schema, value, path);
            }
            DeValue::String(text) => {
                self.misleading(text, &value.span(), path);
                self.word(text, &schemas, value, path);
            }
            _ => {}
        }
    }

    /// Refuses what a reader of a rendered file would not see, or see elsewhere: text that is turned round, and line
    /// ends that only some programs know. The values of `[config]` are for the application, and written escaped.
    /// Source: <https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing>
    fn misleading(&mut self, text: &str, span: &std::ops::Range<usize>, path: &[String]) {
        let Some(found) = text.chars().find(|c| is_hidden(*c) && !c.is_control()) else { return };
        if path.first().is_some_and(|section| section == "config") {
            return;
        }
        // Which item of a list it is, is what the mark shows.
        let is_key = |part: &String| part.parse::<usize>().is_err();
        let key = &path[..path.iter().rposition(is_key).map_or(path.len(), |last| last + 1)];
        let code = u32::from(found);
        let fault = Diagnostic::error(format!("`{}` holds U+{code:04X}, which {}", key.join("."), effect(found)));
        let fault = fault.at(self.document.source(), span.clone(), "");
        self.faults.push(fault.help("remove the character; an editor may show it only when asked"));
    }

    fn unknown_key(&mut self, schema: &Value, path: &[String], span: &std::ops::Range<usize>) {
        let Some(name) = path.last() else { return };
        let known = schema.get("properties").and_then(Value::as_object).map(|map| map.keys().map(String::as_str));
        let mut known: Vec<&str> = known.into_iter().flatten().collect();
        let label = nearest(name, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
        let fault = Diagnostic::error(format!("unknown key `{name}`"));
        let fault = fault.at(self.document.source(), span.clone(), label.clone().unwrap_or_default());
        known.sort_unstable();
        let keys = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let section = path[..path.len() - 1].join(".");
        self.faults.push(match (label, section.is_empty()) {
            (Some(_), _) => fault,
            (None, true) => fault.help(format!("the sections are {keys}")),
            (None, false) => fault.help(format!("`{section}` takes {keys}")),
        });
    }

    fn missing_key(&mut self, schema: &Value, name: &str, path: &[String]) {
        let described = schema.pointer(&format!("/properties/{name}/description")).and_then(Value::as_str);
        let description = described.and_then(|text| text.lines().next()).unwrap_or_default().to_owned();
        let fault = if path.is_empty() {
            Diagnostic::error(format!("the section `[{name}]` is missing"))
        } else {
            Diagnostic::error(format!("`{}` needs the key `{name}`", path.join(".")))
        };
        let parts: Vec<&str> = path.iter().map(String::as_str).collect();
        self.faults.push(self.document.at_key(fault, &parts, "").help(format!("`{name}`: {description}")));
    }

    fn wrong_type(&mut self, value: &Spanned<DeValue<'_>>, schemas: &[&Value], path: &[String]) {
        let mut wanted: Vec<&str> =
            schemas.iter().flat_map(|schema| kinds(schema)).filter(|kind| *kind != "null").collect();
        wanted.dedup();
        let wanted = wanted.iter().map(|kind| spoken(kind)).collect::<Vec<_>>().join(" or ");
        let found = kind_of(value.get_ref());
        let fault = Diagnostic::error(format!("`{}` takes {wanted}, not {}", path.join("."), spoken(found)));
        let fault = fault.at(self.document.source(), value.span(), "");
        let written = &self.document.source().text[value.span()];
        let scalar = matches!(found, "boolean" | "integer" | "number");
        let bare = value.get_ref().as_str().map(str::trim).unwrap_or_default();
        let is_bare = |kind: &str| match kind {
            "boolean" => matches!(bare, "true" | "false"),
            "integer" => bare.parse::<i64>().is_ok(),
            "number" => bare.parse::<f64>().is_ok_and(f64::is_finite),
            _ => false,
        };
        let kinds: Vec<&str> = schemas.iter().flat_map(|schema| kinds(schema)).collect();
        let item_is_text = |schema: &&Value| schema.pointer("/items/type").is_some_and(|kind| kind == "string");
        self.faults.push(if wanted.contains("a string") && scalar {
            fault.help(format!("put it in quotes: \"{written}\""))
        } else if kinds.iter().any(|kind| is_bare(kind)) {
            fault.help(format!("write it without quotes: {bare}"))
        } else if found == "string" && !written.contains('\n') && schemas.iter().any(item_is_text) {
            fault.help(format!("write it in brackets: [{written}]"))
        } else {
            fault
        });
    }

    fn range(&mut self, number: Option<i64>, schema: &Value, value: &Spanned<DeValue<'_>>, path: &[String]) {
        // An unsigned type has its own lower bound and no upper one in the schema.
        let low = schema.get("minimum").and_then(Value::as_i64).unwrap_or(0);
        let high = schema.get("maximum").and_then(Value::as_i64).unwrap_or(i64::from(u32::MAX));
        if number.is_some_and(|number| (low..=high).contains(&number)) {
            return;
        }
        let fault = Diagnostic::error(format!("`{}` must be between {low} and {high}", path.join(".")));
        self.faults.push(fault.at(self.document.source(), value.span(), ""));
    }

    fn word(&mut self, text: &str, schemas: &[&Value], value: &Spanned<DeValue<'_>>, path: &[String]) {
        let words: Vec<&str> = schemas.iter().flat_map(|schema| words(schema)).collect();
        let free = schemas.iter().any(|schema| accepts(schema, "string") && words_of(schema).is_none());
        if words.is_empty() || free || words.contains(&text) {
            return;
        }
        let choice = words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        let fault = Diagnostic::error(format!("`{}` cannot be `{text}`", path.join(".")));
        let label =
            nearest(text, words.iter().copied()).map(|near| format!("did you mean `{near}`?")).unwrap_or_default();
        self.faults.push(fault.at(self.document.source(), value.span(), label).help(format!("it is one of {choice}")));
    }
}

fn effect(c: char) -> &'static str {
    if matches!(c, '\u{2028}' | '\u{2029}') {
        "ends the line for some readers and not for others"
    } else {
        "is not seen, or changes the direction in which text is shown"
    }
}

/// The schemas that a value may meet: references followed, `anyOf` and `oneOf` opened.
fn alternatives<'a>(schema: &'a Value, root: &'a Value) -> Vec<&'a Value> {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let target = root.pointer(reference.trim_start_matches('#')).unwrap_or(schema);
        return alternatives(target, root);
    }
    match schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Value::as_array) {
        Some(options) => options.iter().flat_map(|option| alternatives(option, root)).collect(),
        None => vec![schema],
    }
}

/// The JSON types that a schema without alternatives takes.
fn kinds(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(kind)) => vec![kind],
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
        _ if words_of(schema).is_some() => vec!["string"],
        _ => Vec::new(),
    }
}

fn accepts(schema: &Value, kind: &str) -> bool {
    // A schema without a type, such as that of a patch, takes everything.
    let all = kinds(schema);
    all.is_empty() || all.contains(&kind) || (kind == "integer" && all.contains(&"number"))
}

fn words_of(schema: &Value) -> Option<Vec<&str>> {
    if let Some(word) = schema.get("const").and_then(Value::as_str) {
        return Some(vec![word]);
    }
    schema.get("enum").and_then(Value::as_array).map(|all| all.iter().filter_map(Value::as_str).collect())
}

fn words(schema: &Value) -> Vec<&str> {
    words_of(schema).unwrap_or_default()
}

fn kind_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "string",
        DeValue::Integer(_) => "integer",
        DeValue::Float(_) => "number",
        DeValue::Boolean(_) => "boolean",
        DeValue::Datetime(_) => "datetime",
        DeValue::Array(_) => "array",
        DeValue::Table(_) => "object",
    }
}

fn spoken(kind: &str) -> &'static str {
    match kind {
        "string" => "a string",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "`true` or `false`",
        "datetime" => "a date or time",
        "array" => "a list",
        "object" => "a table",
        _ => "something else",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keywords that [`Walk`] honours, and those that only describe.
    const KNOWN: [&str; 19] = [
        "$schema",
        "$defs",
        "$ref",
        "title",
        "description",
        "type",
        "properties",
        "required",
        "additionalProperties",
        "items",
        "anyOf",
        "oneOf",
        "enum",
        "const",
        "minimum",
        "maximum",
        "format",
        "default",
        "examples",
    ];

    #[test]
    fn every_keyword_of_the_schema_is_one_that_the_walk_honours() {
        fn keywords(schema: &Value) {
            let Some(map) = schema.as_object() else { return };
            for (keyword, value) in map {
                assert!(KNOWN.contains(&keyword.as_str()), "schema keyword `{keyword}` is not checked by `validate`");
                match (keyword.as_str(), value) {
                    ("properties" | "$defs", Value::Object(map)) => map.values().for_each(keywords),
                    ("anyOf" | "oneOf", Value::Array(all)) => all.iter().for_each(keywords),
                    ("items" | "additionalProperties", value) => keywords(value),
                    _ => {}
                }
            }
        }
        keywords(super::super::json_schema());
    }
}
