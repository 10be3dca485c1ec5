//! How a run of pykube ends.

use std::process::ExitCode;

/// The exit codes of pykube, the same for every command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Exit {
    /// The work is done, and nothing was found.
    Success = 0,
    /// What was looked for was found: a difference, a fault of the project, a leftover that stays.
    Found = 1,
    /// The input is wrong, or the work could not be done. Nothing was written.
    Trouble = 2,
    /// No application was detected.
    NothingDetected = 3,
    /// Several applications were detected, and a person has to choose.
    SeveralDetected = 4,
}

impl Exit {
    /// All of them, in the order of their numbers.
    const ALL: [Self; 5] = [Self::Success, Self::Found, Self::Trouble, Self::NothingDetected, Self::SeveralDetected];

    fn meaning(self) -> &'static str {
        match self {
            Self::Success => "done, and nothing was found",
            Self::Found => "files would change, or something is wrong with the project",
            Self::Trouble => "the input is wrong, or the work could not be done; nothing was written",
            Self::NothingDetected => "detect: no application was found",
            Self::SeveralDetected => "detect: several applications were found",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// What `pykube --help` has below its options.
pub(crate) fn program_help() -> String {
    let first = [
        ("pykube init", "write app.toml from the code"),
        ("pykube render", "write all files from app.toml"),
        ("pykube diff", "show what the next render changes"),
    ];
    page(&first, &Exit::ALL.map(|exit| row(exit, exit.meaning())))
}

/// What the `--help` of one command has below its options: command lines that people type, and what the exit codes
/// beside success and trouble mean there.
pub(crate) fn examples(examples: &[(&str, &str)], found: &[(Exit, &str)]) -> String {
    let mut codes = vec![row(Exit::Success, "done")];
    codes.extend(found.iter().map(|(exit, meaning)| row(*exit, meaning)));
    codes.push(row(Exit::Trouble, "the input is wrong, or the work could not be done"));
    codes.sort();
    page(examples, &codes)
}

fn page(examples: &[(&str, &str)], codes: &[String]) -> String {
    let width = examples.iter().map(|(line, _)| line.chars().count()).max().unwrap_or(0);
    let lines: Vec<String> = examples.iter().map(|(line, what)| format!("  {line:width$}   {what}")).collect();
    format!("Examples:\n{}\n\nExit codes:\n{}", lines.join("\n"), codes.join("\n"))
}

fn row(exit: Exit, meaning: &str) -> String {
    format!("  {}   {meaning}", exit as u8)
}
