//! The code of one application for those who add lines to it: its own files, and the packages that it depends on.

use std::path::Path;

use super::application::dotted;
use super::code::{Assignment, Code, Source};
use super::manifest::{self, Dependency, Manifest, Section};
use super::project::PackageManager;
use super::python::Call;
use super::tree::{Tree, join, parent};
use crate::vocabulary::Framework;

/// Which code is meant, in the words of `app.toml`.
pub(crate) struct CodeRequest<'a> {
    /// Folder that the code is imported from, below the root; `.` for the root.
    pub(crate) folder: &'a str,
    /// What the application is written with.
    pub(crate) framework: Framework,
    /// Extras, groups and requirements files that are installed beside the plain dependencies.
    pub(crate) installed: Vec<&'a str>,
    /// Files below the root that say nothing about the application.
    pub(crate) left_out: &'a dyn Fn(&str) -> bool,
}

#[derive(Debug)]
pub(crate) struct ApplicationCode<'a> {
    code: &'a Code<'a>,
    /// Folder that code is imported from; empty for the root.
    root: String,
    /// The application's own files.
    files: Vec<&'a Source>,
    manifest: Manifest,
    installed: Vec<&'a str>,
}

/// What `ask` makes of the application in the repository at `root`.
///
/// # Errors
/// When `root` is not a readable folder.
pub(crate) fn with_application_code<T>(
    root: &Path,
    request: &CodeRequest<'_>,
    ask: impl FnOnce(&ApplicationCode<'_>) -> T,
) -> anyhow::Result<T> {
    let tree = Tree::list(root)?;
    Ok(with_code(&tree, request, ask))
}

fn with_code<T>(tree: &Tree, request: &CodeRequest<'_>, ask: impl FnOnce(&ApplicationCode<'_>) -> T) -> T {
    // Folders that a build of the project leaves behind hold copies of its modules.
    const BUILT: [&str; 2] = ["build", "dist"];
    let code = Code::read(tree);
    let root = join("", request.folder).unwrap_or_default();
    let is_built = |path: &str| parent(path).split('/').any(|folder| BUILT.contains(&folder));
    let wanted = |path: &&&str| code.is_own(&root, path) && !is_built(path) && !(request.left_out)(path);
    let files = code.paths().iter().filter(wanted).filter_map(|path| code.source(path)).collect();
    let manifest = manifest::governing(tree, &root, &[request.framework.package()]);
    ask(&ApplicationCode { code: &code, root: root.clone(), files, manifest, installed: request.installed.clone() })
}

impl<'a> ApplicationCode<'a> {
    /// The application's own files, in the order of their paths.
    pub(crate) fn files(&self) -> impl Iterator<Item = &'a Source> + use<'a, '_> {
        self.files.iter().copied()
    }

    /// The file that the dotted `module` is in.
    pub(crate) fn module(&self, module: &str) -> Option<&'a Source> {
        self.code.source(self.code.module_in(&self.root, module)?)
    }

    /// The project's modules that `source` imports.
    pub(crate) fn imported_by(&self, source: &Source) -> Vec<&'a Source> {
        source.imports().filter_map(|import| self.code.imported_module(source, import)).collect()
    }

    /// The dotted name that `path` is imported by.
    pub(crate) fn dotted(&self, path: &str) -> String {
        dotted(&self.root, path)
    }

    /// Folder that code is imported from, below that of `app.toml`; empty when it is the same.
    pub(crate) fn root(&self) -> &str {
        &self.root
    }

    /// Whether a folder is a regular package.
    pub(crate) fn is_package(&self, folder: &str) -> bool {
        self.code.is_package(folder)
    }

    /// Whether a file of the application imports `module` or one below it.
    pub(crate) fn imports(&self, module: &str) -> bool {
        self.files().any(|source| source.imports_package(module))
    }

    /// Whether the image gets the package: a plain dependency, or one of what is installed beside those.
    pub(crate) fn depends_on(&self, package: &str) -> bool {
        self.dependencies(package).next().is_some()
    }

    /// Whether the image gets the package with an extra: `psycopg[binary,pool]`.
    pub(crate) fn depends_on_extra(&self, package: &str, extra: &str) -> bool {
        self.dependencies(package).any(|found| found.extras.iter().any(|known| known == extra))
    }

    fn dependencies(&self, package: &str) -> impl Iterator<Item = &Dependency> {
        let is_installed = |found: &&Dependency| {
            let by_group = match &found.section {
                Section::Main => true,
                Section::Extra(name) | Section::Group(name) => self.installed.contains(&name.as_str()),
            };
            by_group || manifest::is_production(&found.section) || self.installed.contains(&found.file.as_str())
        };
        self.manifest.dependencies.iter().filter(move |found| found.name == package).filter(is_installed)
    }

    /// Major and minor version of a package, as locked or as the manifest bounds it: `(5, 2)` of `django>=5.2,<6`.
    pub(crate) fn version(&self, package: &str) -> Option<(u32, u32)> {
        let version = self.manifest.version(package)?;
        let mut parts = version.split('.').map(str::parse);
        Some((parts.next()?.ok()?, parts.next().and_then(Result::ok).unwrap_or(0)))
    }

    /// What the manifest or its lock file says installs the dependencies.
    pub(crate) fn package_manager(&self) -> Option<PackageManager> {
        self.manifest.manager
    }

    /// Every assignment of a call to `callee`, with its file.
    pub(crate) fn assigned_calls(&self, callee: &str) -> Vec<(&'a Source, Assignment<'a>, &'a Call)> {
        let of = |source: &'a Source| {
            let made = source.assignments().into_iter().map(move |assignment| (source, assignment));
            made.filter_map(|(source, assignment)| Some((source, assignment, assignment.value.as_call()?)))
        };
        self.files().flat_map(of).filter(|(.., call)| call.callee() == callee).collect()
    }
}

