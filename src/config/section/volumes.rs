//! `[volumes.NAME]` and `[stateful]`: what outlives a container, or comes into it from elsewhere.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::defaults;

/// A volume of the pods.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct VolumeSection {
    /// Absolute path in the container, such as `/app/media`.
    pub mount: String,
    /// What the volume is. Default: `config-map` with `files`, `secret` with `secret`, else `claim`.
    pub kind: Option<VolumeKind>,
    /// How much it holds, such as `10Gi`. A claim needs it; for `empty-dir` the default is `256Mi`.
    pub size: Option<String>,
    /// `claim`: who may mount it.
    #[schemars(extend("default" = VolumeAccess::default()))]
    pub access: Option<VolumeAccess>,
    /// `claim`: StorageClass. Default: the cluster's own.
    pub class: Option<String>,
    /// `claim`: name of a claim that exists; none is rendered then.
    pub claim: Option<String>,
    /// `empty-dir`: keep it in memory; what it holds counts towards the memory limit.
    #[serde(default)]
    pub memory: bool,
    /// `config-map`: name of each file = path of its content in the repository.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// `secret`: name of a Secret that somebody else makes, such as cert-manager; each key becomes a file.
    pub secret: Option<String>,
    /// Mount it read-only. Default: `false` for `claim` and `empty-dir`; the others always are.
    #[serde(default)]
    pub read_only: bool,
    /// Workloads that mount it, by component: `web`, `migrate`, … Default: `web`.
    pub on: Option<Vec<String>>,
}

/// What a volume is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum VolumeKind {
    /// A PersistentVolumeClaim: it outlives the pods.
    Claim,
    /// An empty folder that goes with the pod.
    EmptyDir,
    /// Files of the repository.
    ConfigMap,
    /// A Secret.
    Secret,
}

/// Who may mount a claim.
/// Source: <https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub(crate) enum VolumeAccess {
    /// Pods of one node.
    #[default]
    ReadWriteOnce,
    /// One pod.
    ReadWriteOncePod,
    /// Pods of all nodes.
    ReadWriteMany,
    /// Pods of all nodes, to read.
    ReadOnlyMany,
}

impl VolumeAccess {
    /// The word of `app.toml`.
    #[must_use]
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::ReadWriteOnce => "ReadWriteOnce",
            Self::ReadWriteOncePod => "ReadWriteOncePod",
            Self::ReadWriteMany => "ReadWriteMany",
            Self::ReadOnlyMany => "ReadOnlyMany",
        }
    }
}

/// The web workload as a StatefulSet: replicas with names of their own, each with volumes of its own.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct StatefulSection {
    /// Volumes that each replica gets one of.
    pub volumes: BTreeMap<String, StatefulVolume>,
    /// Start and stop the replicas one at a time.
    #[schemars(extend("default" = defaults::volumes::ORDERED))]
    pub ordered: Option<bool>,
}

/// A volume that each replica gets one of.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct StatefulVolume {
    /// Absolute path in the container.
    pub mount: String,
    /// How much it holds, such as `1Gi`.
    pub size: String,
    /// Who may mount it.
    #[schemars(extend("default" = VolumeAccess::default()))]
    pub access: Option<VolumeAccess>,
    /// StorageClass. Default: the cluster's own.
    pub class: Option<String>,
}
