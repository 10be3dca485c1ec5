//! Secrets by the Secrets Store CSI driver: a `SecretProviderClass` for the variables, and one for each folder of files.

use std::collections::BTreeMap;

use super::super::super::component::Component;
use super::super::super::object::{Kind, Object};
use super::super::super::pod::{Volume, VolumeMount, VolumeSource};
use super::super::super::secret::{CsiObject, CsiProperty, Remote, SecretObject, SecretObjectKey, SecretProviderClass};
use super::super::faults::Faults;
use super::super::{ResolvedSections, object};
use super::{References, by_folder, remote, volume_name};
use crate::config::section::{CsiProvider, CsiSection, SecretsSection};

/// Where the driver puts the files that variables are made from: it makes a Secret only while a pod mounts them.
const MOUNT: &str = "/mnt/secrets";

/// Component of the class that variables are made from.
const VARIABLES: &str = "secrets";

/// What a provider of the driver can name.
struct Ability {
    provider: CsiProvider,
    /// Whether it takes one property out of a stored JSON object.
    properties: bool,
    /// Whether it can only take properties.
    properties_only: bool,
    /// Whether it takes a version beside the name.
    versions: bool,
    /// Parameter that names the objects.
    objects: &'static str,
}

const AWS: Ability = Ability {
    provider: CsiProvider::Aws,
    properties: true,
    properties_only: false,
    versions: true,
    objects: "objects",
};

/// Sources: the READMEs of the providers (`secrets-store-csi-driver-provider-aws`, `-azure`, `-gcp`, `vault-csi-provider`).
const ABILITIES: [Ability; 4] = [
    AWS,
    Ability { provider: CsiProvider::Azure, properties: false, ..AWS },
    Ability { provider: CsiProvider::Gcp, versions: false, objects: "secrets", ..AWS },
    Ability { provider: CsiProvider::Vault, properties_only: true, versions: false, ..AWS },
];

/// Mounts and volumes of every pod of the application: its Secrets are there as long as one of them runs.
pub(super) fn volumes(parts: &ResolvedSections) -> (Vec<VolumeMount>, Vec<Volume>) {
    let mut mounts = Vec::new();
    let mut volumes = Vec::new();
    let mut add = |name: String, path: &str, class: String, comment| {
        mounts.push(VolumeMount::new(&name, path).for_reading());
        volumes.push(Volume { name, source: VolumeSource::Csi { secret_provider_class: class }, comment });
    };
    if parts.secrets.has_variables {
        let comment = Some("The driver creates the Secrets of the variables while a pod mounts this.");
        add("secrets".into(), MOUNT, parts.names.of(VARIABLES), comment);
    }
    for (number, (folder, _)) in by_folder(&parts.secrets.files).into_iter().enumerate() {
        let name = volume_name(number);
        add(name.clone(), folder, parts.names.of(&name), None);
    }
    (mounts, volumes)
}

/// A `SecretProviderClass` for the variables, and one for each folder of files.
pub(super) fn objects(
    section: &SecretsSection,
    parts: &ResolvedSections,
    references: &References,
    faults: &mut Faults<'_>,
) -> Vec<Object> {
    let Some(csi) = &section.csi else {
        let clause = "needs `[secrets.csi]` with `provider`: the store that the driver mounts";
        faults.refuse(&["secrets", "provider"], clause);
        return Vec::new();
    };
    let Some(ability) = ABILITIES.iter().find(|ability| ability.provider == csi.provider) else { return Vec::new() };
    parameters_fit(csi, ability, faults);
    let class = |secret_objects, objects| SecretProviderClass {
        provider: csi.provider,
        secret_objects,
        parameters: csi.parameters.clone(),
        objects,
    };
    let base = &Component::Base;
    let mut objects = Vec::new();
    if !references.is_empty() {
        let pairs = references.iter().flat_map(|(secret, keys)| keys.iter().map(move |key| (secret, key)));
        let files: Vec<_> = pairs.map(|(secret, key)| (secret.as_str(), key.as_str(), alias(secret, key))).collect();
        let class = class(secret_objects(references), csi_objects(section, ability, &files, faults));
        let metadata = parts.names.metadata_named(base, parts.names.of(VARIABLES));
        objects.push(object(base, "secret-provider-class", metadata, Kind::SecretProviderClass(class)));
    }
    for (number, (_, files)) in by_folder(&parts.secrets.files).into_iter().enumerate() {
        let files: Vec<_> =
            files.iter().map(|file| (file.key.name.as_str(), file.key.key.as_str(), file.name.clone())).collect();
        let class = class(Vec::new(), csi_objects(section, ability, &files, faults));
        let name = volume_name(number);
        let metadata = parts.names.metadata_named(base, parts.names.of(&name));
        let file = format!("secret-provider-class-{name}");
        objects.push(object(base, &file, metadata, Kind::SecretProviderClass(class)));
    }
    objects
}

