//! `pykube add`: writes a Python module, says which lines put it into the service.

use std::io::Write as _;

use serde_json::json;

use super::Directory;
use super::directory::open_project;
use super::exit::{Exit, examples};
use crate::config::FILE_NAME;
use crate::modules::{self, Addition, ModuleKind, Request, SERVER_DEFAULT};
use crate::screen;
use crate::write::{Plan, Status};

/// Arguments of `pykube add`.
#[derive(Debug, clap::Args)]
pub(crate) struct AddArguments {
    /// The module.
    #[arg(value_name = "MODULE")]
    module: ModuleKind,

    #[command(flatten)]
    directory: Directory,

    /// Connections that the database server allows (`max_connections`), for db-pool.
    #[arg(long, value_name = "N", default_value_t = SERVER_DEFAULT)]
    max_connections: u32,

    /// How to print the lines to add.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Overwrite the module when it was edited.
    #[arg(long)]
    force: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// One object, for tools.
    Json,
}

/// What `--help` has below the options.
pub(crate) fn help() -> String {
    examples(
        &[
            ("pykube add health", "endpoints for the probes, with their tests"),
            ("pykube add db-pool --max-connections 200", "a pool that fits the database server"),
        ],
        &[],
    )
}

/// Writes the module and its tests, sets the keys of `app.toml`, prints the rest; all or nothing is written.
pub(crate) fn run(arguments: &AddArguments, quiet: bool) -> anyhow::Result<Exit> {
    let root = &arguments.directory.directory;
    let target = open_project(root)?;
    let request = Request { kind: arguments.module, root, max_connections: arguments.max_connections };
    let addition = modules::prepare(&request)?;
    let mut plan = target.plan(&addition.files, Some(&format!("add {}", arguments.module)))?;
    if !addition.settings.is_empty() {
        let text = modules::with(&addition.app_toml, &addition.settings)?;
        plan = target.with_app_toml(plan, Some(addition.app_toml.as_bytes()), text)?;
    }
    target.apply(&plan, arguments.force)?;
    match arguments.format {
        _ if quiet => {}
        Format::Text => print_text(&addition, &plan)?,
        Format::Json => print_json(&addition, &plan)?,
    }
    Ok(Exit::Success)
}

fn print_text(addition: &Addition, plan: &Plan) -> anyhow::Result<()> {
    let mut out = screen::stdout();
    for change in &plan.changes {
        let word = match change.status {
            Status::Unchanged | Status::Reflowed => "is there",
            Status::New => "wrote",
            _ => "wrote again",
        };
        writeln!(out, "{word} {}", change.path)?;
    }
    for setting in &addition.settings {
        writeln!(out, "set {FILE_NAME}: [{}] {} = {:?}", setting.table, setting.key, setting.value)?;
    }
    if addition.edits.is_empty() {
        writeln!(out, "\nthe lines that it needs already exist")?;
    }
    for edit in &addition.edits {
        writeln!(out, "\n{}", edit.to_text())?;
    }
    if !addition.notes.is_empty() {
        writeln!(out)?;
    }
    for note in &addition.notes {
        writeln!(out, "  ! {note}")?;
    }
    Ok(())
}

fn print_json(addition: &Addition, plan: &Plan) -> anyhow::Result<()> {
    let files: Vec<_> = plan
        .changes
        .iter()
        .map(|change| json!({ "path": change.path.as_str(), "status": change.status.word() }))
        .collect();
    let document = json!({
        "files": files,
        "edits": addition.edits,
        "settings": addition.settings,
        "notes": addition.notes,
    });
    screen::print_json(&document)?;
    Ok(())
}
