//! `pykube detect`: what `init` would believe, and why.

use crate::cli::Directory;
use crate::detect::{self, Detection};
use crate::screen;

/// Nothing to deploy was found.
const EXIT_NOTHING: u8 = 3;
/// Several applications were found, and a person has to choose.
const EXIT_SEVERAL: u8 = 4;

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

/// Prints what the repository is, with evidence.
pub(crate) fn run(arguments: &DetectArguments) -> anyhow::Result<u8> {
    let (detection, scores) = detect::explain(&arguments.directory.directory)?;
    match arguments.format {
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
        Detection::Application(_) => 0,
        Detection::Several(_) => EXIT_SEVERAL,
        Detection::Nothing(_) => EXIT_NOTHING,
    })
}
