//! `pykube init`: from what detection found to a commented `app.toml`. The only place where a guess is made, and the
//! guess is written down where everybody can see it.

mod addresses;
mod build;
mod ci;
mod command;
mod environment;
mod image_name;
mod include;
mod index;
mod local;
mod next_steps;
mod output_names;
mod section;
mod server;
mod state;
mod test_services;
mod translations;
mod update;
mod uv_workspace;
mod version;
mod written;

use std::path::Path;

use minijinja::context;
use minijinja::value::Serde;

use crate::config::defaults;
use crate::credential::redact_app_toml;
use crate::detect::Project;
use crate::render::Templates;
use crate::tree_reader;

pub(crate) use build::manager;
pub(crate) use next_steps::{Step, next_steps};
pub(crate) use section::Sections;
pub(crate) use update::update;

/// A larger file is not a configuration that people write.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// The text of a file of the repository; nothing when it is not an ordinary one of its own.
fn read_text(root: &Path, file: &str) -> Option<String> {
    String::from_utf8(tree_reader::as_utf8(tree_reader::read(root, file, MAX_BYTES).ok()?)).ok()
}

/// The text of `app.toml` for `project`, and what a person should look at before committing it.
///
/// `root` is read for the requirements file and the git remote only.
///
/// # Errors
/// A fault of pykube's own template.
pub(crate) fn app_toml(root: &Path, project: &Project) -> anyhow::Result<(String, Vec<String>)> {
    let (sections, mut advice) = Sections::of(root, project);
    let context = context! {
        init => minijinja::Value::from(Serde(&sections)),
        tag => defaults::image::TAG,
        cpu => defaults::resources::CPU,
        memory => defaults::resources::MEMORY,
    };
    let text = Templates::embedded().render("init/app.toml", context)?;
    // A command or a path of the project may carry a credential; app.toml is committed.
    let redacted = redact_app_toml(&text);
    if redacted.text != text {
        advice.push(
            "a credential of the code was replaced by `…` in app.toml: put it in a Secret, and name it there"
                .to_owned(),
        );
    }
    Ok((redacted.text, advice))
}
