//! Test runner, linter, and the groups that production needs.

use std::collections::BTreeSet;

use super::databases::DRIVERS;
use crate::detect::context::Context;
use crate::detect::manifest::{Dependency, Section, requirement};
use crate::detect::project::{Database, Linter, PackageManager, Project, TestRunner};
use crate::detect::tree::{extension, file_name, join};
use crate::vocabulary::Framework;

pub(crate) fn find(context: &Context<'_>, project: &mut Project) {
    let manifest = &context.manifest;
    let tree = context.code.tree;
    let has_file = |names: &[&str]| tree.paths().any(|path| names.contains(&file_name(path)) && !path.contains("node"));
    let named = |name: &str| manifest.any(name).is_some() || manifest.tools.iter().any(|tool| tool == name);
    project.test_requirements = test_requirements(context, project);
    let services = context.deployment.test_services.iter().chain(&context.deployment.service_images);
    project.test_services = services.map(|(image, _)| image.clone()).collect();
    project.test_runner = if !project.test_requirements.is_empty()
        || named("pytest")
        || named("pytest-django")
        || has_file(&["pytest.ini", "conftest.py"])
    {
        Some(TestRunner::Pytest)
    } else if context.code.paths().iter().any(|path| {
        // A route called `test` holds none.
        crate::detect::code::is_test(path)
            && path.starts_with(context.root.as_str())
            && tree
                .read(path)
                .is_some_and(|text| ["unittest", "TestCase", "def test"].iter().any(|word| text.contains(word)))
    }) {
        Some(if project.framework == Framework::Django { TestRunner::Django } else { TestRunner::Unittest })
    } else {
        None
    };
    project.linter = if named("ruff") || has_file(&["ruff.toml", ".ruff.toml"]) {
        Some(Linter::Ruff)
    } else if named("flake8") || has_file(&[".flake8"]) {
        Some(Linter::Flake8)
    } else {
        None
    };
    groups(context, project);
}

/// Requirements files that bring pytest and are not installed in production: `requirements-dev.txt` and the like.
fn test_requirements(context: &Context<'_>, project: &Project) -> Vec<String> {
    const PURPOSES: [&str; 10] =
        ["test", "tests", "testing", "ci", "dev", "develop", "development", "local", "qa", "all"];
    let tree = context.code.tree;
    let folders = [context.manifest.folder.as_str(), ""];
    let below = ["", "requirements", "reqs", "deps"];
    let folders = folders.iter().flat_map(|folder| below.iter().filter_map(|below| join(folder, below)));
    let folders: BTreeSet<String> = folders.collect();
    let mut found: Vec<(usize, String)> = Vec::new();
    for path in folders.iter().flat_map(|folder| tree.in_folder(folder)) {
        let Some(stem) = [".txt", ".in", ".pip"].iter().find_map(|ending| file_name(path).strip_suffix(ending)) else {
            continue;
        };
        let words: Vec<&str> = stem.split(['-', '_', '.']).collect();
        let is_list = ["require", "reqs", "deps"].iter().any(|word| path.contains(word));
        let Some(rank) = PURPOSES.iter().position(|purpose| words.contains(purpose)).filter(|_| is_list) else {
            continue;
        };
        let mut files = Vec::new();
        let read = requirement::read_file(tree, path, &Section::Group("dev".to_owned()), &mut files);
        let brings = read.iter().any(|dependency| dependency.name.starts_with("pytest"));
        if brings && !project.dependency_files.iter().any(|file| file == path) {
            found.push((rank, path.to_owned()));
        }
    }
    found.sort();
    found.into_iter().map(|(_, path)| path).collect()
}

/// The extras and groups without which the server or the database driver would be missing.
fn groups(context: &Context<'_>, project: &mut Project) {
    let server = project.server.as_ref().map(|server| server.kind.as_str());
    let framework = project.framework.package();
    let is_driver = |name: &str| {
        DRIVERS
            .iter()
            .any(|(driver, database, _)| *driver == name && matches!(database, Database::Postgresql | Database::Mysql))
    };
    for dependency in &context.manifest.dependencies {
        let name = dependency.name.as_str();
        let wanted = Some(name) == server || name == framework || is_driver(name);
        let is_main = context.manifest.main(&dependency.name).is_some();
        if !wanted || is_main {
            continue;
        }
        let development =
            |name: &str| ["dev", "test", "doc", "lint", "ci", "all"].iter().any(|word| name.contains(word));
        let is_installed = match &dependency.section {
            Section::Extra(name) | Section::Group(name) => !development(name),
            Section::Main => true,
        };
        if Some(name) == server && is_installed {
            project.installed_servers.extend(project.server.as_ref().map(|server| server.kind));
        }
        let pyproject = extension(&dependency.file) == "toml";
        match &dependency.section {
            Section::Extra(extra) if !development(extra) && !project.groups.extras.contains(extra) => {
                project.groups.extras.push(extra.clone());
                // A list of requirements has no extras: the project itself is what has them.
                let is_pip =
                    matches!(project.package_manager, None | Some(PackageManager::Pip | PackageManager::Hatch));
                let lists = |other: &Dependency| other.file == dependency.file && other.section == Section::Main;
                if is_pip && (name == framework || context.manifest.dependencies.iter().any(lists)) {
                    project.dependency_files.retain(|file| *file != dependency.file);
                    project.dependency_files.insert(0, dependency.file.clone());
                    project.requirements.clear();
                }
            }
            Section::Group(name) if pyproject && !development(name) && !project.groups.groups.contains(name) => {
                project.groups.groups.push(name.clone());
            }
            _ => {}
        }
    }
    // A manifest of groups alone: the one that was read as the main one has to be named to be installed.
    let pyproject = |dependency: &&crate::detect::manifest::Dependency| dependency.file.ends_with("pyproject.toml");
    if context.manifest.name.is_none()
        && context.manifest.dependencies.iter().filter(pyproject).any(|dependency| dependency.section == Section::Main)
        && let Some(group) = main_group(context)
        && !project.groups.groups.contains(&group)
    {
        project.groups.groups.insert(0, group);
    }
}

/// The dependency group that stands in for `[project] dependencies`.
fn main_group(context: &Context<'_>) -> Option<String> {
    let path = context.manifest.files.iter().find(|file| file.ends_with("pyproject.toml"))?;
    let table = context.code.tree.read(path)?.parse::<toml::Table>().ok()?;
    let groups = table.get("dependency-groups")?.as_table()?;
    ["main", "prod", "production", "default", "app", "runtime"]
        .into_iter()
        .find(|name| groups.contains_key(*name))
        .map(str::to_owned)
}
