//! What the project says it needs: dependencies, Python, package manager, from every kind of manifest.

mod conda;
mod lock;
mod newest_python;
mod pipfile;
mod pixi;
mod pyproject;
pub(crate) mod requirement;
mod requirements_files;
mod setup;
pub(crate) mod version;
pub(crate) mod wheels;

use std::collections::BTreeMap;

use super::budget::Omission;
use super::project::{Evidence, PackageManager};
use super::tree::{Tree, ancestors, extension, join};
pub(crate) use newest_python::newest_python;
pub(crate) use requirement::normalised;
pub(crate) use requirements_files::install_from;

/// Dependencies of one manifest; the largest projects have a few hundred.
const MAX_DEPENDENCIES: usize = 5_000;

/// Where in a manifest a dependency is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    /// Every install brings it.
    Main,
    /// An extra (`[project.optional-dependencies]`).
    Extra(String),
    /// A dependency group (PEP 735) or Poetry group.
    Group(String),
}

/// One dependency as a manifest names it.
#[derive(Clone, Debug)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// As written, without extras and markers.
    pub(crate) specifier: String,
    pub(crate) extras: Vec<String>,
    pub(crate) file: String,
    pub(crate) line: u32,
    pub(crate) section: Section,
}

impl Dependency {
    /// Its place, with a text about it.
    pub(crate) fn evidence(&self, text: impl Into<String>) -> Evidence {
        Evidence { file: self.file.clone(), line: self.line, text: text.into() }
    }

    /// The one version that it may have: `1.4` of `==1.4`.
    pub(crate) fn exact_version(&self) -> Option<&str> {
        self.specifier.strip_prefix("==").filter(|version| !version.contains('*'))
    }

    /// Whether an install takes the newest version: none is named, or only the oldest. A range with an end says little.
    pub(crate) fn takes_newest(&self) -> bool {
        self.specifier.is_empty() || self.specifier.starts_with(">=") && !self.specifier.contains(',')
    }
}

/// Everything that the manifests of one folder say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Manifest {
    pub(crate) folder: String,
    /// `[project] name` and the like.
    pub(crate) name: Option<String>,
    pub(crate) dependencies: Vec<Dependency>,
    /// What Python it may run on, each with its place.
    pub(crate) requires_python: Vec<(String, Evidence)>,
    /// What Python it says it uses.
    pub(crate) stated_python: Vec<(u32, Evidence)>,
    /// The newest Python among the trove classifiers.
    pub(crate) tested_python: Option<u32>,
    /// Files that a production install reads, best first.
    pub(crate) files: Vec<String>,
    /// Requirements files that are installed together with the first of `files`.
    pub(crate) requirements: Vec<String>,
    pub(crate) manager: Option<PackageManager>,
    pub(crate) lockfile: Option<String>,
    /// Name to version, as the lock file or exact pins have it.
    pub(crate) pins: BTreeMap<String, String>,
    /// `[tool.fastapi] entrypoint`.
    pub(crate) fastapi_entrypoint: Option<(String, Evidence)>,
    /// Console scripts: name to `module:function`.
    pub(crate) scripts: BTreeMap<String, String>,
    /// Whether it has what an upload to an index needs: a build backend and a name, or `setup.py` calling `setup`.
    pub(crate) is_package: bool,
    /// Whether its classifiers say that it is for other developers: `Framework :: Django`.
    pub(crate) is_library: bool,
    /// Sections of `[tool]` that exist.
    pub(crate) tools: Vec<String>,
    /// What cannot be read.
    pub(crate) warnings: Vec<String>,
}

impl Manifest {
    /// The first dependency of that normalised name that a plain install brings.
    pub(crate) fn main(&self, name: &str) -> Option<&Dependency> {
        self.dependencies.iter().find(|dependency| dependency.name == name && dependency.section == Section::Main)
    }

    /// The first dependency of that name in any section.
    pub(crate) fn any(&self, name: &str) -> Option<&Dependency> {
        self.main(name).or_else(|| self.dependencies.iter().find(|dependency| dependency.name == name))
    }

    /// Whether a production install brings it: plain, or in an extra or group made for production.
    pub(crate) fn at_runtime(&self, name: &str) -> Option<&Dependency> {
        self.main(name).or_else(|| {
            self.dependencies.iter().find(|dependency| dependency.name == name && is_production(&dependency.section))
        })
    }

    /// Whether it names no dependency at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.dependencies.is_empty()
    }

    /// The version of a package: locked, or pinned exactly, or the lower bound of a compatible release.
    pub(crate) fn version(&self, name: &str) -> Option<String> {
        if let Some(version) = self.pins.get(name) {
            return Some(version.clone());
        }
        let specifier = &self.any(name)?.specifier;
        let bound = specifier.trim_start_matches(['=', '~', '^', '>', ' ']);
        let version: String = bound.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
        (!version.is_empty() && !specifier.starts_with('<')).then(|| version.trim_end_matches('.').to_owned())
    }
}

