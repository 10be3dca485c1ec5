//! What is reviewed: objects and other files, and what happens to them.

use std::collections::{BTreeMap, BTreeSet};

use super::delivery::{Delivery, Phase};
use super::effect::{Effect, Found};
use super::pods::Pods;
use crate::kube::compare::FieldChange;
use crate::kube::object::Identity;
use crate::write::Status;

/// Everything that a change does, riskiest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Review {
    /// Objects and other files that change.
    pub subjects: Vec<Subject>,
    /// What happens to each file that is not simply unchanged.
    pub files: Vec<(String, Status)>,
    /// What could not be read, one line each.
    pub warnings: Vec<String>,
    /// Who brings the objects to the cluster.
    pub delivery: Delivery,
}

/// One object, or one file that holds none.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    /// Which object; a file without objects has its sort as the kind (`Dockerfile`, `Workflow`, `Kustomization`, `File`).
    pub identity: Identity,
    pub file: String,
    /// What happens to it as a whole.
    pub change_kind: ChangeKind,
    /// What happens to its fields; empty for an object that comes or goes.
    pub fields: Vec<Field>,
    /// What its coming, going or renaming does.
    pub found: Vec<Found>,
    /// What happens to its pods, when it is a workload.
    pub pods: Option<Pods>,
    /// The phases of the rendered release that touch it; none without one.
    pub phases: BTreeSet<Phase>,
}

/// What happens to an object as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    Added,
    Removed,
    /// Fields of it change.
    Changed,
    /// It gets another name because its content changed; the old name.
    Renamed(String),
}

impl ChangeKind {
    /// In one word, as JSON has it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
            Self::Renamed(_) => "renamed",
        }
    }
}

/// A field that changes, and what that does.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    pub change: FieldChange,
    /// Its effects, riskiest first; never empty.
    pub found: Vec<Found>,
}

impl Subject {
    pub(super) fn new(identity: Identity, file: &str, change_kind: ChangeKind) -> Self {
        let (fields, found) = (Vec::new(), Vec::new());
        Self { identity, file: file.to_owned(), change_kind, fields, found, pods: None, phases: BTreeSet::new() }
    }

    /// The riskiest of all its effects.
    pub fn worst(&self) -> Effect {
        let fields = self.fields.iter().flat_map(|field| &field.found);
        self.found.iter().chain(fields).map(|found| found.effect).min().unwrap_or(Effect::None)
    }

    /// Every effect that it has, riskiest first; "no effect" is said only when there is no other.
    pub fn effects(&self) -> BTreeSet<Effect> {
        let fields = self.fields.iter().flat_map(|field| &field.found);
        let mut effects: BTreeSet<Effect> = self.found.iter().chain(fields).map(|found| found.effect).collect();
        if effects.len() > 1 {
            effects.remove(&Effect::None);
        }
        effects
    }

    /// The riskiest first, objects before files.
    pub(super) fn by_risk(&self, other: &Self) -> std::cmp::Ordering {
        let rank = |subject: &Self| (subject.worst(), !subject.is_object());
        rank(self).cmp(&rank(other)).then_with(|| (&self.identity, &self.file).cmp(&(&other.identity, &other.file)))
    }

    /// Whether it is an object of a cluster, not a file.
    pub fn is_object(&self) -> bool {
        !["Dockerfile", "Workflow", "Kustomization", "File"].contains(&self.identity.kind.as_str())
    }
}

impl Review {
    /// Objects and files that change, one by one with a count of those that have each effect.
    pub fn counts(&self) -> BTreeMap<Effect, usize> {
        let mut counts = BTreeMap::new();
        for subject in &self.subjects {
            for effect in subject.effects() {
                *counts.entry(effect).or_insert(0) += 1;
            }
        }
        counts
    }
}
