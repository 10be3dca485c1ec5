//! `[ci]`: what looks at the code before an image is built.

use std::path::Path;

use serde::Serialize;

use super::environment::dummy;
use crate::detect::{Linter, PackageManager, Project, TestRunner};

/// The keys of `[ci]`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Ci {
    lint: Option<&'static str>,
    test: Option<&'static str>,
    test_requirements: Vec<String>,
    test_env: Vec<(String, String)>,
}

impl Ci {
    /// Chooses the keys for `project`, whose dependencies `manager` installs.
    pub(super) fn of(root: &Path, project: &Project, manager: &str) -> Self {
        let lint = match project.linter {
            Some(Linter::Ruff) => None,
            Some(Linter::Flake8) => Some("flake8"),
            None => Some("none"),
        };
        let test = match project.test_runner {
            Some(TestRunner::Pytest) => None,
            Some(TestRunner::Django) => Some("django"),
            Some(TestRunner::Unittest) => Some("unittest"),
            None => Some("none"),
        };
        let names = [
            "requirements-dev.txt",
            "requirements-test.txt",
            "dev-requirements.txt",
            "requirements/dev.txt",
            "requirements/test.txt",
        ];
        let is_read = manager == PackageManager::Pip.as_str() && test.is_none();
        let requirements = names.iter().find(|name| is_read && root.join(name).is_file());
        let variables = project.build_environment.iter().filter(|_| test != Some("none"));
        Self {
            lint,
            test,
            test_requirements: requirements.map(ToString::to_string).into_iter().collect(),
            test_env: variables.map(|name| (name.clone(), dummy(name).to_owned())).collect(),
        }
    }
}
