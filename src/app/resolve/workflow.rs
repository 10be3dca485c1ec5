//! The GitHub Actions workflow.

use std::collections::{BTreeMap, BTreeSet};

use super::super::value::{EnvName, FilePath, ImageRepository};
use super::super::workflow::{DependabotRegistry, Netrc, Workflow, WorkflowCheck};
use super::faults::Faults;
use super::install::{Dependencies, GitLogin};
use super::{Options, ResolvedSections, ci_services, deployments};
use crate::config::defaults;
use crate::config::section::{CiSection, Config, Linter, Manager, Registry, TestRunner};
use crate::data::TOOLS;
use crate::kube::grammar::shell;

/// Seconds until the controller of a Deployment has noticed that its deadline is over.
const NOTICE_SECONDS: u32 = 60;

/// `[ci]`.
pub(super) fn resolve(
    config: &Config,
    options: &Options,
    parts: &ResolvedSections,
    faults: &mut Faults<'_>,
) -> Workflow {
    let section = &config.ci;
    let dependencies = &parts.dependencies;
    let repository = &parts.image.repository;
    let mut test_env = test_env(section, faults);
    let services = ci_services::resolve(&section.services, &parts.environment, &mut test_env, faults);
    let name = &parts.names.app;
    let branch = deployments::branch("branch", section.branch.as_deref(), defaults::ci::BRANCH, faults);
    let tags = tags(section, faults);
    let platforms: Vec<String> =
        config.image.platforms.iter().map(|platform| format!("linux/{}", platform.architecture())).collect();
    let rollout_seconds = parts.rollout_deadline + NOTICE_SECONDS;
    let directory = dependencies.lock.folder();
    let netrc = netrc(dependencies);
    Workflow {
        runner: deployments::branch("runner", section.runner.as_deref(), defaults::ci::RUNNER, faults),
        lfs: section.lfs,
        submodules: section.submodules,
        title: format!("Deploy {name}"),
        // Several applications may live in one repository, and GitHub knows groups by their names alone.
        run_group: format!("{name}-${{{{ github.event.pull_request.number || github.run_id }}}}"),
        build_group: format!("{name}-build"),
        schedule: schedule(name.as_ref()),
        release_condition: release_condition(&branch, &tags),
        trial_condition: trial_condition(netrc.is_some()),
        branch,
        tags,
        platforms: (!platforms.is_empty()).then(|| platforms.join(",")),
        scanned_platform: platforms.first().filter(|_| platforms.len() > 1).cloned(),
        environment: deployments::build_environment(section, faults),
        image: repository.to_string(),
        tag: format!("type=raw,value={}", config.image.tag.as_deref().unwrap_or(defaults::image::TAG)),
        version: config.rollout.blue_green.as_ref().and(config.image.tag.clone()),
        registry: repository.registry().unwrap_or("docker.io").to_owned(),
        registry_kind: section.registry.unwrap_or_else(|| registry_of(repository)),
        python: parts.python.to_string(),
        uses_uv: dependencies.manager == Manager::Uv,
        system_packages: system_packages(config),
        install: install(section, parts, faults),
        lint: lint_command(section.lint, dependencies.manager),
        test: test_command(section.test, dependencies.test_runner()),
        workdir: parts.code.relative.clone(),
        services,
        test_env,
        uv_version: &TOOLS.managers.uv,
        netrc,
        check: check(section, faults),
        scan: section.scan,
        deployments: deployments::resolve(section, options, parts, faults),
        deploy_minutes: deploy_minutes(parts.migrations.deadline, rollout_seconds),
        dependabot_ecosystem: dependabot_ecosystem(dependencies.manager),
        dependabot_directory: if directory.is_empty() { "/".into() } else { format!("/{directory}") },
        dependabot_registry: dependabot_registry(dependencies),
        base_image: dependabot_name(&parts.base),
    }
}

