//! Which folder a module is imported from.

use crate::detect::code::{Code, Source};
use crate::detect::python::{Expr, walk};
use crate::detect::tree::{ancestors, file_name, parent};
use crate::file_set::in_folder;

/// The folder to import `source` from, and its dotted name below it.
///
/// The folder above the outermost package is certain only for packages with an `__init__.py`; for others the absolute
/// imports in the module and its neighbours decide: `from svc.core import …` in `svc/main.py` starts above `svc`.
pub(crate) fn import_root(code: &Code<'_>, source: &Source) -> (String, String) {
    let folder = source.folder();
    let natural = ancestors(folder).find(|here| !code.is_package(here)).unwrap_or_default();
    // Imports of a package's own modules as if its folder were on the path (`from db import x` beside db.py) win over
    // the package's `__init__.py` only when nothing is imported through the package.
    let mut best = (natural, score(code, source, natural));
    for here in ancestors(folder) {
        let found = score(code, source, here);
        if found > best.1 {
            best = (here, found);
        }
    }
    let (mut root, score) = best;
    if score == 0 && root == natural && root == folder && !root.is_empty() {
        root = without_imports(code, folder);
    }
    (root.to_owned(), dotted(root, &source.path))
}

/// The root from which a command imports the module, when the module's imports do not speak against it.
///
/// `uvicorn app.main:app` in a repository with `src/app/main.py` starts in `src`.
pub(crate) fn as_named(code: &Code<'_>, app: &super::App<'_>, target: &str) -> Option<(String, String)> {
    let (module, attribute) = target.split_once(':').unwrap_or((target, app.attribute.as_str()));
    let module = module.trim_end_matches(".py").replace('/', ".");
    if attribute.split('(').next() != app.attribute.split('(').next() || module == app.module {
        return None;
    }
    let path = app.source.path.trim_end_matches(".py").trim_end_matches("/__init__").replace('/', ".");
    let above = path.strip_suffix(&module)?;
    let root = above.strip_suffix('.').unwrap_or(above).replace('.', "/");
    if !(above.is_empty() || above.ends_with('.')) {
        return None;
    }
    let fits = score(code, app.source, &root) >= score(code, app.source, &app.root);
    (fits && (root.is_empty() || code.tree.has_folder(&root))).then_some((root, module))
}

/// A lone module in a folder that is not a package: importable from the folder that holds the manifest.
fn without_imports<'s>(code: &Code<'_>, folder: &'s str) -> &'s str {
    const MANIFESTS: [&str; 6] =
        ["pyproject.toml", "requirements.txt", "Pipfile", "setup.py", "manage.py", "Dockerfile"];
    if matches!(file_name(folder), "src") || !file_name(folder).chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return folder;
    }
    let has_manifest = |here: &str| code.tree.in_folder(here).any(|path| MANIFESTS.contains(&file_name(path)));
    ancestors(folder).find(|here| has_manifest(here)).unwrap_or(folder)
}

/// Modules of the standard library and of every second project, whose names are also names of files beside the code.
const SHADOWED: [&str; 34] = [
    "abc",
    "calendar",
    "celery",
    "code",
    "copy",
    "datetime",
    "django",
    "email",
    "enum",
    "fastapi",
    "flask",
    "http",
    "io",
    "json",
    "logging",
    "operator",
    "os",
    "platform",
    "profile",
    "queue",
    "random",
    "re",
    "redis",
    "resource",
    "secrets",
    "signal",
    "site",
    "statistics",
    "string",
    "struct",
    "sys",
    "time",
    "token",
    "types",
];

/// How many absolute imports of the module, or else of those beside it, are found below `root`.
fn score(code: &Code<'_>, source: &Source, root: &str) -> usize {
    let exists = |dotted: &str| {
        let mut first = dotted.split('.');
        let (top, second) = (first.next().unwrap_or_default(), first.next());
        if SHADOWED.contains(&top) {
            return false;
        }
        let base = in_folder(root, top);
        match second {
            Some(second) => {
                code.tree.has(&format!("{base}/{second}.py"))
                    || is_importable(code, &format!("{base}/{second}"))
                    || code.is_package(&base)
            }
            None => {
                code.tree.has(&format!("{base}.py")) && format!("{base}.py") != source.path || code.is_package(&base)
            }
        }
    };
    let own = count(source, &exists) + usize::from(settings(source).iter().any(|module| exists(module)));
    if own > 0 {
        return own * 100;
    }
    let folder = source.folder();
    let beside = code.paths().iter().filter(|path| parent(path) == folder && **path != source.path).take(8);
    beside.filter_map(|path| code.source(path)).map(|source| count(source, &exists)).sum()
}

/// Whether a folder may be a package without an `__init__.py`: one that holds a project's manifest and no module is the
/// project's folder, whose package of the same name is below.
fn is_importable(code: &Code<'_>, folder: &str) -> bool {
    let has = |wanted: &dyn Fn(&str) -> bool| code.tree.in_folder(folder).any(|path| wanted(file_name(path)));
    let is_project = has(&|name| matches!(name, "pyproject.toml" | "setup.py" | "setup.cfg"))
        && !has(&|name| name.ends_with(".py") && name != "setup.py");
    !is_project && code.tree.has_folder(folder)
}

/// Settings modules that a Django module names: they are imported from the same folder.
fn settings(source: &Source) -> Vec<String> {
    if !source.mentions("DJANGO_SETTINGS_MODULE") {
        return Vec::new();
    }
    let named = walk::calls(&source.module.body)
        .filter(|(_, call)| call.arguments.first().and_then(Expr::as_str) == Some("DJANGO_SETTINGS_MODULE"));
    named.filter_map(|(_, call)| call.arguments.get(1)?.as_str().map(str::to_owned)).collect()
}

fn count(source: &Source, exists: &impl Fn(&str) -> bool) -> usize {
    source
        .imports()
        .filter(|import| import.level == 0)
        .filter(|import| match &import.name {
            Some(name) if !import.module.contains('.') => {
                exists(&format!("{}.{name}", import.module)) || exists(&import.module)
            }
            _ => exists(&import.module),
        })
        .count()
}

/// The dotted name of a file below `root`.
pub(crate) fn dotted(root: &str, path: &str) -> String {
    let relative = if root.is_empty() { path } else { path.strip_prefix(root).unwrap_or(path).trim_start_matches('/') };
    let relative = relative.trim_end_matches(".py").trim_end_matches("__init__").trim_end_matches('/');
    relative.replace('/', ".")
}
