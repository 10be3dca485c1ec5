//! `[build]`: what installs the dependencies, from which files, and what else an image takes.

use std::path::Path;

use serde::Serialize;

use super::command::manage_py;
use super::environment::dummy;
use super::{local, read_text, uv_workspace};
use crate::app::value::DebianPackage;
use crate::detect::{PackageManager, Project};

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
    member: Option<String>,
    install_project: bool,
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
        let text = || lock.as_ref().and_then(|file| read_text(root, file)).unwrap_or_default();
        let hashes = manager == PackageManager::Pip && text().contains("--hash=");
        let read = local::files_read(lock.as_deref(), &files, &project.dependency_files);
        advice.extend(local::private_indexes(root, &read));
        let mut member = None;
        if manager == PackageManager::Uv
            && let Some(workspace) = Workspace::around(root, project, lock.as_deref())
        {
            member = Some(workspace.member);
            files = workspace.manifests;
        }
        let (steps, build_env) = static_files(project);
        Self {
            manager: manager.as_str(),
            lock,
            hashes,
            files,
            groups: project.groups.groups.clone(),
            extras: project.groups.extras.clone(),
            packages: Vec::new(),
            member,
            install_project: project.install_project
                && !matches!(manager, PackageManager::Pipenv | PackageManager::Conda),
            code_first: local::names_folders(root, &read),
            system: debian(&project.system_packages.runtime),
            build_system: with_compiler(debian(&project.system_packages.build)),
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
        return (lock.or(project.dependency_files.first().cloned()), Vec::new());
    }
    let first = first_file_of_pip(project).map(str::to_owned).or(lock);
    // Those that the first one includes, in one step or several; one too many does no harm.
    let others = project.dependency_files.iter().filter(|other| is_requirements_file(other));
    let others = others.filter(|other| first.as_ref() != Some(other)).cloned().collect();
    (first, others)
}

/// A uv workspace around the application, whose lock file wants to see every member.
struct Workspace {
    /// Name of the application's own project.
    member: String,
    manifests: Vec<String>,
}

impl Workspace {
    fn around(root: &Path, project: &Project, lock: Option<&str>) -> Option<Self> {
        if project.backend_dir == "." {
            return None;
        }
        let folder = lock.and_then(|lock| lock.rsplit_once('/')).map_or("", |(folder, _)| folder);
        let members = uv_workspace::members(root, folder);
        let own = members.iter().find(|member| {
            let below = format!("{}/", member.folder);
            project.backend_dir == member.folder || project.backend_dir.starts_with(&below)
        });
        let member = own?.name.clone()?;
        let manifests = members.iter().map(|member| format!("{}/pyproject.toml", member.folder)).collect();
        Some(Self { member, manifests })
    }
}

/// The steps that collect static files, and the variables without which they cannot run.
fn static_files(project: &Project) -> (Vec<String>, Vec<(String, String)>) {
    if !project.static_files {
        return (Vec::new(), Vec::new());
    }
    let module = project.settings_module.iter().map(|module| ("DJANGO_SETTINGS_MODULE".to_owned(), module.clone()));
    let dummies = project.build_environment.iter().map(|name| (name.clone(), dummy(name).to_owned()));
    let variables = module.chain(dummies.filter(|(name, _)| name != "DJANGO_SETTINGS_MODULE")).collect();
    (vec![format!("python {} collectstatic --noinput", manage_py(project))], variables)
}

fn debian(packages: &[String]) -> Vec<String> {
    packages.iter().filter(|name| name.parse::<DebianPackage>().is_ok()).cloned().collect()
}

fn with_compiler(mut packages: Vec<String>) -> Vec<String> {
    if !packages.is_empty() && !packages.iter().any(|name| name == "build-essential") {
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
    project.dependency_files.iter().map(String::as_str).find(|file| file.rsplit('/').next() != Some("Pipfile"))
}

/// Whether `path` is a file that pip reads requirements or constraints from.
fn is_requirements_file(path: &str) -> bool {
    [".txt", ".in", ".pip"].iter().any(|ending| path.ends_with(ending))
}
