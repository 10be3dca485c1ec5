//! Secrets by the External Secrets Operator: one `ExternalSecret` for each Secret.

use super::super::super::component::Component;
use super::super::super::object::{Kind, Object};
use super::super::super::secret::{ExternalSecret, RemoteKey};
use super::super::super::value::{Duration, ObjectName};
use super::super::faults::Faults;
use super::super::{ResolvedSections, object};
use super::{References, remote};
use crate::config::defaults;
use crate::config::section::SecretsSection;

/// An `ExternalSecret` for each Secret.
pub(super) fn objects(
    section: &SecretsSection,
    parts: &ResolvedSections,
    references: &References,
    faults: &mut Faults<'_>,
) -> Vec<Object> {
    let Some(store) = &section.store else {
        faults.refuse(&["secrets", "provider"], "needs `store`: the name of the SecretStore that the operator reads");
        return Vec::new();
    };
    let store: Option<ObjectName> = faults.parse(store, &["secrets", "store"]);
    let refresh: Duration =
        faults.parse_or(section.refresh.as_deref(), defaults::secrets::REFRESH, &["secrets", "refresh"]);
    let mut objects = Vec::new();
    for (secret, keys) in references {
        let remote = |key: &String| RemoteKey { secret_key: key.clone(), remote: remote(section, secret, key, faults) };
        let external = ExternalSecret {
            refresh_interval: refresh.to_string(),
            store_name: store.as_ref().map(ToString::to_string).unwrap_or_default(),
            store_kind: section.store_kind.unwrap_or_default(),
            secret_name: secret.clone(),
            data: keys.iter().map(remote).collect(),
        };
        let metadata = parts.names.metadata_named(&Component::Base, secret.clone());
        let file = format!("external-secret-{secret}");
        objects.push(object(&Component::Base, &file, metadata, Kind::ExternalSecret(external)));
    }
    objects
}
