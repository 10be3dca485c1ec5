//! Escaping, by the folder that a template lives in. There is no way to write a value without it.

mod dockerfile;
mod python;
mod toml;

use minijinja::value::ValueKind;
use minijinja::{AutoEscape, Error, ErrorKind, Output, State, Value};

use crate::kube::yaml::scalar::scalar;

pub(super) use crate::kube::yaml::scalar::block;
pub(super) use toml::key as toml_key;

/// The language that a template writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Language {
    Yaml,
    Dockerfile,
    Python,
    Toml,
}

/// Folder of templates and the name of its language.
const FOLDERS: [(&str, &str, Language); 8] = [
    ("kubernetes/", "yaml", Language::Yaml),
    ("gitops/", "yaml", Language::Yaml),
    ("github/", "yaml", Language::Yaml),
    ("docker/", "dockerfile", Language::Dockerfile),
    ("server/", "python", Language::Python),
    ("python/", "python", Language::Python),
    ("release/", "python", Language::Python),
    ("init/", "toml", Language::Toml),
];

/// The escaping of the template called `name`.
pub(super) fn mode(name: &str) -> AutoEscape {
    match FOLDERS.iter().find(|(folder, _, _)| name.starts_with(folder)) {
        Some((_, language, _)) => AutoEscape::Custom((*language).into()),
        // The formatter refuses it: a path without a language is a fault.
        None => AutoEscape::None,
    }
}

/// Writes one interpolated value as one whole scalar of the template's language.
pub(super) fn format(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let AutoEscape::Custom(word) = state.auto_escape() else {
        return Err(fault(format!("the template `{}` is in a folder without a language", state.name())));
    };
    let Some((_, _, language)) = FOLDERS.iter().find(|(_, known, _)| *known == word) else {
        return Err(fault(format!("`{word}` is not a language of templates")));
    };
    if value.is_safe() {
        return Ok(write!(out, "{value}")?);
    }
    let text = match (value.kind(), language) {
        (ValueKind::String, _) => {
            let text = value.as_str().unwrap_or_default();
            match language {
                Language::Yaml => scalar(text).into_owned(),
                Language::Dockerfile => dockerfile::word(text).map_err(fault)?.to_owned(),
                Language::Python => python::literal(text),
                Language::Toml => toml::string(text),
            }
        }
        (ValueKind::Seq | ValueKind::Iterable, Language::Dockerfile) => dockerfile::exec_form(value)?,
        (ValueKind::Seq | ValueKind::Iterable, Language::Toml) => toml::array(value)?,
        (ValueKind::Bool, Language::Python) => if value.is_true() { "True" } else { "False" }.to_owned(),
        (ValueKind::Bool, _) => if value.is_true() { "true" } else { "false" }.to_owned(),
        (ValueKind::Number, _) => value.to_string(),
        (kind, _) => return Err(fault(format!("a value of kind `{kind}` is not a scalar"))),
    };
    Ok(out.write_str(&text)?)
}

fn fault(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::BadEscape, message.into())
}

/// The strings of a list.
fn strings(value: &Value) -> Result<Vec<String>, Error> {
    value
        .try_iter()?
        .map(|item| {
            item.as_str().map(ToString::to_string).ok_or_else(|| fault("a list of something other than strings"))
        })
        .collect()
}
