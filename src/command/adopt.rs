//! `pykube adopt`: a hand edit of a manifest becomes a patch in `app.toml`.

use std::path::{Path, PathBuf};

use anyhow::bail;

use super::directory::{open_project, project_around};
use super::exit::{Exit, examples};
use crate::adopt::{Adoption, adopt};
use crate::app::Options;
use crate::config::FILE_NAME;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::file_set::RelativePath;
use crate::render::{self, Request};
use crate::review::{short, values};
use crate::screen;
use crate::write::{Plan, Status, Target};

/// Arguments of `pykube adopt`.
#[derive(Debug, clap::Args)]
pub(crate) struct AdoptArguments {
    /// The manifest that was edited.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Folder of app.toml; without it, the nearest one above FILE.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,

    /// Folder that was rendered into, if not the one of app.toml.
    #[arg(long, value_name = "DIR")]
    target: Option<PathBuf>,
}

/// What `--help` has below the options.
pub(crate) fn help() -> String {
    examples(
        &[
            ("pykube adopt k8s/deployment.yaml", "what was edited there becomes [[patches]]"),
            ("pykube render", "then: the same manifest, from app.toml"),
        ],
        &[],
    )
}

/// Takes the edit over, or says why it cannot.
pub(crate) fn run(arguments: &AdoptArguments, quiet: bool) -> anyhow::Result<Exit> {
    let directory = project(arguments)?;
    let project = open_project(&directory)?;
    let elsewhere = arguments.target.as_deref().map(Target::open).transpose()?;
    let path = below(arguments.target.as_ref().unwrap_or(&directory), &arguments.file)?;
    let files = render::files(&Request { directory: directory.clone(), image: None })?;
    let plan = elsewhere.as_ref().unwrap_or(&project).plan(&files, None)?;
    let change = find(&plan, &path)?;
    let adoption = match change.status {
        Status::Unchanged => None,
        _ => adopt(&directory, change, &Options::default())?,
    };
    let said = match adoption {
        None => format!("{path} holds the objects as they are rendered: nothing to adopt\n"),
        Some(adoption) => {
            let said = report(&adoption);
            let before = adoption.before.as_bytes();
            project.apply(&project.plan_app_toml(Some(before), adoption.text)?, false)?;
            said
        }
    };
    if !quiet {
        screen::print(&said)?;
    }
    Ok(Exit::Success)
}

/// The folder of the `app.toml` that the file belongs to.
fn project(arguments: &AdoptArguments) -> Result<PathBuf, Diagnostics> {
    let nearest = || project_around(&arguments.file).or_else(|| project_around(Path::new(FILE_NAME)));
    arguments
        .dir
        .clone()
        .or_else(nearest)
        .ok_or_else(|| Diagnostic::error("no app.toml in this folder or above").help("`pykube init` writes one").into())
}

/// The path of `file` below `root`: as it is there, or as it stands from here.
fn below(root: &Path, file: &Path) -> anyhow::Result<RelativePath> {
    let inside = match (file.canonicalize(), root.canonicalize()) {
        (Ok(file), Ok(root)) => file.strip_prefix(&root).map(Path::to_path_buf).ok(),
        _ => None,
    };
    let shown = inside.unwrap_or_else(|| file.to_path_buf());
    let text = shown.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
    let text = text.strip_prefix("./").unwrap_or(&text);
    RelativePath::new(text).map_err(|why| anyhow::anyhow!("`{}` {why}", file.display()))
}

fn find<'a>(plan: &'a Plan, path: &RelativePath) -> anyhow::Result<&'a crate::write::Change> {
    let Some(change) = plan.changes.iter().find(|change| change.path == *path) else {
        bail!("`{path}` is not rendered by pykube, so there is nothing to adopt");
    };
    if !path.is_manifest() {
        let fault = Diagnostic::error(format!("`{path}` is not a manifest, and only manifests can be patched"));
        bail!(Diagnostics::from(fault.help("`pykube render --merge` keeps a hand edit of it")));
    }
    Ok(change)
}

fn report(adoption: &Adoption) -> String {
    let mut lines = Vec::new();
    for (object, fields) in &adoption.taken {
        lines.push(format!("{} is patched in {FILE_NAME}", object.identity));
        for field in fields {
            let (sign, values) = values(&object.identity.kind, field);
            lines.push(format!("  {sign} {}  {values}", short(&field.path)).trim_end().to_owned());
        }
    }
    lines.extend(
        adoption.listed.iter().map(|path| format!("{path} is listed under [cluster] resources in {FILE_NAME}")),
    );
    lines.push("next: pykube render\n".to_owned());
    lines.join("\n")
}
