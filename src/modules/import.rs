//! An import for the user to add, under a name that is free.

use super::edit::Edit;
use super::facts::Facts;
use crate::detect::Source;

/// `from package import name`, perhaps under another name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewImport {
    /// The package; none for a module at the top.
    package: Option<String>,
    name: String,
    /// The name that the file knows it by.
    pub(crate) bound: String,
}

impl NewImport {
    /// The import of our module called `name` into `source`; a file that gives the name another meaning gets an alias.
    pub(crate) fn of_module(facts: &Facts<'_>, name: &str, source: Option<&Source>) -> Self {
        let dotted = facts.dotted(name);
        let (package, name) = match dotted.rsplit_once('.') {
            Some((package, name)) => (Some(package.to_owned()), name.to_owned()),
            None => (None, dotted),
        };
        let mut import = Self { package, bound: name.clone(), name };
        if let Some(known) = source.and_then(|source| import.known(source)) {
            import.bound.clone_from(&known);
        } else if source.is_some_and(|source| source.binds(&import.name)) {
            import.bound = format!("{}_module", import.name);
        }
        import
    }

    /// The import of `name` from `module`.
    pub(crate) fn of_name(module: &str, name: &str) -> Self {
        Self { package: Some(module.to_owned()), name: name.to_owned(), bound: name.to_owned() }
    }

    /// The name under which `source` has it already.
    fn known(&self, source: &Source) -> Option<String> {
        let import = match &self.package {
            Some(package) => source.import(package, Some(&self.name)),
            None => source.import(&self.name, None),
        };
        import.map(|import| import.bound.clone())
    }

    pub(crate) fn line(&self) -> String {
        let alias = if self.bound == self.name { String::new() } else { format!(" as {}", self.bound) };
        match &self.package {
            Some(package) => format!("from {package} import {}{alias}", self.name),
            None => format!("import {}{alias}", self.name),
        }
    }

    /// The imports that `source` does not have, after those that it has.
    pub(crate) fn edit(source: &Source, imports: &[Self]) -> Option<Edit> {
        let missing = imports.iter().filter(|import| import.known(source).is_none());
        let lines: Vec<String> = missing.map(Self::line).collect();
        (!lines.is_empty()).then(|| Edit::after(source, source.imports_end(), lines))
    }
}
