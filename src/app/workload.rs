//! Workloads and what scales, protects and configures them.

use std::collections::BTreeMap;

use serde::Serialize;

use super::pod::PodTemplate;
use super::value::Quantity;
use crate::config::defaults;
use crate::config::section::VolumeAccess;

/// `DeploymentSpec`.
/// Source: <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/deployment-v1/>
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Deployment {
    /// Replicas; none under an autoscaler, whose number every apply would otherwise undo.
    pub(crate) replicas: Option<u32>,
    /// Seconds without progress after which the rollout has failed.
    pub(crate) progress_deadline_seconds: u32,
    /// How pods are replaced; none means `Recreate`.
    pub(crate) rolling_update: Option<RollingUpdate>,
    /// `matchLabels` of the selector; it can never change.
    pub(crate) match_labels: BTreeMap<String, String>,
    pub(crate) template: PodTemplate,
}

/// `StatefulSetSpec`.
/// Source: <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/stateful-set-v1/>
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StatefulSet {
    /// Replicas; none under an autoscaler.
    pub(crate) replicas: Option<u32>,
    /// Headless Service that gives each replica its name.
    pub(crate) service_name: String,
    /// `OrderedReady` or `Parallel`.
    pub(crate) pod_management_policy: &'static str,
    /// `matchLabels` of the selector; it can never change.
    pub(crate) match_labels: BTreeMap<String, String>,
    pub(crate) template: PodTemplate,
    /// Claims that each replica gets one of.
    pub(crate) volume_claim_templates: Vec<ClaimTemplate>,
}

/// One of the `volumeClaimTemplates`; they can never change.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ClaimTemplate {
    /// Name, which is that of the volume in the pods.
    pub(crate) name: String,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) claim: Claim,
}

/// `PersistentVolumeClaimSpec`.
/// Source: <https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/persistent-volume-claim-v1/>
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Claim {
    /// Who may mount it.
    pub(crate) access_mode: VolumeAccess,
    /// StorageClass; none means the cluster's own.
    pub(crate) storage_class_name: Option<String>,
    /// How much it holds.
    pub(crate) storage: Quantity,
}

/// `RollingUpdateDeployment`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RollingUpdate {
    /// Replicas that may be missing.
    pub(crate) max_unavailable: IntOrString,
    /// Replicas that may be there in addition.
    pub(crate) max_surge: IntOrString,
}

impl RollingUpdate {
    /// New pods come before old ones go.
    #[must_use]
    pub(crate) fn careful() -> Self {
        Self {
            max_unavailable: IntOrString::Int(defaults::rollout::MAX_UNAVAILABLE),
            max_surge: IntOrString::String(defaults::rollout::MAX_SURGE.to_owned()),
        }
    }
}

/// A number or a percentage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum IntOrString {
    /// A number of pods.
    Int(u32),
    String(String),
}

/// `JobSpec`.
/// Source: <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/job-v1/>
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Job {
    /// Retries after a failure.
    pub(crate) backoff_limit: u32,
    /// Seconds after which it has failed.
    pub(crate) active_deadline_seconds: u32,
    /// Seconds that the finished Job is kept for its logs.
    pub(crate) ttl_seconds_after_finished: Option<u32>,
    pub(crate) template: PodTemplate,
}

/// `CronJobSpec`, its Job and its pod.
/// Source: <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/cron-job-v1/>
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CronJob {
    pub(crate) schedule: String,
    /// Where that is meant; without it the controller's own zone would count.
    pub(crate) time_zone: String,
    /// What happens while the last run is still going.
    pub(crate) concurrency_policy: &'static str,
    /// Seconds that a run may begin late.
    pub(crate) starting_deadline_seconds: u32,
    /// Finished runs that are kept.
    pub(crate) successful_jobs_history_limit: u32,
    /// Failed runs that are kept.
    pub(crate) failed_jobs_history_limit: u32,
    /// Whether no more runs are planned.
    pub(crate) suspend: bool,
    /// Retries of a failed run.
    pub(crate) backoff_limit: u32,
    /// Seconds after which a run has failed.
    pub(crate) active_deadline_seconds: u32,
    pub(crate) template: PodTemplate,
}