/// Shell commands that install what lint and tests need.
fn install(section: &CiSection, parts: &ResolvedSections, faults: &mut Faults<'_>) -> Vec<String> {
    let requirements = faults.parse_all::<FilePath>(&section.test_requirements, &["ci", "test-requirements"]);
    let mut tools = Vec::new();
    match section.lint {
        Linter::Ruff => tools.push(ruff()),
        Linter::Flake8 => tools.push(flake8()),
        Linter::None => {}
    }
    if section.test == TestRunner::Pytest && requirements.is_empty() {
        tools.push(format!("pytest=={}", TOOLS.checkers.pytest));
    }
    parts.dependencies.test_install(&requirements, &tools)
}

/// The jobs that compare a pull request with its app.toml; none when they are turned off.
fn check(section: &CiSection, faults: &mut Faults<'_>) -> Option<WorkflowCheck> {
    if section.check == Some(false) {
        if section.review {
            let off = (&["ci", "check"][..], "turned off here");
            let on = (&["ci", "review"][..], "asked for here");
            faults.contradiction("the review of pull requests is a part of their check", off, on, "remove one of them");
        }
        return None;
    }
    let path = ["ci", "install-pykube"];
    if let Some(install) = &section.install_pykube {
        faults.refuse_control_characters(install, &path);
        if install.contains("${{") {
            faults.refuse(&path, "holds `${{`, which the workflow would evaluate");
        }
        if let Some(clause) = shell::unfinished(install) {
            faults.refuse(&path, clause);
        }
    }
    let version = env!("CARGO_PKG_VERSION");
    Some(WorkflowCheck { install: section.install_pykube.clone(), version, review: section.review })
}

/// When the image is built and scanned without a commit: on Mondays, not all applications in the same minute, and not at
/// the full hour, when GitHub has most to do.
/// Source: <https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#schedule>
fn schedule(name: &str) -> String {
    let minute = name.bytes().fold(0, |sum: u32, byte| (sum * 31 + u32::from(byte)) % 59) + 1;
    format!("{minute} 5 * * 1")
}

/// The patterns of `[ci] tags`.
/// Source: <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet>
fn tags(section: &CiSection, faults: &mut Faults<'_>) -> Vec<String> {
    for (index, pattern) in section.tags.iter().enumerate() {
        let fits = |c: char| c.is_ascii_alphanumeric() || "._-/*".contains(c);
        if pattern.is_empty() || !pattern.chars().all(fits) || pattern.starts_with(['-', '/']) {
            let clause = "must be a pattern of letters, digits, `.`, `_`, `-`, `/` and `*`: `v*`";
            faults.refuse(&["ci", "tags", &index.to_string()], clause);
        }
    }
    let environments = section.environments.iter().enumerate();
    let mut targets = vec![(vec!["ci".to_owned(), "deploy".into()], section.deploy)];
    targets.extend(environments.filter_map(|(index, environment)| {
        let place = ["ci".into(), "environments".into(), index.to_string(), "deploy".into()];
        Some((place.to_vec(), environment.deploy?))
    }));
    let followed = targets.iter().find(|(_, deploy)| deploy.is_followed());
    if let (Some((place, _)), false) = (followed, section.tags.is_empty()) {
        let place: Vec<&str> = place.iter().map(String::as_str).collect();
        let message = "an operator follows a branch, and the workflow commits there what it built";
        let help = "leave `tags` out; to release, merge into the branch that the operator follows";
        faults.contradiction(message, (&["ci", "tags"], "released by tag"), (&place, "followed by an operator"), help);
    }
    section.tags.clone()
}

/// A push to `branch`, or of one of the `tags` in its place, or a person who runs the workflow there.
fn release_condition(branch: &str, tags: &[String]) -> String {
    // A push comes by the patterns only; by hand any tag can be chosen, so the fixed beginning is asked for again.
    let tag = |pattern: &String| {
        let beginning = pattern.split('*').next().unwrap_or_default();
        format!("startsWith(github.ref, 'refs/tags/{beginning}')")
    };
    let refs = match tags {
        [] => format!("github.ref == 'refs/heads/{branch}'"),
        [one] => tag(one),
        several => format!("({})", several.iter().map(tag).collect::<Vec<_>>().join(" || ")),
    };
    format!("(github.event_name == 'push' || github.event_name == 'workflow_dispatch') && {refs}")
}

