//! Objects of libraries that read variables, and classes that only tests use.

use crate::detect::code::{Code, Definition, Source};
use crate::detect::python::Expr;

/// Libraries whose objects read variables when called or by a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Library {
    /// `config("NAME", "default")`: <https://github.com/HBNetwork/python-decouple>.
    Decouple,
    /// `config("NAME", cast, "default")`: <https://www.starlette.io/config/>.
    Starlette,
    /// prettyconf and everett, whose defaults have their name.
    Named,
    /// environs and envparse: `env("NAME", "default")`, `env.bool("NAME", False)`.
    Environs,
    /// `env("NAME", cast, "default")`, `env.bool("NAME", False)`: <https://django-environ.readthedocs.io/en/latest/api.html>.
    DjangoEnviron,
}

impl Library {
    /// Whether each type has a method.
    pub(super) fn has_methods(self) -> bool {
        matches!(self, Self::Environs | Self::DjangoEnviron)
    }

    /// Where the default stands that is given without its name; `method` is empty for the object itself.
    pub(super) fn position_of_default(self, method: &str) -> Option<usize> {
        match self {
            Self::Decouple | Self::Environs => Some(1),
            Self::Starlette => Some(2),
            Self::Named => None,
            Self::DjangoEnviron => {
                let has_cast = matches!(method, "" | "get_value" | "list" | "tuple" | "dict");
                Some(if has_cast { 2 } else { 1 })
            }
        }
    }
}

/// The library whose object an expression is.
pub(super) fn library(code: &Code<'_>, source: &Source, expr: &Expr) -> Option<Library> {
    let known = |name: &str| match name {
        "decouple.config" => Some(Library::Decouple),
        "prettyconf.config" => Some(Library::Named),
        "environs.env" | "envparse.env" => Some(Library::Environs),
        _ => None,
    };
    if let Some(library) = source.qualified(expr).as_deref().and_then(known) {
        return Some(library);
    }
    // A production module takes the reader from the common settings that it begins with.
    let is_plain = matches!(expr.last_name(), Some("config" | "env"));
    if let Some(library) = is_plain.then(|| code.origin(source, expr)).flatten().as_deref().and_then(known) {
        return Some(library);
    }
    let value = match code.resolve(source, expr)? {
        Definition::Value(place, _, value) => (place, value),
        _ => return None,
    };
    let (place, call) = (value.0, value.1.as_call()?);
    match place.qualified(&call.function)?.as_str() {
        "decouple.Config" | "decouple.AutoConfig" => Some(Library::Decouple),
        "starlette.config.Config" => Some(Library::Starlette),
        "prettyconf.Configuration"
        | "everett.manager.ConfigManager"
        | "everett.manager.ConfigManager.basic_config"
        | "everett.manager.ConfigManager.from_dict" => Some(Library::Named),
        "environs.Env" | "environs.FileAwareEnv" | "envparse.Env" | "marshmallow_env.Env" => Some(Library::Environs),
        "environ.Env" | "environ.FileAwareEnv" => Some(Library::DjangoEnviron),
        // Others are made after these: `epicenv.Env`.
        name if name.ends_with(".Env") && code.resolve(place, &call.function).is_none() => Some(Library::Environs),
        _ => None,
    }
}

/// `TestingConfig`, `Testing`, `TestSettings`.
pub(super) fn is_of_tests(class: &str) -> bool {
    class.starts_with("Test") || class.ends_with("Testing") || class.ends_with("Test") || class.ends_with("Tests")
}
