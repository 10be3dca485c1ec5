//! The tables of effects, one page a question. Facts about Kubernetes are here and nowhere else.
//!
//! Sources are named with each row. `types.go` means k8s.io/api v0.37.0-beta.0; `validation` the API server's own
//! checks (k8s.io/kubernetes `pkg/apis`), whose answers the tests compare the tables with.

mod availability;
mod data;
mod mutability;
mod network;
mod objects;
mod phases;
mod pipeline;
mod rollout;
mod security;

use super::autoscaling;
use super::effect::{Effect, Found};
use super::rule::{self, BeforeAfter, Case, Rule, When};
use crate::kube::compare::FieldChange;

pub(crate) use phases::phase;

/// A rule about every change of a field, whatever else holds.
const fn rule(
    kinds: &'static [&'static str],
    at: &'static str,
    when: When,
    effect: Effect,
    why: &'static str,
    source: &'static str,
) -> Rule {
    Rule { kinds, at, when, given: &[], effect, why, source }
}

/// Declares functions that make rules of one effect.
macro_rules! rules_with {
    ($($name:ident: $effect:ident),+ $(,)?) => {
        $(const fn $name(
            kinds: &'static [&'static str],
            at: &'static str,
            when: $crate::review::rule::When,
            why: &'static str,
            source: &'static str,
        ) -> $crate::review::rule::Rule {
            super::rule(kinds, at, when, $crate::review::effect::Effect::$effect, why, source)
        })+
    };
}
use rules_with;

/// All effects of `change`, riskiest first; never empty.
pub(crate) fn effects(sides: &BeforeAfter<'_>, change: &FieldChange) -> Vec<Found> {
    let case = Case::new(sides, change);
    let mut found: Vec<Found> = Vec::new();
    found.extend(mutability::effect(&case));
    found.extend(rule::first(rollout::TABLE, &case));
    found.extend(network::effects(&case));
    found.extend(autoscaling::effect(&case));
    for table in [security::TABLE, availability::TABLE, data::TABLE, pipeline::TABLE] {
        found.extend(rule::all(table, sides, change));
    }
    settled(found)
}

/// The effects of a change in an object that is created again under another name: nothing is in its way and no pod of
/// it runs, but it may allow more.
pub(crate) fn effects_of_successor(sides: &BeforeAfter<'_>, change: &FieldChange) -> Vec<Found> {
    settled(rule::all(security::TABLE, sides, change))
}

/// What the coming or going of a whole object does.
pub(crate) fn of_object(sides: &BeforeAfter<'_>, change: &FieldChange) -> Vec<Found> {
    let case = Case::new(sides, change);
    let mut found: Vec<Found> = rule::first(objects::TABLE, &case).into_iter().collect();
    if found.iter().all(|found| found.effect != Effect::Stays) {
        found.extend(network::effects(&case));
    }
    settled(found)
}

fn settled(mut found: Vec<Found>) -> Vec<Found> {
    if found.iter().any(|found| found.effect != Effect::None) {
        found.retain(|found| found.effect != Effect::None);
    }
    if found.is_empty() {
        found.push(Found::new(Effect::None, ""));
    }
    found.sort();
    found.dedup();
    found
}
