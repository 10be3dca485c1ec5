//! From entries that a hand added to the rendered kustomization to `[cluster] resources`.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::bail;
use serde_json::Value;

use super::document::edited_objects;
use super::{Adoption, read, toml_patch};
use crate::app::Options;
use crate::config;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::file_set::{join, parent};
use crate::kube::value::items;
use crate::render;
use crate::write::Change;

/// Takes over what the kustomization lists besides the rendered manifests.
///
/// # Errors
/// When something else was edited in it, or an entry cannot be a resource of one's own.
pub(super) fn adopt(directory: &Path, change: &Change, options: &Options) -> anyhow::Result<Option<Adoption>> {
    let path = change.path.as_str();
    let Some(rendered) = change.rendered.as_deref().or(change.after.as_deref()) else {
        bail!("`{path}` is no longer rendered, so there is nothing to adopt");
    };
    let (written, edited) = (read(change.base.as_deref().unwrap_or(rendered))?, edited_objects(change)?);
    let ([written], [edited]) = (&written[..], &edited[..]) else { bail!("`{path}` must hold one kustomization") };
    only_resources_differ(path, &written.value, &edited.value)?;
    let now = entries(&read(rendered)?.first().map_or(Value::Null, |one| one.value.clone()));
    let added: Vec<String> = entries(&edited.value)
        .difference(&entries(&written.value))
        .filter(|entry| !now.contains(*entry))
        .cloned()
        .collect();
    if added.is_empty() {
        return Ok(None);
    }
    let folder = parent(path);
    let own: Vec<String> = added.iter().filter_map(|entry| join(folder, entry)).collect();
    if own.len() < added.len() {
        bail!("`{path}` lists what is outside the folder of app.toml, which pykube does not read");
    }
    let (_, document) = config::load(directory)?;
    let before = document.source().text.clone();
    let text = toml_patch::add_resources(&before, &own)?;
    let (parsed, document) = config::parse(document.source().path.clone(), text.clone())?;
    // What cannot be applied is refused here, with its place in the new text.
    render::render(&render::resolved_from(&parsed, &document, directory, options)?)?;
    Ok(Some(Adoption { before, text, taken: Vec::new(), listed: own }))
}

/// Refuses an edit that `[cluster] resources` cannot say. `images` is the pipeline's.
fn only_resources_differ(path: &str, written: &Value, edited: &Value) -> anyhow::Result<()> {
    let keys = |value: &Value| value.as_object().map(|map| map.keys().cloned().collect::<BTreeSet<_>>());
    let all: BTreeSet<String> = keys(written).into_iter().chain(keys(edited)).flatten().collect();
    let other =
        all.iter().find(|key| !["resources", "images"].contains(&key.as_str()) && written[*key] != edited[*key]);
    let fault = if let Some(key) = other {
        let help = "put it into a kustomization of your own that takes the rendered one as a resource, and name its folder: \
                    [[ci.environments]] manifests";
        Diagnostic::error(format!("`{key}` in `{path}` cannot be expressed in app.toml")).help(help)
    } else if let Some(gone) = entries(written).difference(&entries(edited)).next() {
        let help = "what is rendered is left out by its section of app.toml; then run `pykube render --force`";
        Diagnostic::error(format!("`{path}` no longer lists `{gone}`, which pykube renders")).help(help)
    } else {
        return Ok(());
    };
    Err(Diagnostics::from(fault).into())
}

fn entries(kustomization: &Value) -> BTreeSet<String> {
    items(&kustomization["resources"]).filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use crate::file_set::join;

    #[test]
    fn an_entry_is_named_from_the_folder_of_app_toml() {
        for (folder, entry, named) in [
            ("k8s", "own/a.yaml", Some("k8s/own/a.yaml")),
            ("k8s", "./a.yaml", Some("k8s/a.yaml")),
            ("deploy/k8s", "../own", Some("deploy/own")),
            ("k8s", "../../elsewhere", None),
        ] {
            assert_eq!(join(folder, entry).as_deref(), named, "{folder} {entry}");
        }
    }
}
