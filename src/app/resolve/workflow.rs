//! The GitHub Actions workflow.

use std::collections::BTreeMap;

use super::super::object::{Kind, Object};
use super::super::value::{EnvName, FilePath};
use super::super::workflow::{IndexSecret, Workflow, WorkflowReview};
use super::{Parts, Resolver};
use crate::config::section::{Linter, Manager, Registry, Scanner, TestRunner};
use crate::data::TOOLS;
use crate::diagnostic::Diagnostic;

impl Resolver<'_> {
    pub(super) fn workflow(&mut self, parts: &Parts, objects: &[Object]) -> Option<Option<Workflow>> {
        let section = &self.config.ci;
        if !section.enabled.unwrap_or(true) {
            return Some(None);
        }
        let dependencies = self.dependencies()?;
        let branch = self.branch("branch", section.branch.as_deref().unwrap_or("main"))?;
        let deployments = self.deployments(parts)?;
        let environment = self.build_environment()?;
        let requirements = self.parse_all::<FilePath>(&section.test_requirements, &["ci", "test-requirements"]);
        let mut test_env = self.test_env();
        let services = self.ci_services(&mut test_env);
        let mut tools = Vec::new();
        if section.lint != Linter::None {
            tools.push(if section.lint == Linter::Ruff { ruff() } else { flake8() });
        }
        if section.test == TestRunner::Pytest && requirements.is_empty() {
            tools.push(format!("pytest=={}", TOOLS.checkers.pytest));
        }
        let registry_kind = section.registry.unwrap_or(registry_of(parts));
        let directory = dependencies.lock.folder();
        // The deadline of the Deployment, and the time until its controller has noticed.
        let rollout_seconds = self.config.rollout.deadline.unwrap_or(600) + 60;
        Some(Some(Workflow {
            branch,
            environment,
            image: parts.image.repository.to_string(),
            version: self.config.rollout.blue_green.as_ref().and(self.config.image.tag.clone()),
            version_tag: self
                .config
                .rollout
                .blue_green
                .as_ref()
                .and(self.config.image.tag.as_ref())
                .map(|tag| format!("type=raw,value={tag}")),
            registry: parts.image.repository.registry().unwrap_or("docker.io").to_owned(),
            registry_kind: registry_word(registry_kind),
            python: self.python()?.to_string(),
            uses_uv: matches!(dependencies.manager, Manager::Uv),
            install: dependencies.test_install(&requirements, &tools),
            lint: lint_command(section.lint, dependencies.manager),
            test: test_command(section.test, dependencies.test_runner()),
            workdir: self.config.app.dir.as_deref().map_or(".", |dir| dir.trim_end_matches('/')).to_owned(),
            services,
            test_env,
            uv_version: &TOOLS.managers.uv,
            index_secret: dependencies.index.as_ref().map(|(_, secret)| index_secret(secret.as_ref())),
            review: self.workflow_review()?,
            scan: match section.scan {
                Scanner::Grype => "grype",
                Scanner::Trivy => "trivy",
                Scanner::None => "none",
            },
            deployments,
            jobs: one_off_jobs(objects),
            migration_job: objects
                .iter()
                .find(|object| object.file == "migrate-job")
                .map(|object| object.metadata.name.clone()),
            workload_selector: workload_selector(parts, objects),
            deploy_minutes: (self.migration_deadline() + rollout_seconds).div_ceil(60) + 10,
            rollouts: rollouts(objects),
            rollout_timeout: format!("{rollout_seconds}s"),
            dependabot_ecosystem: dependabot_ecosystem(dependencies.manager),
            dependabot_directory: if directory.is_empty() { "/".into() } else { format!("/{directory}") },
            base_image: self.config.image.base.clone().unwrap_or_else(|| "python".into()),
        }))
    }

    /// The jobs that review a pull request; none when they are not asked for.
    fn workflow_review(&mut self) -> Option<Option<WorkflowReview>> {
        let section = &self.config.ci;
        if !section.review {
            return Some(None);
        }
        let Some(install) = section.install_pykube.clone() else {
            let fault = Diagnostic::error("the review of pull requests needs pykube in the workflow");
            let fault = self.document.at_key(fault, &["ci", "review"], "asked for here");
            self.faults.push(fault.help("`install-pykube` under `[ci]` is the shell command that installs it"));
            return None;
        };
        let path = ["ci", "install-pykube"];
        self.refuse_control_characters(&install, &path);
        if install.contains("${{") {
            self.fault(&path, "holds `${{`, which the workflow would evaluate");
        }
        Some(Some(WorkflowReview { install }))
    }

    /// A name of git or GitHub that needs no quoting in an expression.
    pub(super) fn branch(&mut self, key: &str, name: &str) -> Option<String> {
        let fits = |c: char| c.is_alphanumeric() || "._-/".contains(c);
        if !name.is_empty() && name.chars().all(fits) && !name.starts_with(['-', '/']) && name.len() <= 200 {
            return Some(name.to_owned());
        }
        self.fault(&["ci", key], "must be a name of letters, digits, `.`, `_`, `-` and `/`");
        None
    }

    /// Checks what does not depend on other sections.
    pub(super) fn ci_faults(&mut self) {
        self.branch("branch", self.config.ci.branch.as_deref().unwrap_or("main"));
        self.build_environment();
        self.environment_faults();
        self.test_env();
    }

    fn test_env(&mut self) -> BTreeMap<String, String> {
        let mut env = BTreeMap::new();
        for (name, value) in &self.config.ci.env {
            let path = ["ci", "env", name.as_str()];
            self.refuse_control_characters(value, &path);
            if value.contains("${{") {
                self.fault(&path, "holds `${{`, which the workflow would evaluate");
            }
            env.extend(self.parse::<EnvName>(name, &path).map(|name| (name.to_string(), value.clone())));
        }
        env
    }
}

