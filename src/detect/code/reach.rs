//! Which modules run when the application does: those that its entry point imports, over any number of steps, and those
//! that any of them names in a text, as Django's settings do.

use std::collections::BTreeSet;

use super::{Code, Source};
use crate::detect::project::Reach;
use crate::detect::python::{ExprKind, Import, StmtKind, walk};
use crate::detect::tree::{ancestors, file_name, join, parent};

/// Words of code that imports modules by names which only it makes.
const DYNAMIC: [&str; 10] = [
    "import_module(",
    "__import__(",
    "pkgutil",
    "iter_modules",
    "walk_packages",
    "find_modules",
    "spec_from_file_location",
    "entry_points(",
    "importlib.util",
    "runpy",
];

/// Modules of an application package that Django imports on its own.
/// Source: <https://docs.djangoproject.com/en/stable/ref/applications/#initialization-process>, and `autodiscover_modules` of
/// `django.contrib.admin` and of Celery's loader.
const OF_DJANGO_APPS: [&str; 5] = ["apps", "models", "admin", "tasks", "checks"];

/// What is reached from `starts`, modules that are imported from the folder `root`.
pub(crate) fn reach(code: &Code<'_>, root: &str, starts: &[&Source]) -> Reach {
    let mut walker = Walker { code, root, reach: Reach::default(), waiting: Vec::new() };
    for start in starts {
        walker.add(&start.path, true);
    }
    while let Some(path) = walker.waiting.pop() {
        if let Some(source) = code.source(&path) {
            walker.module(source);
        }
    }
    walker.reach
}

struct Walker<'a> {
    code: &'a Code<'a>,
    root: &'a str,
    reach: Reach,
    waiting: Vec<String>,
}

impl Walker<'_> {
    fn add(&mut self, path: &str, is_used: bool) {
        if is_used {
            self.reach.used.insert(path.to_owned());
        }
        if self.reach.imported.insert(path.to_owned()) {
            self.waiting.push(path.to_owned());
            // A module is imported after the packages that it is in.
            for folder in ancestors(parent(path)) {
                if let Some(init) = join(folder, "__init__.py").filter(|init| self.code.source(init).is_some()) {
                    self.add(&init, true);
                }
            }
        }
    }

    fn module(&mut self, source: &Source) {
        self.reach.is_open |= DYNAMIC.iter().any(|word| source.mentions(word));
        let mut names = BTreeSet::new();
        let mut texts = Vec::new();
        for expr in walk::expressions(&source.module.body) {
            match &expr.kind {
                ExprKind::Name(name) => {
                    names.insert(name.as_str());
                }
                ExprKind::Str(text) => texts.push(text.as_str()),
                _ => {}
            }
        }
        for stmt in walk::statements(&source.module.body) {
            let StmtKind::Import(imports) = &stmt.kind else { continue };
            for import in imports {
                self.import(source, import, names.contains(import.bound.as_str()));
            }
        }
        for text in texts {
            self.text(text);
        }
    }

    fn import(&mut self, source: &Source, import: &Import, is_used: bool) {
        // A name that is taken from a package may be a module of it; a package hands on what it imports.
        let is_used = is_used || file_name(&source.path) == "__init__.py" || import.name.as_deref() == Some("*");
        let module = self.code.imported_module(source, import).map(|module| module.path.clone());
        let submodule = import.name.as_ref().map(|name| match import.module.as_str() {
            "" => name.clone(),
            module => format!("{module}.{name}"),
        });
        let submodule = submodule.and_then(|dotted| self.code.module_of(source, import.level, &dotted));
        for path in [module, submodule.map(|module| module.path.clone())].into_iter().flatten() {
            self.add(&path, is_used);
        }
    }

    /// `shop.urls`, `shop.health.HealthMiddleware`, `shop.main:app`.
    fn text(&mut self, text: &str) {
        let is_name = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_');
        let dotted = text.split(':').next().unwrap_or_default();
        if !dotted.split('.').all(is_name) {
            return;
        }
        let whole = self.code.module_in(self.root, dotted);
        let holder = dotted.rsplit_once('.').and_then(|(holder, _)| self.code.module_in(self.root, holder));
        let Some(path) = whole.or(holder).map(str::to_owned) else { return };
        self.add(&path, true);
        if file_name(&path) == "__init__.py" {
            for name in OF_DJANGO_APPS {
                let module = self.code.module_in(self.root, &format!("{dotted}.{name}")).map(str::to_owned);
                if let Some(module) = module {
                    self.add(&module, true);
                }
            }
        }
    }
}
