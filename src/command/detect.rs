//! `pykube detect`: what `init` would believe, and why.

use crate::cli::Directory;

/// Arguments of `pykube detect`.
#[derive(Debug, clap::Args)]
pub(crate) struct DetectArguments {
    #[command(flatten)]
    directory: Directory,
}

/// Prints what the repository is, with evidence.
pub(crate) fn run(arguments: &DetectArguments) -> anyhow::Result<u8> {
    anyhow::bail!("{} cannot be read yet", arguments.directory.directory.display())
}
