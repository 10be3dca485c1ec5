//! What replaces pods, what only counts for the next ones, and what changes their number. The first row counts.

use super::super::effect::Effect;
use super::super::rule::{Given, Rule, When};
use super::rule;
use crate::kube::kind::REPLICATED;

const ROLLS: &str = "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#updating-a-deployment";
const STATEFUL: &str = "https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#update-strategies";
const CRON: &str = "https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#modifying-a-cronjob";
const CONFIG: &str = "https://kubernetes.io/docs/concepts/configuration/configmap/#mounted-configmaps-are-updated-\
    automatically";
const HPA: &str = "https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/";

pub(super) const TABLE: &[Rule] = &[
    Rule {
        given: Given::Now("spec.strategy.type", "Recreate"),
        ..rule(
            &["Deployment"],
            "spec.template.**",
            When::Any,
            Effect::Downtime,
            "strategy Recreate: all pods stop before the new ones start",
            ROLLS,
        )
    },
    rule(&["Deployment", "Rollout"], "spec.template.**", When::Any, Effect::RollsPods, "", ROLLS),
    Rule {
        given: Given::Now("spec.updateStrategy.type", "OnDelete"),
        ..rule(
            &["StatefulSet", "DaemonSet"],
            "spec.template.**",
            When::Any,
            Effect::None,
            "strategy OnDelete: each pod changes when it is deleted",
            STATEFUL,
        )
    },
    rule(&["StatefulSet", "DaemonSet"], "spec.template.**", When::Any, Effect::RollsPods, "", STATEFUL),
    rule(&["CronJob"], "spec.**", When::Any, Effect::None, "counts for runs that start later", CRON),
    rule(REPLICATED, "spec.replicas", When::Becomes("0"), Effect::Downtime, "no pod is left", ROLLS),
    rule(REPLICATED, "spec.replicas", When::Any, Effect::Scales, "", ROLLS),
    rule(&["HorizontalPodAutoscaler"], "spec.**", When::Any, Effect::Scales, "", HPA),
    rule(
        &["ScaledObject"],
        "spec.**",
        When::Any,
        Effect::Scales,
        "",
        "https://keda.sh/docs/latest/reference/scaledobject-spec/",
    ),
    rule(
        &["VerticalPodAutoscaler"],
        "spec.**",
        When::Any,
        Effect::RollsPods,
        "the autoscaler may evict pods to resize them",
        "https://kubernetes.io/docs/concepts/workloads/autoscaling/vertical-pod-autoscale/",
    ),
    rule(&["Job"], "spec.suspend", When::NoLonger("true"), Effect::RunsJob, "", "batch/v1 types.go, JobSpec.suspend"),
    rule(&["Job"], "spec.parallelism", When::Any, Effect::Scales, "", "batch/v1 types.go, JobSpec.parallelism"),
    rule(
        &["ConfigMap", "Secret"],
        "**.data.**",
        When::Any,
        Effect::None,
        "pods that read it as variables keep the old values until they restart",
        CONFIG,
    ),
];
