//! `pykube diff`: the review of what a render would do.

use std::io::Write as _;
use std::path::PathBuf;

use super::Directory;
use super::exit::{Exit, examples};
use crate::render::{self, Request};
use crate::review::{Review, annotations, to_json, to_markdown, to_text};
use crate::screen;
use crate::write::{Plan, Target, committed, unified};

/// Arguments of `pykube diff`.
#[derive(Debug, clap::Args)]
pub(crate) struct DiffArguments {
    #[command(flatten)]
    directory: Directory,

    /// Take this image instead of the one in app.toml.
    #[arg(long, value_name = "REF")]
    image: Option<String>,

    /// Compare with this folder instead of the one of app.toml.
    #[arg(long, value_name = "DIR", conflicts_with = "against")]
    target: Option<PathBuf>,

    /// Compare with what is committed at this Git revision instead of what is in the folder.
    #[arg(long, value_name = "GIT-REV")]
    against: Option<String>,

    /// How the difference is shown.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Exit with 0 even if something differs.
    #[arg(long)]
    exit_zero: bool,
}

/// How the difference is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// What it does to the cluster, riskiest first.
    Text,
    /// Lines, for patch(1) and `git apply`.
    Unified,
    /// For tools; docs/review.md describes it.
    Json,
    /// For a pull-request comment.
    Markdown,
    /// Annotations of a GitHub Actions run.
    Github,
}

/// What `--help` has below the options.
pub(crate) fn help() -> String {
    examples(
        &[
            ("pykube diff", "what the next render does to the cluster"),
            ("pykube diff --against origin/main", "what this branch changes, for a review"),
            ("pykube diff --format unified | git apply", "apply the lines without a render"),
        ],
        &[(Exit::Found, "something differs; 0 with --exit-zero")],
    )
}

/// Prints what a render would change; changes nothing itself.
pub(crate) fn run(arguments: &DiffArguments, quiet: bool) -> anyhow::Result<Exit> {
    let plan = plan(arguments)?;
    let exit = if plan.is_clean() || arguments.exit_zero { Exit::Success } else { Exit::Found };
    if quiet {
        return Ok(exit);
    }
    match arguments.format {
        Format::Text => screen::print(&to_text(&Review::of(&plan), true))?,
        Format::Unified => screen::print(&unified(&plan, true))?,
        Format::Json => screen::print_json(&to_json(&Review::of(&plan)))?,
        Format::Markdown => screen::print(&to_markdown(&Review::of(&plan)))?,
        Format::Github => screen::print_workflow_commands(&annotations(&Review::of(&plan)))?,
    }
    Ok(exit)
}

/// What is to be reviewed.
fn plan(arguments: &DiffArguments) -> anyhow::Result<Plan> {
    let directory = &arguments.directory.directory;
    let request = Request { directory: directory.clone(), image: arguments.image.clone() };
    let files = render::unchecked_files(&request)?;
    let plan = match &arguments.against {
        Some(revision) => Plan::between(&committed(directory, revision, &files)?, &files),
        None => {
            let target = Target::open(arguments.target.as_ref().unwrap_or(directory))?;
            if target.was_interrupted() {
                writeln!(
                    screen::stderr(),
                    "warning: a render was interrupted here; `pykube render` cleans up after it"
                )?;
            }
            target.plan(&files, None)?
        }
    };
    if !plan.is_clean() {
        render::refuse_faults(&files)?;
    }
    Ok(plan)
}
