//! What the project's own Dockerfile says of its dependencies.

use crate::detect::context::Context;
use crate::detect::deploy::{Deployment, Image};
use crate::detect::manifest::{Manifest, install_from, normalised};
use crate::detect::project::Project;
use crate::detect::tree::{Tree, ancestors, file_name, join, parent};

/// The Dockerfile that builds the application in `root`: the one that starts a server before one that does not, and the
/// nearest of those.
pub(crate) fn own<'d>(deployment: &'d Deployment, root: &str) -> Option<&'d Image> {
    const OTHERS: [&str; 10] =
        ["dev", "local", "test", "docs", "proxy", "nginx", "frontend", "notebook", "jupyter", "e2e"];
    let is_near = |file: &str| {
        let folder = parent(file);
        folder.is_empty()
            || ancestors(root).any(|here| here == folder)
            || root.is_empty() && !folder.contains('/')
            || folder.starts_with(&format!("{root}/"))
            || ["docker", "deploy", "compose", "container", "build", "infra"]
                .iter()
                .any(|word| folder.split('/').next().is_some_and(|first| first.starts_with(word)))
    };
    let fits = |image: &&Image| {
        let name = image.file.to_ascii_lowercase();
        image.is_python && is_near(&image.file) && !OTHERS.iter().any(|word| name.contains(word))
    };
    deployment.images.iter().filter(fits).min_by_key(|image| {
        let mut commands = deployment.commands.iter();
        let serves = commands.any(|command| command.place.file == image.file && command.server().is_some());
        let is_own = !root.is_empty() && image.file.starts_with(&format!("{root}/"));
        (!serves, !is_own, image.file.matches('/').count())
    })
}

/// Whether the image of the Dockerfile `file` is another service's: the application's own folder has one, and it is not this.
pub(crate) fn is_of_another_service(deployment: &Deployment, root: &str, file: &str) -> bool {
    let is_own = |file: &str| file.strip_prefix(root).is_some_and(|rest| rest.starts_with('/'));
    !root.is_empty() && !is_own(file) && deployment.images.iter().any(|image| image.is_python && is_own(&image.file))
}

/// Lets `manifest` read what the project's own image installs, where nothing is locked.
pub(crate) fn requirements(tree: &Tree, image: Option<&Image>, manifest: &mut Manifest, framework: &str) {
    let Some(image) = image.filter(|_| manifest.lockfile.is_none()) else { return };
    let written = image.installs.iter().flat_map(|installs| &installs.what.requirements);
    let mut chosen: Vec<String> = Vec::new();
    for written in written {
        // One that is not here is made while the image is built: what it says nobody knows.
        let Some(path) = in_tree(tree, image, written) else { return };
        if !chosen.contains(&path) {
            chosen.push(path);
        }
    }
    if chosen.is_empty() || manifest.files.first() == chosen.first() && chosen.len() == 1 {
        return;
    }
    let mut read = manifest.clone();
    install_from(tree, &mut read, chosen);
    if read.main(framework).is_some() {
        *manifest = read;
    }
}

/// Packages that install others: the image has those of its own.
pub(super) const INSTALLERS: [&str; 10] =
    ["pip", "setuptools", "wheel", "uv", "poetry", "pipenv", "pdm", "pip-tools", "virtualenv", "hatch"];

/// Packages that the image installs by name and version, and that the dependencies do not name.
pub(crate) fn packages(context: &Context<'_>, project: &mut Project) {
    let Some(image) = own(context.deployment, &context.root) else { return };
    let named = image.installs.iter().flat_map(|installs| &installs.what.packages);
    for package in named.filter(|package| package.contains("==") && !package.contains(['*', ';', ','])) {
        let name = package.split(['=', '[']).next().unwrap_or(package);
        let name = normalised(name);
        if !INSTALLERS.contains(&name.as_str())
            && context.manifest.at_runtime(&name).is_none()
            && !project.image_packages.contains(package)
        {
            project.image_packages.push(package.clone());
        }
    }
}

/// The file of the repository that `written` is in the image.
fn in_tree(tree: &Tree, image: &Image, written: &str) -> Option<String> {
    let folders = [parent(&image.file), ""];
    let find = |path: &str| {
        let path = path.trim_start_matches("./").trim_start_matches('/');
        folders.iter().filter_map(|folder| join(folder, path)).find(|path| tree.has(path))
    };
    let name = file_name(written);
    let copied = image.copies.iter().filter_map(|(sources, target)| {
        let renamed = sources.len() == 1 && file_name(target) == name;
        sources.iter().find(|source| renamed || file_name(source) == name).cloned()
    });
    // In the image it may be elsewhere: `/tmp/requirements.txt`, `/app/requirements/main.txt`.
    let tails = written.match_indices('/').map(|(at, _)| written[at + 1..].to_owned());
    let candidates = std::iter::once(written.to_owned()).chain(copied).chain(tails);
    candidates.filter(|path| !path.is_empty() && !path.contains('$')).find_map(|path| find(&path))
}
