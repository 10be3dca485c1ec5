//! What loses data. Every row that fits counts.

use super::super::condition::{evicts_otherwise, evicts_sooner, holds_less, starts_to_evict};
use super::super::effect::Effect;
use super::super::rule::{Given, Rule, When};
use super::rules_with;

const RETENTION: &str = "https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/\
    #persistentvolumeclaim-retention";
const VOLUMES: &str = "https://kubernetes.io/docs/concepts/storage/volumes/";

const EVICTION: &str = "https://valkey.io/topics/lru-cache/";

rules_with! { lost: DataLoss }

/// Rules about the command line of a server of data.
const fn evicts(given: &'static [Given], why: &'static str) -> Rule {
    Rule { given, ..lost(&[], "**.containers[].*", When::Replaced, why, EVICTION) }
}

pub(super) const TABLE: &[Rule] = &[
    evicts(&[Given::That(starts_to_evict)], "keys are dropped when its memory is full: a queue loses messages"),
    evicts(&[Given::That(evicts_otherwise)], "other keys are dropped when its memory is full"),
    evicts(&[Given::That(evicts_sooner)], "it holds less: keys are dropped sooner"),
    Rule {
        given: &[Given::That(holds_less), Given::Not(evicts_sooner)],
        effect: Effect::LessResilient,
        ..lost(&[], "**.containers[].*", When::Replaced, "it holds less: writes are refused when it is full", EVICTION)
    },
    lost(
        &["StatefulSet"],
        "spec.persistentVolumeClaimRetentionPolicy.whenDeleted",
        When::Becomes("Delete"),
        "the claims go when the set is deleted",
        RETENTION,
    ),
    lost(
        &["StatefulSet"],
        "spec.persistentVolumeClaimRetentionPolicy.whenScaled",
        When::Becomes("Delete"),
        "a claim is deleted with each pod that is scaled down",
        RETENTION,
    ),
    lost(&[], "**.volumes[].persistentVolumeClaim", When::Removed, "the pods no longer use the claim's files", VOLUMES),
    lost(
        &[],
        "**.volumes[].persistentVolumeClaim.claimName",
        When::Lost,
        "the pods start with another claim's files",
        VOLUMES,
    ),
    lost(
        &["StatefulSet"],
        "spec.template.spec.containers[].volumeMounts[].mountPath",
        When::Lost,
        "the old path is the container's own and is lost with it",
        VOLUMES,
    ),
];
