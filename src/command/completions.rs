//! `pykube completions`: what a shell needs to complete a command line of pykube.

use std::io::Write as _;

use clap_complete::Shell;

use super::exit::{Exit, examples};

/// Arguments of `pykube completions`.
#[derive(Debug, clap::Args)]
pub(crate) struct CompletionsArguments {
    /// The shell.
    shell: Shell,
}

/// What `--help` has below the options.
pub(crate) fn help() -> String {
    examples(
        &[
            ("pykube completions bash > ~/.local/share/bash-completion/completions/pykube", "bash"),
            ("pykube completions zsh > ~/.zfunc/_pykube", "zsh, with ~/.zfunc in fpath"),
        ],
        &[],
    )
}

/// Prints the completion script for `command`.
pub(crate) fn run(arguments: &CompletionsArguments, command: &mut clap::Command) -> anyhow::Result<Exit> {
    anstream::stdout().lock().write_all(&script(arguments.shell, command))?;
    Ok(Exit::Success)
}

/// The completion script of `shell` for `command`.
pub(crate) fn script(shell: Shell, command: &mut clap::Command) -> Vec<u8> {
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(shell, command, name, &mut script);
    script
}
