//! What all Kubernetes objects have: kind, name, namespace, labels.

use std::collections::BTreeMap;

use serde::Serialize;

use super::component::Component;
use super::{access, keda, mesh, monitoring, network, pod, secret, workload};
use crate::kube::kind;

/// `ObjectMeta`.
/// Source: <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/>
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ObjectMeta {
    /// Name, unique among its kind in the namespace.
    pub(crate) name: String,
    /// Namespace; none for a Namespace.
    pub(crate) namespace: Option<String>,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) annotations: BTreeMap<String, String>,
}

/// One object: what it is, where it is written, and its fields.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Object {
    /// The part of the application that it belongs to.
    #[serde(skip)]
    pub(crate) component: Component,
    /// Name of the file below `k8s/`, without its ending: what the object is.
    pub(crate) file: String,
    /// Name, labels and annotations.
    pub(crate) metadata: ObjectMeta,
    /// The fields of its kind.
    pub(crate) kind: Kind,
}

/// Makes the enumeration of the kinds that pykube renders; each is called as the API calls it, and what is known of it
/// is in [`crate::kube::kind`].
macro_rules! kinds {
    ($($name:ident $(($fields:ty))?,)*) => {
        /// The fields of each kind of object that pykube renders.
        #[derive(Clone, Debug, Serialize)]
        #[serde(untagged)]
        pub(crate) enum Kind {
            $(#[doc = concat!("`", stringify!($name), "`.")] $name $(($fields))?,)*
        }

        impl Kind {
            /// Every kind that pykube renders, by its name.
            pub(crate) const NAMES: &[&str] = &[$(stringify!($name),)*];

            pub(crate) fn name(&self) -> &'static str {
                match self {
                    $(Self::$name { .. } => stringify!($name),)*
                }
            }
        }
    };
}

kinds! {
    Namespace,
    ResourceQuota(workload::ResourceQuota),
    LimitRange(workload::LimitRange),
    ServiceAccount(access::ServiceAccount),
    ConfigMap(workload::ConfigMap),
    Deployment(Box<workload::Deployment>),
    StatefulSet(Box<workload::StatefulSet>),
    PersistentVolumeClaim(workload::Claim),
    Job(Box<workload::Job>),
    CronJob(Box<workload::CronJob>),
    ScaledObject(keda::ScaledObject),
    TriggerAuthentication(keda::TriggerAuthentication),
    HorizontalPodAutoscaler(workload::HorizontalPodAutoscaler),
    VerticalPodAutoscaler(workload::VerticalPodAutoscaler),
    ServiceMonitor(monitoring::Monitor),
    PodMonitor(monitoring::Monitor),
    PodDisruptionBudget(workload::PodDisruptionBudget),
    Service(network::Service),
    Ingress(network::Ingress),
    HTTPRoute(network::HttpRoute),
    NetworkPolicy(network::NetworkPolicy),
    Role(access::Role),
    RoleBinding(access::RoleBinding),
    DestinationRule(mesh::DestinationRule),
    ServiceEntry(mesh::ServiceEntry),
    ExternalSecret(secret::ExternalSecret),
    SealedSecret(secret::SealedSecret),
    SecretProviderClass(secret::SecretProviderClass),
}

impl Kind {
    /// The template that writes the kind, without folder and ending.
    pub(crate) fn template(&self) -> String {
        kind::file_stem(self.name())
    }

    pub(crate) fn api_version(&self) -> &'static str {
        kind::of(self.name()).map_or("", |kind| kind.api_version)
    }

    /// The pods that an object of the kind makes.
    pub(crate) fn pod_template(&self) -> Option<&pod::PodTemplate> {
        match self {
            Self::Deployment(deployment) => Some(&deployment.template),
            Self::StatefulSet(set) => Some(&set.template),
            Self::Job(job) => Some(&job.template),
            Self::CronJob(cron_job) => Some(&cron_job.template),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rendered_kind_is_in_the_table_of_kinds() {
        let unknown: Vec<_> = Kind::NAMES.iter().filter(|name| kind::of(name).is_none()).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}
