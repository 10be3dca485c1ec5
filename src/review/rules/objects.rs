//! What it does when a whole object comes or goes.

use super::super::effect::{Effect, Found};
use crate::kube::kind::REPLICATED;

/// One line of the tables below.
struct Row {
    kinds: &'static [&'static str],
    effect: Effect,
    why: &'static str,
}

const ADDED: &[Row] = &[
    Row { kinds: REPLICATED, effect: Effect::Scales, why: "starts pods" },
    Row {
        kinds: &["HorizontalPodAutoscaler", "ScaledObject"],
        effect: Effect::Scales,
        why: "takes over the number of pods",
    },
    Row { kinds: &["Job"], effect: Effect::RunsJob, why: "" },
    Row { kinds: &["NetworkPolicy"], effect: Effect::Downtime, why: "only what it allows gets through from now on" },
    Row {
        kinds: &["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"],
        effect: Effect::WeakerSecurity,
        why: "gives rights in the cluster's API",
    },
    Row { kinds: &["ResourceQuota", "LimitRange"], effect: Effect::LessResilient, why: "pods beyond it are refused" },
];

const REMOVED: &[Row] = &[
    Row {
        kinds: &["PersistentVolumeClaim"],
        effect: Effect::DataLoss,
        why: "the volume goes with the claim, by the class's reclaim policy",
    },
    Row { kinds: &["StatefulSet"], effect: Effect::DataLoss, why: "its pods go; nothing mounts their claims any more" },
    Row { kinds: &["Namespace"], effect: Effect::DataLoss, why: "everything in it goes" },
    Row { kinds: &["Deployment", "Rollout"], effect: Effect::Downtime, why: "its pods go" },
    Row { kinds: &["Service"], effect: Effect::Downtime, why: "its name no longer resolves" },
    Row {
        kinds: &["Ingress", "HTTPRoute", "VirtualService"],
        effect: Effect::Downtime,
        why: "its hosts are no longer served",
    },
    Row {
        kinds: &["ConfigMap", "Secret", "ServiceAccount", "ExternalSecret", "SealedSecret", "SecretProviderClass"],
        effect: Effect::Downtime,
        why: "pods that need it do not start",
    },
    Row { kinds: &["NetworkPolicy"], effect: Effect::WeakerSecurity, why: "what it held back gets through" },
    Row { kinds: &["ResourceQuota", "LimitRange"], effect: Effect::WeakerSecurity, why: "no limit any more" },
    Row { kinds: &["PodDisruptionBudget"], effect: Effect::LessResilient, why: "a drain may take all pods at once" },
    Row {
        kinds: &["HorizontalPodAutoscaler", "ScaledObject"],
        effect: Effect::LessResilient,
        why: "the number of pods stays where it is",
    },
    Row { kinds: &["CronJob"], effect: Effect::LessResilient, why: "it runs no longer" },
    Row {
        kinds: &["ServiceMonitor", "PodMonitor", "PrometheusRule"],
        effect: Effect::LessResilient,
        why: "nobody watches any more",
    },
    Row {
        kinds: &["Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"],
        effect: Effect::Downtime,
        why: "pods that use the API are refused",
    },
];

/// What the object of a new `kind` does when it is created.
pub(crate) fn added(kind: &str) -> Found {
    look_up(ADDED, kind)
}

/// What it does when an object of `kind` is deleted from the cluster.
pub(crate) fn removed(kind: &str) -> Found {
    look_up(REMOVED, kind)
}

fn look_up(table: &'static [Row], kind: &str) -> Found {
    table.iter().find(|row| row.kinds.contains(&kind)).map_or(
        Found { effect: Effect::None, why: "", source: "" },
        |row| Found { effect: row.effect, why: row.why, source: "" },
    )
}
