//! Applications in the code: every object or factory that a server could be pointed at, and which one is meant.

mod choose;
mod class;
mod django;
mod instance;
mod named;
mod reference;
mod root;
mod score;

use super::budget::Omission;
use super::code::{Code, Source};
use super::deploy::{self, Deployment};
use super::manifest::Manifest;
use super::project::{CandidateScore, ScoreRow};
use crate::vocabulary::{Framework, Interface};
pub(crate) use choose::{Choice, choose};
pub(crate) use instance::app_kind;
pub use named::NamedApplication;
pub(crate) use named::named;
pub(crate) use root::{dotted, import_root};

/// Something that a server could be pointed at.
#[derive(Clone, Debug)]
pub(crate) struct App<'a> {
    pub(crate) framework: Framework,
    pub(crate) interface: Interface,
    pub(crate) source: &'a Source,
    /// `app`, or `create_app()` for a factory.
    pub(crate) attribute: String,
    pub(crate) line: u32,
    pub(crate) is_factory: bool,
    /// Whether the module only imports the object.
    pub(crate) is_imported: bool,
    /// Folder that the module is imported from.
    pub(crate) root: String,
    /// Dotted module below `root`.
    pub(crate) module: String,
    /// What speaks for it and against it.
    pub(crate) scored: Vec<ScoreRow>,
    /// Whether a command, a setting or a script of the project names it.
    pub(crate) is_named: bool,
    /// Where the project names it, if it does.
    pub(crate) named_at: Option<super::project::Evidence>,
}

impl App<'_> {
    /// `module:attribute`.
    pub(crate) fn entrypoint(&self) -> String {
        format!("{}:{}", self.module, self.attribute)
    }

    /// Its score for people and programs.
    fn candidate_score(&self) -> CandidateScore {
        CandidateScore {
            entrypoint: self.entrypoint(),
            file: self.source.path.clone(),
            line: self.line,
            score: self.score(),
            rows: self.scored.clone(),
        }
    }

    /// Whether it is in a folder of examples and the like.
    pub(crate) fn is_aside(&self) -> bool {
        self.source.is_aside
    }
}

/// Objects and factories that are looked at; more than a few are not a repository of one application.
const MAX_CANDIDATES: usize = 1_000;

/// Finds every candidate in the code.
pub(crate) fn find<'a>(code: &'a Code<'_>, deployment: &Deployment) -> Vec<App<'a>> {
    let mut found = Vec::new();
    for source in code.marked().filter(|source| !code.is_test(&source.path) && !is_of_alembic(source)) {
        django::find(source, &mut found);
        instance::find(code, source, &mut found);
        if found.len() > MAX_CANDIDATES {
            code.tree.budget.leave_out(Omission::TooMany, &source.path);
            found.truncate(MAX_CANDIDATES);
            break;
        }
    }
    let targets: Vec<String> = deployment
        .commands
        .iter()
        .filter(|command| command.server().is_some() && command.weight >= 2)
        .flat_map(deploy::Command::targets)
        .collect();
    for target in &targets {
        instance::named(code, target, &mut found);
    }
    for app in &mut found {
        (app.root, app.module) = import_root(code, app.source);
        if let Some((root, module)) = targets.iter().find_map(|target| root::as_named(code, app, target)) {
            (app.root, app.module) = (root, module);
        }
    }
    found
}

/// Whether a module is what Alembic runs: an application that it makes is there for its database only.
fn is_of_alembic(source: &Source) -> bool {
    source.imports().any(|import| import.module == "alembic" && import.name.as_deref() == Some("context"))
}

/// What is known beside the code when one candidate is chosen.
pub(crate) struct Evidences<'e> {
    pub(crate) deployment: &'e Deployment,
    pub(crate) manifests: &'e [Manifest],
}
