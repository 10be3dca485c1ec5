//! Which Python: what the repository states, inside what it allows, inside what its pins work with.

use super::image::is_of_another_service;
use crate::data::PLATFORMS;
use crate::detect::context::Context;
use crate::detect::manifest::version::allows;
use crate::detect::manifest::{Manifest, newest_python};
use crate::detect::project::{Evidence, Project, PythonBound};
use crate::detect::tree::parent;

pub(crate) fn choose(context: &Context<'_>, project: &mut Project) {
    let manifest = &context.manifest;
    let python = &PLATFORMS.python;
    let allowed: Vec<u32> = python
        .detected
        .range()
        .filter(|minor| manifest.requires_python.iter().all(|(specifier, _)| allows(specifier, *minor)))
        .collect();
    project.python_requires = manifest.requires_python.first().map(|(specifier, _)| specifier.clone());
    let stated = statements(context);
    let required = manifest.requires_python.iter().cloned();
    let named = manifest.stated_python.iter().map(|(minor, place)| (format!("3.{minor}"), place.clone()));
    project.python_bounds = required.chain(named).map(|(specifier, place)| PythonBound { specifier, place }).collect();
    // A Pipfile says in one line what it requires and what it uses.
    project.python_bounds.dedup_by(|later, earlier| later.place == earlier.place);
    for (minor, place) in &stated {
        if allowed.contains(minor) || manifest.requires_python.is_empty() {
            project.python = Some(format!("3.{minor}"));
            project.because("python", place.clone());
            conflicts(manifest, *minor, &stated, project);
            return;
        }
        let requires = project.python_requires.clone().unwrap_or_default();
        project.warnings.push(format!("`{}` says Python 3.{minor}, but the project requires `{requires}`", place.file));
    }
    let bound = newest_python(manifest)
        .filter(|(minor, _)| manifest.requires_python.is_empty() || allowed.is_empty() || allowed.contains(minor));
    let tested =
        manifest.tested_python.filter(|minor| allowed.is_empty() || allowed.contains(minor)).unwrap_or(python.usual);
    let ceiling = bound.as_ref().map_or(python.usual, |(minor, _)| (*minor).min(python.usual)).min(tested);
    let candidates: Vec<u32> = if allowed.is_empty() { python.detected.range().collect() } else { allowed };
    let Some(minor) = candidates.iter().rev().find(|minor| **minor <= ceiling).or(candidates.first()) else { return };
    project.python = Some(format!("3.{minor}"));
    if let Some((_, place)) = manifest.requires_python.first() {
        project.because("python", place.clone());
    }
    match bound {
        Some((bound, package)) if bound < python.usual => {
            project.warnings.push(format!("Python 3.{minor} because `{package}` works with none newer than 3.{bound}"));
        }
        _ if manifest.requires_python.is_empty() => {
            project.warnings.push(format!(
                "no Python version is declared; using 3.{minor} (a `.python-version` file overrides it)"
            ));
        }
        _ => {}
    }
    if *minor < python.maintained {
        old(*minor, project);
    }
}

/// What states a version, most binding first: version files and Pipfile, the image, a single version in CI.
fn statements(context: &Context<'_>) -> Vec<(u32, Evidence)> {
    let mut found = context.manifest.stated_python.clone();
    let images = &context.deployment.images;
    let near = |file: &str| {
        context.root.is_empty() || file.starts_with(&format!("{}/", context.root)) || !parent(file).contains('/')
    };
    let mut pythons: Vec<(u32, Evidence)> = images
        .iter()
        .filter(|image| near(&image.file) && !is_development(&image.file))
        .filter(|image| !is_of_another_service(context.deployment, &context.root, &image.file))
        .filter_map(|image| image.python.clone())
        .collect();
    // Several images for several versions: the newest is the one that is meant to stay.
    pythons.sort_by(|a, b| a.1.file.matches('/').count().cmp(&b.1.file.matches('/').count()).then(b.0.cmp(&a.0)));
    found.extend(pythons);
    let ci: Vec<&(u32, Evidence)> = context.deployment.pythons.iter().collect();
    if let Some(newest) = ci.iter().map(|(minor, _)| *minor).max() {
        let oldest = ci.iter().map(|(minor, _)| *minor).min();
        // A matrix says what a library supports, one version what a service runs on.
        if oldest == Some(newest) {
            found.extend(ci.first().map(|statement| (*statement).clone()));
        }
    }
    found
}

fn is_development(file: &str) -> bool {
    ["dev", "local", "test", "docs", "proxy", "nginx", "frontend"]
        .iter()
        .any(|word| file.to_ascii_lowercase().contains(word))
}

/// Says where statements disagree, and when a version is no longer maintained.
fn conflicts(manifest: &Manifest, minor: u32, stated: &[(u32, Evidence)], project: &mut Project) {
    // What CI runs on says nothing about production.
    let binds = |file: &str| !file.starts_with('.') || file == ".python-version";
    if let Some((other, place)) = stated.iter().find(|(other, place)| *other != minor && binds(&place.file)) {
        project.warnings.push(format!("Python 3.{minor} is used, but `{}` says 3.{other}", place.file));
    }
    if minor < PLATFORMS.python.maintained {
        old(minor, project);
    }
    if let Some((bound, package)) = newest_python(manifest).filter(|(bound, _)| *bound < minor) {
        project.warnings.push(format!("`{package}` supports Python up to 3.{bound}, and 3.{minor} was asked for"));
    }
}

/// Says that a version is no longer maintained.
fn old(minor: u32, project: &mut Project) {
    project.warnings.push(format!("Python 3.{minor} gets no security fixes any more; the pins need an update"));
}