/// Data of a ConfigMap.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ConfigMap {
    /// Keys and values.
    pub(crate) data: BTreeMap<String, String>,
}

/// `HorizontalPodAutoscalerSpec`.
/// Source: <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/horizontal-pod-autoscaler-v2/>
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HorizontalPodAutoscaler {
    /// Kind of the workload.
    pub(crate) target_kind: &'static str,
    /// Name of the workload.
    pub(crate) target_name: String,
    /// Fewest replicas.
    pub(crate) min_replicas: u32,
    /// Most replicas.
    pub(crate) max_replicas: u32,
    /// What is aimed at.
    pub(crate) metrics: Vec<Metric>,
    /// How fast replicas are added.
    pub(crate) scale_up: Pace,
    /// How fast replicas are removed.
    pub(crate) scale_down: Pace,
}

/// `MetricSpec`.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename_all_fields = "camelCase")]
pub(crate) enum Metric {
    /// `ContainerResourceMetricSource` with a utilization target.
    ContainerResource {
        /// `cpu` or `memory`.
        name: &'static str,
        /// The container that is measured; sidecars do not count.
        container: String,
        /// Percent of the request.
        average_utilization: u32,
    },
    /// `PodsMetricSource`.
    Pods(NamedMetric),
    /// `ExternalMetricSource`.
    External(NamedMetric),
    /// `ObjectMetricSource`.
    Object {
        #[serde(flatten)]
        metric: NamedMetric,
        described_object: ObjectReference,
    },
}

/// `MetricIdentifier` and `MetricTarget`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NamedMetric {
    pub(crate) name: String,
    /// `matchLabels` of its selector.
    pub(crate) match_labels: BTreeMap<String, String>,
    /// Target for each replica.
    pub(crate) average_value: Option<Quantity>,
    /// Target for all replicas together.
    pub(crate) value: Option<Quantity>,
}

/// `CrossVersionObjectReference`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ObjectReference {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) name: String,
}

/// `HPAScalingRules`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Pace {
    /// Stabilisation window in seconds: the smallest change within it counts.
    pub(crate) stabilization_window_seconds: u32,
    /// Steps; with several the largest counts.
    pub(crate) policies: Vec<PacePolicy>,
    /// Whether there are several.
    pub(crate) has_choice: bool,
}

/// `HPAScalingPolicy`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PacePolicy {
    /// `Percent` or `Pods`.
    #[serde(rename = "type")]
    pub(crate) unit: &'static str,
    pub(crate) value: u32,
    /// In how many seconds.
    pub(crate) period_seconds: u32,
}

/// `VerticalPodAutoscalerSpec` of autoscaling.k8s.io/v1.
/// Source: <https://github.com/kubernetes/autoscaler/blob/master/vertical-pod-autoscaler/docs/api.md>
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VerticalPodAutoscaler {
    /// Kind of the workload.
    pub(crate) target_kind: &'static str,
    /// Name of the workload.
    pub(crate) target_name: String,
    /// `Off`, `InPlaceOrRecreate` or `Recreate`.
    pub(crate) update_mode: &'static str,
    /// Fewest replicas that must be there for one to be replaced; none means the updater's own two.
    pub(crate) min_replicas: Option<u32>,
    /// The container that it is about; sidecars are left alone.
    pub(crate) container: String,
}

/// `PodDisruptionBudgetSpec`, always with `maxUnavailable: 1`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PodDisruptionBudget {
    /// `matchLabels` of the pods.
    pub(crate) match_labels: BTreeMap<String, String>,
}

/// `ResourceQuotaSpec`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ResourceQuota {
    /// Resource and its sum, such as `requests.cpu`.
    pub(crate) hard: BTreeMap<String, String>,
}

/// `LimitRangeSpec` for containers.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct LimitRange {
    /// CPU request of a container that names none.
    pub(crate) cpu: Quantity,
    /// Memory request and limit of a container that names none.
    pub(crate) memory: Quantity,
}
