//! `pykube detect`: what `init` would believe, and why.

use super::Directory;
use super::exit::{Exit, examples};
use crate::detect::{self, Detection};
use crate::{screen, write};

/// Arguments of `pykube detect`.
#[derive(Debug, clap::Args)]
pub(crate) struct DetectArguments {
    #[command(flatten)]
    directory: Directory,
    /// Form of the answer.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// List every environment variable with the place that reads it.
    #[arg(long, short)]
    verbose: bool,
    /// List the candidates for the entry point with what speaks for and against each, in points.
    #[arg(long)]
    explain: bool,
}

/// Forms of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A summary for people.
    Text,
    /// One object for programs.
    Json,
}

/// What `--help` has below the options.
pub(crate) fn help() -> String {
    examples(
        &[
            ("pykube detect", "what init would write down, and why"),
            ("pykube detect --explain", "how the entry point was chosen"),
            ("pykube detect --format json", "the same for a program; docs/detection.md describes it"),
        ],
        &[
            (Exit::NothingDetected, "no application was found"),
            (Exit::SeveralDetected, "several applications were found: give the folder of one"),
        ],
    )
}

/// Prints what the repository is, with evidence.
pub(crate) fn run(arguments: &DetectArguments, quiet: bool) -> anyhow::Result<Exit> {
    let root = &arguments.directory.directory;
    let (detection, scores) = detect::explain(root, &write::written_paths(root))?;
    match arguments.format {
        _ if quiet => {}
        Format::Text => {
            let explained = if arguments.explain { detect::scores_text(&scores) } else { String::new() };
            screen::print(&(detect::text(&detection, arguments.verbose) + &explained))?;
        }
        Format::Json => {
            let mut answer = detect::json(&detection);
            if arguments.explain {
                answer["scores"] = serde_json::to_value(&scores)?;
            }
            screen::print_json(&answer)?;
        }
    }
    Ok(match detection {
        Detection::Application(_) => Exit::Success,
        Detection::Several(_) => Exit::SeveralDetected,
        Detection::Nothing(_) => Exit::NothingDetected,
    })
}
