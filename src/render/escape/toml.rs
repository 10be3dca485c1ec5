//! TOML values.

use minijinja::{Error, Value};

/// `text` as a basic string.
pub(super) fn string(text: &str) -> String {
    // Forced to the basic form: one look for all values of the file that a person edits.
    toml_edit::Value::from(text).to_string().trim().to_owned()
}

/// `text` as a key: bare where TOML allows it.
pub(in crate::render) fn key(text: &str) -> String {
    toml_edit::Key::new(text).to_string()
}

/// A list of strings on one line.
pub(super) fn array(value: &Value) -> Result<String, Error> {
    let items = super::strings(value)?.iter().map(|item| string(item)).collect::<Vec<_>>();
    Ok(format!("[{}]", items.join(", ")))
}
