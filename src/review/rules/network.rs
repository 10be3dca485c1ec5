//! What a change of a NetworkPolicy lets through, and what it stops. Of each table the first row counts.
//!
//! Whether more or less gets through is decided by all policies of the pods together ([`super::super::reach`]); the
//! rows say by which change of a field.

use super::super::condition::{narrows, narrows_later, widens};
use super::super::effect::{Effect, Found};
use super::super::rule::{Case, Given, Rule, When, first};

const SOURCE: &str = "https://kubernetes.io/docs/concepts/services-networking/network-policies/";

const fn row(at: &'static str, when: When, given: &'static [Given], effect: Effect, why: &'static str) -> Rule {
    Rule { kinds: &["NetworkPolicy"], at, when, given, effect, why, source: SOURCE }
}

const fn less(at: &'static str, when: When, why: &'static str) -> Rule {
    row(at, when, &[Given::That(narrows)], Effect::Downtime, why)
}

const fn more(at: &'static str, when: When, why: &'static str) -> Rule {
    row(at, when, &[Given::That(widens)], Effect::WeakerSecurity, why)
}

const NARROWS: &[Rule] = &[
    less("", When::Added, "only what the policies of these pods allow gets through from now on"),
    less("", When::Removed, "what it allowed is cut off, because other policies select its pods"),
    less("spec.egress", When::Added, "the pods reach only what it names"),
    less("spec.egress", When::Removed, "the pods reach nothing"),
    less("spec.egress[]", When::Removed, "the pods reach less"),
    less("spec.egress[].to", When::Added, "the pods reach only what it names"),
    less("spec.egress[].to[]", When::Removed, "the pods reach less"),
    less("spec.ingress", When::Added, "only what it names reaches the pods"),
    less("spec.ingress", When::Removed, "nothing reaches the pods"),
    less("spec.ingress[]", When::Removed, "fewer reach the pods"),
    less("spec.ingress[].from", When::Added, "only those that it names reach the pods"),
    less("spec.ingress[].from[]", When::Removed, "fewer reach the pods"),
    less("spec.*[].ports", When::Added, "every other port is closed"),
    less("spec.*[].ports[]", When::Removed, "the port is closed"),
    less("spec.*[].**.except", When::Added, "addresses are cut off"),
    less("spec.*[].**.except[]", When::Added, "the address is cut off"),
    less("spec.policyTypes[]", When::Added, "only what it allows gets through in that direction"),
    less("spec.**", When::Replaced, "less gets through"),
    less("spec.podSelector.**", When::Any, "other pods are selected than before"),
    less("**.podSelector.**", When::Added, "fewer are let through"),
    less("**.namespaceSelector.**", When::Added, "fewer are let through"),
    row(
        "**",
        When::Any,
        &[Given::That(narrows_later)],
        Effect::LessResilient,
        "less gets through, from the runs that start later on",
    ),
];

const WIDENS: &[Rule] = &[
    more("", When::Added, "more gets through than by the other policies of these pods"),
    more("", When::Removed, "what it held back gets through"),
    more("spec.egress", When::Added, "the pods reach more"),
    more("spec.egress[]", When::Added, "the pods reach more"),
    more("spec.egress[].to", When::Removed, "the pods reach anything"),
    more("spec.egress[].to[]", When::Added, "the pods reach more"),
    more("spec.ingress", When::Added, "more reach the pods"),
    more("spec.ingress[]", When::Added, "more reach the pods"),
    more("spec.ingress[].from", When::Removed, "anything reaches the pods"),
    more("spec.ingress[].from[]", When::Added, "more reach the pods"),
    more("spec.*[].ports", When::Removed, "every port is open"),
    more("spec.*[].ports[]", When::Added, "another port is open"),
    more("spec.*[].**.except", When::Removed, "more addresses are let through"),
    more("spec.*[].**.except[]", When::Removed, "the address is let through"),
    more("spec.policyTypes[]", When::Removed, "that direction is open"),
    more("spec.**", When::Replaced, "more gets through"),
    more("spec.podSelector.**", When::Any, "other pods are protected than before"),
    more("**.podSelector.**", When::Removed, "more are let through"),
    more("**.namespaceSelector.**", When::Removed, "more are let through"),
];

/// What a change of a policy does to those who call, and are called.
pub(super) fn effects(case: &Case<'_>) -> impl Iterator<Item = Found> {
    first(NARROWS, case).into_iter().chain(first(WIDENS, case))
}
