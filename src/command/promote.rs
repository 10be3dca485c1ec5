//! `pykube promote`: requests go to the other version of a blue-green rollout.

use std::io::Write as _;

use toml_edit::{DocumentMut, Item, Value};

use super::Directory;
use super::directory::open_project;
use super::exit::{Exit, examples};
use crate::bug::bug;
use crate::config;
use crate::config::section::Colour;
use crate::render::{self, Request};
use crate::screen;
use crate::write::summary;

/// Arguments of `pykube promote`.
#[derive(Debug, clap::Args)]
pub(crate) struct PromoteArguments {
    /// Colour to send traffic to.
    #[arg(value_enum)]
    colour: Colour,

    #[command(flatten)]
    directory: Directory,

    /// Overwrite files that were edited, or that pykube did not write.
    #[arg(long)]
    force: bool,
}

/// What `--help` has below the options.
pub(crate) fn help() -> String {
    examples(&[("pykube promote green", "requests go to the green version; commit what changed")], &[])
}

/// Flips the live colour in app.toml, comments kept, and renders; both or neither.
pub(crate) fn run(arguments: &PromoteArguments, quiet: bool) -> anyhow::Result<Exit> {
    let directory = &arguments.directory.directory;
    let target = open_project(directory)?;
    let (config, document) = config::load(directory)?;
    let Some(section) = &config.rollout.blue_green else {
        anyhow::bail!("app.toml has no [rollout.blue-green]: there is one version, and requests go to it");
    };
    let colour = arguments.colour.word();
    let is_live = section.live == arguments.colour;
    let source = document.source();
    let new = if is_live { source.text.clone() } else { with_live(&source.text, colour)? };
    let (config, changed) = config::parse(source.path.clone(), new.clone())?;
    let request = Request { directory: directory.clone(), ..Request::default() };
    let files = render::files_from(&config, &changed, &request)?;
    let plan = target.with_app_toml(target.plan(&files, None)?, Some(source.text.as_bytes()), new)?;
    target.apply(&plan, arguments.force)?;
    if quiet {
        return Ok(Exit::Success);
    }
    let mut out = screen::stdout();
    let version = if arguments.colour == Colour::Blue { &section.blue } else { &section.green };
    let already = if is_live { " already" } else { "" };
    writeln!(out, "{colour} is live{already}: {version}")?;
    write!(out, "{}", summary(&plan, &|_| None))?;
    Ok(Exit::Success)
}

/// `text` with another live colour and nothing else changed.
fn with_live(text: &str, colour: &str) -> anyhow::Result<String> {
    let mut document: DocumentMut = text.parse()?;
    let live = document
        .get_mut("rollout")
        .and_then(|rollout| rollout.get_mut("blue-green"))
        .and_then(|section| section.get_mut("live"));
    let Some(Item::Value(value)) = live else {
        return Err(bug("`rollout.blue-green.live` cannot be found"));
    };
    let decor = value.decor().clone();
    *value = Value::from(colour);
    *value.decor_mut() = decor;
    Ok(document.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_colour_changes() {
        for text in [
            "# top\n[rollout]\nstrategy = \"blue-green\"\n\n[rollout.blue-green] # two\nlive   =  'blue'   # now\nblue = \"1\"\n",
            "[rollout]\nblue-green = { live = \"blue\", blue = \"1\", green = \"2\" } # x\n",
            "rollout.blue-green.live = \"blue\"\n",
        ] {
            let expected = text.replacen("'blue'", "\"green\"", 1).replacen("live = \"blue\"", "live = \"green\"", 1);
            assert_eq!(with_live(text, "green").unwrap(), expected);
        }
    }
}
