//! `pykube diff`: the review of what a render would do.

use std::io::Write as _;
use std::path::PathBuf;

use crate::cli::Directory;
use crate::render::{self, Request};
use crate::write::{Target, unified};

/// Arguments of `pykube diff`.
#[derive(Debug, clap::Args)]
pub(crate) struct DiffArguments {
    #[command(flatten)]
    directory: Directory,

    /// Render the overlay `[env.NAME]` of app.toml.
    #[arg(long, value_name = "NAME")]
    env: Option<String>,

    /// Compare with this folder instead of the one of app.toml.
    #[arg(long, value_name = "DIR")]
    target: Option<PathBuf>,

    /// How the difference is shown.
    #[arg(long, value_enum, default_value_t = Format::Unified)]
    format: Format,
}

/// How the difference is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For patch(1) and `git apply`.
    Unified,
}

/// Exit code when something differs.
const EXIT_DIFFERS: u8 = 1;

/// Prints what a render would change; changes nothing itself.
pub(crate) fn run(arguments: &DiffArguments) -> anyhow::Result<u8> {
    let directory = &arguments.directory.directory;
    let request = Request { directory: directory.clone(), env: arguments.env.clone(), image: None };
    let files = render::files(&request)?;
    let root = arguments.target.as_ref().unwrap_or(directory);
    let target = Target::open(root)?;
    if target.was_interrupted() {
        writeln!(anstream::stderr(), "warning: a render was interrupted here; `pykube render` puts it right")?;
    }
    let plan = target.plan(&files, arguments.env.as_deref())?;
    let text = match arguments.format {
        Format::Unified => unified(&plan, true),
    };
    // anstream takes the colour out where it is not wanted.
    write!(anstream::stdout(), "{text}")?;
    Ok(if plan.is_clean() { 0 } else { EXIT_DIFFERS })
}
