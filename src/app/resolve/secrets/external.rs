//! Secrets by the External Secrets Operator: one `ExternalSecret` for each Secret.

use super::super::super::object::{Kind, Object};
use super::super::super::secret::{ExternalSecret, RemoteKey};
use super::super::super::value::{Duration, SecretName};
use super::super::pod::BASE;
use super::super::{Parts, Resolver, object};
use super::References;
use crate::config::section::StoreKind;

impl Resolver<'_> {
    pub(super) fn external_secrets(&mut self, parts: &Parts, references: &References) -> Option<Vec<Object>> {
        let section = &self.config.secrets;
        let Some(store) = &section.store else {
            self.fault(&["secrets", "provider"], "needs `store`: the name of the SecretStore that the operator reads");
            return None;
        };
        let store: SecretName = self.parse(store, &["secrets", "store"])?;
        let refresh: Duration = self.parse_or(section.refresh.as_deref(), "1h", &["secrets", "refresh"])?;
        let store_kind = match section.store_kind.unwrap_or_default() {
            StoreKind::SecretStore => "SecretStore",
            StoreKind::ClusterSecretStore => "ClusterSecretStore",
        };
        let mut objects = Vec::new();
        for (secret, keys) in references {
            let data = keys
                .iter()
                .map(|key| RemoteKey { secret_key: key.clone(), remote: self.remote(secret, key) })
                .collect();
            let external = ExternalSecret {
                refresh_interval: refresh.to_string(),
                store_name: store.to_string(),
                store_kind,
                secret_name: secret.clone(),
                data,
            };
            let metadata = parts.names.metadata_named(BASE, secret.clone());
            objects.push(object(&format!("external-secret-{secret}"), metadata, Kind::ExternalSecret(external)));
        }
        Some(objects)
    }
}
