//! `pykube adopt`: a hand edit of a manifest becomes a patch in `app.toml`.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::bail;

use crate::adopt::{Adoption, adopt};
use crate::app::Options;
use crate::config::FILE_NAME;
use crate::file_set::RelativePath;
use crate::render::{self, Request};
use crate::review::{short, values};
use crate::screen;
use crate::write::{Plan, Status, Target, replace_file};

/// Arguments of `pykube adopt`.
#[derive(Debug, clap::Args)]
pub(crate) struct AdoptArguments {
    /// The manifest that was edited.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Folder of app.toml.
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,

    /// Folder that was rendered into, if not the one of app.toml.
    #[arg(long, value_name = "DIR")]
    target: Option<PathBuf>,

    /// Say nothing unless something is wrong.
    #[arg(long, short)]
    quiet: bool,
}

/// Takes the edit over, or says why it cannot.
pub(crate) fn run(arguments: &AdoptArguments) -> anyhow::Result<u8> {
    let directory = &arguments.dir;
    let root = arguments.target.as_ref().unwrap_or(directory);
    let path = below(root, &arguments.file)?;
    let files = render::files(&Request { directory: directory.clone(), image: None })?;
    let target = Target::open_for_writing(root)?;
    let plan = target.plan(&files, None)?;
    let change = find(&plan, &path)?;
    let adoption = match change.status {
        Status::Unchanged => None,
        _ => adopt(directory, change, &Options::default())?,
    };
    let mut out = screen::stdout();
    let Some(adoption) = adoption else {
        if !arguments.quiet {
            writeln!(out, "{path} holds the objects as they are rendered: nothing to adopt")?;
        }
        return Ok(0);
    };
    replace_file(&directory.join(FILE_NAME), &adoption.text)?;
    if !arguments.quiet {
        write!(out, "{}", told(&adoption))?;
    }
    Ok(0)
}

/// The path of `file` below `root`: as it stands there, or as it stands from here.
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
        bail!("`{path}` is no manifest, and patches are for objects; `pykube render --merge` keeps a hand edit of it");
    }
    Ok(change)
}

fn told(adoption: &Adoption) -> String {
    let mut lines = Vec::new();
    for (object, fields) in &adoption.taken {
        lines.push(format!("{} is patched in {FILE_NAME}", object.identity));
        for field in fields {
            let (sign, values) = values(&object.identity.kind, field);
            lines.push(format!("  {sign} {}  {values}", short(&field.path)).trim_end().to_owned());
        }
    }
    lines.push("next: pykube render\n".to_owned());
    lines.join("\n")
}
