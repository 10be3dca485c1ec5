//! `pykube schema`: the JSON Schema of `app.toml`, for editors.

use std::io::Write as _;

use crate::config::json_schema;

/// Prints the schema.
pub(crate) fn run() -> anyhow::Result<u8> {
    writeln!(anstream::stdout().lock(), "{}", serde_json::to_string_pretty(&json_schema())?)?;
    Ok(0)
}
