//! What the application may ask of the Kubernetes API.

use super::value::ObjectName;
use serde::Serialize;

/// Rules of a `Role`.
/// Source: <https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/role-v1/>
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Role {
    pub(crate) rules: Vec<PolicyRule>,
}

/// `PolicyRule`, with why it is given where it could give more than it says.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PolicyRule {
    /// One line above it.
    pub(crate) comment: Option<String>,
    /// API group; empty for the core.
    pub(crate) api_group: String,
    /// Resources in the plural.
    pub(crate) resources: Vec<String>,
    /// Names of single objects.
    pub(crate) resource_names: Vec<String>,
    pub(crate) verbs: Vec<String>,
}

/// `ServiceAccount`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServiceAccount {
    /// Secret with the credentials of the registry, for all pods.
    pub(crate) pull_secret: Option<ObjectName>,
}

/// `RoleBinding` of a Role to a ServiceAccount.
/// Source: <https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/role-binding-v1/>
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RoleBinding {
    pub(crate) role_name: String,
    pub(crate) service_account_name: String,
    /// Namespace of the ServiceAccount.
    pub(crate) namespace: String,
}
