//! The command line: what can be asked for, and how the answer leaves the process.

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

use crate::command::{self, Exit};
use crate::diagnostic::Diagnostics;
use crate::screen;

/// Dockerfile, Kubernetes manifests and a GitHub Actions workflow for a Python web service, from one app.toml.
#[derive(Debug, Parser)]
#[command(
    name = "pykube",
    version,
    propagate_version = true,
    arg_required_else_help = true,
    max_term_width = 100,
    after_long_help = command::help(),
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,

    /// Print only errors and warnings.
    #[arg(long, short, global = true, help_heading = "Global options")]
    quiet: bool,

    /// When to colour what is printed.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = "Global options")]
    color: clap::ColorChoice,
}

/// One variant a subcommand, in the order of use; each one's page is the module of the same name in `command`.
#[derive(Debug, Subcommand)]
enum Command {
    /// Read the code and write app.toml, with evidence for every guess.
    #[command(after_long_help = command::init::help())]
    Init(command::init::InitArguments),
    /// Write the Dockerfile, the manifests and the workflow that app.toml asks for.
    #[command(after_long_help = command::render::help())]
    Render(command::render::RenderArguments),
    /// Show what a render would change, and what that does to the cluster.
    #[command(after_long_help = command::diff::help())]
    Diff(command::diff::DiffArguments),
    /// Check app.toml, the code and the rendered files, without a cluster.
    #[command(after_long_help = command::check::help())]
    Check(command::check::CheckArguments),
    /// Print what pykube believes about the repository, and why.
    #[command(after_long_help = command::detect::help())]
    Detect(command::detect::DetectArguments),
    /// Write a Python module for the service, and print the lines that wire it in.
    #[command(after_long_help = command::add::help())]
    Add(command::add::AddArguments),
    /// Turn a hand-edited manifest into a patch in app.toml.
    #[command(after_long_help = command::adopt::help())]
    Adopt(command::adopt::AdoptArguments),
    /// Switch traffic to the other version of a blue-green rollout.
    #[command(after_long_help = command::promote::help())]
    Promote(command::promote::PromoteArguments),
    /// Print Secret manifests made from local values.
    #[command(after_long_help = command::secrets::help())]
    Secrets(command::secrets::SecretsArguments),
    /// Print the JSON Schema of app.toml, for editors.
    #[command(after_long_help = command::schema::help())]
    Schema(command::schema::SchemaArguments),
    /// Print the completion script of a shell.
    #[command(after_long_help = command::completions::help())]
    Completions(command::completions::CompletionsArguments),
}

/// Runs the command that `arguments` ask for; data goes to standard output, talk to standard error.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let Arguments { command, quiet, color } = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // A broken pipe while printing the help is success like everywhere else.
            let mut out = if error.use_stderr() { screen::stderr() } else { screen::stdout() };
            let _ = write!(out, "{}", error.render().ansi());
            return u8::try_from(error.exit_code()).map_or(Exit::Trouble.into(), ExitCode::from);
        }
    };
    match color {
        clap::ColorChoice::Auto => {}
        clap::ColorChoice::Always => anstream::ColorChoice::AlwaysAnsi.write_global(),
        clap::ColorChoice::Never => anstream::ColorChoice::Never.write_global(),
    }
    let result = match command {
        Command::Init(arguments) => command::init::run(&arguments, quiet),
        Command::Render(arguments) => command::render::run(&arguments, quiet),
        Command::Diff(arguments) => command::diff::run(&arguments, quiet),
        Command::Check(arguments) => command::check::run(&arguments, quiet),
        Command::Detect(arguments) => command::detect::run(&arguments, quiet),
        Command::Add(arguments) => command::add::run(&arguments, quiet),
        Command::Adopt(arguments) => command::adopt::run(&arguments, quiet),
        Command::Promote(arguments) => command::promote::run(&arguments, quiet),
        Command::Secrets(arguments) => command::secrets::run(&arguments),
        Command::Schema(arguments) => command::schema::run(&arguments),
        Command::Completions(arguments) => command::completions::run(&arguments, &mut Arguments::command()),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(error) if is_broken_pipe(&error) => Exit::Success.into(),
        Err(error) => {
            report(&error);
            Exit::Trouble.into()
        }
    }
}

/// Whether the reader of our output went away, as `head` does.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe)
}

fn report(error: &anyhow::Error) {
    let mut out = screen::stderr();
    // When standard error is gone there is nobody left to tell.
    let _ = match error.downcast_ref::<Diagnostics>() {
        Some(diagnostics) => writeln!(out, "{}", diagnostics.render(true)),
        None => writeln!(out, "error: {error:#}"),
    };
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;
    use clap_complete::Shell;

    use super::*;

    #[test]
    fn every_shell_learns_every_command() {
        for shell in Shell::value_variants() {
            let text = String::from_utf8(command::completions::script(*shell, &mut Arguments::command())).unwrap();
            for subcommand in Arguments::command().get_subcommands() {
                assert!(text.contains(subcommand.get_name()), "{shell}: {}", subcommand.get_name());
            }
        }
    }

    #[test]
    fn the_help_of_every_command_has_an_example_and_the_exit_codes() {
        fn look(command: &clap::Command, name: &str) {
            let help = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.starts_with("Examples:\n") && help.contains(&format!("  {name}")), "{name}: {help}");
            assert!(help.contains("\n\nExit codes:\n  0 "), "{name}: {help}");
            for subcommand in command.get_subcommands() {
                look(subcommand, &format!("{name} {}", subcommand.get_name()));
            }
        }
        Arguments::command().debug_assert();
        look(&Arguments::command(), "pykube");
    }
}
