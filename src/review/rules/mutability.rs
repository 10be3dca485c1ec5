//! What the API server refuses to change. The first row that fits counts; an effect of none means: may change.

use super::super::effect::Effect;
use super::super::rule::{Given, Rule, When};
use super::rule;

const STATEFUL_SET: &str = "apps/v1 validation: updates to statefulset spec for fields other than 'replicas', \
    'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and \
    'minReadySeconds' are forbidden";
const JOB: &str = "https://kubernetes.io/docs/concepts/workloads/controllers/job/#mutable-scheduling-directives; \
    batch/v1 validation: field is immutable";
const CLAIM: &str = "https://kubernetes.io/docs/concepts/storage/persistent-volumes/\
    #expanding-persistent-volumes-claims; core/v1 validation: spec is immutable after creation except \
    resources.requests and volumeAttributesClassName for bound claims";
const IMMUTABLE_DATA: &str = "core/v1 types.go, ConfigMap.immutable and Secret.immutable: if set to true, ensures that \
    data stored cannot be updated";

const fn may(kinds: &'static [&'static str], at: &'static str, source: &'static str) -> Rule {
    rule(kinds, at, When::Any, Effect::None, "", source)
}

const fn never(kinds: &'static [&'static str], at: &'static str, why: &'static str, source: &'static str) -> Rule {
    rule(kinds, at, When::Any, Effect::Immutable, why, source)
}

const fn never_given(kinds: &'static [&'static str], at: &'static str, given: Given, source: &'static str) -> Rule {
    let why = "the object is marked immutable";
    Rule { kinds, at, when: When::Any, given, effect: Effect::Immutable, why, source }
}

/// A suspended Job lets these parts of its pod template change.
const fn while_suspended(at: &'static str) -> Rule {
    let given = Given::Before("/spec/suspend", "true");
    Rule { kinds: &["Job"], at, when: When::Any, given, effect: Effect::None, why: "", source: JOB }
}

const DATA_KINDS: &[&str] = &["ConfigMap", "Secret"];
const BINDINGS: &[&str] = &["RoleBinding", "ClusterRoleBinding"];
const MARKED: Given = Given::Before("/immutable", "true");

pub(super) const TABLE: &[Rule] = &[
    never(
        &["Deployment", "ReplicaSet", "DaemonSet"],
        "spec selector **",
        "it says which pods are the workload's own",
        "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#label-selector-updates",
    ),
    may(&["StatefulSet"], "spec replicas", STATEFUL_SET),
    may(&["StatefulSet"], "spec ordinals **", STATEFUL_SET),
    may(&["StatefulSet"], "spec template **", STATEFUL_SET),
    may(&["StatefulSet"], "spec updateStrategy **", STATEFUL_SET),
    may(&["StatefulSet"], "spec revisionHistoryLimit", STATEFUL_SET),
    may(&["StatefulSet"], "spec persistentVolumeClaimRetentionPolicy **", STATEFUL_SET),
    may(&["StatefulSet"], "spec minReadySeconds", STATEFUL_SET),
    never(
        &["StatefulSet"],
        "spec volumeClaimTemplates **",
        "claims are made once; delete the set with --cascade=orphan, recreate it, and resize the claims themselves",
        STATEFUL_SET,
    ),
    never(&["StatefulSet"], "spec **", "delete the set with --cascade=orphan and recreate it", STATEFUL_SET),
    while_suspended("spec template metadata **"),
    while_suspended("spec template spec nodeSelector **"),
    while_suspended("spec template spec affinity **"),
    while_suspended("spec template spec tolerations **"),
    while_suspended("spec template spec schedulingGates **"),
    while_suspended("spec template spec containers [] resources **"),
    while_suspended("spec template spec initContainers [] resources **"),
    never(&["Job"], "spec template **", "a Job runs once with one template; give it another name", JOB),
    never(&["Job"], "spec completions", "", JOB),
    never(&["Job"], "spec completionMode", "", JOB),
    never(&["Job"], "spec selector **", "", JOB),
    never(&["Job"], "spec podFailurePolicy **", "", JOB),
    never(&["Job"], "spec successPolicy **", "", "batch/v1 types.go, JobSpec.successPolicy: it must be immutable"),
    never(&["Job"], "spec backoffLimitPerIndex", "", "batch/v1 types.go, JobSpec.backoffLimitPerIndex: immutable"),
    never(&["Job"], "spec managedBy", "", "batch/v1 types.go, JobSpec.managedBy: immutable"),
    may(&["PersistentVolumeClaim"], "spec volumeAttributesClassName", CLAIM),
    rule(
        &["PersistentVolumeClaim"],
        "spec resources requests storage",
        When::Raised,
        Effect::MayBeRefused,
        "only a bound claim whose class allows expansion can grow",
        CLAIM,
    ),
    never(&["PersistentVolumeClaim"], "spec resources requests storage", "a claim never shrinks", CLAIM),
    never(&["PersistentVolumeClaim"], "spec **", "deleting the claim deletes the data", CLAIM),
    Rule {
        given: Given::Now("/spec/type", "ExternalName"),
        ..may(&["Service"], "spec clusterIP", "core/v1 types.go, ServiceSpec.clusterIP")
    },
    Rule {
        given: Given::Before("/spec/type", "ExternalName"),
        ..may(&["Service"], "spec clusterIP", "core/v1 types.go, ServiceSpec.clusterIP")
    },
    never(
        &["Service"],
        "spec clusterIP",
        "callers lose the name meanwhile",
        "core/v1 types.go, ServiceSpec.clusterIP: may not be changed through updates unless the type changes to or \
         from ExternalName",
    ),
    never(&["Service"], "spec clusterIPs **", "", "core/v1 types.go, ServiceSpec.clusterIPs"),
    never(
        &["Service"],
        "spec healthCheckNodePort",
        "",
        "core/v1 types.go, ServiceSpec.healthCheckNodePort: cannot be updated once set",
    ),
    never_given(DATA_KINDS, "data **", MARKED, IMMUTABLE_DATA),
    never_given(DATA_KINDS, "binaryData **", MARKED, IMMUTABLE_DATA),
    never_given(DATA_KINDS, "stringData **", MARKED, IMMUTABLE_DATA),
    never_given(DATA_KINDS, "immutable", MARKED, IMMUTABLE_DATA),
    never(&["Secret"], "type", "", "core/v1 validation: Secret.type: field is immutable"),
    never(BINDINGS, "roleRef **", "", "rbac/v1 types.go, RoleBinding.roleRef: this field is immutable"),
];
