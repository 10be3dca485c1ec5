//! What a change of the workflow does. Every row that fits counts.

use super::super::condition::{is_own_resource, operator_prunes};
use super::super::effect::Effect;
use super::super::rule::{Given, Rule, When};
use super::rule;

const PERMISSIONS: &str = "https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#permissions";
const HARDENING: &str = "https://docs.github.com/actions/reference/security/secure-use";

const fn weaker(at: &'static str, when: When, why: &'static str, source: &'static str) -> Rule {
    rule(&["Workflow"], at, when, Effect::WeakerSecurity, why, source)
}

const RESOURCES: &str = "https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/resource/";

/// A manifest of the user's own, which the kustomization lists besides those that are rendered.
const fn own(when: When, given: &'static [Given], effect: Effect, why: &'static str) -> Rule {
    Rule { given, ..rule(&["Kustomization"], "resources[]", when, effect, why, RESOURCES) }
}

pub(super) const TABLE: &[Rule] = &[
    weaker("permissions.*", When::Becomes("write"), "the token of every job may write", PERMISSIONS),
    weaker("jobs.*.permissions.*", When::Becomes("write"), "the job's token may write", PERMISSIONS),
    weaker("permissions", When::Becomes("write-all"), "the token may do anything", PERMISSIONS),
    weaker("jobs.*.permissions", When::Becomes("write-all"), "the token may do anything", PERMISSIONS),
    weaker("permissions", When::Removed, "the token gets the repository's defaults", PERMISSIONS),
    weaker("on.pull_request_target", When::Added, "runs with secrets for pull requests of strangers", HARDENING),
    weaker("on.workflow_run", When::Added, "runs with secrets after runs of strangers", HARDENING),
    weaker("**.persist-credentials", When::NoLonger("false"), "later steps can read the token", HARDENING),
    weaker("jobs.*.runs-on", When::Becomes("self-hosted"), "jobs run on your own machine", HARDENING),
    own(
        When::Added,
        &[Given::That(is_own_resource)],
        Effect::Pipeline,
        "your own manifests are applied with the rendered ones; what they do is not looked at",
    ),
    own(
        When::Removed,
        &[Given::That(is_own_resource), Given::Not(operator_prunes)],
        Effect::Stays,
        "no release deletes objects that pykube does not render",
    ),
    own(
        When::Removed,
        &[Given::That(is_own_resource), Given::That(operator_prunes)],
        Effect::LessResilient,
        "the operator deletes its objects",
    ),
    rule(&["Workflow"], "**", When::Any, Effect::Pipeline, "", ""),
];
