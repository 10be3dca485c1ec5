//! What the application may ask of the Kubernetes API.

use serde::Serialize;

/// Rules of a `Role`.
/// Source: <https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/role-v1/>
#[derive(Clone, Debug, Serialize)]
pub struct Role {
    pub rules: Vec<PolicyRule>,
}

/// `PolicyRule`, with why it is given where it could give more than it says.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyRule {
    /// One line above it.
    pub comment: Option<String>,
    /// API group; empty for the core.
    pub api_group: String,
    /// Resources in the plural.
    pub resources: Vec<String>,
    /// Names of single objects.
    pub resource_names: Vec<String>,
    pub verbs: Vec<String>,
}

/// `RoleBinding` of a Role to a ServiceAccount.
/// Source: <https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/role-binding-v1/>
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleBinding {
    pub role_name: String,
    pub service_account_name: String,
    /// Namespace of the ServiceAccount.
    pub namespace: String,
}
