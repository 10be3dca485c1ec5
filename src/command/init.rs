//! `pykube init`: reads the code, writes `app.toml`, says what was found and what was not.

use std::io::Write as _;

use crate::cli::Directory;
use crate::config::FILE_NAME;
use crate::detect::{Detection, detect, report};
use crate::diagnostic::{Diagnostic, Diagnostics};

/// Arguments of `pykube init`.
#[derive(Debug, clap::Args)]
pub(crate) struct InitArguments {
    #[command(flatten)]
    directory: Directory,

    /// Overwrite the app.toml that is there.
    #[arg(long)]
    force: bool,

    /// Go on to `pykube render`.
    #[arg(long)]
    render: bool,
}

/// Detects, writes `app.toml` and prints what it believes.
pub(crate) fn run(arguments: &InitArguments) -> anyhow::Result<u8> {
    let root = &arguments.directory.directory;
    let path = root.join(FILE_NAME);
    if !arguments.force && path.symlink_metadata().is_ok() {
        let fault = Diagnostic::error(format!("`{}` is there already; nothing was written", path.display()));
        return Err(Diagnostics::from(fault.help("`pykube init --force` overwrites it")).into());
    }
    let detection = detect(root)?;
    let Detection::Application(project) = &detection else {
        return Err(Diagnostics::from(report::refusal(&detection, root)).into());
    };
    let (text, advice) = crate::init::app_toml(root, project)?;
    // What is written must be readable: a value of the repository that is not is our fault, told before anything is lost.
    let (config, document) = crate::config::parse(FILE_NAME.into(), text.clone())?;
    crate::app::resolve(&config, &document, &crate::app::Options::default())?;
    crate::write::replace_file(&path, &text)?;
    let mut out = anstream::stdout().lock();
    write!(out, "{}", report::summary(project))?;
    if !advice.is_empty() {
        writeln!(out, "\nLook at these before you commit:")?;
        for line in advice {
            writeln!(out, "  ! {line}")?;
        }
    }
    if !arguments.render {
        writeln!(out, "\nwrote {}; next: pykube render", path.display())?;
        return Ok(0);
    }
    writeln!(out, "\nwrote {}", path.display())?;
    drop(out);
    super::render::run(&super::render::RenderArguments::for_directory(root.clone()))
}