fn parameters_fit(csi: &CsiSection, ability: &Ability, faults: &mut Faults<'_>) {
    for (name, value) in &csi.parameters {
        let path = ["secrets", "csi", "parameters", name.as_str()];
        faults.refuse_control_characters(value, &path);
        faults.refuse_credential(name, value, &path);
        if name == ability.objects {
            faults.refuse(&path, "is made from `[secrets.env]` and `[secrets.files]`");
        }
    }
}

/// The objects of the store for files of Secret, key and file name; those of one stored object are put together.
fn csi_objects(
    section: &SecretsSection,
    ability: &Ability,
    files: &[(&str, &str, String)],
    faults: &mut Faults<'_>,
) -> Vec<CsiObject> {
    let mut objects: BTreeMap<(String, Option<String>), CsiObject> = BTreeMap::new();
    for (secret, key, alias) in files {
        let remote = csi_remote(section, ability, secret, key, faults);
        let name = (remote.name.clone(), remote.version.clone());
        let one = objects.entry(name).or_insert_with(|| CsiObject {
            alias: None,
            name: remote.name,
            version: remote.version,
            properties: Vec::new(),
        });
        match remote.property {
            Some(name) if ability.provider == CsiProvider::Aws && name == *key => {
                one.properties.push(CsiProperty { alias: alias.clone(), name: jmes_path(&name) });
            }
            Some(name) => one.properties.push(CsiProperty { alias: alias.clone(), name }),
            None if one.alias.is_some() => {
                let clause = format!("asks for the same object of the store as another: `{}`", one.name);
                faults.refuse(&["secrets", "remote"], &clause);
            }
            None => one.alias = Some(alias.clone()),
        }
    }
    objects.into_values().collect()
}

/// Where the value is, as far as the provider can say it.
fn csi_remote(section: &SecretsSection, ability: &Ability, secret: &str, key: &str, faults: &mut Faults<'_>) -> Remote {
    let written =
        [format!("{secret}/{key}"), secret.to_owned()].into_iter().find(|name| section.remote.contains_key(name));
    let mut remote = remote(section, secret, key, faults);
    let place = written.clone().unwrap_or_default();
    let place: &[&str] =
        if written.is_some() { &["secrets", "remote", &place] } else { &["secrets", "csi", "provider"] };
    if ability.provider == CsiProvider::Gcp && !remote.name.starts_with("projects/") {
        let clause = format!(
            "needs the full name of `{secret}/{key}`, `projects/…/secrets/…/versions/latest`: [secrets.remote] \"{secret}\" = \"…\""
        );
        faults.refuse(place, &clause);
    }
    if remote.property.is_some() && !ability.properties {
        // A store without JSON objects has one entry for each key.
        if written.is_some() {
            let clause = format!(
                "must name the entry of one key, `{secret}/{key}`: `{}` stores no objects",
                ability.provider.word()
            );
            faults.refuse(place, &clause);
        }
        remote = Remote { name: format!("{secret}-{key}"), property: None, version: remote.version };
    }
    if remote.property.is_none() && ability.properties_only {
        faults.refuse(place, &format!("needs `property`: `{}` stores objects", ability.provider.word()));
    }
    if remote.version.is_some() && !ability.versions {
        faults.refuse(
            place,
            &format!("cannot name a `version`: `{}` has it in the name, or none", ability.provider.word()),
        );
    }
    remote
}

/// A key as a `JMESPath` expression: quoted where it is not an identifier.
/// Source: <https://jmespath.org/specification.html#identifiers>
fn jmes_path(key: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let plain = key.chars().all(fits) && !key.starts_with(|c: char| c.is_ascii_digit());
    if plain { key.to_owned() } else { format!("\"{key}\"") }
}

/// Name of the file for a key of a Secret that variables are made from.
fn alias(secret: &str, key: &str) -> String {
    format!("{secret}_{key}")
}

fn secret_objects(references: &References) -> Vec<SecretObject> {
    let data = |secret: &str, keys: &std::collections::BTreeSet<String>| {
        keys.iter().map(|key| SecretObjectKey { object_name: alias(secret, key), key: key.clone() }).collect()
    };
    let objects = references.iter();
    objects.map(|(secret, keys)| SecretObject { secret_name: secret.clone(), data: data(secret, keys) }).collect()
}
