//! The command line: what can be asked for, and how the answer leaves the process.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

use crate::command;
use crate::diagnostic::Diagnostics;
use crate::screen;

/// Exit code for trouble: a fault in the input, or the work could not be done.
pub const EXIT_TROUBLE: u8 = 2;

/// Dockerfile, Kubernetes manifests and a GitHub Actions workflow for a Python web service, from one app.toml.
#[derive(Debug, Parser)]
#[command(name = "pykube", version, propagate_version = true, arg_required_else_help = true, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// One variant a subcommand; each one's page is the module of the same name in `command`.
#[derive(Debug, Subcommand)]
enum Command {
    /// Take a hand edit of a manifest over into app.toml, as a patch.
    Adopt(command::adopt::AdoptArguments),
    /// Write a Python module for the service, and say which lines put it in.
    Add(command::add::AddArguments),
    /// Look for everything that can be known to be wrong without a cluster.
    Check(command::check::CheckArguments),
    /// Print the completion script of a shell.
    Completions(command::completions::CompletionsArguments),
    /// Print what pykube believes about the repository, and why.
    Detect(command::detect::DetectArguments),
    /// Read the code and write app.toml, with evidence for every guess.
    Init(command::init::InitArguments),
    /// Show what a render would change, and what that does to the cluster.
    Diff(command::diff::DiffArguments),
    /// Let requests go to the other version of a blue-green rollout.
    Promote(command::promote::PromoteArguments),
    /// Write the Dockerfile, the manifests and the workflow that app.toml asks for.
    Render(command::render::RenderArguments),
    /// Print the JSON Schema of app.toml, for editors.
    Schema(command::schema::SchemaArguments),
    /// Make Secrets from local values, on standard output only.
    Secrets(command::secrets::SecretsArguments),
}

/// The folder that a command works on.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Directory {
    /// Folder of the Python project, with or for its app.toml.
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) directory: PathBuf,
}

/// The whole command line, for the completion of shells.
pub(crate) fn command() -> clap::Command {
    Arguments::command()
}

/// Runs the command that `arguments` ask for; data goes to standard output, talk to standard error.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // A broken pipe while printing the help is success like everywhere else.
            let mut out = if error.use_stderr() { screen::stderr() } else { screen::stdout() };
            let _ = write!(out, "{}", error.render().ansi());
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(EXIT_TROUBLE));
        }
    };
    let result = match arguments.command {
        Command::Adopt(arguments) => command::adopt::run(&arguments),
        Command::Add(arguments) => command::add::run(&arguments),
        Command::Check(arguments) => command::check::run(&arguments),
        Command::Completions(arguments) => command::completions::run(&arguments, &mut command()),
        Command::Detect(arguments) => command::detect::run(&arguments),
        Command::Diff(arguments) => command::diff::run(&arguments),
        Command::Init(arguments) => command::init::run(&arguments),
        Command::Promote(arguments) => command::promote::run(&arguments),
        Command::Render(arguments) => command::render::run(&arguments),
        Command::Schema(arguments) => command::schema::run(&arguments),
        Command::Secrets(arguments) => command::secrets::run(&arguments),
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            report(&error);
            ExitCode::from(EXIT_TROUBLE)
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
