//! What replaces pods, what only counts for the next ones, and what changes their number. The first row counts.

use super::super::condition::{autoscaler_comes, falls_to_one, leaves_none, serves};
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

const MIGRATING: &str = "https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/\
    #migrating-deployments-and-statefulsets-to-horizontal-autoscaling";

pub(super) const TABLE: &[Rule] = &[
    Rule {
        given: &[Given::Now("spec.updateStrategy.type", "OnDelete")],
        ..rule(
            &["StatefulSet", "DaemonSet"],
            "spec.template.**",
            When::Any,
            Effect::None,
            "strategy OnDelete: each pod changes when it is deleted",
            STATEFUL,
        )
    },
    Rule {
        given: &[Given::Now("spec.strategy.type", "Recreate"), Given::That(serves)],
        ..rule(
            &["Deployment"],
            "spec.template.**",
            When::Any,
            Effect::Downtime,
            "strategy Recreate: all pods stop before the new ones start",
            ROLLS,
        )
    },
    Rule {
        given: &[Given::That(leaves_none), Given::That(serves)],
        ..rule(
            REPLICATED,
            "spec.template.**",
            When::Any,
            Effect::Downtime,
            "the only pod stops before the new one starts",
            STATEFUL,
        )
    },
    Rule {
        given: &[Given::That(leaves_none)],
        ..rule(
            REPLICATED,
            "spec.template.**",
            When::Any,
            Effect::RollsPods,
            "it stops before the new one starts; no Service calls it",
            ROLLS,
        )
    },
    rule(&["Deployment", "Rollout"], "spec.template.**", When::Any, Effect::RollsPods, "", ROLLS),
    rule(&["StatefulSet", "DaemonSet"], "spec.template.**", When::Any, Effect::RollsPods, "", STATEFUL),
    rule(&["CronJob"], "spec.**", When::Any, Effect::None, "counts for runs that start later", CRON),
    Rule {
        given: &[Given::That(serves)],
        ..rule(REPLICATED, "spec.replicas", When::Becomes("0"), Effect::Downtime, "no pod is left", ROLLS)
    },
    rule(REPLICATED, "spec.replicas", When::Becomes("0"), Effect::LessResilient, "no pod is left", ROLLS),
    Rule {
        given: &[Given::That(autoscaler_comes), Given::That(falls_to_one)],
        ..rule(
            REPLICATED,
            "spec.replicas",
            When::Removed,
            Effect::LessResilient,
            "the API server sets it to 1: one pod is left until the autoscaler acts",
            MIGRATING,
        )
    },
    Rule {
        given: &[Given::That(autoscaler_comes)],
        ..rule(
            REPLICATED,
            "spec.replicas",
            When::Removed,
            Effect::Scales,
            "the autoscaler continues from this number",
            MIGRATING,
        )
    },
    rule(REPLICATED, "spec.replicas", When::Removed, Effect::Scales, "the API server sets it to 1", ROLLS),
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
