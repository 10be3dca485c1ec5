//! Which requirements files a folder has, and which of them production installs.

use super::requirement;
use super::{Dependency, Manifest, PackageManager, Section, is_production};
use crate::detect::tree::{Tree, extension, file_name, join, parent};

/// Where the requirements of production are, best first.
const PREFERRED: [&str; 31] = [
    "requirements.txt",
    "requirements/production.txt",
    "requirements/prod.txt",
    "requirements/requirements.txt",
    "requirements/base.txt",
    "requirements/main.txt",
    "requirements/common.txt",
    "requirements/runtime.txt",
    "requirements/app.txt",
    "requirements/core.txt",
    "requirements/deploy.txt",
    "requirements/default.txt",
    "requirements/server.txt",
    "requirements-production.txt",
    "requirements-prod.txt",
    "requirements_prod.txt",
    "requirements.prod.txt",
    "requirements.production.txt",
    "requirements-base.txt",
    "requirements.base.txt",
    "requirements-docker.txt",
    "requirements.pip",
    "requirements/production.pip",
    "requirements/base.pip",
    "requirements.in",
    "requirements/production.in",
    "requirements/prod.in",
    "requirements/base.in",
    "requirements.lock",
    "reqs.txt",
    "deps/requirements.txt",
];

/// Names of a list that pins what `requirements.txt` beside it asks for, as `pip freeze` prints it.
const PINNED: [&str; 4] =
    ["requirements-lock.txt", "requirements_lock.txt", "requirements.lock.txt", "requirements.lock"];

/// Requirements files: `requirements.txt`, else the production one of a `requirements/` folder or of `requirements-*`.
pub(super) fn read(tree: &Tree, manifest: &mut Manifest) {
    let mut files = Vec::new();
    let mut first = None;
    for name in PREFERRED {
        let Some(path) = manifest.path(tree, name) else { continue };
        let path = pinned(tree, &path).unwrap_or(path);
        let mut read = Vec::new();
        let found = requirement::read_file(tree, &path, &Section::Main, &mut read);
        // One that only points at files that are made elsewhere says nothing.
        if found.is_empty() && name == "requirements.txt" {
            continue;
        }
        files = read;
        manifest.dependencies.extend(found);
        first = Some(path);
        break;
    }
    if first.is_none()
        && let Some(path) = nested_requirements(tree, &manifest.folder)
    {
        let found = requirement::read_file(tree, &path, &Section::Main, &mut files);
        manifest.dependencies.extend(found);
        first = Some(path);
    }
    let Some(first) = first else { return };
    // Beside it: what production adds, in a file or extra of its own.
    let beside: Vec<String> = tree
        .in_folder(&manifest.folder)
        .chain(tree.in_folder(parent(&first)))
        .filter(|path| !files.iter().any(|file| file == path))
        .map(str::to_owned)
        .collect();
    for path in beside {
        let Some(group) = requirements_group(file_name(&path)) else { continue };
        if files.contains(&path) {
            continue;
        }
        let section = Section::Group(group);
        let mut included = files.clone();
        manifest.dependencies.extend(requirement::read_file(tree, &path, &section, &mut included));
        if is_production(&section) {
            files.push(path);
        }
    }
    exact_pins(manifest);
    manifest.files.extend(files);
}

/// The list beside `path` that pins all that it names, and nothing but exact versions.
fn pinned(tree: &Tree, path: &str) -> Option<String> {
    if file_name(path) != "requirements.txt" {
        return None;
    }
    let list = |path: &str| requirement::read_file(tree, path, &Section::Main, &mut Vec::new());
    let here = PINNED.into_iter().filter_map(|name| join(parent(path), name)).find(|path| tree.has(path))?;
    let (asked, pins) = (list(path), list(&here));
    let is_whole = asked.iter().all(|asked| pins.iter().any(|pin| pin.name == asked.name));
    (!asked.is_empty() && is_whole && pins.iter().all(|pin| pin.exact_version().is_some())).then_some(here)
}

