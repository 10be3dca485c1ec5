//! What all Kubernetes objects have: kind, name, namespace, labels.

use std::collections::BTreeMap;

use serde::Serialize;

use super::component::Component;
use super::{access, keda, mesh, monitoring, network, pod, secret, workload};

/// `ObjectMeta`.
/// Source: <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/>
#[derive(Clone, Debug, Serialize)]
pub struct ObjectMeta {
    /// Name, unique among its kind in the namespace.
    pub name: String,
    /// Namespace; none for a Namespace.
    pub namespace: Option<String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Annotations.
    pub annotations: BTreeMap<String, String>,
}

/// One object: what it is, where it is written, and its fields.
#[derive(Clone, Debug, Serialize)]
pub struct Object {
    /// The part of the application that it belongs to.
    #[serde(skip)]
    pub component: Component,
    /// Name of the file below `k8s/`, without its ending: what the object is.
    pub file: String,
    /// Name, labels and annotations.
    pub metadata: ObjectMeta,
    /// The fields of its kind.
    pub kind: Kind,
}

/// The fields of each kind of object.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Kind {
    /// `v1 Namespace`.
    Namespace,
    /// `v1 ResourceQuota`.
    ResourceQuota(workload::ResourceQuota),
    /// `v1 LimitRange`.
    LimitRange(workload::LimitRange),
    /// `v1 ServiceAccount`.
    ServiceAccount,
    /// `v1 ConfigMap`.
    ConfigMap(workload::ConfigMap),
    /// `apps/v1 Deployment`.
    Deployment(Box<workload::Deployment>),
    /// `apps/v1 StatefulSet`.
    StatefulSet(Box<workload::StatefulSet>),
    /// `v1 PersistentVolumeClaim`.
    PersistentVolumeClaim(workload::Claim),
    /// `batch/v1 Job`.
    Job(Box<workload::Job>),
    /// `batch/v1 CronJob`.
    CronJob(Box<workload::CronJob>),
    /// `keda.sh/v1alpha1 ScaledObject`.
    ScaledObject(keda::ScaledObject),
    /// `keda.sh/v1alpha1 TriggerAuthentication`.
    TriggerAuthentication(keda::TriggerAuthentication),
    /// `autoscaling/v2 HorizontalPodAutoscaler`.
    HorizontalPodAutoscaler(workload::HorizontalPodAutoscaler),
    /// `autoscaling.k8s.io/v1 VerticalPodAutoscaler`.
    VerticalPodAutoscaler(workload::VerticalPodAutoscaler),
    /// `monitoring.coreos.com/v1 ServiceMonitor`.
    ServiceMonitor(monitoring::Monitor),
    /// `monitoring.coreos.com/v1 PodMonitor`.
    PodMonitor(monitoring::Monitor),
    /// `policy/v1 PodDisruptionBudget`.
    PodDisruptionBudget(workload::PodDisruptionBudget),
    /// `v1 Service`.
    Service(network::Service),
    /// `networking.k8s.io/v1 Ingress`.
    Ingress(network::Ingress),
    /// `gateway.networking.k8s.io/v1 HTTPRoute`.
    HttpRoute(network::HttpRoute),
    /// `networking.k8s.io/v1 NetworkPolicy`.
    NetworkPolicy(network::NetworkPolicy),
    /// `rbac.authorization.k8s.io/v1 Role`.
    Role(access::Role),
    /// `rbac.authorization.k8s.io/v1 RoleBinding`.
    RoleBinding(access::RoleBinding),
    /// `networking.istio.io/v1 DestinationRule`.
    DestinationRule(mesh::DestinationRule),
    /// `networking.istio.io/v1 ServiceEntry`.
    ServiceEntry(mesh::ServiceEntry),
    /// `external-secrets.io/v1 ExternalSecret`.
    ExternalSecret(secret::ExternalSecret),
    /// `bitnami.com/v1alpha1 SealedSecret`.
    SealedSecret(secret::SealedSecret),
    /// `secrets-store.csi.x-k8s.io/v1 SecretProviderClass`.
    SecretProviderClass(secret::SecretProviderClass),
}

impl Kind {
    /// The template that writes the kind, without folder and ending.
    #[must_use]
    pub fn template(&self) -> &'static str {
        match self {
            Self::Namespace => "namespace",
            Self::ResourceQuota(_) => "resource-quota",
            Self::LimitRange(_) => "limit-range",
            Self::ServiceAccount => "service-account",
            Self::ConfigMap(_) => "config-map",
            Self::Deployment(_) => "deployment",
            Self::StatefulSet(_) => "stateful-set",
            Self::PersistentVolumeClaim(_) => "persistent-volume-claim",
            Self::Job(_) => "job",
            Self::CronJob(_) => "cron-job",
            Self::ScaledObject(_) => "scaled-object",
            Self::TriggerAuthentication(_) => "trigger-authentication",
            Self::HorizontalPodAutoscaler(_) => "horizontal-pod-autoscaler",
            Self::VerticalPodAutoscaler(_) => "vertical-pod-autoscaler",
            Self::ServiceMonitor(_) => "service-monitor",
            Self::PodMonitor(_) => "pod-monitor",
            Self::PodDisruptionBudget(_) => "pod-disruption-budget",
            Self::Service(_) => "service",
            Self::Ingress(_) => "ingress",
            Self::HttpRoute(_) => "http-route",
            Self::NetworkPolicy(_) => "network-policy",
            Self::Role(_) => "role",
            Self::RoleBinding(_) => "role-binding",
            Self::DestinationRule(_) => "destination-rule",
            Self::ServiceEntry(_) => "service-entry",
            Self::ExternalSecret(_) => "external-secret",
            Self::SealedSecret(_) => "sealed-secret",
            Self::SecretProviderClass(_) => "secret-provider-class",
        }
    }

    /// The pods that an object of the kind makes.
    #[must_use]
    pub fn pod_template(&self) -> Option<&pod::PodTemplate> {
        match self {
            Self::Deployment(deployment) => Some(&deployment.template),
            Self::StatefulSet(set) => Some(&set.template),
            Self::Job(job) => Some(&job.template),
            Self::CronJob(cron_job) => Some(&cron_job.template),
            Self::Namespace
            | Self::ResourceQuota(_)
            | Self::LimitRange(_)
            | Self::ServiceAccount
            | Self::ConfigMap(_)
            | Self::ScaledObject(_)
            | Self::TriggerAuthentication(_)
            | Self::PersistentVolumeClaim(_)
            | Self::HorizontalPodAutoscaler(_)
            | Self::VerticalPodAutoscaler(_)
            | Self::ServiceMonitor(_)
            | Self::PodMonitor(_)
            | Self::PodDisruptionBudget(_)
            | Self::Service(_)
            | Self::Ingress(_)
            | Self::HttpRoute(_)
            | Self::NetworkPolicy(_)
            | Self::Role(_)
            | Self::RoleBinding(_)
            | Self::DestinationRule(_)
            | Self::ServiceEntry(_)
            | Self::ExternalSecret(_)
            | Self::SealedSecret(_)
            | Self::SecretProviderClass(_) => None,
        }
    }
}
