//! `[ci]`: what looks at the code before an image is built.

use std::path::Path;

use serde::Serialize;

use super::test_services::TestServices;
use crate::detect::{Linter, PackageManager, Project, TestRunner};

/// The keys of `[ci]`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Ci {
    lint: Option<&'static str>,
    test: Option<&'static str>,
    test_requirements: Vec<String>,
    services: Vec<String>,
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
        let is_read = manager == PackageManager::Pip.as_str() && test.is_none();
        let usual = || {
            let names =
                ["requirements-dev.txt", "requirements-test.txt", "dev-requirements.txt", "requirements/dev.txt"];
            names.into_iter().map(str::to_owned).find(|name| root.join(name).is_file())
        };
        let requirements = project.test_requirements.first().cloned().or_else(usual).filter(|_| is_read);
        let tests = (test != Some("none")).then(|| TestServices::of(project));
        let (services, test_env) = tests.map(|tests| (tests.services, tests.env)).unwrap_or_default();
        Self { lint, test, test_requirements: requirements.into_iter().collect(), services, test_env }
    }
}
