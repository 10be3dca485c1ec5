//! Values of a Dockerfile: words of one line, and the exec form.

use minijinja::{Error, Value};

/// `text` as it stands, when it is one line that cannot swallow the next one.
pub(super) fn word(text: &str) -> Result<&str, String> {
    if text.contains(|c: char| c.is_control()) || text.ends_with('\\') || text.trim() != text {
        return Err("a value of the Dockerfile must be one line without a backslash at its end".into());
    }
    Ok(text)
}

/// A list of arguments as the exec form, a JSON array, which neither shell nor builder expands.
pub(super) fn exec_form(value: &Value) -> Result<String, Error> {
    let words = super::strings(value)?.iter().map(|word| json_string(word)).collect::<Vec<_>>();
    Ok(format!("[{}]", words.join(", ")))
}

fn json_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
