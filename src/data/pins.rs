//! What rendered files use by a fixed version.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::{read, rows};

const TOOLS_TEXT: &str = include_str!("../../data/tools.toml");
const IMAGES_TEXT: &str = include_str!("../../data/images.toml");
const ACTIONS_TEXT: &str = include_str!("../../data/actions.csv");

pub(crate) static TOOLS: LazyLock<Tools> = LazyLock::new(|| read(TOOLS_TEXT));
pub(crate) static IMAGES: LazyLock<Images> = LazyLock::new(|| read(IMAGES_TEXT));
pub(crate) static ACTIONS: LazyLock<Vec<Action>> =
    LazyLock::new(|| rows(ACTIONS_TEXT).map(|[name, version, sha]| Action { name, version, sha }).collect());

/// Versions of what is installed from the Python package index.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tools {
    pub(crate) managers: Managers,
    pub(crate) checkers: Checkers,
    /// By package, with the extra that is installed with it.
    servers: BTreeMap<String, String>,
}

impl Tools {
    /// The requirement that installs the application server called `name`: `uvicorn[standard]==0.54.0`.
    pub(crate) fn server(&self, name: &str) -> Option<String> {
        let is_meant = |package: &str| package.split('[').next() == Some(name);
        let found = self.servers.iter().find(|(package, _)| is_meant(package));
        found.map(|(package, version)| format!("{package}=={version}"))
    }
}

/// Versions of package managers.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Managers {
    pub(crate) uv: String,
    pub(crate) poetry: String,
    pub(crate) pdm: String,
    pub(crate) pipenv: String,
}

/// Versions of linters and test runners.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Checkers {
    pub(crate) ruff: String,
    pub(crate) flake8: String,
    pub(crate) pytest: String,
}

/// Images of tools and of servers.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Images {
    pub(crate) micromamba: Image,
    pub(crate) postgresql: Image,
    pub(crate) mysql: Image,
    pub(crate) mariadb: Image,
    pub(crate) redis: Image,
    pub(crate) rabbitmq: Image,
    pub(crate) mongodb: Image,
    pub(crate) memcached: Image,
}

impl Images {
    /// The image of the server that `app.toml` calls `name`.
    pub(super) fn named(&self, name: &str) -> Option<&Image> {
        Some(match name {
            "postgresql" => &self.postgresql,
            "mysql" => &self.mysql,
            "mariadb" => &self.mariadb,
            "redis" => &self.redis,
            "rabbitmq" => &self.rabbitmq,
            "mongodb" => &self.mongodb,
            "memcached" => &self.memcached,
            _ => return None,
        })
    }
}

/// An image with the tag that is rendered when `app.toml` names none.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Image {
    pub(crate) image: String,
    pub(crate) tag: String,
}

impl std::fmt::Display for Image {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.image, self.tag)
    }
}

/// A GitHub action by the commit of one of its releases.
#[derive(Debug)]
pub(crate) struct Action {
    /// `OWNER/REPOSITORY`.
    pub(crate) name: &'static str,
    /// The tag: `v7.0.1`.
    pub(crate) version: &'static str,
    /// The commit that the tag meant, in 40 hexadecimal digits.
    pub(crate) sha: &'static str,
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn read() {
        toml::from_str::<Tools>(TOOLS_TEXT).unwrap();
        toml::from_str::<Images>(IMAGES_TEXT).unwrap();
    }

    #[test]
    fn actions_are_pinned_to_whole_commits_and_named_once() {
        let names: std::collections::BTreeSet<&str> = ACTIONS.iter().map(|action| action.name).collect();
        assert!(names.len() == ACTIONS.len() && !names.is_empty());
        for action in &*ACTIONS {
            assert!(action.sha.len() == 40 && action.sha.bytes().all(|byte| byte.is_ascii_hexdigit()), "{action:?}");
            assert!(action.version.starts_with('v'), "{action:?}");
        }
    }

    #[test]
    fn the_templates_use_every_action_of_the_file_and_no_other() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/templates/github");
        let templates = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let text: String = templates.map(|path| std::fs::read_to_string(path).unwrap()).collect();
        let used: std::collections::BTreeSet<&str> =
            text.split("action(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(used, ACTIONS.iter().map(|action| action.name).collect());
        let uses = text.lines().filter(|line| line.trim_start().starts_with("uses: "));
        assert!(uses.clone().count() > 0);
        uses.for_each(|line| assert!(line.contains("{{ action("), "{line}"));
    }

    #[test]
    fn a_server_is_a_requirement_with_its_extra() {
        let uvicorn = TOOLS.server("uvicorn").unwrap();
        assert!(uvicorn.starts_with("uvicorn[standard]==") && TOOLS.server("waitress").is_none());
    }
}
