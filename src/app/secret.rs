//! Objects that make Secrets: none of them holds a value that can be read.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::config::section::{CsiProvider, StoreKind};

/// `ExternalSecretSpec` of external-secrets.io/v1.
/// Source: <https://external-secrets.io/latest/api/externalsecret/>
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExternalSecret {
    /// Time between two readings of the store.
    pub(crate) refresh_interval: String,
    pub(crate) store_name: String,
    pub(crate) store_kind: StoreKind,
    pub(crate) secret_name: String,
    /// Its keys and where their values are.
    pub(crate) data: Vec<RemoteKey>,
}

/// One key of a Secret and where its value is.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RemoteKey {
    pub(crate) secret_key: String,
    /// Where its value is.
    pub(crate) remote: Remote,
}

/// Where a value is in a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Remote {
    /// Name in the store.
    pub(crate) name: String,
    /// Property of the JSON object that is stored there.
    pub(crate) property: Option<String>,
    /// Version; none means the latest.
    pub(crate) version: Option<String>,
}

/// `SealedSecretSpec` of bitnami.com/v1alpha1.
/// Source: <https://github.com/bitnami-labs/sealed-secrets#sealedsecrets-as-templates-for-secrets>
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SealedSecret {
    /// Keys and encrypted values.
    pub(crate) encrypted_data: BTreeMap<String, String>,
    /// Type of the Secret, such as `Opaque`.
    #[serde(rename = "type")]
    pub(crate) secret_type: String,
}

/// `SecretProviderClassSpec` of secrets-store.csi.x-k8s.io/v1.
/// Source: <https://secrets-store-csi-driver.sigs.k8s.io/concepts.html#secretproviderclass>
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SecretProviderClass {
    /// The driver's provider.
    pub(crate) provider: CsiProvider,
    /// Secrets that are made from the mounted files.
    pub(crate) secret_objects: Vec<SecretObject>,
    /// Parameters of the provider except for the objects.
    pub(crate) parameters: BTreeMap<String, String>,
    /// The objects that are mounted.
    pub(crate) objects: Vec<CsiObject>,
}

/// A Secret made from mounted files.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SecretObject {
    pub(crate) secret_name: String,
    /// Its keys, each with the file that it is made from.
    pub(crate) data: Vec<SecretObjectKey>,
}

/// A key of such a Secret.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SecretObjectKey {
    /// Name of the mounted file.
    pub(crate) object_name: String,
    pub(crate) key: String,
}

/// An object of the store, mounted as a file, or as one file for each of its properties.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CsiObject {
    /// Name of the file of the whole value, when that is what is asked for.
    pub(crate) alias: Option<String>,
    /// Name in the store.
    pub(crate) name: String,
    /// Version; none means the latest.
    pub(crate) version: Option<String>,
    /// Properties of the JSON object that is stored there.
    pub(crate) properties: Vec<CsiProperty>,
}

/// A property of a stored JSON object, mounted as a file.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CsiProperty {
    /// Name of the file.
    pub(crate) alias: String,
    pub(crate) name: String,
}
