//! `pykube schema`: what `app.toml` may hold, for editors and for people.

use std::io::Write as _;

use crate::config::{json_schema, reference};

/// Arguments of `pykube schema`.
#[derive(Debug, clap::Args)]
pub(crate) struct SchemaArguments {
    /// For an editor, or for a person.
    #[arg(long, value_enum, default_value_t = SchemaFormat::Json)]
    format: SchemaFormat,
}

/// How the schema is printed.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum SchemaFormat {
    /// JSON Schema, draft 2020-12.
    Json,
    /// The reference, as in docs/app-toml.md.
    Markdown,
}

/// Prints the schema.
pub(crate) fn run(arguments: &SchemaArguments) -> anyhow::Result<u8> {
    let text = match arguments.format {
        SchemaFormat::Json => format!("{}\n", serde_json::to_string_pretty(json_schema())?),
        SchemaFormat::Markdown => reference(),
    };
    anstream::stdout().lock().write_all(text.as_bytes())?;
    Ok(0)
}
