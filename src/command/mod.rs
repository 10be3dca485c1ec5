//! One module a subcommand: reads its arguments, calls the pipeline, prints.

pub(crate) mod add;
pub(crate) mod adopt;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod detect;
pub(crate) mod diff;
mod directory;
mod exit;
pub(crate) mod init;
pub(crate) mod promote;
pub(crate) mod render;
pub(crate) mod schema;
pub(crate) mod secrets;

pub(crate) use directory::Directory;
pub(crate) use exit::{Exit, program_help as help};
