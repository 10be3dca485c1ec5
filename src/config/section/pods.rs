//! `[pods]`: what all pods have in common.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::defaults;

/// What all pods have in common: who they are to the cloud, which nodes they run on, what they know of the network.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct PodsSection {
    /// Annotations of every pod.
    pub annotations: BTreeMap<String, String>,
    /// Labels of every pod, such as `"azure.workload.identity/use" = "true"`; those of pykube stay.
    pub labels: BTreeMap<String, String>,
    /// Annotations of the ServiceAccount, by which a cloud knows the pods: `eks.amazonaws.com/role-arn`,
    /// `iam.gke.io/gcp-service-account`, `azure.workload.identity/client-id`.
    pub service_account_annotations: BTreeMap<String, String>,
    /// Labels that a node must have, such as `"kubernetes.io/arch" = "arm64"`.
    pub node_selector: BTreeMap<String, String>,
    /// Taints of nodes that the pods tolerate, as `kubectl taint` writes them: `dedicated=web:NoSchedule`,
    /// `gpu:NoExecute`.
    pub tolerations: Vec<String>,
    /// Lines of `/etc/hosts`: names by their IP address.
    pub host_aliases: BTreeMap<String, Vec<String>>,
    /// Options of the resolver, such as `ndots = "2"`.
    pub dns_options: BTreeMap<String, String>,
    /// Size limit of `/tmp`; it is part of `[resources] ephemeral-storage`.
    #[schemars(extend("default" = defaults::pods::TMP))]
    pub tmp: Option<String>,
    /// Size of `/dev/shm`, for shared memory; it counts towards the memory of the containers. Default: what the
    /// container runtime gives, usually 64 MiB.
    pub shm: Option<String>,
}
