//! What Argo CD and Flux are given to follow the repository.

use serde::Serialize;

/// A folder of the repository that an operator applies to a cluster.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Followed {
    /// Name of the object that follows it.
    pub(crate) name: String,
    pub(crate) operator: Operator,
    /// URL of the repository.
    pub(crate) repository: String,
    pub(crate) branch: String,
    /// Folder of the kustomization.
    pub(crate) path: String,
    /// Namespace of the objects.
    pub(crate) namespace: String,
    /// Name of the migration Job.
    pub(crate) migration: Option<String>,
    /// Label selector of what comes after the migration; none without one.
    pub(crate) after_migration: Option<String>,
    /// The same for everything else.
    pub(crate) before_migration: Option<String>,
    /// How long the operator waits until everything is ready, as Flux reads it.
    pub(crate) timeout: String,
}

/// Who follows the repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Operator {
    Argocd,
    Flux,
}