/// Whether a group or extra is meant for what runs in production.
pub(crate) fn is_production(section: &Section) -> bool {
    const PRODUCTION: [&str; 16] = [
        "prod",
        "production",
        "server",
        "webserver",
        "web",
        "main",
        "deploy",
        "deployment",
        "gunicorn",
        "uvicorn",
        "postgres",
        "postgresql",
        "pgsql",
        "psycopg",
        "standard",
        "default",
    ];
    match section {
        Section::Main => true,
        Section::Extra(name) | Section::Group(name) => PRODUCTION.contains(&name.as_str()),
    }
}

/// Reads the manifests that govern code in `folder`: its own, or those of the nearest folder above that has any.
pub(crate) fn governing(tree: &Tree, folder: &str, framework: &[&str]) -> Manifest {
    let mut best: Option<Manifest> = None;
    for here in ancestors(folder) {
        let manifest = read(tree, here);
        let says_nothing = manifest.requires_python.is_empty() && manifest.manager.is_none();
        // What could not be read is reported.
        if manifest.is_empty() && says_nothing && manifest.warnings.is_empty() {
            continue;
        }
        if manifest.is_empty() && best.is_none() {
            // Tool configuration only; kept in case nothing above says more.
            best = Some(manifest);
            continue;
        }
        let names_framework = framework.is_empty() || framework.iter().any(|name| manifest.any(name).is_some());
        match &best {
            _ if names_framework => {
                best = Some(manifest);
                break;
            }
            Some(best) if !best.is_empty() => {}
            _ => best = Some(manifest),
        }
    }
    let mut best = best.unwrap_or_else(|| Manifest { folder: folder.to_owned(), ..Manifest::default() });
    lock::find(tree, &mut best, framework);
    prefer_pins(&mut best);
    version_files(tree, folder, &mut best);
    best
}

/// A requirements file that pins what the project names is the better record of the two.
fn prefer_pins(manifest: &mut Manifest) {
    let is_list = |file: &str| matches!(extension(file), "txt" | "pip");
    if manifest.lockfile.is_some() || manifest.files.first().is_none_or(|file| is_list(file)) {
        return;
    }
    let main = || manifest.dependencies.iter().filter(|dependency| dependency.section == Section::Main);
    let listed = || main().filter(|dependency| is_list(&dependency.file));
    let pinned = listed().filter(|dependency| dependency.specifier.starts_with("==")).count();
    let covers = main().filter(|own| !is_list(&own.file)).all(|own| listed().any(|other| other.name == own.name));
    if pinned == 0 || pinned * 2 < listed().count() || !covers {
        return;
    }
    if let Some(at) = manifest.files.iter().position(|file| is_list(file)) {
        let file = manifest.files.remove(at);
        manifest.files.insert(0, file);
        manifest.manager = Some(PackageManager::Pip);
    }
}

/// Reads every manifest directly in `folder`.
pub(crate) fn read(tree: &Tree, folder: &str) -> Manifest {
    let mut manifest = Manifest { folder: folder.to_owned(), ..Manifest::default() };
    pyproject::read(tree, &mut manifest);
    pipfile::read(tree, &mut manifest);
    requirements_files::read(tree, &mut manifest);
    setup::read(tree, &mut manifest);
    conda::read(tree, &mut manifest);
    pixi::read(tree, &mut manifest);
    if let Some(beyond) = manifest.dependencies.get(MAX_DEPENDENCIES) {
        tree.budget.leave_out(Omission::TooMany, &beyond.file);
        manifest.dependencies.truncate(MAX_DEPENDENCIES);
    }
    manifest
}

impl Manifest {
    /// Takes what the trove classifiers in a text say.
    fn classified(&mut self, text: &str) {
        self.is_library |=
            text.contains("Framework :: ") || text.contains("Topic :: Software Development :: Libraries");
        // The newest `Programming Language :: Python :: 3.N`.
        let minors = text.split("Programming Language :: Python :: ").skip(1).filter_map(version::minor_in_front);
        self.tested_python = self.tested_python.max(minors.max());
    }

    /// A path in this manifest's folder, if the tree has it.
    fn path(&self, tree: &Tree, name: &str) -> Option<String> {
        join(&self.folder, name).filter(|path| tree.has(path))
    }
}

/// `.python-version`, `runtime.txt` and `.tool-versions`, in the code's folder or above it.
fn version_files(tree: &Tree, folder: &str, manifest: &mut Manifest) {
    for here in ancestors(folder) {
        for name in [".python-version", "runtime.txt", ".tool-versions", "mise.toml", ".mise.toml"] {
            let Some(path) = join(here, name).filter(|path| tree.has(path)) else { continue };
            let Some(text) = tree.read(&path) else { continue };
            for (number, line) in (1..).zip(text.lines()) {
                let about_python = !matches!(name, ".tool-versions" | "mise.toml" | ".mise.toml")
                    || line.trim_start().starts_with("python");
                if let Some(minor) = version::minor_in(line).filter(|_| about_python && !line.starts_with('#')) {
                    manifest.stated_python.push((minor, text.evidence(number)));
                    break;
                }
            }
        }
    }
}