/// Reads the requirements files of `chosen` in place of those that were found, as the project's own image does.
pub(crate) fn install_from(tree: &Tree, manifest: &mut Manifest, chosen: Vec<String>) {
    let chosen: Vec<String> = chosen.into_iter().map(|path| pinned(tree, &path).unwrap_or(path)).collect();
    let mut files = Vec::new();
    let mut found = Vec::new();
    for path in &chosen {
        found.extend(requirement::read_file(tree, path, &Section::Main, &mut files));
    }
    let is_list = |file: &str| matches!(extension(file), "txt" | "in" | "pip" | "lock");
    let is_replaced = |dependency: &Dependency| {
        is_list(&dependency.file) && (dependency.section == Section::Main || files.contains(&dependency.file))
    };
    manifest.dependencies.retain(|dependency| !is_replaced(dependency));
    manifest.dependencies.splice(0..0, found);
    manifest.pins.clear();
    exact_pins(manifest);
    let others = manifest.files.drain(..).filter(|file| !is_list(file) && !files.contains(file));
    let others: Vec<String> = others.collect();
    let included = files.iter().filter(|file| !chosen.contains(file)).cloned();
    manifest.files = chosen.iter().cloned().chain(included).chain(others).collect();
    manifest.requirements = chosen.into_iter().skip(1).collect();
    manifest.manager = Some(PackageManager::Pip);
}

fn exact_pins(manifest: &mut Manifest) {
    for dependency in &manifest.dependencies {
        if let Some(version) = dependency.exact_version() {
            manifest.pins.entry(dependency.name.clone()).or_insert_with(|| version.trim_matches('=').trim().to_owned());
        }
    }
}

/// The most production-like file further down in a `requirements/` folder: `requirements/python3/…`, `requirements/generated/…`.
fn nested_requirements(tree: &Tree, folder: &str) -> Option<String> {
    let rank = |path: &str| {
        let stem = file_name(path).trim_end_matches(".txt").trim_end_matches(".in").to_ascii_lowercase();
        let words: Vec<&str> = stem.split(['-', '_', '.']).collect();
        let has = |wanted: &[&str]| wanted.iter().any(|word| words.contains(word));
        match () {
            () if has(&["dev", "development", "test", "tests", "testing", "docs", "doc", "lint", "local", "ci"]) => {
                None
            }
            () if has(&["production", "prod"]) => Some(0),
            () if has(&["app", "server", "web", "main"]) => Some(1),
            () if has(&["base", "common"]) || stem == "requirements" => Some(2),
            () => None,
        }
    };
    let below = ["requirements", "reqs"].into_iter().filter_map(|name| join(folder, name));
    let files = below.flat_map(|top| tree.below(&top).map(str::to_owned).collect::<Vec<_>>());
    let ranked = files
        .filter(|path| path.ends_with(".txt") || path.ends_with(".in"))
        .filter_map(|path| Some((rank(&path)?, path.ends_with(".in"), path.matches('/').count(), path)));
    ranked.min().map(|(.., path)| path)
}

/// What a requirements file beside the main one is for: `dev` of `requirements-dev.txt`.
fn requirements_group(name: &str) -> Option<String> {
    let stem = name.strip_suffix(".txt").or_else(|| name.strip_suffix(".pip"))?;
    let rest = stem
        .strip_prefix("requirements")
        .or_else(|| stem.strip_prefix("reqs"))
        .or_else(|| stem.strip_suffix("requirements"))
        .unwrap_or(match stem {
            "production" | "prod" | "dev" | "local" | "test" | "tests" | "testing" | "server" | "development"
            | "ci" => stem,
            _ => return None,
        });
    let rest = rest.trim_matches(['-', '_', '.']);
    (!rest.is_empty()).then(|| rest.to_owned())
}
