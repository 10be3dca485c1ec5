//! `pykube init`: reads the code, writes `app.toml`, says what was found and what was not.

use std::io::Write as _;

use crate::cli::Directory;
use crate::config::FILE_NAME;
use crate::detect::{self, Detection};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::screen;

/// Arguments of `pykube init`.
#[derive(Debug, clap::Args)]
pub(crate) struct InitArguments {
    #[command(flatten)]
    directory: Directory,

    /// Overwrite the app.toml that is there.
    #[arg(long)]
    force: bool,

    /// What the server imports, where detection cannot settle it: package.module:attribute.
    #[arg(long, value_name = "MODULE:ATTR")]
    entrypoint: Option<String>,

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
    let mut detection = detect::detect(root)?;
    if let Detection::Application(project) = &mut detection {
        if let Some(entrypoint) = &arguments.entrypoint {
            project.entrypoint = Some(entrypoint.clone());
        }
        // What is shown is what app.toml says: another manager than the project's own may install the dependencies.
        if project.package_manager.is_some() {
            project.package_manager = Some(crate::init::manager(root, project));
        }
    }
    let project = match &detection {
        Detection::Application(project) if project.entrypoint.is_some() => project,
        _ => {
            write!(screen::stderr(), "{}", detect::text(&detection, false))?;
            return Ok(crate::cli::EXIT_TROUBLE);
        }
    };
    let (text, advice) = crate::init::app_toml(root, project)?;
    // What is written must be readable: a value of the repository that is not is our fault, told before anything is lost.
    let (config, document) = crate::config::parse(FILE_NAME.into(), text.clone())?;
    crate::app::resolve(&config, &document, &crate::app::Options::default())?;
    crate::write::replace_file(&path, &text)?;
    let mut out = screen::stdout();
    write!(out, "{}", detect::text(&detection, false))?;
    if !advice.is_empty() {
        // The summary ends with its own list of warnings, where there are any.
        if project.warnings.is_empty() {
            writeln!(out, "\nLook at these:")?;
        }
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
