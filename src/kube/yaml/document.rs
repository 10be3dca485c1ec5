//! YAML as the JSON that an API server makes of it: every key a text, no key twice, no tags.

use std::fmt;

use serde::de::{Deserialize, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::cost::is_affordable;

/// The documents of a YAML text as JSON; empty ones are left out.
///
/// # Errors
/// What the YAML reader says, with line and column.
pub(crate) fn documents(text: &str) -> Result<Vec<Value>, String> {
    let mut all = Vec::new();
    // To the reader a text without any document is a document without an end.
    if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
        return Ok(all);
    }
    if !is_affordable(text) {
        return Err("it would take too long to read".to_owned());
    }
    for document in serde_yaml::Deserializer::from_str(text) {
        let Json(value) = Json::deserialize(document).map_err(|error| error.to_string())?;
        if !value.is_null() {
            all.push(value);
        }
    }
    Ok(all)
}

/// `text` with its document number `wanted` (empty ones not counted) run through `change`.
pub(crate) fn with_document(text: &str, wanted: usize, mut change: impl FnMut(&str) -> String) -> String {
    let mut edited = String::with_capacity(text.len());
    let mut number = 0;
    for part in parts(text) {
        let is_document = documents(part).is_ok_and(|all| !all.is_empty());
        if is_document && number == wanted {
            edited.push_str(&change(part));
        } else {
            edited.push_str(part);
        }
        number += usize::from(is_document);
    }
    edited
}

/// The documents of a text and the `---` lines between them; together they are the text.
fn parts(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut at) = (Vec::new(), 0, 0);
    for line in text.split_inclusive('\n') {
        if line.trim_end() == "---" {
            parts.push(&text[start..at]);
            parts.push(&text[at..at + line.len()]);
            start = at + line.len();
        }
        at += line.len();
    }
    parts.push(&text[start..]);
    parts
}

struct Json(Value);

/// A key, whatever it is written as.
struct Key(String);

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor).map(Self)
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Json(key) = Json::deserialize(deserializer)?;
        match key {
            Value::String(text) if text == "<<" => {
                Err(D::Error::custom("the merge key `<<` is not supported here: write the fields out"))
            }
            Value::String(text) => Ok(Self(text)),
            Value::Number(number) => Ok(Self(number.to_string())),
            Value::Bool(flag) => Ok(Self(flag.to_string())),
            _ => Err(D::Error::custom("a key is neither text, number nor boolean")),
        }
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        // JSON has no infinity; neither has any field of an object.
        serde_json::Number::from_f64(number).map(Value::Number).ok_or_else(|| E::custom("a number without an end"))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(Json(item)) = items.next_element()? {
            all.push(item);
        }
        Ok(Value::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some((Key(key), Json(value))) = entries.next_entry()? {
            if map.contains_key(&key) {
                return Err(A::Error::custom(format!("the key `{key}` is given twice")));
            }
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, _tagged: A) -> Result<Value, A::Error> {
        Err(A::Error::custom("tags have no meaning in a manifest"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn yaml_is_read_as_an_api_server_reads_it() {
        let text = "a: {1: x, true: y, 1.5: z}\nb: [1, -2, 2.5, ~, \"no\", 0x10]\n---\n---\nc\n";
        let a = json!({"a": {"1": "x", "true": "y", "1.5": "z"}, "b": [1, -2, 2.5, null, "no", 16]});
        assert_eq!(documents(text).unwrap(), [a, json!("c")]);
        assert_eq!(documents("").unwrap(), Vec::<Value>::new());
        assert_eq!(documents("# nothing\n\n").unwrap(), Vec::<Value>::new());
        assert_eq!(documents("a: 1\n---\n# nothing\n").unwrap(), [json!({"a": 1})]);
        for bad in
            ["a: 1\na: 2\n", "a: !tag 1\n", "a: !tag {b: 1}\n", "a: .inf\n", "<<: {a: 1}\n", "a: [\n", "{[a]: 1}\n"]
        {
            assert!(documents(bad).is_err(), "{bad}");
        }
    }
}
