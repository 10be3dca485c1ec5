//! `[secrets]`: which key of which Secret holds each secret variable and file, and who makes the Secrets.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::defaults;

/// Secret variables and files by reference; values are never here.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct SecretsSection {
    /// Who makes the Secrets.
    pub provider: SecretProvider,
    /// Variable = `secret/key`.
    pub env: BTreeMap<String, String>,
    /// Absolute path in the container = `secret/key`. The file has mode 0440, and its folder holds nothing else.
    pub files: BTreeMap<String, String>,
    /// `external-secrets`: name of the store that the operator reads.
    pub store: Option<String>,
    /// `external-secrets`: kind of the store.
    #[schemars(extend("default" = StoreKind::default()))]
    pub store_kind: Option<StoreKind>,
    /// `external-secrets`: time after which the store is read again, such as `15m`; `0` means once.
    #[schemars(extend("default" = defaults::secrets::REFRESH))]
    pub refresh: Option<String>,
    /// `external-secrets` and `csi`: where `secret` or `secret/key` is in the store. Default: under the same names.
    pub remote: BTreeMap<String, RemoteSection>,
    /// `sealed-secrets`: Secret = its keys with the values that `kubeseal --raw` printed. They are encrypted.
    pub sealed: BTreeMap<String, BTreeMap<String, String>>,
    /// `sealed-secrets`: files of the repository that `kubeseal` wrote; their encrypted data is used.
    pub sealed_files: Vec<String>,
    /// `sealed-secrets`: what the values of `sealed` were encrypted for.
    #[schemars(extend("default" = SealedScope::default()))]
    pub sealed_scope: Option<SealedScope>,
    /// `csi`: the store that the driver mounts.
    pub csi: Option<CsiSection>,
}

/// Who makes the Secrets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SecretProvider {
    /// They are in the cluster: `pykube secrets manifest` makes one, or another team does.
    #[default]
    Existing,
    /// The External Secrets Operator, from a store outside the cluster.
    ExternalSecrets,
    /// The controller of Sealed Secrets, from values that only it can decrypt.
    SealedSecrets,
    /// The Secrets Store CSI driver, from a store outside the cluster, when a pod starts.
    Csi,
}

impl SecretProvider {
    /// The word of `app.toml`.
    #[must_use]
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Existing => "existing",
            Self::ExternalSecrets => "external-secrets",
            Self::SealedSecrets => "sealed-secrets",
            Self::Csi => "csi",
        }
    }
}

/// Kind of a store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub(crate) enum StoreKind {
    /// A store of the namespace.
    #[default]
    SecretStore,
    /// A store of the whole cluster.
    ClusterSecretStore,
}

/// A name in the store, or that name with a part of its value.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum RemoteSection {
    /// The name.
    Name(String),
    /// The name with a part of its value.
    Table(RemoteTable),
}

/// The name with a part of its value.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RemoteTable {
    /// Name in the store.
    pub name: String,
    /// Property of the JSON object that is stored there. Default: the whole value.
    pub property: Option<String>,
    /// Version. Default: the latest.
    pub version: Option<String>,
}

/// What a value was encrypted for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SealedScope {
    /// One Secret by name and namespace.
    #[default]
    Strict,
    /// Any Secret of one namespace.
    NamespaceWide,
    /// Any Secret.
    ClusterWide,
}

/// The store that the Secrets Store CSI driver mounts.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct CsiSection {
    /// The driver's provider.
    pub provider: CsiProvider,
    /// Parameters of the provider besides the objects, such as `keyvaultName` and `tenantId`, `region`, `vaultAddress` and `roleName`.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
}

/// Provider of the Secrets Store CSI driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum CsiProvider {
    /// AWS Secrets Manager.
    Aws,
    /// Azure Key Vault.
    Azure,
    /// Google Secret Manager; `remote` must name each secret in full, `projects/…/secrets/…/versions/latest`.
    Gcp,
    /// HashiCorp Vault.
    Vault,
}

impl CsiProvider {
    /// The word of `app.toml`.
    #[must_use]
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::Azure => "azure",
            Self::Gcp => "gcp",
            Self::Vault => "vault",
        }
    }
}