#[cfg(test)]
pub(crate) mod fixture {
    use super::*;

    /// What `ask` makes of files that are not on any disk.
    pub(crate) fn with_files<T>(
        framework: Framework,
        files: &[(&str, &str)],
        ask: impl FnOnce(&ApplicationCode<'_>) -> T,
    ) -> T {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
        let left_out = |_: &str| false;
        let request = CodeRequest { folder: ".", framework, installed: Vec::new(), left_out: &left_out };
        with_code(&Tree::of_files(files), &request, ask)
    }
}

#[cfg(test)]
mod tests {
    use super::fixture::with_files;
    use super::*;

    fn with_requirements<T>(text: &str, ask: impl FnOnce(&ApplicationCode<'_>) -> T) -> T {
        with_files(Framework::Flask, &[("requirements.txt", text)], ask)
    }

    #[test]
    fn a_package_is_found_by_its_whole_name_only() {
        with_requirements("flask-sqlalchemy==3.1\nPsycopg[binary, pool]>=3\n", |code| {
            assert!(code.depends_on("flask-sqlalchemy"));
            assert!(!code.depends_on("sqlalchemy"));
            assert!(!code.depends_on("psycopg2"));
            assert!(code.depends_on_extra("psycopg", "pool"));
            assert!(!code.depends_on_extra("psycopg", "c"));
        });
    }

    #[test]
    fn what_a_comment_names_is_not_a_dependency() {
        with_requirements("flask\n# prometheus-client: not yet\n", |code| {
            assert!(!code.depends_on("prometheus-client"));
        });
    }

    #[test]
    fn what_only_developers_install_is_not_in_the_image() {
        let pyproject = "[project]\nname = \"shop\"\nversion = \"1\"\ndependencies = [\"flask\"]\n\
                         [dependency-groups]\ndev = [\"prometheus-client\"]\nmetrics = [\"psycopg\"]\n";
        with_files(Framework::Flask, &[("pyproject.toml", pyproject)], |code| {
            assert!(!code.depends_on("prometheus-client"));
            let with_metrics = ApplicationCode {
                code: code.code,
                root: String::new(),
                files: Vec::new(),
                manifest: code.manifest.clone(),
                installed: vec!["metrics"],
            };
            assert!(with_metrics.depends_on("psycopg") && !code.depends_on("psycopg"));
        });
    }

    #[test]
    fn modules_and_paths_lead_to_each_other() {
        let files = [("shop/__init__.py", ""), ("shop/db.py", "import sqlalchemy.orm\n"), ("build/lib/db.py", "")];
        with_files(Framework::Flask, &files, |code| {
            assert_eq!(code.module("shop").unwrap().path, "shop/__init__.py");
            assert_eq!(code.dotted("shop/db.py"), "shop.db");
            assert_eq!(code.dotted("shop/__init__.py"), "shop");
            assert!(code.imports("sqlalchemy") && !code.imports("sql"));
            assert_eq!(code.files().count(), 2);
        });
    }
}
