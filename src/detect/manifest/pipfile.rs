//! `Pipfile`.

use toml::{Table, Value};

use super::{Dependency, Manifest, Section, normalised, version};
use crate::detect::project::PackageManager;
use crate::detect::tree::Tree;

pub(crate) fn read(tree: &Tree, manifest: &mut Manifest) {
    let Some(path) = manifest.path(tree, "Pipfile") else { return };
    let Some(text) = tree.read(&path) else { return };
    let Ok(table) = text.parse::<Table>() else {
        manifest.warnings.push(format!("`{path}` is not TOML; it was left out"));
        return;
    };
    for (key, section) in [("packages", Section::Main), ("dev-packages", Section::Group("dev".to_owned()))] {
        for (name, value) in table.get(key).and_then(Value::as_table).into_iter().flatten() {
            let specifier = value.as_str().or_else(|| value.get("version")?.as_str()).unwrap_or_default();
            let extras = value.get("extras").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
            manifest.dependencies.push(Dependency {
                name: normalised(name),
                specifier: specifier.to_owned(),
                extras: extras.map(normalised).collect(),
                file: path.clone(),
                line: text.line_of(name),
                section: section.clone(),
            });
        }
    }
    let requires = table.get("requires").and_then(Value::as_table);
    for key in ["python_version", "python_full_version"] {
        if let Some(python) = requires.and_then(|requires| requires.get(key)?.as_str()) {
            let place = text.evidence_of(key);
            manifest.requires_python.push((python.to_owned(), place.clone()));
            manifest.stated_python.extend(version::minor_in(python).map(|minor| (minor, place)));
        }
    }
    manifest.files.push(path);
    manifest.manager.get_or_insert(PackageManager::Pipenv);
}
