//! Reads a repository: what it is, how it runs, and why that is believed. Never runs the project's code.
//!
//! ```text
//! folder ──tree──▶ files ──code──▶ modules ──application──▶ the one entry point
//!                    ├──manifest──▶ dependencies, Python      ├──environment──▶ variables
//!                    └──deploy────▶ commands, ports           └──facts────────▶ everything else
//! ```
//!
//! Files are read through `tree::Tree` only, which lists no links; Python is parsed by `python`, which hides the parser.

mod application;
mod application_code;
mod budget;
mod code;
mod context;
mod deploy;
mod environment;
mod evidence;
mod facts;
mod manifest;
mod project;
mod python;
mod report;
mod routes;
mod score_report;
mod text_file;
mod tree;

use std::collections::BTreeSet;
use std::path::Path;

use crate::parallel;
pub use application::NamedApplication;
use application::{App, Choice, Evidences};
#[cfg(test)]
pub(crate) use application_code::fixture;
pub(crate) use application_code::{ApplicationCode, CodeRequest, with_application_code};
use code::Code;
pub(crate) use code::{Assignment, Lines, Source};
use deploy::Deployment;
pub(crate) use environment::{
    ADDRESSES, DATABASE, STORES, is_local_address, is_of_tests, is_one_of, loopback, stores_in,
};
pub(crate) use facts::STATIC_FILES_NOT_SERVED;
use manifest::Manifest;
pub(crate) use manifest::normalised;
pub(crate) use manifest::version::allows as allows_python;
pub use project::*;
pub(crate) use python::{Call, Expr, WrittenCall, written_call};
pub use report::{json, text};
pub use score_report::scores_text;
use tree::{Tree, extension, file_name, parent};

use crate::vocabulary::Framework;

/// Reads the repository at `root`.
///
/// Fails only when `root` itself is not a readable folder; whatever is odd inside it becomes a warning or is left out.
pub fn detect(root: &Path) -> anyhow::Result<Detection> {
    explain(root, &BTreeSet::new()).map(|(detection, _)| detection)
}

/// As [`detect`], with the score of every candidate for the entry point, the highest first.
///
/// `rendered` holds the files below `root` that pykube wrote: what it wrote itself is not evidence.
///
/// Fails as [`detect`] does.
pub fn explain(root: &Path, rendered: &BTreeSet<String>) -> anyhow::Result<(Detection, Vec<CandidateScore>)> {
    reading(root, rendered, |code, beside| settle(code, beside, folder_name(root)))
}

/// Reads the application at `root` that `app.toml` names; nothing when there is no such module.
///
/// Fails as [`detect`] does.
pub fn detect_named(
    root: &Path,
    wanted: &NamedApplication<'_>,
    rendered: &BTreeSet<String>,
) -> anyhow::Result<Option<Project>> {
    reading(root, rendered, |code, beside| {
        let OtherFiles { deployment, manifests } = beside;
        let app = application::named(code, wanted)?;
        let mut project = facts::of_named(code, deployment, manifests, &app, wanted.settings);
        project.warnings.extend(code.unseen());
        Some(project)
    })
}

