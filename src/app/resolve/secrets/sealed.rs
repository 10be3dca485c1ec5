//! Secrets by the controller of Sealed Secrets: encrypted values from `app.toml` or from files that `kubeseal` wrote.
//!
//! Nothing is encrypted here: that takes the certificate of the cluster. What is checked is that every key which a pod
//! reads is there, and that each value has the form of an encrypted one: no plain text slips through.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::super::super::component::Component;
use super::super::super::object::{Kind, Object};
use super::super::super::secret::SealedSecret;
use super::super::super::value::{FilePath, ObjectName, SecretKey};
use super::super::faults::Faults;
use super::super::{Options, ResolvedSections, object};
use super::References;
use crate::config::section::{Config, SealedScope};
use crate::diagnostic::Diagnostic;
use crate::kube::value::entries;
use crate::kube::yaml::document::documents;

/// Annotation of each scope but `strict`.
/// Source: <https://github.com/bitnami-labs/sealed-secrets#scopes>
const SCOPES: [(SealedScope, &str); 2] = [
    (SealedScope::NamespaceWide, "sealedsecrets.bitnami.com/namespace-wide"),
    (SealedScope::ClusterWide, "sealedsecrets.bitnami.com/cluster-wide"),
];

/// Bytes that AES-GCM adds to what it encrypts.
const TAG_BYTES: usize = 16;

/// Smallest and largest RSA key in bytes: 1024 to 8192 bits.
const RSA_BYTES: std::ops::RangeInclusive<usize> = 128..=1024;

/// What is known of one Secret.
struct Sealed {
    data: BTreeMap<String, String>,
    secret_type: String,
    scope: SealedScope,
    /// Where it comes from, as keys of `app.toml`.
    place: Vec<String>,
}

/// A `SealedSecret` for each Secret that is sealed.
pub(super) fn objects(
    config: &Config,
    options: &Options,
    parts: &ResolvedSections,
    references: &References,
    faults: &mut Faults<'_>,
) -> Vec<Object> {
    let mut known = sealed_in_file(&config.secrets.sealed_files, options, parts, faults);
    for (name, written) in &config.secrets.sealed {
        let place = ["secrets", "sealed", name.as_str()];
        faults.parse::<ObjectName>(name, &place);
        if let Some(other) = known.get(name) {
            let other: Vec<&str> = other.place.iter().map(String::as_str).collect();
            let message = format!("the Secret `{name}` is sealed twice");
            faults.contradiction(&message, (&place, "here"), (&other, "and in this file"), "keep one of them");
        }
        for (key, value) in written {
            let place = ["secrets", "sealed", name.as_str(), key.as_str()];
            faults.parse::<SecretKey>(key, &place);
            is_encrypted(value, &place, faults);
        }
        let sealed = Sealed {
            data: written.clone(),
            secret_type: "Opaque".into(),
            scope: config.secrets.sealed_scope.unwrap_or_default(),
            place: place.map(str::to_owned).to_vec(),
        };
        known.insert(name.clone(), sealed);
    }
    all_are_sealed(config, parts, &known, references, faults);
    known.into_iter().map(|(name, sealed)| sealed_object(parts, name, sealed)).collect()
}

/// What the files of `sealed-files` hold, by the name of the Secret.
fn sealed_in_file(
    files: &[String],
    options: &Options,
    parts: &ResolvedSections,
    faults: &mut Faults<'_>,
) -> BTreeMap<String, Sealed> {
    let mut known = BTreeMap::new();
    for (index, file) in files.iter().enumerate() {
        let position = index.to_string();
        let place = ["secrets", "sealed-files", position.as_str()];
        let Some(path) = faults.parse::<FilePath>(file, &place) else { continue };
        let Some(text) = options.text(path.as_ref(), &place, faults) else { continue };
        let Ok(documents) = documents(text) else {
            faults.refuse(&place, &format!("names `{path}`, which is not YAML"));
            continue;
        };
        for document in &documents {
            let Some((name, sealed)) = sealed_document(parts, document, &path, &place, faults) else { continue };
            known.insert(name, sealed);
        }
    }
    known
}

fn sealed_document(
    parts: &ResolvedSections,
    document: &Value,
    path: &FilePath,
    place: &[&str],
    faults: &mut Faults<'_>,
) -> Option<(String, Sealed)> {
    let kind = document["kind"].as_str().unwrap_or("nothing with a kind");
    if kind != "SealedSecret" {
        let hint = if kind == "Secret" { ", whose values anybody can read" } else { "" };
        faults.refuse(place, &format!("names `{path}`, which holds a `{kind}`{hint}, not a SealedSecret"));
        return None;
    }
    let metadata = &document["metadata"];
    let scope = scope_of(metadata);
    let namespace = metadata["namespace"].as_str();
    if scope != SealedScope::ClusterWide && namespace != Some(parts.names.namespace.as_ref()) {
        let found = namespace.map_or_else(|| "none".into(), |namespace| format!("`{namespace}`"));
        let clause = format!(
            "names `{path}`, sealed for the namespace {found}: it cannot be decrypted in `{}`",
            parts.names.namespace
        );
        faults.refuse(place, &clause);
        return None;
    }
    let name: ObjectName = faults.parse(metadata["name"].as_str().unwrap_or_default(), place)?;
    let mut data = BTreeMap::new();
    for (key, value) in entries(&document["spec"]["encryptedData"]) {
        let key: SecretKey = faults.parse(key, place)?;
        let value = value.as_str().unwrap_or_default();
        is_encrypted(value, place, faults);
        data.insert(key.to_string(), value.to_owned());
    }
    let secret_type = document["spec"]["template"]["type"].as_str().unwrap_or("Opaque").to_owned();
    let place = place.iter().map(ToString::to_string).collect();
    Some((name.to_string(), Sealed { data, secret_type, scope, place }))
}

