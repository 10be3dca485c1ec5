//! `[[rbac]]`: what the application may ask of the Kubernetes API.

use schemars::JsonSchema;
use serde::Deserialize;

/// A rule of the application's Role.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RbacSection {
    /// Resources in the plural, such as `configmaps` or `jobs`.
    pub resources: Vec<String>,
    /// Verbs, such as `get`, `list` and `watch`.
    pub verbs: Vec<String>,
    /// API group. Default: the one that Kubernetes itself has the resources in.
    pub group: Option<String>,
    /// Names of single objects; the verbs `list`, `watch` and `create` cannot be limited to names. Default: all of the
    /// namespace.
    #[serde(default)]
    pub names: Vec<String>,
    /// Why the application needs a right that can give it more than it seems to; without a reason such a rule is
    /// refused.
    pub reason: Option<String>,
    /// Workloads whose pods get the token, by component: `web`, `migrate`, … Default: `web`.
    pub on: Option<Vec<String>>,
}
