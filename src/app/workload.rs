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
pub struct Deployment {
    /// Replicas; none under an autoscaler, whose number every apply would otherwise undo.
    pub replicas: Option<u32>,
    /// Seconds without progress after which the rollout has failed.
    pub progress_deadline_seconds: u32,
    /// How pods are replaced; none means `Recreate`.
    pub rolling_update: Option<RollingUpdate>,
    /// `matchLabels` of the selector; it can never change.
    pub match_labels: BTreeMap<String, String>,
    pub template: PodTemplate,
}

/// `StatefulSetSpec`.
/// Source: <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/stateful-set-v1/>
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatefulSet {
    /// Replicas; none under an autoscaler.
    pub replicas: Option<u32>,
    /// Headless Service that gives each replica its name.
    pub service_name: String,
    /// `OrderedReady` or `Parallel`.
    pub pod_management_policy: &'static str,
    /// `matchLabels` of the selector; it can never change.
    pub match_labels: BTreeMap<String, String>,
    pub template: PodTemplate,
    /// Claims that each replica gets one of.
    pub volume_claim_templates: Vec<ClaimTemplate>,
}

/// One of the `volumeClaimTemplates`; they can never change.
#[derive(Clone, Debug, Serialize)]
pub struct ClaimTemplate {
    /// Name, which is that of the volume in the pods.
    pub name: String,
    pub labels: BTreeMap<String, String>,
    pub claim: Claim,
}

/// `PersistentVolumeClaimSpec`.
/// Source: <https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/persistent-volume-claim-v1/>
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Claim {
    /// Who may mount it.
    pub access_mode: VolumeAccess,
    /// StorageClass; none means the cluster's own.
    pub storage_class_name: Option<String>,
    /// How much it holds.
    pub storage: Quantity,
}

/// `RollingUpdateDeployment`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RollingUpdate {
    /// Replicas that may be missing.
    pub max_unavailable: IntOrString,
    /// Replicas that may be there in addition.
    pub max_surge: IntOrString,
}

impl RollingUpdate {
    /// New pods come before old ones go.
    #[must_use]
    pub fn careful() -> Self {
        Self {
            max_unavailable: IntOrString::Int(defaults::rollout::MAX_UNAVAILABLE),
            max_surge: IntOrString::String(defaults::rollout::MAX_SURGE.to_owned()),
        }
    }
}

/// A number or a percentage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum IntOrString {
    /// A number of pods.
    Int(u32),
    String(String),
}

/// `JobSpec`.
/// Source: <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/job-v1/>
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// Tries after the first.
    pub backoff_limit: u32,
    /// Seconds after which it has failed.
    pub active_deadline_seconds: u32,
    /// Seconds that the finished Job is kept for its logs.
    pub ttl_seconds_after_finished: u32,
    pub template: PodTemplate,
}

/// `CronJobSpec`, its Job and its pod.
/// Source: <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/cron-job-v1/>
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CronJob {
    pub schedule: String,
    /// Where that is meant; without it the controller's own zone would count.
    pub time_zone: String,
    /// What happens when the last run is still under way.
    pub concurrency_policy: &'static str,
    /// Seconds that a run may begin late.
    pub starting_deadline_seconds: u32,
    /// Finished runs that are kept.
    pub successful_jobs_history_limit: u32,
    /// Failed runs that are kept.
    pub failed_jobs_history_limit: u32,
    /// Whether no more runs are planned.
    pub suspend: bool,
    /// Tries after the first one of a run.
    pub backoff_limit: u32,
    /// Seconds after which a run has failed.
    pub active_deadline_seconds: u32,
    pub template: PodTemplate,
}

/// Data of a ConfigMap.
#[derive(Clone, Debug, Serialize)]
pub struct ConfigMap {
    /// Keys and values.
    pub data: BTreeMap<String, String>,
}

/// `HorizontalPodAutoscalerSpec`.
/// Source: <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/horizontal-pod-autoscaler-v2/>
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HorizontalPodAutoscaler {
    /// Kind of the workload.
    pub target_kind: &'static str,
    /// Name of the workload.
    pub target_name: String,
    /// Fewest replicas.
    pub min_replicas: u32,
    /// Most replicas.
    pub max_replicas: u32,
    /// What is aimed at.
    pub metrics: Vec<Metric>,
    /// How fast replicas come.
    pub scale_up: Pace,
    /// How fast replicas go.
    pub scale_down: Pace,
}

/// `MetricSpec`.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename_all_fields = "camelCase")]
pub enum Metric {
    /// `ContainerResourceMetricSource` with a utilization target.
    ContainerResource {
        /// `cpu` or `memory`.
        name: &'static str,
        /// The container measured, so that sidecars do not count.
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
pub struct NamedMetric {
    pub name: String,
    /// `matchLabels` of its selector.
    pub match_labels: BTreeMap<String, String>,
    /// What one replica shall have of it.
    pub average_value: Option<Quantity>,
    /// What all shall have of it together.
    pub value: Option<Quantity>,
}

/// `CrossVersionObjectReference`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectReference {
    pub api_version: String,
    pub kind: String,
    pub name: String,
}

/// `HPAScalingRules`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pace {
    /// Seconds over which the least change counts.
    pub stabilization_window_seconds: u32,
    /// Steps; with several the largest counts.
    pub policies: Vec<PacePolicy>,
    /// Whether there are several.
    pub has_choice: bool,
}

/// `HPAScalingPolicy`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PacePolicy {
    /// `Percent` or `Pods`.
    #[serde(rename = "type")]
    pub unit: &'static str,
    pub value: u32,
    /// In how many seconds.
    pub period_seconds: u32,
}

/// `VerticalPodAutoscalerSpec` of autoscaling.k8s.io/v1.
/// Source: <https://github.com/kubernetes/autoscaler/blob/master/vertical-pod-autoscaler/docs/api.md>
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VerticalPodAutoscaler {
    /// Kind of the workload.
    pub target_kind: &'static str,
    /// Name of the workload.
    pub target_name: String,
    /// `Off`, `InPlaceOrRecreate` or `Recreate`.
    pub update_mode: &'static str,
    /// Fewest replicas that must be there for one to be replaced; none means the updater's own two.
    pub min_replicas: Option<u32>,
    /// The container that it is about; sidecars are left alone.
    pub container: String,
}

/// `PodDisruptionBudgetSpec`, always with `maxUnavailable: 1`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PodDisruptionBudget {
    /// `matchLabels` of the pods.
    pub match_labels: BTreeMap<String, String>,
}

/// `ResourceQuotaSpec`.
#[derive(Clone, Debug, Serialize)]
pub struct ResourceQuota {
    /// Resource and its sum, such as `requests.cpu`.
    pub hard: BTreeMap<String, String>,
}

/// `LimitRangeSpec` for containers.
#[derive(Clone, Debug, Serialize)]
pub struct LimitRange {
    /// CPU request of a container that names none.
    pub cpu: Quantity,
    /// Memory request and limit of a container that names none.
    pub memory: Quantity,
}
