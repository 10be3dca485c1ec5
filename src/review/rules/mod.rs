//! The tables of effects, one page a question. Facts about Kubernetes are here and nowhere else.
//!
//! Sources are named with each row. `types.go` means k8s.io/api v0.37.0-beta.0; `validation` the API server's own
//! checks (k8s.io/kubernetes `pkg/apis`), whose answers the tests compare the tables with.

mod availability;
mod data;
mod mutability;
mod objects;
mod pipeline;
mod rollout;
mod security;

use super::effect::{Effect, Found};
use super::rule::{self, Given, Rule, Sides, When};
use crate::kube::compare::FieldChange;

pub(crate) use objects::{added, removed};

/// A rule about every change of a field, whatever else holds.
const fn rule(
    kinds: &'static [&'static str],
    at: &'static str,
    when: When,
    effect: Effect,
    why: &'static str,
    source: &'static str,
) -> Rule {
    Rule { kinds, at, when, given: Given::Always, effect, why, source }
}

/// All effects of `change`, riskiest first; never empty.
pub(crate) fn effects(sides: &Sides<'_>, change: &FieldChange) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    found.extend(mutability::effect(sides, change));
    found.extend(rule::first(rollout::TABLE, sides, change));
    for table in [security::TABLE, availability::TABLE, data::TABLE, pipeline::TABLE] {
        found.extend(rule::all(table, sides, change));
    }
    if found.iter().any(|found| found.effect != Effect::None) {
        found.retain(|found| found.effect != Effect::None);
    }
    if found.is_empty() {
        found.push(Found { effect: Effect::None, why: "", source: "" });
    }
    found.sort();
    found.dedup();
    found
}
