//! Points that speak for or against a candidate of detection.

use std::sync::LazyLock;

use serde::Deserialize;

use super::read;

const TEXT: &str = include_str!("../../data/application-scores.toml");

pub(crate) static SCORES: LazyLock<Scores> = LazyLock::new(|| read(TEXT));

/// One row: what holds, how many points that is, and why.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Score {
    pub(crate) points: i32,
    pub(crate) what: String,
    pub(crate) why: String,
    /// Names that the row is about, where it is about names.
    #[serde(default)]
    pub(crate) names: Vec<String>,
}

impl Score {
    /// Whether `name` is one of the row's names.
    pub(crate) fn is_about(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }
}

/// Declares a section of the file: a row for each field.
macro_rules! rows {
    ($(#[$head:meta])* $section:ident { $($row:ident),+ $(,)? }) => {
        $(#[$head])*
        #[derive(Debug, Default, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct $section {
            $(pub(crate) $row: Score,)+
        }
    };
}

rows! {
    /// What the file is called: one row counts.
    Module { interface, of_an_interface, main, application, server, package, script, same_as_package, other }
}
rows! {
    /// What the application is called: one row counts.
    Attribute { application, server, program, factory }
}
rows! {
    /// How it is made, and where.
    Shape { factory, private, imported, folder, aside_word, example, tool_folder }
}
rows! {
    /// What the code does with it.
    Usage { host, guest, reach, manifest }
}
rows! {
    /// Where the repository names it: the row with the most points counts.
    Named {
        fastapi_entrypoint, start_command, variant_command, variable, weak_command, uvicorn_run, wsgi_setting,
        console_script, development_command, uvicorn_object, text, asgi_setting,
    }
}
rows! {
    /// How many points behind the best still count as close.
    Distance { several, close, close_server, rival }
}

/// Every row.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scores {
    pub(crate) module: Module,
    pub(crate) attribute: Attribute,
    pub(crate) shape: Shape,
    pub(crate) usage: Usage,
    pub(crate) named: Named,
    pub(crate) distance: Distance,
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn read() {
        toml::from_str::<Scores>(TEXT).unwrap();
    }
}
