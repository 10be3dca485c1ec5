//! `pykube render`: `app.toml` in, files out; all of them or none.

use std::io::Write as _;
use std::path::PathBuf;

use crate::cli::Directory;
use crate::render::{self, Request};
use crate::review::{Review, note};
use crate::screen;
use crate::write::{Plan, Refusal, Target, summary};

/// Arguments of `pykube render`.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct RenderArguments {
    #[command(flatten)]
    directory: Directory,

    /// Deploy this image instead of the one in app.toml.
    #[arg(long, value_name = "REF")]
    image: Option<String>,

    /// Write to this folder instead of the one of app.toml.
    #[arg(long, value_name = "DIR")]
    target: Option<PathBuf>,

    /// Write nothing; exit with 1 if files would change.
    #[arg(long, conflicts_with = "force")]
    check: bool,

    /// Overwrite files that were edited, or that pykube did not write.
    #[arg(long, conflicts_with = "merge")]
    force: bool,

    /// Bring hand edits and the new text together where they do not touch the same field or line.
    #[arg(long)]
    merge: bool,

    /// Say nothing unless something is wrong.
    #[arg(long, short)]
    quiet: bool,
}

impl RenderArguments {
    /// A plain render of `directory`.
    pub(crate) fn for_directory(directory: PathBuf) -> Self {
        Self {
            directory: Directory { directory },
            image: None,
            target: None,
            check: false,
            force: false,
            merge: false,
            quiet: false,
        }
    }
}

/// Exit code of `--check` when files would change.
const EXIT_STALE: u8 = 1;

/// Renders, and writes what changed; or, with `--check`, says what would.
pub(crate) fn run(arguments: &RenderArguments) -> anyhow::Result<u8> {
    let directory = &arguments.directory.directory;
    let request = Request { directory: directory.clone(), image: arguments.image.clone() };
    let files = render::unchecked_files(&request)?;
    let root = arguments.target.as_ref().unwrap_or(directory);
    // A folder is not made for a tree that is refused.
    let is_new = !root.exists();
    if is_new {
        render::refuse_faults(&files)?;
    }
    let target = if arguments.check { Target::open(root)? } else { Target::open_for_writing(root)? };
    let mut plan = target.plan(&files, None)?;
    if !is_new && !plan.is_clean() {
        render::refuse_faults(&files)?;
    }
    if arguments.merge {
        plan = plan.merged();
    }
    if arguments.check {
        say(arguments, &plan)?;
        return Ok(if plan.is_clean() { 0 } else { EXIT_STALE });
    }
    if !arguments.force
        && let Some(refusal) = Refusal::of(&plan)
    {
        return Err(refusal.into());
    }
    target.apply(&plan, arguments.force)?;
    if target.was_interrupted() && !arguments.quiet {
        writeln!(screen::stderr(), "an earlier render was interrupted here; what it had done was undone first")?;
    }
    say(arguments, &plan)?;
    Ok(0)
}

/// The summary, and what `--check` has to add to it.
fn say(arguments: &RenderArguments, plan: &Plan) -> anyhow::Result<()> {
    if arguments.quiet {
        return Ok(());
    }
    let review = Review::of(plan);
    let mut out = screen::stdout();
    write!(out, "{}", summary(plan, &|change| note(&review, change)))?;
    if arguments.check && plan.lacks_lock() {
        writeln!(out, "  + {}   is missing: run `pykube render` and commit it", crate::write::LOCK_PATH)?;
    }
    Ok(())
}
