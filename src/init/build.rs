//! `[build]`: what installs the dependencies, from which files, and what else an image takes.

use std::path::Path;

use serde::Serialize;

use super::command::manage_py;
use super::environment::dummy;
use super::{include, index, local, read_text, translations, uv_workspace, version};
use crate::app::value::{DebianPackage, PinnedRequirement};
use crate::detect::{PackageManager, Project};
use crate::file_set::{file_name, in_folder, parent};

/// The keys of `[build]`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ImageBuild {
    pub(super) manager: &'static str,
    lock: Option<String>,
    hashes: bool,
    files: Vec<String>,
    groups: Vec<String>,
    extras: Vec<String>,
    pub(super) packages: Vec<String>,
    requirements: Vec<String>,
    member: Option<String>,
    install_project: bool,
    version_env: Option<&'static str>,
    include: Vec<String>,
    code_first: bool,
    system: Vec<String>,
    pub(super) build_system: Vec<String>,
    pub(super) steps: Vec<String>,
    build_env: Vec<(String, String)>,
}

impl ImageBuild {
    /// Chooses the keys for `project`; `advice` gets what a person should look at.
    pub(super) fn of(root: &Path, project: &Project, advice: &mut Vec<String>) -> Self {
        let manager = manager(root, project);
        let (lock, mut files) = files(manager, project);
        let of_workspace = || uv_workspace::manifest_above(root, &project.backend_dir);
        let lock =
            if manager == PackageManager::Uv && project.lockfile.is_none() { of_workspace().or(lock) } else { lock };
        advice.extend(missing(root, lock.as_deref()));
        let text = || lock.as_ref().and_then(|file| read_text(root, file)).unwrap_or_default();
        let hashes = manager == PackageManager::Pip && text().contains("--hash=");
        let mut read = local::files_read(lock.as_deref(), &files, &project.dependency_files);
        let mut member = None;
        let mut needs_sibling = false;
        if manager == PackageManager::Uv {
            if let Some(workspace) = Workspace::around(root, project, lock.as_deref()) {
                needs_sibling = workspace.needs_sibling;
                read.extend(workspace.own_manifest);
                member = Some(workspace.member);
                files = workspace.manifests;
            }
            files.extend(settings_of_uv(root, lock.as_deref()));
        }
        advice.extend(index::private(root, &read));
        advice.extend(index::behind_a_login(root, &read));
        let is_first = lock.is_some() && lock.as_ref() == project.dependency_files.first();
        let requirements =
            if manager == PackageManager::Pip && is_first { project.requirements.clone() } else { Vec::new() };
        files.retain(|file| !requirements.contains(file));
        let install_project = (project.install_project || needs_sibling)
            && !matches!(manager, PackageManager::Pipenv | PackageManager::Conda);
        let is_of_pip = manager == PackageManager::Pip;
        let is_built = install_project
            || is_of_pip && lock.as_deref().is_some_and(|lock| is_pyproject(Some(lock)) || lock.contains("setup."));
        let version_env = if is_built { version::variable(root, lock.as_deref(), advice) } else { None };
        let mut build_system = project.system_packages.build.clone();
        let (steps, build_env) = steps(root, project, &mut build_system);
        Self {
            manager: manager.as_str(),
            lock,
            hashes,
            files,
            groups: project.groups.groups.clone(),
            extras: project.groups.extras.clone(),
            packages: pinned(&project.image_packages),
            member,
            requirements,
            install_project,
            version_env,
            include: include::files(root, project, advice),
            code_first: local::names_folders(root, &read),
            system: debian(&project.system_packages.runtime),
            build_system: with_compiler(debian(&build_system)),
            steps,
            build_env,
        }
    }
}

/// What installs the dependencies in the image; not always what the project's people use, which may need a lock file.
pub(crate) fn manager(root: &Path, project: &Project) -> PackageManager {
    let is_locked = project.lockfile.is_some();
    let first = first_file_of_pip(project);
    let is_pyproject = is_pyproject(first);
    match project.package_manager {
        Some(
            manager @ (PackageManager::Uv | PackageManager::Poetry | PackageManager::Pdm | PackageManager::Pipenv),
        ) if is_locked => manager,
        // A requirements file beside an unlocked Pipfile is the better record; alone, the Pipfile has to do.
        Some(PackageManager::Pipenv) if first.is_none() => PackageManager::Pipenv,
        Some(manager @ (PackageManager::Poetry | PackageManager::Pdm | PackageManager::Uv)) if is_pyproject => manager,
        // pip can only install the project itself, and this one says nowhere how it is built.
        _ if is_pyproject && !is_built(root, first) => PackageManager::Uv,
        Some(PackageManager::Conda) => PackageManager::Conda,
        _ => PackageManager::Pip,
    }
}

/// The file that is installed from, and those that it includes.
fn files(manager: PackageManager, project: &Project) -> (Option<String>, Vec<String>) {
    let lock = project.lockfile.clone();
    if manager != PackageManager::Pip {
        let lock = lock.or(project.dependency_files.first().cloned());
        // Conda installs what pixi exports.
        return (lock.map(|lock| lock.replace("pixi.toml", "environment.yml")), Vec::new());
    }
    let first = first_file_of_pip(project).map(str::to_owned).or(lock);
    // Those that the first one includes, in one step or several; one too many does no harm.
    let others = project.dependency_files.iter().filter(|other| is_requirements_file(other));
    let others = others.filter(|other| first.as_ref() != Some(other)).cloned().collect();
    (first, others)
}

