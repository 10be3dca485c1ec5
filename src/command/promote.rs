//! `pykube promote`: requests go to the other version of a blue-green rollout.

use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use toml_edit::{DocumentMut, Item, Value};

use crate::cli::Directory;
use crate::config::section::Colour;
use crate::config::{self, FILE_NAME};
use crate::render::{self, Request};
use crate::screen;
use crate::write::{Refusal, Target, replace_file, summary};

/// Arguments of `pykube promote`.
#[derive(Debug, clap::Args)]
pub(crate) struct PromoteArguments {
    /// Colour that requests shall go to.
    #[arg(value_enum)]
    colour: Colour,

    #[command(flatten)]
    directory: Directory,

    /// Overwrite files that were edited, or that pykube did not write.
    #[arg(long)]
    force: bool,
}

/// Flips the live colour in app.toml, comments kept, and renders; both or neither.
pub(crate) fn run(arguments: &PromoteArguments) -> anyhow::Result<u8> {
    let directory = &arguments.directory.directory;
    let (config, _) = config::load(directory)?;
    let Some(section) = &config.rollout.blue_green else {
        anyhow::bail!("app.toml has no [rollout.blue-green]: there is one version, and requests go to it");
    };
    let colour = arguments.colour.word();
    let is_live = section.live == arguments.colour;
    let path = directory.join(FILE_NAME);
    let old = std::fs::read_to_string(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let new = if is_live { old.clone() } else { with_live(&old, colour)? };
    let (config, document) = config::parse(path.display().to_string(), new.clone())?;
    let request = Request { directory: directory.clone(), ..Request::default() };
    let files = render::files_from(&config, &document, &request)?;
    let target = Target::open_for_writing(directory)?;
    let plan = target.plan(&files, None)?;
    if !arguments.force
        && let Some(refusal) = Refusal::of(&plan)
    {
        return Err(refusal.into());
    }
    write_toml(&path, &old, &new)?;
    if let Err(error) = target.apply(&plan, arguments.force) {
        // The tree is as it was; so shall be what it is made from.
        write_toml(&path, &new, &old)?;
        return Err(error);
    }
    let mut out = screen::stdout();
    let version = if arguments.colour == Colour::Blue { &section.blue } else { &section.green };
    let already = if is_live { " already" } else { "" };
    writeln!(out, "{colour} is live{already}: {version}")?;
    write!(out, "{}", summary(&plan, &|_| None))?;
    Ok(0)
}

fn write_toml(path: &Path, old: &str, new: &str) -> anyhow::Result<()> {
    if old == new {
        return Ok(());
    }
    replace_file(path, new)
}

/// `text` with another live colour and nothing else changed.
fn with_live(text: &str, colour: &str) -> anyhow::Result<String> {
    let mut document: DocumentMut = text.parse()?;
    let live = document
        .get_mut("rollout")
        .and_then(|rollout| rollout.get_mut("blue-green"))
        .and_then(|section| section.get_mut("live"));
    let Some(Item::Value(value)) = live else {
        anyhow::bail!("`rollout.blue-green.live` cannot be found; this is a fault of pykube");
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