/// What `ask` makes of the repository at `root`.
fn reading<T: Send>(
    root: &Path,
    rendered: &BTreeSet<String>,
    ask: impl FnOnce(&Code<'_>, &OtherFiles) -> T + Send,
) -> anyhow::Result<T> {
    let mut tree = Tree::list(root)?;
    tree.forget(rendered);
    // Two readers that need nothing of each other.
    let found = parallel::on_large_stack(|| {
        let (code, beside) = parallel::both(|| Code::read(&tree), || OtherFiles::read(&tree));
        ask(&code, &beside)
    });
    Ok(found)
}

/// Reads a repository that is in memory: paths below its root, with `/`, and what the files hold.
pub fn detect_files(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Detection {
    let tree = Tree::of_files(files);
    parallel::on_large_stack(|| settle(&Code::read(&tree), &OtherFiles::read(&tree), None).0)
}

/// What is read beside the code.
struct OtherFiles {
    deployment: Deployment,
    manifests: Vec<Manifest>,
}

impl OtherFiles {
    fn read(tree: &Tree) -> Self {
        Self { deployment: Deployment::read(tree), manifests: manifests(tree) }
    }
}

/// The answer for a tree, with the scores; `name` is what the project is called when it does not say. The answer ends with
/// what was not looked at.
fn settle(code: &Code<'_>, beside: &OtherFiles, name: Option<String>) -> (Detection, Vec<CandidateScore>) {
    let (mut detection, scores) = answer(code, beside, name);
    let warnings = match &mut detection {
        Detection::Application(project) => &mut project.warnings,
        Detection::Several(several) => &mut several.warnings,
        Detection::Nothing(nothing) => &mut nothing.warnings,
    };
    warnings.extend(code.unseen());
    (detection, scores)
}

fn answer(code: &Code<'_>, beside: &OtherFiles, name: Option<String>) -> (Detection, Vec<CandidateScore>) {
    let OtherFiles { deployment, manifests } = beside;
    let candidates = application::find(code, deployment);
    let evidences = Evidences { deployment, manifests };
    let (choice, scores) = application::choose(code, candidates, &evidences);
    let detection = match choice {
        Choice::One(app, rest) => {
            let mut project = facts::gather(code, deployment, manifests, &app, &rest);
            project.name = project.name.or(name);
            Detection::Application(Box::new(project))
        }
        Choice::Several(apps) => {
            Detection::Several(Several { candidates: apps.iter().map(candidate).collect(), warnings: Vec::new() })
        }
        Choice::None(aside) => match facts::without_entry_point(code, deployment, manifests) {
            Some(project) => Detection::Application(Box::new(project)),
            None => Detection::Nothing(nothing(code, manifests, &aside)),
        },
    };
    (detection, scores)
}

fn folder_name(root: &Path) -> Option<String> {
    let root = root.canonicalize().ok()?;
    root.file_name()?.to_str().map(str::to_owned)
}

/// The manifests of every folder that has one.
fn manifests(tree: &Tree) -> Vec<Manifest> {
    const NAMES: [&str; 6] =
        ["pyproject.toml", "Pipfile", "setup.py", "setup.cfg", "environment.yml", "environment.yaml"];
    let is_manifest = |path: &&str| {
        let name = file_name(path);
        NAMES.contains(&name) || (name.contains("requirements") && matches!(extension(name), "txt" | "in" | "pip"))
    };
    let mut folders: Vec<&str> = tree.paths().filter(is_manifest).map(parent).collect();
    // Files of a `requirements/` folder belong to the folder above, however deep they are in it.
    for folder in &mut folders {
        if let Some(own) = tree::ancestors(folder).find(|here| matches!(file_name(here), "requirements" | "reqs")) {
            *folder = parent(own);
        }
    }
    folders.sort_unstable();
    folders.dedup();
    folders
        .into_iter()
        .filter(|folder| !code::is_aside(&format!("{folder}/x")) && !code::is_test(&format!("{folder}/x.py")))
        .take(200)
        .map(|folder| manifest::read(tree, folder))
        .collect()
}

fn candidate(app: &App<'_>) -> Candidate {
    let directory = if app.root.is_empty() { ".".to_owned() } else { app.root.clone() };
    Candidate {
        directory,
        framework: app.framework,
        entrypoint: app.entrypoint(),
        file: app.source.path.clone(),
        line: app.line,
    }
}

/// Says what was looked at when there is nothing to deploy.
fn nothing(code: &Code<'_>, manifests: &[Manifest], aside: &[App<'_>]) -> Nothing {
    let mut found = Nothing { python_files: code.len(), ..Nothing::default() };
    for framework in [Framework::Django, Framework::Flask, Framework::FastApi] {
        let package = framework.package();
        let named =
            manifests.iter().find_map(|manifest| manifest.any(package).map(|dependency| (manifest, dependency)));
        let Some((_, dependency)) = named else { continue };
        found.framework.get_or_insert(framework);
        let place = dependency.evidence(package.to_owned());
        found.reasons.push(Reason {
            text: format!("{package} is a dependency, but no module creates an application"),
            place: Some(place),
        });
    }
    if let Some(app) = aside.first() {
        found.reasons.push(Reason {
            text: format!("`{}` is an example, not the project's own", app.entrypoint()),
            place: Some(app.source.evidence(app.line)),
        });
    }
    found
}