/// Refuses a value that does not have the form of an encrypted one; it is not repeated, since it may be plain text.
fn is_encrypted(value: &str, place: &[&str], faults: &mut Faults<'_>) {
    if has_sealed_form(value) {
        return;
    }
    let fault = Diagnostic::error(format!("`{}` is not a value that `kubeseal` encrypted", place.join(".")));
    let help = "`pykube secrets manifest --env-file FILE | kubeseal --format yaml` encrypts it for your cluster";
    faults.push(faults.document().at_secret(fault, place, "").help(help));
}

/// Every key that a pod reads is sealed.
fn all_are_sealed(
    config: &Config,
    parts: &ResolvedSections,
    known: &BTreeMap<String, Sealed>,
    references: &References,
    faults: &mut Faults<'_>,
) {
    for (secret, keys) in references {
        for key in keys {
            if known.get(secret).is_some_and(|sealed| sealed.data.contains_key(key)) {
                continue;
            }
            let fault = Diagnostic::error(format!("key `{key}` of the Secret `{secret}` is read but not sealed"));
            let reader = reader(config, secret, key);
            let reader: Vec<&str> = reader.iter().map(String::as_str).collect();
            let fault = faults.document().at_key(fault, &reader, "read here");
            faults.push(fault.help(format!(
                "kubeseal --raw --namespace {} --name {secret} --from-file=/dev/stdin prints the value for \
                 [secrets.sealed.{secret}] {key} = \"…\"",
                parts.names.namespace
            )));
        }
    }
}

/// The key of `app.toml` that reads `key` of `secret`.
fn reader(config: &Config, secret: &str, key: &str) -> Vec<String> {
    let variables = config.secrets.env.iter().map(|(name, written)| (vec!["secrets", "env", name], written));
    let files = config.secrets.files.iter().map(|(name, written)| (vec!["secrets", "files", name], written));
    let sidecars = config.sidecars.iter().flat_map(|(sidecar, section)| {
        section.secrets.iter().map(move |(name, written)| (vec!["sidecars", sidecar, "secrets", name], written))
    });
    let services = config.services.iter().filter_map(|(name, section)| {
        section.secret.as_ref().map(|written| (vec!["services", name.as_str(), "secret"], written))
    });
    let queues = config.workers.iter().filter_map(|(name, section)| {
        section.scaling.secret.as_ref().map(|written| (vec!["workers", name.as_str(), "scaling", "secret"], written))
    });
    let reference = format!("{secret}/{key}");
    let mut readers = variables.chain(files).chain(sidecars).chain(services).chain(queues);
    let found = readers.find(|(_, written)| **written == reference).map(|(place, _)| place);
    found.unwrap_or_else(|| vec!["secrets", "provider"]).into_iter().map(str::to_owned).collect()
}

fn sealed_object(parts: &ResolvedSections, name: String, sealed: Sealed) -> Object {
    let file = format!("sealed-secret-{name}");
    let mut metadata = parts.names.metadata_named(&Component::Base, name);
    let annotation = SCOPES.iter().find(|(scope, _)| *scope == sealed.scope);
    metadata.annotations.extend(annotation.map(|(_, key)| ((*key).to_owned(), "true".to_owned())));
    let spec = SealedSecret { encrypted_data: sealed.data, secret_type: sealed.secret_type };
    object(&Component::Base, &file, metadata, Kind::SealedSecret(spec))
}

fn scope_of(metadata: &Value) -> SealedScope {
    let set = |key: &str| metadata["annotations"][key].as_str() == Some("true");
    SCOPES.iter().rev().find(|(_, key)| set(key)).map_or(SealedScope::Strict, |(scope, _)| *scope)
}

/// Whether `value` is the base64 of a key encrypted by RSA, its length before it, and what AES-GCM encrypted with that key.
/// Source: <https://github.com/bitnami-labs/sealed-secrets/blob/main/pkg/crypto/crypto.go>, `HybridEncrypt`.
fn has_sealed_form(value: &str) -> bool {
    let Ok(bytes) = STANDARD.decode(value) else { return false };
    let [high, low, rest @ ..] = bytes.as_slice() else { return false };
    let key_bytes = usize::from(u16::from_be_bytes([*high, *low]));
    RSA_BYTES.contains(&key_bytes) && rest.len() >= key_bytes + TAG_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_and_plain_base64_are_not_taken_for_sealed() {
        let mut bytes = vec![2, 0];
        bytes.resize(2 + 512 + TAG_BYTES, 7);
        assert!(has_sealed_form(&STANDARD.encode(&bytes)));
        bytes.pop();
        assert!(!has_sealed_form(&STANDARD.encode(&bytes)));
        for plain in ["", "hunter2", "aHVudGVyMg==", "postgres://user:password@host/db", "AgA="] {
            assert!(!has_sealed_form(plain), "{plain}");
        }
    }
}
