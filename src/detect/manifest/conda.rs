//! `environment.yml` of conda.

use super::{Manifest, Section, requirement, version};
use crate::detect::project::PackageManager;
use crate::detect::tree::{Tree, yaml};

pub(crate) fn read(tree: &Tree, manifest: &mut Manifest) {
    let Some(path) = ["environment.yml", "environment.yaml"].iter().find_map(|name| manifest.path(tree, name)) else {
        return;
    };
    let Some(text) = tree.read(&path) else { return };
    let Some(document) = yaml(tree, &text) else { return };
    let Some(entries) = document.get("dependencies").and_then(|value| value.as_sequence()) else { return };
    for entry in entries {
        if let Some(name) = entry.as_str() {
            // `python=3.12.1=build`, `conda-forge::django>=5`.
            let name = name.rsplit("::").next().unwrap_or(name);
            let spec = name.replacen(
                '=',
                "==",
                usize::from(!name.contains("==") && !name.contains(">=") && !name.contains("<=")),
            );
            if name.starts_with("python") && !name.starts_with("python-") {
                let place = text.evidence_of(name);
                // `python>=3.9` bounds it and chooses none; `python=3.9` chooses.
                let bound = name["python".len()..].trim();
                if bound.starts_with(['>', '<', '!', '~']) {
                    manifest.requires_python.push((bound.replace(' ', ""), place));
                } else {
                    manifest.stated_python.extend(version::minor_in(name).map(|minor| (minor, place)));
                }
            } else {
                manifest.dependencies.extend(requirement::parse(&spec, &path, text.line_of(name), &Section::Main));
            }
        }
        for name in
            entry.get("pip").and_then(|pip| pip.as_sequence()).into_iter().flatten().filter_map(|name| name.as_str())
        {
            manifest.dependencies.extend(requirement::parse(name, &path, text.line_of(name), &Section::Main));
        }
    }
    if manifest.files.is_empty() {
        manifest.manager.get_or_insert(PackageManager::Conda);
    }
    manifest.files.push(path);
}
