//! The JSON Schema of `app.toml`: made from the sections, checked against by the parser, printed by `pykube schema`.

use std::sync::OnceLock;

use serde_json::Value;

use super::section::Config;

/// The JSON Schema (draft 2020-12) of `app.toml`.
#[must_use]
pub fn json_schema() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(|| schemars::schema_for!(Config).to_value())
}
