//! Which phase of the rendered release does what. The first row that fits counts; none means: it leaves the object alone.

use super::super::condition::{is_for_migration, is_kept_for_revisions, stays, target_stays};
use super::super::delivery::{Delivery, Phase};
use super::super::effect::Effect;
use super::super::rule::{Case, Given, Rule, When};
use super::rule;

/// What is done when, as a rule without an effect.
const fn row(
    kinds: &'static [&'static str],
    at: &'static str,
    when: When,
    given: &'static [Given],
    phase: Phase,
) -> (Rule, Option<Phase>) {
    (Rule { given, ..rule(kinds, at, when, Effect::None, "", "") }, Some(phase))
}

const SCALERS: &[&str] = &["HorizontalPodAutoscaler", "ScaledObject"];
const TRAFFIC: &[&str] = &["Ingress", "HTTPRoute", "DestinationRule"];

const TABLE: &[(Rule, Option<Phase>)] = &[
    (Rule { given: &[Given::That(stays)], ..rule(&[], "", When::Removed, Effect::None, "", "") }, None),
    (Rule { given: &[Given::That(is_kept_for_revisions)], ..rule(&[], "", When::Removed, Effect::None, "", "") }, None),
    (rule(&["Kustomization"], "**", When::Any, Effect::None, "", ""), None),
    row(SCALERS, "", When::Removed, &[Given::That(target_stays)], Phase::HandOver),
    row(&[], "", When::Removed, &[], Phase::TakeAway),
    row(&[], "**", When::Any, &[Given::That(is_for_migration)], Phase::Migrate),
    row(&["Deployment", "StatefulSet"], "spec.replicas", When::Added, &[], Phase::HandOver),
    row(&["Deployment", "StatefulSet"], "spec.replicas", When::Removed, &[], Phase::HandOver),
    row(TRAFFIC, "**", When::Any, &[], Phase::Turn),
    row(&["Service"], "", When::Added, &[], Phase::BringUp),
    row(&["Service"], "**", When::Any, &[], Phase::Turn),
    row(&[], "**", When::Any, &[], Phase::BringUp),
];

/// The phase in which the release does it, where there is a rendered release.
pub(crate) fn phase(case: &Case<'_>) -> Option<Phase> {
    if case.sides.trees.delivery != Delivery::Release {
        return None;
    }
    TABLE.iter().find(|(rule, _)| rule.applies(case)).and_then(|(_, phase)| *phase)
}
