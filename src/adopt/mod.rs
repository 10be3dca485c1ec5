//! From a hand edit of a manifest to a patch in `app.toml`.
//!
//! ```text
//! rendered object ─┐
//!                  ├─ difference ─▶ [[patches]] in app.toml ─ render again ─▶ the edited object, or nothing is written
//! edited object  ──┘
//! ```

mod document;
mod kustomization;
mod toml_patch;

#[cfg(test)]
mod round_trip_tests;

use std::path::Path;

use anyhow::bail;
use serde_json::Value;

use crate::app::Options;
use crate::bug::bug;
use crate::config;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::Diagnostics;
use crate::file_set::{FileSet, RelativePath};
use crate::kube::compare::{FieldChange, compare};
use crate::kube::object::{Object, objects};
use crate::merge::stem;
use crate::patch::strategic::{difference, without_nulls};
use crate::render;
use crate::write::Change;

pub(crate) use document::edited_objects;

/// A hand edit that became patches.
#[derive(Debug)]
pub(crate) struct Adoption {
    /// The text of `app.toml` that the patches were added to.
    pub(crate) before: String,
    /// The text of `app.toml` with the patches.
    pub(crate) text: String,
    /// What was taken over, object by object.
    pub(crate) taken: Vec<(Object, Vec<FieldChange>)>,
    /// Manifests of the user's own that are listed from now on.
    pub(crate) listed: Vec<String>,
}

/// Takes what `change` holds by hand over into the text of `directory/app.toml`. None when there is nothing to take:
/// the objects are as rendered.
///
/// # Errors
/// When the edit cannot be said as a patch, or the patch does not give the edited objects back.
pub(crate) fn adopt(directory: &Path, change: &Change, options: &Options) -> anyhow::Result<Option<Adoption>> {
    if change.path.name() == "kustomization.yaml" {
        return kustomization::adopt(directory, change, options);
    }
    let pairs = pairs(change)?;
    let (_, document) = config::load(directory)?;
    let before = document.source().text.clone();
    let mut text = before.clone();
    let mut taken = Vec::new();
    for (rendered, wanted) in pairs {
        let kind = &rendered.identity.kind;
        let Some(patch) = difference(kind, &without_nulls(&rendered.value), &wanted) else { continue };
        if rendered.identity.name.is_empty() {
            bail!("`{}` has no name that a patch could be for; `pykube render --merge` keeps the edit", change.path);
        }
        text = toml_patch::add(&text, kind, rendered.identity.stem(), &patch)?;
        let fields = compare(kind, &rendered.value, &wanted);
        taken.push((Object { value: wanted, ..rendered }, fields));
    }
    if taken.is_empty() {
        return Ok(None);
    }
    let files = render_text(directory, &text, options)?;
    verify(&files, &change.path, &taken)?;
    Ok(Some(Adoption { before, text, taken, listed: Vec::new() }))
}

/// The tree that `text` as `app.toml` asks for.
fn render_text(directory: &Path, text: &str, options: &Options) -> anyhow::Result<FileSet> {
    let shown = directory.join(config::FILE_NAME).display().to_string();
    let shown = shown.strip_prefix("./").unwrap_or(&shown).to_owned();
    let (config, document) = config::parse(shown, text.to_owned())?;
    render::render(&render::resolved_from(&config, &document, directory, options)?)
}

/// Each rendered object of the file, and what it becomes: the hand edit, with whatever is rendered differently
/// since the file was written.
fn pairs(change: &Change) -> anyhow::Result<Vec<(Object, Value)>> {
    let Some(rendered) = &change.after else {
        bail!("`{}` is no longer rendered, so there is nothing to patch", change.path);
    };
    let edited = edited_objects(change)?;
    let rendered = read(rendered)?;
    let base = change.base.as_deref().map_or_else(|| Ok(rendered.clone()), read)?;
    let stems = |all: &[Object]| all.iter().map(stem).collect::<Vec<_>>();
    if stems(&rendered) != stems(&edited) || stems(&base) != stems(&edited) {
        let fault = Diagnostic::error(format!("`{}` holds other objects than pykube renders into it", change.path));
        let help = "a patch changes fields of a rendered object; put other objects into a file of your own";
        return Err(Diagnostics::from(fault.help(help)).into());
    }
    let mut pairs = Vec::new();
    let mut clashes = Vec::new();
    for ((base, mine), new) in base.iter().zip(&edited).zip(rendered) {
        let mut mine = without_nulls(&mine.value);
        // The hash behind a name is not the hand's to choose.
        set_name(&mut mine, &base.identity.name);
        match crate::merge::merge_values(
            &base.identity.kind,
            &without_nulls(&base.value),
            &mine,
            &without_nulls(&new.value),
        ) {
            Ok(merged) => pairs.push((new, merged)),
            Err(places) => clashes.extend(places),
        }
    }
    if clashes.is_empty() {
        return Ok(pairs);
    }
    let places = clashes.join("\n   ");
    let fault =
        Diagnostic::error(format!("`{}` was edited where the new text differs as well\n   {places}", change.path));
    let help = "settle these by hand in the file, or drop the edit with `pykube render --force`";
    Err(Diagnostics::from(fault.help(help)).into())
}

fn read(text: &str) -> anyhow::Result<Vec<Object>> {
    match objects("", text) {
        Ok(Some(objects)) => Ok(objects),
        Ok(None) => bail!("the rendered text holds no objects"),
        Err(error) => bail!("the rendered text cannot be read: {error}"),
    }
}

fn set_name(object: &mut Value, name: &str) {
    if let Some(known) = object.pointer_mut("/metadata/name") {
        *known = name.into();
    }
}

/// Every adopted object must come out as it was edited, its hash aside.
fn verify(files: &FileSet, path: &RelativePath, taken: &[(Object, Vec<FieldChange>)]) -> anyhow::Result<()> {
    let rendered = read(files.get(path.as_str()).unwrap_or_default())?;
    for (wanted, _) in taken {
        let Some(object) = rendered.iter().find(|object| stem(object) == stem(wanted)) else {
            bail!("`{path}` would no longer hold {}; nothing was written", wanted.identity);
        };
        let mut value = without_nulls(&object.value);
        set_name(&mut value, wanted.value.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default());
        if value != wanted.value {
            let left: Vec<String> = compare(&wanted.identity.kind, &wanted.value, &value)
                .iter()
                .map(|change| change.path.to_string())
                .collect();
            let left = left.join(", ");
            return Err(bug(format!(
                "the patch would not give {} back as it was edited ({left}); nothing was written",
                wanted.identity
            )));
        }
    }
    Ok(())
}
