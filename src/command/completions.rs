//! `pykube completions`: what a shell needs to complete a command line of pykube.

use std::io::Write as _;

use clap_complete::Shell;

/// Arguments of `pykube completions`.
#[derive(Debug, clap::Args)]
pub(crate) struct CompletionsArguments {
    /// The shell.
    shell: Shell,
}

/// Prints the completion script for `command`.
pub(crate) fn run(arguments: &CompletionsArguments, command: &mut clap::Command) -> anyhow::Result<u8> {
    anstream::stdout().lock().write_all(&script(arguments.shell, command))?;
    Ok(0)
}

fn script(shell: Shell, command: &mut clap::Command) -> Vec<u8> {
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(shell, command, name, &mut script);
    script
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;

    #[test]
    fn every_shell_learns_every_command() {
        for shell in Shell::value_variants() {
            let mut command = crate::cli::command();
            let text = String::from_utf8(script(*shell, &mut command)).unwrap();
            for subcommand in command.get_subcommands() {
                assert!(text.contains(subcommand.get_name()), "{shell}: {}", subcommand.get_name());
            }
        }
    }
}
