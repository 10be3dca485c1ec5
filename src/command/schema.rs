//! `pykube schema`: what `app.toml` may hold, for editors and for people.

use std::io::Write as _;

use super::exit::{Exit, examples};
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

/// What `--help` has below the options.
pub(crate) fn help() -> String {
    examples(
        &[
            ("pykube schema > app.schema.json", "for an editor"),
            ("pykube schema --format markdown", "the reference, to read"),
        ],
        &[],
    )
}

/// Prints the schema.
pub(crate) fn run(arguments: &SchemaArguments) -> anyhow::Result<Exit> {
    let text = match arguments.format {
        SchemaFormat::Json => format!("{}\n", serde_json::to_string_pretty(json_schema())?),
        SchemaFormat::Markdown => reference(),
    };
    anstream::stdout().lock().write_all(text.as_bytes())?;
    Ok(Exit::Success)
}
