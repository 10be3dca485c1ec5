//! `pixi.toml`, which lists what conda installs: <https://pixi.sh/latest/reference/pixi_manifest/>.

use toml::{Table, Value};

use super::{Manifest, Section, requirement, version};
use crate::detect::project::PackageManager;
use crate::detect::text_file::TextFile;
use crate::detect::tree::Tree;

/// Reads the file of a folder where nothing else lists its dependencies; `[tool.pixi]` of a `pyproject.toml` counts as one.
pub(crate) fn read(tree: &Tree, manifest: &mut Manifest) {
    if manifest.dependencies.iter().any(|dependency| dependency.section == Section::Main) {
        return;
    }
    let table = |path: &str| {
        let text = tree.read(path)?;
        let table = text.parse::<Table>().ok()?;
        Some((text, table))
    };
    let own = manifest.path(tree, "pixi.toml").and_then(|path| table(&path));
    let tool = || {
        let (text, table) = manifest.path(tree, "pyproject.toml").and_then(|path| table(&path))?;
        Some((text, table.get("tool")?.get("pixi")?.as_table()?.clone()))
    };
    let Some((text, table)) = own.or_else(tool) else { return };
    for key in ["dependencies", "pypi-dependencies"] {
        for (name, value) in table.get(key).and_then(Value::as_table).into_iter().flatten() {
            let specifier = value.as_str().or_else(|| value.get("version")?.as_str()).unwrap_or_default();
            dependency(&text, name, specifier, manifest);
        }
    }
    if manifest.dependencies.is_empty() {
        return;
    }
    let path = text.path().to_owned();
    manifest.warnings.push(format!(
        "`{path}` lists the dependencies, and pixi does not run in an image: `pixi workspace export conda-environment \
         environment.yml` beside it writes the file that the image is built from"
    ));
    manifest.manager = Some(PackageManager::Conda);
    manifest.files = vec![path];
}

fn dependency(text: &TextFile, name: &str, specifier: &str, manifest: &mut Manifest) {
    let line = text.line_beginning(name);
    if name == "python" {
        let minors = version::minor_in(specifier).filter(|_| !specifier.contains(['<', ',']));
        manifest.stated_python.extend(minors.map(|minor| (minor, text.evidence(line))));
        return;
    }
    let specifier = if specifier == "*" { "" } else { specifier };
    let written = format!("{name}{specifier}");
    manifest.dependencies.extend(requirement::parse(&written, text.path(), line, &Section::Main));
}