/// A uv workspace around the application, whose lock file needs every member.
struct Workspace {
    /// Name of the application's own project.
    member: String,
    own_manifest: Option<String>,
    /// Whether the member depends on another one.
    needs_sibling: bool,
    manifests: Vec<String>,
}

impl Workspace {
    fn around(root: &Path, project: &Project, lock: Option<&str>) -> Option<Self> {
        if project.backend_dir == "." {
            return None;
        }
        let folder = lock.map_or("", parent);
        let members = uv_workspace::members(root, folder);
        let own = members.iter().find(|member| {
            let below = format!("{}/", member.folder);
            project.backend_dir == member.folder || project.backend_dir.starts_with(&below)
        });
        let own = own?;
        let manifests = members.iter().map(|member| format!("{}/pyproject.toml", member.folder)).collect();
        Some(Self {
            member: own.name.clone()?,
            own_manifest: Some(format!("{}/pyproject.toml", own.folder)),
            needs_sibling: uv_workspace::depends_on_sibling(root, folder, own, &members),
            manifests,
        })
    }
}

/// What is installed from, where it is not there.
fn missing(root: &Path, lock: Option<&str>) -> Option<String> {
    match lock {
        Some(lock) if root.join(lock).is_file() => None,
        Some(lock) => Some(format!("{lock} does not exist yet: without it the image cannot be built")),
        None => Some(
            "requirements.txt: write one that lists the dependencies; without it the image cannot be built".to_owned(),
        ),
    }
}

/// uv reads its settings where its lock file lies: <https://docs.astral.sh/uv/concepts/configuration-files/>
fn settings_of_uv(root: &Path, lock: Option<&str>) -> Option<String> {
    let path = in_folder(lock.map_or("", parent), "uv.toml");
    Some(path).filter(|path| root.join(path).is_file())
}

fn pinned(packages: &[String]) -> Vec<String> {
    packages.iter().filter(|package| package.parse::<PinnedRequirement>().is_ok()).cloned().collect()
}

/// The steps that compile translations and collect static files, and the variables without which they cannot run.
fn steps(root: &Path, project: &Project, build_system: &mut Vec<String>) -> (Vec<String>, Vec<(String, String)>) {
    let mut steps = Vec::new();
    if let Some((step, package)) = translations::step(root, project) {
        steps.push(step);
        if let Some(package) = package.filter(|package| !build_system.iter().any(|own| own == package)) {
            build_system.push(package.to_owned());
        }
    }
    if project.static_files {
        steps.push(format!("python {} collectstatic --noinput", manage_py(project)));
    }
    if steps.is_empty() {
        return (steps, Vec::new());
    }
    let module = project.settings_module.iter().map(|module| ("DJANGO_SETTINGS_MODULE".to_owned(), module.clone()));
    let dummies = project.build_environment.iter().map(|name| (name.clone(), dummy(project, name)));
    let variables = module.chain(dummies.filter(|(name, _)| name != "DJANGO_SETTINGS_MODULE")).collect();
    (steps, variables)
}

fn debian(packages: &[String]) -> Vec<String> {
    packages.iter().filter(|name| name.parse::<DebianPackage>().is_ok()).cloned().collect()
}

fn with_compiler(mut packages: Vec<String>) -> Vec<String> {
    let compiles = packages.iter().any(|name| !matches!(name.as_str(), "gettext" | "git"));
    if compiles && !packages.iter().any(|name| name == "build-essential") {
        packages.insert(0, "build-essential".into());
    }
    packages
}

fn is_pyproject(file: Option<&str>) -> bool {
    file.is_some_and(|file| file == "pyproject.toml" || file.ends_with("/pyproject.toml"))
}

/// Whether a `pyproject.toml` names what builds the project, or leaves its dependencies to that.
///
/// Without `[build-system]` pip takes setuptools, which gives up as soon as it sees two folders that could be meant.
/// Source: <https://setuptools.pypa.io/en/latest/userguide/package_discovery.html#flat-layout>
fn is_built(root: &Path, file: Option<&str>) -> bool {
    let text = file.and_then(|file| read_text(root, file)).unwrap_or_default();
    let table: toml::Table = text.parse().unwrap_or_default();
    let dynamic = table.get("project").and_then(|project| project.get("dynamic")).and_then(toml::Value::as_array);
    let is_dynamic = dynamic.into_iter().flatten().any(|field| field.as_str() == Some("dependencies"));
    table.contains_key("build-system") || is_dynamic
}

/// The file that pip installs from: any but a `Pipfile`, which it cannot read.
fn first_file_of_pip(project: &Project) -> Option<&str> {
    project.dependency_files.iter().map(String::as_str).find(|file| file_name(file) != "Pipfile")
}

/// Whether `path` is a file that pip reads requirements or constraints from.
fn is_requirements_file(path: &str) -> bool {
    [".txt", ".in", ".pip"].iter().any(|ending| path.ends_with(ending))
}
