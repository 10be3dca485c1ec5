//! The driver that SQLAlchemy takes for `postgresql://`, where it is another one than is installed.

use crate::detect::context::Context;
use crate::detect::manifest::Manifest;
use crate::detect::project::{Database, Project};

pub(super) fn find(context: &Context<'_>, project: &mut Project) {
    let Some(variable) = &project.database_variable else { return };
    if project.databases.contains(&Database::Postgresql) && takes_another(&context.manifest) {
        project.warnings.push(format!(
            "{variable}: psycopg2 is installed, and SQLAlchemy 2.1, which the dependencies leave open, takes psycopg for \
             `postgresql://`: begin it with `postgresql+psycopg2://`, or pin SQLAlchemy below 2.1"
        ));
    }
}

/// Whether psycopg2 alone is installed beside a SQLAlchemy whose version is open.
/// Source: `base.dialect` of `sqlalchemy/dialects/postgresql/__init__.py`, SQLAlchemy 2.0 and 2.1.
fn takes_another(manifest: &Manifest) -> bool {
    let has = |names: &[&str]| names.iter().any(|name| manifest.at_runtime(name).is_some());
    let is_newest = match manifest.at_runtime("sqlalchemy") {
        Some(dependency) => dependency.takes_newest(),
        None => has(&["flask-sqlalchemy"]),
    };
    is_newest
        && !manifest.pins.contains_key("sqlalchemy")
        && has(&["psycopg2", "psycopg2-binary"])
        && !has(&["psycopg"])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::manifest::{Dependency, Section};

    #[test]
    fn an_open_sqlalchemy_beside_psycopg2_takes_another_driver() {
        let of = |names: &[(&str, &str)]| {
            let dependencies = names.iter().map(|(name, specifier)| Dependency {
                name: (*name).to_owned(),
                specifier: (*specifier).to_owned(),
                extras: Vec::new(),
                file: String::new(),
                line: 1,
                section: Section::Main,
            });
            takes_another(&Manifest { dependencies: dependencies.collect(), ..Manifest::default() })
        };
        assert!(of(&[("flask-sqlalchemy", "==3.1.1"), ("psycopg2-binary", "==2.9.10")]));
        assert!(of(&[("sqlalchemy", ">=2.0"), ("psycopg2", "")]));
        for names in [
            [("flask-sqlalchemy", "==3.1.1"), ("psycopg", "")],
            [("sqlalchemy", "==2.0.44"), ("psycopg2", "")],
            [("sqlalchemy", ">=2.0,<2.1"), ("psycopg2", "")],
            [("sqlmodel", ""), ("psycopg2", "")],
        ] {
            assert!(!of(&names), "{names:?}");
        }
    }
}
