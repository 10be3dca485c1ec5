//! What every fact about the chosen application is read from.

use std::collections::BTreeSet;

use super::code::{Code, Source};
use super::deploy::Deployment;
use super::environment::Read;
use super::manifest::Manifest;

/// The chosen application and the repository around it.
pub(crate) struct Context<'a> {
    pub(crate) code: &'a Code<'a>,
    pub(crate) deployment: &'a Deployment,
    /// The manifest that governs the application.
    pub(crate) manifest: Manifest,
    /// Folder that code is imported from; empty for the root.
    pub(crate) root: String,
    /// Every read of a variable.
    pub(crate) reads: Vec<Read>,
    /// The module of the entry point, when there is one.
    pub(crate) entry: Option<&'a Source>,
    /// What is served from that module: `app`, or `create_app()`.
    pub(crate) attribute: Option<String>,
    /// Parsed modules that nothing of the application leads to.
    pub(crate) left_out: BTreeSet<String>,
}

impl Context<'_> {
    /// The modules of the application that were parsed: below its root, no tests or examples.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &Source> {
        self.code.marked().filter(|source| self.is_own(&source.path) && !self.left_out.contains(&source.path))
    }

    /// The module of that dotted name, as the application imports it.
    pub(crate) fn module(&self, dotted: &str) -> Option<&Source> {
        self.code.source(self.code.module_in(&self.root, dotted)?)
    }

    pub(crate) fn has_module(&self, dotted: &str) -> bool {
        self.code.module_in(&self.root, dotted).is_some()
    }

    /// Whether a path belongs to the application.
    pub(crate) fn is_own(&self, path: &str) -> bool {
        self.code.is_own(&self.root, path)
    }
}
