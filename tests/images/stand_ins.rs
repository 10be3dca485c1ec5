//! Which images have to be made before a Dockerfile can be built; `stand_in.py` makes them.

use anyhow::{Context, Result, ensure};
use serde::Serialize;

use crate::dockerfile::external_images;

/// An image that a stand-in is made for.
#[derive(Clone, Serialize)]
pub(crate) struct Image {
    /// The name as the Dockerfile writes it.
    pub(crate) reference: String,
    /// `python`, `pypy`, `uv` or `other`.
    pub(crate) kind: String,
    /// Version of Python or of the tool.
    pub(crate) version: String,
    /// Name of the Debian release, of a Python image.
    pub(crate) release: String,
    /// The image that a tool is fetched in.
    pub(crate) python: String,
}

/// What the references of a Dockerfile say.
pub(crate) fn images(dockerfile: &str) -> Result<Vec<Image>> {
    let mut found = Vec::new();
    for reference in external_images(dockerfile) {
        let (repository, tag) = reference.rsplit_once(':').with_context(|| format!("`{reference}` has no tag"))?;
        ensure!(!tag.contains('@') && !repository.contains('@'), "`{reference}`: no stand-in has a given digest");
        let last = repository.rsplit('/').next().unwrap_or_default();
        let (kind, version, release) = match (last, tag.split_once("-slim-")) {
            (kind @ ("python" | "pypy"), Some((version, release))) => (kind, version, release),
            ("uv", None) => ("uv", tag, ""),
            _ => ("other", tag, ""),
        };
        // The stand-in has the newest patch of a minor version.
        let version = if kind != "uv" && kind != "other" {
            version.splitn(3, '.').take(2).collect::<Vec<_>>().join(".")
        } else {
            version.to_owned()
        };
        let release = release.to_owned();
        let kind = kind.to_owned();
        found.push(Image { kind, version, release, python: String::new(), reference });
    }
    found.sort_by_key(|image| image.kind == "uv" || image.kind == "other");
    let python = found.first().context("no image in the Dockerfile")?.reference.clone();
    for image in &mut found {
        image.python.clone_from(&python);
    }
    Ok(found)
}
