//! The filter `indent`.

use minijinja::{Error, ErrorKind, Value};

/// Indents every line of a macro's output but the first by `width` spaces, and removes its last line feed: the call
/// is written where its first line belongs.
pub(super) fn indent(value: &Value, width: usize) -> Result<Value, Error> {
    if !value.is_safe() {
        // Indenting a raw value would write it around the escaping.
        return Err(Error::new(ErrorKind::InvalidOperation, "`indent` takes the output of a macro only"));
    }
    let text = value.to_string();
    let space = " ".repeat(width);
    let mut indented = String::with_capacity(text.len() + text.len() / 2);
    for (number, line) in text.trim_end_matches('\n').split('\n').enumerate() {
        if number > 0 {
            indented.push('\n');
            if !line.is_empty() {
                indented.push_str(&space);
            }
        }
        indented.push_str(line);
    }
    Ok(Value::from_safe_string(indented))
}
