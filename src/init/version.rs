//! Projects whose version comes from Git tags: an image has no `.git`, so their build gets it from a variable.

use std::path::Path;

use super::read_text;
use crate::file_set::{in_folder, parent};

/// What a build says of itself, and the variable that its tool takes a version from.
/// Sources: the documentation of setuptools-scm (`overrides`), hatch-vcs, pdm-backend (`metadata/#dynamic-versioning`),
/// poetry-dynamic-versioning, uv-dynamic-versioning, pbr.
const TOOLS: [(&str, &str); 7] = [
    ("uv-dynamic-versioning", "UV_DYNAMIC_VERSIONING_BYPASS"),
    ("poetry-dynamic-versioning", "POETRY_DYNAMIC_VERSIONING_BYPASS"),
    ("hatch-vcs", "SETUPTOOLS_SCM_PRETEND_VERSION"),
    ("setuptools-scm", "SETUPTOOLS_SCM_PRETEND_VERSION"),
    ("setuptools_scm", "SETUPTOOLS_SCM_PRETEND_VERSION"),
    ("pdm-backend", "PDM_BUILD_SCM_VERSION"),
    ("pbr", "PBR_VERSION"),
];

/// Tools that take a version from nowhere but Git.
const SILENT: [&str; 2] = ["versioningit", "setuptools-git-versioning"];

/// The variable for the project beside `lock`; `advice` gets what cannot be known.
pub(super) fn variable(root: &Path, lock: Option<&str>, advice: &mut Vec<String>) -> Option<&'static str> {
    let folder = lock.map_or("", parent);
    let folder = folder.split("requirements").next().unwrap_or_default().trim_end_matches('/');
    let file = |name: &str| read_text(root, &in_folder(folder, name));
    let table: toml::Table = file("pyproject.toml").and_then(|text| text.parse().ok()).unwrap_or_default();
    let requires = table.get("build-system").and_then(|build| build.get("requires")).and_then(toml::Value::as_array);
    let mut named: Vec<String> =
        requires.into_iter().flatten().filter_map(toml::Value::as_str).map(str::to_ascii_lowercase).collect();
    let setup = file("setup.py").unwrap_or_default();
    for word in ["use_scm_version", "pbr=True", "pbr = True"] {
        if setup.contains(word) {
            named.push(if word.starts_with("use") { "setuptools-scm" } else { "pbr" }.to_owned());
        }
    }
    let names = |tool: &str| {
        named.iter().any(|entry| entry.split(['>', '<', '=', '~', '[', ' ', ';', '!']).next() == Some(tool))
    };
    if let Some(tool) = SILENT.iter().find(|tool| names(tool)) {
        advice.push(format!(
            "{tool} reads the version from Git, which no image has: give the project a version of its own"
        ));
        return None;
    }
    let (_, variable) = TOOLS.iter().find(|(tool, _)| names(tool) && is_used(tool, &table))?;
    Some(variable)
}

/// Whether the project asks a tool that does more than versions for one.
fn is_used(tool: &str, table: &toml::Table) -> bool {
    let pdm = || table.get("tool")?.get("pdm")?.get("version")?.get("source")?.as_str();
    tool != "pdm-backend" || pdm() == Some("scm")
}
