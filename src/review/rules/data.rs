//! What loses data. Every row that fits counts.

use super::super::effect::Effect;
use super::super::rule::{Rule, When};
use super::rule;

const RETENTION: &str = "https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/\
    #persistentvolumeclaim-retention";
const VOLUMES: &str = "https://kubernetes.io/docs/concepts/storage/volumes/";

const fn lost(
    kinds: &'static [&'static str],
    at: &'static str,
    when: When,
    why: &'static str,
    source: &'static str,
) -> Rule {
    rule(kinds, at, when, Effect::DataLoss, why, source)
}

pub(super) const TABLE: &[Rule] = &[
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
        "a claim goes with each pod that is scaled away",
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
        "the old path is the container's own and goes with it",
        VOLUMES,
    ),
];