/// The registry by the host of the repository.
fn registry_of(parts: &Parts) -> Registry {
    let host = parts.image.repository.registry().unwrap_or_default();
    if host == "ghcr.io" {
        Registry::Ghcr
    } else if host.contains(".dkr.ecr.") && host.contains(".amazonaws.") {
        Registry::Ecr
    } else if host.ends_with("-docker.pkg.dev") || host == "gcr.io" {
        Registry::Gar
    } else if host.ends_with(".azurecr.io") {
        Registry::Acr
    } else {
        Registry::Generic
    }
}

fn registry_word(registry: Registry) -> &'static str {
    match registry {
        Registry::Ghcr => "ghcr",
        Registry::Ecr => "ecr",
        Registry::Gar => "gar",
        Registry::Acr => "acr",
        Registry::Generic => "generic",
    }
}

fn index_secret(name: &str) -> IndexSecret {
    let expression = format!("${{{{ secrets.{} }}}}", name.to_ascii_uppercase().replace(['-', '.'], "_"));
    IndexSecret { build_secret: format!("{name}={expression}"), expression }
}

/// Workloads whose rollout is awaited.
fn rollouts(objects: &[Object]) -> String {
    let names = rolled_out(objects).map(|(kind, object)| format!("{kind}/{}", object.metadata.name));
    names.collect::<Vec<_>>().join(" ")
}

/// Jobs that run once for each release.
fn one_off_jobs(objects: &[Object]) -> String {
    let jobs = objects.iter().filter(|object| matches!(object.kind, Kind::Job(_)) && object.file != "migrate-job");
    jobs.map(|object| object.metadata.name.as_str()).collect::<Vec<_>>().join(" ")
}

/// Selects what the migration needs: everything but the components that run the new version.
fn workload_selector(parts: &Parts, objects: &[Object]) -> String {
    let runs = objects.iter().filter(|object| object.kind.pod_template().is_some() && object.file != "migrate-job");
    let components = runs.filter_map(|object| object.metadata.labels.get("app.kubernetes.io/component"));
    let mut components: Vec<&str> = components.map(String::as_str).collect();
    components.retain(|component| !parts.services.iter().any(|service| service.component() == *component));
    components.dedup();
    format!("app.kubernetes.io/component notin ({})", components.join(", "))
}

/// Workloads whose rollout kubectl can await, with their kind.
fn rolled_out(objects: &[Object]) -> impl Iterator<Item = (&'static str, &Object)> {
    objects.iter().filter_map(|object| match object.kind {
        Kind::Deployment(_) => Some(("deployment", object)),
        Kind::StatefulSet(_) => Some(("statefulset", object)),
        _ => None,
    })
}

fn lint_command(linter: Linter, manager: Manager) -> Option<String> {
    // Run apart from the project where the manager can: the linter need not be among its dependencies.
    let tool = |requirement: &str, command: &str| match manager {
        Manager::Pip | Manager::Pylock => command.to_owned(),
        Manager::Uv => {
            format!("uvx {} {}", requirement.replace("==", "@"), command.split_once(' ').map_or("", |(_, rest)| rest))
        }
        _ => format!("pipx run {requirement} {}", command.split_once(' ').map_or("", |(_, rest)| rest)),
    };
    match linter {
        Linter::Ruff => Some(tool(&ruff(), "ruff check .")),
        Linter::Flake8 => Some(tool(&flake8(), "flake8 .")),
        Linter::None => None,
    }
}

fn test_command(test: TestRunner, runner: &str) -> Option<String> {
    match test {
        TestRunner::Pytest => Some(format!("{runner}pytest")),
        TestRunner::Django => Some(format!("{runner}python manage.py test")),
        TestRunner::Unittest => Some(format!("{runner}python -m unittest discover")),
        TestRunner::None => None,
    }
}

fn ruff() -> String {
    format!("ruff=={}", TOOLS.checkers.ruff)
}

fn flake8() -> String {
    format!("flake8=={}", TOOLS.checkers.flake8)
}

/// Name of the ecosystem in `dependabot.yml`.
/// Source: <https://docs.github.com/en/code-security/dependabot/ecosystems-supported-by-dependabot>
fn dependabot_ecosystem(manager: Manager) -> &'static str {
    match manager {
        Manager::Uv => "uv",
        Manager::Conda => "conda",
        Manager::Pip | Manager::Poetry | Manager::Pdm | Manager::Pipenv | Manager::Pylock => "pip",
    }
}