/// A pull request, or the schedule; with `secrets`, no pull request of a fork, which gets none.
fn trial_condition(secrets: bool) -> String {
    let own = if secrets {
        "github.event.pull_request.head.repo.full_name == github.repository"
    } else {
        "github.event_name == 'pull_request'"
    };
    format!("github.event_name == 'schedule' || {own}")
}

/// The Debian packages of `[build]`: their names are checked where the Dockerfile is made.
fn system_packages(config: &Config) -> Vec<String> {
    let (running, building) = (&config.build.system, &config.build.build_system);
    let names: BTreeSet<&String> = running.iter().chain(building).collect();
    names.into_iter().cloned().collect()
}

/// Minutes above the sum of all that a release waits for: the migration, the new workloads, and those of the release before
/// when it goes back.
fn deploy_minutes(migration_seconds: u32, rollout_seconds: u32) -> u32 {
    migration_seconds.saturating_add(rollout_seconds.saturating_mul(2)).div_ceil(60) + 10
}

fn test_env(section: &CiSection, faults: &mut Faults<'_>) -> BTreeMap<String, String> {
    let mut env = BTreeMap::new();
    for (name, value) in &section.env {
        let path = ["ci", "env", name.as_str()];
        faults.refuse_control_characters(value, &path);
        if value.contains("${{") {
            faults.refuse(&path, "holds `${{`, which the workflow would evaluate");
        }
        env.extend(faults.parse::<EnvName>(name, &path).map(|name| (name.to_string(), value.clone())));
    }
    env
}

/// The registry by the host of the repository.
fn registry_of(repository: &ImageRepository) -> Registry {
    let host = repository.registry().unwrap_or_default();
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

fn netrc(dependencies: &Dependencies) -> Option<Netrc> {
    let name = dependencies.netrc()?;
    let expression = secret_expression(name.as_ref(), "");
    let of = match (&dependencies.index, &dependencies.git) {
        (Some(_), Some(_)) => "the package index and of Git",
        (None, Some(_)) => "Git",
        _ => "the package index",
    };
    let git_settings = dependencies.git.iter().flat_map(GitLogin::rewritten).collect();
    Some(Netrc { of, build_secret: format!("{name}={expression}"), expression, git_settings })
}

/// What reads GitHub's secret that holds a build secret, or the `part` of it.
fn secret_expression(name: &str, part: &str) -> String {
    format!("${{{{ secrets.{}{part} }}}}", name.to_ascii_uppercase().replace(['-', '.'], "_"))
}

/// What Dependabot needs of a private index; a channel of conda is not one.
fn dependabot_registry(dependencies: &Dependencies) -> Option<DependabotRegistry> {
    let (url, secret) = dependencies.index.as_ref().filter(|_| dependencies.manager != Manager::Conda)?;
    let secret = |part: &str| secret_expression(secret.as_ref(), part);
    Some(DependabotRegistry { url: url.clone(), username: secret("_USERNAME"), password: secret("_PASSWORD") })
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

/// What Dependabot calls an image, and so what `ignore` must say: its path without the registry.
/// Source: `FROM_LINE` and `parse` in
/// <https://github.com/dependabot/dependabot-core/blob/main/docker/lib/dependabot/docker/file_parser.rb>
fn dependabot_name(repository: &ImageRepository) -> String {
    let text = repository.as_ref();
    let path = repository.registry().and_then(|registry| text.strip_prefix(registry)?.strip_prefix('/'));
    path.unwrap_or(text).to_owned()
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

#[cfg(test)]
mod tests {
    use super::dependabot_name;

    #[test]
    fn dependabot_names_an_image_by_its_path() {
        for (image, name) in [
            ("docker.io/library/python", "library/python"),
            ("registry.example.com:5000/base/python", "base/python"),
            ("python", "python"),
            ("acme/python", "acme/python"),
        ] {
            assert_eq!(dependabot_name(&image.parse().unwrap()), name);
        }
    }
}
