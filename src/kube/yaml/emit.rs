//! JSON as block YAML in the style of the templates: two spaces, lists indented, every scalar safe for every reader.

use std::fmt::Write as _;

use serde_json::Value;

use super::scalar::{self, scalar};

/// The lines of `value` as the content of a document or of a map's field, each with `indent` blanks in front. Only
/// for maps and lists that are not empty; see [`inline`] for the rest.
pub(crate) fn block(value: &Value, indent: usize) -> String {
    let mut text = String::new();
    write_block(&mut text, value, indent);
    text
}

/// `key: value` with everything below it, each line with `indent` blanks in front.
pub(crate) fn entry(key: &str, value: &Value, indent: usize) -> String {
    let mut text = String::new();
    write_entry(&mut text, key, value, indent);
    text
}

/// `- value` with everything below it, each line with `indent` blanks in front.
pub(crate) fn item(value: &Value, indent: usize) -> String {
    let mut text = String::new();
    write_item(&mut text, value, indent);
    text
}

/// The value on one line, when it has such a form: everything but maps and lists with something in them.
pub(crate) fn inline(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(scalar(text).into_owned()),
        Value::Object(map) if map.is_empty() => Some("{}".to_owned()),
        Value::Array(items) if items.is_empty() => Some("[]".to_owned()),
        Value::Object(_) | Value::Array(_) => None,
        other => Some(other.to_string()),
    }
}

fn write_block(text: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| write_entry(text, key, value, indent)),
        Value::Array(items) => items.iter().for_each(|value| write_item(text, value, indent)),
        other => {
            let _ = writeln!(text, "{:indent$}{}", "", inline(other).unwrap_or_default());
        }
    }
}

fn write_entry(text: &mut String, key: &str, value: &Value, indent: usize) {
    let key = scalar(key);
    if let Value::String(value) = value {
        let _ = writeln!(text, "{:indent$}{key}: {}", "", scalar::block(value, indent + 2));
    } else if let Some(value) = inline(value) {
        let _ = writeln!(text, "{:indent$}{key}: {value}", "");
    } else {
        let _ = writeln!(text, "{:indent$}{key}:", "");
        write_block(text, value, indent + 2);
    }
}

fn write_item(text: &mut String, value: &Value, indent: usize) {
    let content = match inline(value) {
        Some(value) => value + "\n",
        // The first line of what is in the item is behind the dash.
        None => block(value, indent + 2).trim_start_matches(' ').to_owned(),
    };
    let _ = write!(text, "{:indent$}- {content}", "");
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_style_is_that_of_the_templates() {
        let value = json!({
            "a": {"b": [{"name": "x", "list": ["no", "y1"]}, [1, [2]], "t"]},
            "empty": {}, "none": [], "nil": null, "s": "two\nlines\n", "t": "x\n y", "u": "a \nb",
        });
        let text = "\
a:
  b:
    - name: x
      list:
        - \"no\"
        - y1
    - - 1
      - - 2
    - t
empty: {}
none: []
nil: null
s: |
  two
  lines
t: |-
  x
   y
u: \"a \\nb\"
";
        assert_eq!(block(&value, 0), text);
        assert_eq!(super::super::document::documents(text).unwrap(), [value]);
    }
}
