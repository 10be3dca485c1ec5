//! `[secrets]`: which key of which Secret holds each secret variable.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// Secret variables and files by reference; values never stand here.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct SecretsSection {
    /// Who makes the Secrets. Default: `existing`.
    pub provider: SecretProvider,
    /// Variable = `secret/key`.
    pub env: BTreeMap<String, String>,
}

/// Who makes the Secrets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SecretProvider {
    /// They are in the cluster: `pykube secrets manifest` makes one, or another team does.
    #[default]
    Existing,
}
