//! What it does when a whole object comes or goes. The first row that fits counts.

use super::super::condition as so;
use super::super::effect::Effect;
use super::super::rule::{Given, Rule, When};
use crate::kube::kind::REPLICATED;

const DOORS: &[&str] = &["Ingress", "HTTPRoute", "VirtualService"];
const CLAIMS: &str = "https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/\
    #persistentvolumeclaim-retention";

const fn comes(kinds: &'static [&'static str], given: &'static [Given], effect: Effect, why: &'static str) -> Rule {
    Rule { kinds, at: "", when: When::Added, given, effect, why, source: "" }
}

const fn goes(kinds: &'static [&'static str], given: &'static [Given], effect: Effect, why: &'static str) -> Rule {
    Rule { kinds, at: "", when: When::Removed, given, effect, why, source: "" }
}

/// It is no longer rendered, and stays in the cluster.
const fn stays(kinds: &'static [&'static str], why: &'static str) -> Rule {
    goes(kinds, &[Given::That(so::stays)], Effect::Stays, why)
}

pub(super) const TABLE: &[Rule] = &[
    comes(REPLICATED, &[], Effect::Scales, "starts pods"),
    comes(
        &["HorizontalPodAutoscaler", "ScaledObject"],
        &[Given::That(so::target_runs)],
        Effect::Scales,
        "takes over the number of pods",
    ),
    comes(&["HorizontalPodAutoscaler", "ScaledObject"], &[], Effect::Scales, ""),
    comes(&["Job"], &[], Effect::RunsJob, ""),
    comes(
        DOORS,
        &[Given::That(so::host_was_served)],
        Effect::MovesTraffic,
        "another object serves the same host: both answer until that one is deleted",
    ),
    comes(DOORS, &[], Effect::Opens, "callers outside the cluster reach the service"),
    comes(
        &["Service"],
        &[Given::Now("spec.type", "LoadBalancer")],
        Effect::Opens,
        "gets an address outside the cluster",
    ),
    comes(&["Service"], &[Given::Now("spec.type", "NodePort")], Effect::Opens, "opens a port on every node"),
    comes(
        &["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"],
        &[],
        Effect::WeakerSecurity,
        "gives rights in the cluster's API",
    ),
    comes(
        &["ResourceQuota", "LimitRange"],
        &[Given::That(so::pods_run)],
        Effect::LessResilient,
        "pods beyond it are refused",
    ),
    stays(&["PersistentVolumeClaim"], "the claim and its data stay: {delete}"),
    stays(&["Secret"], "a Secret is only deleted by hand: {delete}"),
    stays(&["Namespace"], "the namespace stays, with all that is in it: {delete}"),
    goes(
        &[],
        &[Given::That(so::is_of_another_application)],
        Effect::Stays,
        "it keeps running under the old name of the application: release.py remove {application}",
    ),
    stays(&["Deployment", "Rollout", "DaemonSet"], "its pods keep running with the old image: {delete}"),
    stays(&["StatefulSet"], "its pods keep running, and its claims stay: {delete}; {claims}"),
    stays(&["CronJob"], "it keeps running with the old image: {delete}"),
    stays(&["HorizontalPodAutoscaler", "ScaledObject"], "it keeps changing the number of pods: {delete}"),
    stays(DOORS, "its hosts are still served: {delete}"),
    stays(&["NetworkPolicy"], "what it allows stays allowed: {delete}"),
    stays(&["Job"], "no Job runs with a release any more: new code may meet an old schema; {delete}"),
    stays(&[], "{delete}"),
    Rule {
        source: CLAIMS,
        ..goes(
            &["StatefulSet"],
            &[Given::Before("spec.persistentVolumeClaimRetentionPolicy.whenDeleted", "Delete")],
            Effect::DataLoss,
            "its pods are deleted, and its claims with them",
        )
    },
    goes(
        REPLICATED,
        &[Given::That(so::serves), Given::That(so::others_take_over)],
        Effect::MovesTraffic,
        "its pods are deleted after others have taken over",
    ),
    goes(
        &["StatefulSet"],
        &[Given::That(so::serves)],
        Effect::Downtime,
        "its pods are deleted; its claims stay with the data: {claims}",
    ),
    goes(&["StatefulSet"], &[], Effect::LessResilient, "its pods are deleted; its claims stay with the data: {claims}"),
    goes(&["Deployment", "Rollout"], &[Given::That(so::serves)], Effect::Downtime, "its pods are deleted"),
    goes(
        &["Deployment", "Rollout", "DaemonSet"],
        &[],
        Effect::LessResilient,
        "its pods are deleted, and their work stops",
    ),
    goes(&["Service"], &[], Effect::Downtime, "its name no longer resolves"),
    goes(DOORS, &[Given::That(so::host_is_served)], Effect::MovesTraffic, "another object serves its host"),
    goes(DOORS, &[], Effect::Downtime, "its hosts are no longer served"),
    goes(
        &["ConfigMap", "ServiceAccount", "ExternalSecret", "SealedSecret", "SecretProviderClass"],
        &[Given::That(so::is_needed)],
        Effect::Downtime,
        "pods that need it do not start",
    ),
    goes(
        &["ConfigMap"],
        &[Given::That(so::is_kept_for_revisions)],
        Effect::None,
        "it stays as long as an earlier revision of a workload names it",
    ),
    goes(&["ResourceQuota", "LimitRange"], &[], Effect::WeakerSecurity, "no limit any more"),
    goes(
        &["PodDisruptionBudget"],
        &[Given::That(so::selected_stay)],
        Effect::LessResilient,
        "a drain may take all pods at once",
    ),
    goes(
        &["HorizontalPodAutoscaler", "ScaledObject"],
        &[Given::That(so::target_stays)],
        Effect::LessResilient,
        "the number of pods no longer follows the load",
    ),
    goes(&["CronJob"], &[], Effect::LessResilient, "it no longer runs"),
    goes(&["Job"], &[], Effect::LessResilient, "no Job runs with a release any more: new code may meet an old schema"),
    goes(&["ServiceMonitor", "PodMonitor", "PrometheusRule"], &[], Effect::LessResilient, "no longer monitored"),
    goes(
        &["Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"],
        &[Given::That(so::rights_are_used)],
        Effect::Downtime,
        "pods that use the API are refused",
    ),
];
