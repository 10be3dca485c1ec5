//! When the API server takes a change of what the table of kinds calls immutable, and what else it refuses. The first
//! row that fits counts; an effect of none means: may change.

use super::super::condition as so;
use super::super::effect::{Effect, Found};
use super::super::rule::{Case, Given, Rule, When, first};
use super::rule;
use crate::kube::kind::{self, CLAIM, JOB, STATEFUL_SET};

const IMMUTABLE_DATA: &str = "core/v1 types.go, ConfigMap.immutable and Secret.immutable: if set to true, ensures that \
    data stored cannot be updated";

const fn may(kinds: &'static [&'static str], at: &'static str, source: &'static str) -> Rule {
    rule(kinds, at, When::Any, Effect::None, "", source)
}

const fn never_given(
    kinds: &'static [&'static str],
    at: &'static str,
    given: &'static [Given],
    source: &'static str,
) -> Rule {
    let why = "the object is marked immutable";
    Rule { kinds, at, when: When::Any, given, effect: Effect::Immutable, why, source }
}

const REPLACED: &str = "https://fluxcd.io/flux/components/kustomize/kustomizations/#force";

/// A suspended Job lets these parts of its pod template change.
const fn while_suspended(at: &'static str) -> Rule {
    Rule {
        kinds: &["Job"],
        at,
        when: When::Any,
        given: &[Given::Before("spec.suspend", "true")],
        effect: Effect::None,
        why: "",
        source: JOB,
    }
}

const DATA_KINDS: &[&str] = &["ConfigMap", "Secret"];
const MARKED: &[Given] = &[Given::Before("immutable", "true")];

const TABLE: &[Rule] = &[
    may(&["StatefulSet"], "spec.replicas", STATEFUL_SET),
    may(&["StatefulSet"], "spec.ordinals.**", STATEFUL_SET),
    may(&["StatefulSet"], "spec.template.**", STATEFUL_SET),
    may(&["StatefulSet"], "spec.updateStrategy.**", STATEFUL_SET),
    may(&["StatefulSet"], "spec.revisionHistoryLimit", STATEFUL_SET),
    may(&["StatefulSet"], "spec.persistentVolumeClaimRetentionPolicy.**", STATEFUL_SET),
    may(&["StatefulSet"], "spec.minReadySeconds", STATEFUL_SET),
    Rule {
        given: &[Given::That(so::is_replaced)],
        ..rule(
            &["Job"],
            "spec.**",
            When::Any,
            Effect::RunsJob,
            "the controller deletes it and creates it again",
            REPLACED,
        )
    },
    while_suspended("spec.template.metadata.**"),
    while_suspended("spec.template.spec.nodeSelector.**"),
    while_suspended("spec.template.spec.affinity.**"),
    while_suspended("spec.template.spec.tolerations.**"),
    while_suspended("spec.template.spec.schedulingGates.**"),
    while_suspended("spec.template.spec.containers[].resources.**"),
    while_suspended("spec.template.spec.initContainers[].resources.**"),
    may(&["PersistentVolumeClaim"], "spec.volumeAttributesClassName", CLAIM),
    rule(
        &["PersistentVolumeClaim"],
        "spec.resources.requests.storage",
        When::Raised,
        Effect::MayBeRefused,
        "only a bound claim whose class allows expansion can grow",
        CLAIM,
    ),
    Rule {
        given: &[Given::Now("spec.type", "ExternalName")],
        ..may(&["Service"], "spec.clusterIP", "core/v1 types.go, ServiceSpec.clusterIP")
    },
    Rule {
        given: &[Given::Before("spec.type", "ExternalName")],
        ..may(&["Service"], "spec.clusterIP", "core/v1 types.go, ServiceSpec.clusterIP")
    },
    never_given(DATA_KINDS, "data.**", MARKED, IMMUTABLE_DATA),
    never_given(DATA_KINDS, "binaryData.**", MARKED, IMMUTABLE_DATA),
    never_given(DATA_KINDS, "stringData.**", MARKED, IMMUTABLE_DATA),
    never_given(DATA_KINDS, "immutable", MARKED, IMMUTABLE_DATA),
];

/// What stands in the way of `change`, if anything does.
pub(super) fn effect(case: &Case<'_>) -> Option<Found> {
    let exception = first(TABLE, case);
    let immutable = || kind::of(case.sides.kind)?.immutable.iter().find(|field| case.path.matches(field.at));
    exception
        .or_else(|| {
            immutable().map(|field| Found { effect: Effect::Immutable, why: field.why.into(), source: field.source })
        })
        .filter(|found| found.effect != Effect::None)
}
