//! `pykube render`: `app.toml` in, files out; all of them or none.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::Directory;
use super::exit::{Exit, examples};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::render::{self, Request};
use crate::review::{Review, note};
use crate::screen;
use crate::write::{Plan, Status, Target, folder_in_repository, summary};

/// Arguments of `pykube render`.
#[derive(Debug, Default, clap::Args)]
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

    /// Merge hand edits with the new output where they do not conflict.
    #[arg(long)]
    merge: bool,
}

impl RenderArguments {
    /// A plain render of `directory`.
    pub(crate) fn for_directory(directory: PathBuf) -> Self {
        Self { directory: Directory { directory }, ..Self::default() }
    }
}

/// What `--help` has below the options.
pub(crate) fn help() -> String {
    examples(
        &[
            ("pykube render", "after every change of app.toml"),
            ("pykube render --check", "in CI: is what is committed up to date?"),
            ("pykube render --merge", "keep hand edits of rendered files"),
            ("pykube render --image ghcr.io/acme/shop@sha256:…", "deploy what was just built"),
        ],
        &[(Exit::Found, "files would change, with --check; a leftover could not be removed")],
    )
}

/// Renders, and writes what changed; or, with `--check`, says what would.
pub(crate) fn run(arguments: &RenderArguments, quiet: bool) -> anyhow::Result<Exit> {
    let directory = &arguments.directory.directory;
    let request = Request { directory: directory.clone(), image: arguments.image.clone() };
    let root = arguments.target.as_ref().unwrap_or(directory);
    if !root.exists() {
        // A folder is not made for a tree that is refused.
        render::files(&request)?;
    }
    let target = if arguments.check { Target::open(root)? } else { Target::open_for_writing(root)? };
    // Read by now, not before: an edit that was saved while another pykube was at work is in.
    let files = render::unchecked_files(&request)?;
    let mut plan = target.plan(&files, None)?;
    if !plan.is_clean() {
        render::refuse_faults(&files)?;
    }
    if arguments.merge {
        plan = plan.merged();
    }
    if arguments.check {
        say(arguments, &plan, quiet)?;
        return Ok(if plan.is_clean() { Exit::Success } else { Exit::Found });
    }
    target.apply(&plan, arguments.force)?;
    if target.was_interrupted() && !quiet {
        writeln!(screen::stderr(), "an earlier render was interrupted here; its changes were undone first")?;
    }
    say(arguments, &plan, quiet)?;
    warn_of_unread_workflow(root, &plan)?;
    let stays = plan.changes.iter().any(|change| change.status == Status::Unreadable);
    Ok(if stays { Exit::Found } else { Exit::Success })
}

/// GitHub reads workflows in the root of a repository only.
/// Source: <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#about-yaml-syntax-for-workflows>
fn warn_of_unread_workflow(root: &Path, plan: &Plan) -> anyhow::Result<()> {
    let is_new = |status| matches!(status, Status::New | Status::Changed);
    let workflow = plan.changes.iter().find(|change| change.path.is_workflow() && is_new(change.status));
    if let (Some(workflow), Some(folder)) = (workflow, folder_in_repository(root)) {
        let fault = Diagnostic::warning(format!(
            "GitHub reads workflows in the root of a repository only, and `{}` is in `{folder}`",
            workflow.path
        ));
        let help = format!(
            "put app.toml into the root, with `[app] dir = \"{folder}\"`; where several services share the repository: `[ci] \
             enabled = false`, and `python3 {folder}/k8s/release.py` in a workflow of your own"
        );
        writeln!(screen::stderr(), "{}", Diagnostics::from(fault.help(help)).render(true))?;
    }
    Ok(())
}

/// The summary, and what `--check` has to add to it.
fn say(arguments: &RenderArguments, plan: &Plan, quiet: bool) -> anyhow::Result<()> {
    if quiet {
        return Ok(());
    }
    let review = Review::of(plan);
    let mut out = screen::stdout();
    write!(out, "{}", summary(plan, &|change| note(&review, change)))?;
    if arguments.check && plan.lacks_lock() {
        writeln!(out, "  + {}   is missing: run `pykube render` and commit it", crate::write::LOCK_PATH)?;
    }
    if arguments.check && plan.has_lock_in_conflict() {
        writeln!(out, "  ! {}   holds a merge conflict: run `pykube render`", crate::write::LOCK_PATH)?;
    }
    if let Some(release) = plan.other_release().filter(|_| arguments.check && !plan.is_clean()) {
        let this = env!("CARGO_PKG_VERSION");
        writeln!(
            out,
            "pykube {release} rendered these files, and this is pykube {this}: `pykube render` updates them"
        )?;
    }
    Ok(())
}
