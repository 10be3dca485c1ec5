//! `pykube init`: reads the code, writes `app.toml`, says what was found and what was not.

use std::io::Write as _;

use super::Directory;
use super::directory::open_project;
use super::exit::{Exit, examples};
use crate::config::FILE_NAME;
use crate::detect::{self, Detection, Project};
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

    /// Run `pykube render` afterwards.
    #[arg(long)]
    render: bool,
}

/// What `--help` has below the options.
pub(crate) fn help() -> String {
    examples(
        &[
            ("pykube init --render", "from the code to everything in one step"),
            ("pykube init --entrypoint shop.main:app", "where several applications could be meant"),
        ],
        &[],
    )
}

/// Detects, writes `app.toml` and prints what it believes.
pub(crate) fn run(arguments: &InitArguments, quiet: bool) -> anyhow::Result<Exit> {
    let root = &arguments.directory.directory;
    let target = open_project(root)?;
    let there = target.app_toml_bytes()?;
    let path = root.join(FILE_NAME);
    if there.is_some() && !arguments.force {
        let fault = Diagnostic::error(format!("`{}` already exists; nothing was written", path.display()));
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
            return Ok(Exit::Trouble);
        }
    };
    let (text, advice) = crate::init::app_toml(root, project)?;
    // What is written must be readable: a value of the repository that is not is our fault, said before anything is lost.
    let (config, document) = crate::config::parse(FILE_NAME.into(), text.clone())?;
    crate::app::resolve(&config, &document, &crate::app::Options::default())?;
    target.apply(&target.plan_app_toml(there.as_deref(), text)?, false)?;
    // The render takes the lock of the folder itself.
    drop(target);
    if !quiet {
        let next = if arguments.render { "" } else { "; next: pykube render" };
        say(&detection, project, &advice, &format!("wrote {}{next}", path.display()))?;
    }
    if arguments.render {
        return super::render::run(&super::render::RenderArguments::for_directory(root.clone()), quiet);
    }
    Ok(Exit::Success)
}

/// What was detected, what to look at, and `last`.
fn say(detection: &Detection, project: &Project, advice: &[String], last: &str) -> anyhow::Result<()> {
    let mut out = screen::stdout();
    write!(out, "{}", detect::text(detection, false))?;
    // The summary ends with its own list of warnings, where there are any.
    if !advice.is_empty() && project.warnings.is_empty() {
        writeln!(out, "\nPlease check:")?;
    }
    for line in advice {
        writeln!(out, "  ! {line}")?;
    }
    writeln!(out, "\n{last}")?;
    Ok(())
}
