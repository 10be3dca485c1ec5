//! What the server imports.

use std::str::FromStr;

/// `package.module:attribute`, or `package.module:factory()`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EntryPoint {
    /// Dotted name of the module.
    pub(crate) module: String,
    /// Name of the application object, or of the factory.
    pub(crate) attribute: String,
    /// Whether `attribute` is called to get the application.
    pub(crate) factory: bool,
}

impl std::fmt::Display for EntryPoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}{}", self.module, self.attribute, if self.factory { "()" } else { "" })
    }
}

impl FromStr for EntryPoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fault = || "must be `package.module:attribute` or `package.module:factory()`".to_owned();
        let (module, attribute) = text.split_once(':').ok_or_else(fault)?;
        let (name, factory) = attribute.strip_suffix("()").map_or((attribute, false), |name| (name, true));
        if !module.split('.').all(is_module) || !name.split('.').all(is_identifier) {
            return Err(fault());
        }
        Ok(Self { module: module.to_owned(), attribute: name.to_owned(), factory })
    }
}

/// A server imports by the name of the file, which may have a dash in it where an `import` statement could not.
fn is_module(text: &str) -> bool {
    !text.starts_with('-') && !text.ends_with('-') && is_identifier(&text.replace('-', "_"))
}

fn is_identifier(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(|c| c.is_alphabetic() || c == '_') && letters.all(|c| c.is_alphanumeric() || c == '_')
}
