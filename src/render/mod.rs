//! From [`App`] to [`FileSet`]: the table of outputs and the template environment.

mod environment;
pub(crate) mod escape;
mod gitops;
mod indent;
mod job_names;
mod manifest;
mod outputs;

use std::path::{Path, PathBuf};

use crate::app::{self, App, Options};
use crate::bug::bug;
use crate::check::{Level, check};
use crate::config;
use crate::diagnostic::Diagnostics;
use crate::file_set::FileSet;
use crate::patch;

pub use environment::Templates;

/// What a command asks to be rendered.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Folder of `app.toml`.
    pub directory: PathBuf,
    /// Image to run instead of `[image]`.
    pub image: Option<String>,
}

impl Request {
    fn options(&self) -> Options {
        Options { image: self.image.clone(), ..Options::default() }
    }
}

/// Reads `app.toml`, renders everything that it asks for, and [looks at it](refuse_faults); nothing is written.
///
/// # Errors
/// [`Diagnostics`] of `app.toml`, faults of what would be written, or a bug in pykube's own templates.
pub fn files(request: &Request) -> anyhow::Result<FileSet> {
    let files = unchecked_files(request)?;
    refuse_faults(&files)?;
    Ok(files)
}

/// As [`files`], for whoever [looks at them](refuse_faults) when they know that something is to be written: what is
/// there already was looked at when it was written.
///
/// # Errors
/// [`Diagnostics`] of `app.toml`, or a bug in pykube's own templates.
pub fn unchecked_files(request: &Request) -> anyhow::Result<FileSet> {
    render(&resolved(&request.directory, &request.options())?)
}

/// Renders everything that `config` asks for, which was read from the folder of `request` or will be written there.
///
/// # Errors
/// As [`files`].
pub fn files_from(config: &config::Config, document: &config::Document, request: &Request) -> anyhow::Result<FileSet> {
    let app = resolved_from(config, document, &request.directory, &request.options())?;
    let files = render(&app)?;
    refuse_faults(&files)?;
    Ok(files)
}

/// Looks at the rendered tree as the cluster and the builder will, before anything is written.
///
/// # Errors
/// Every fault of the tree.
pub fn refuse_faults(files: &FileSet) -> anyhow::Result<()> {
    let findings = check(files);
    let faults: Vec<String> =
        findings.iter().filter(|finding| finding.level == Level::Fault).map(ToString::to_string).collect();
    if faults.is_empty() {
        return Ok(());
    }
    anyhow::bail!("what app.toml asks for would be refused; nothing was written\n  {}", faults.join("\n  "))
}

/// Reads and resolves `directory/app.toml`.
///
/// # Errors
/// [`Diagnostics`] with every fault.
pub fn resolved(directory: &Path, options: &Options) -> Result<App, Diagnostics> {
    let (config, document) = config::load(directory)?;
    resolved_from(&config, &document, directory, options)
}

/// Resolves `config`, which was read from `directory` or will be written there.
///
/// # Errors
/// [`Diagnostics`] with every fault.
pub fn resolved_from(
    config: &config::Config,
    document: &config::Document,
    directory: &Path,
    options: &Options,
) -> Result<App, Diagnostics> {
    let files = config::read_project_files(directory, config);
    app::resolve(config, document, &Options { files, ..options.clone() })
}

/// Renders `app`.
///
/// # Errors
/// [`Diagnostics`] of `[[patches]]`; or a bug in pykube's own templates, which no `app.toml` should be able to cause.
pub fn render(app: &App) -> anyhow::Result<FileSet> {
    let templates = Templates::embedded();
    let mut files = FileSet::new();
    for output in outputs::outputs(app, templates)? {
        let text = templates.render(&output.template, output.context)?;
        files.add(output.path, text).map_err(|path| bug(format!("two outputs are called `{path}`")))?;
    }
    let mut files = patch::apply(&files, &app.patches)?;
    for entry in &app.own_resources {
        files.name(&app.paths.manifests, entry);
    }
    Ok(files)
}
