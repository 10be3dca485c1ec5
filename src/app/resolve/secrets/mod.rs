//! Secret files of the pods, and the objects that make the Secrets.

mod csi;
mod external;
mod sealed;

use std::collections::{BTreeMap, BTreeSet};

use super::super::object::{Kind, Object};
use super::super::pod::{KeyToPath, SecretKeyRef, SecretProjection, Volume, VolumeMount, VolumeSource};
use super::super::secret::Remote;
use super::super::value::MountPath;
use super::faults::Faults;
use super::{Options, ResolvedSections};
use crate::config::section::{Config, RemoteSection, SecretProvider, SecretsSection};

/// A file whose content is a key of a Secret.
#[derive(Clone, Debug)]
pub(super) struct SecretFile {
    /// Folder that it appears in.
    pub(super) folder: String,
    pub(super) name: String,
    pub(super) key: SecretKeyRef,
}

/// Keys by Secret that pods read, and KEDA for them.
pub(super) type References = BTreeMap<String, BTreeSet<String>>;

/// Keys of `[secrets]` that only some providers read.
const KEYS: [(&str, &[SecretProvider]); 8] = [
    ("store", &[SecretProvider::ExternalSecrets]),
    ("store-kind", &[SecretProvider::ExternalSecrets]),
    ("refresh", &[SecretProvider::ExternalSecrets]),
    ("remote", &[SecretProvider::ExternalSecrets, SecretProvider::Csi]),
    ("sealed", &[SecretProvider::SealedSecrets]),
    ("sealed-files", &[SecretProvider::SealedSecrets]),
    ("sealed-scope", &[SecretProvider::SealedSecrets]),
    ("csi", &[SecretProvider::Csi]),
];

/// Who makes the Secrets, and the files that come from them.
#[derive(Clone, Debug)]
pub(super) struct Secrets {
    provider: SecretProvider,
    files: Vec<SecretFile>,
    /// Whether anything but a file of `[secrets.files]` comes from a Secret: a variable, or what KEDA asks a queue with.
    has_variables: bool,
}

/// `[secrets]`, except for the objects.
pub(super) fn resolve(config: &Config, faults: &mut Faults<'_>) -> Secrets {
    let has_variables = !config.secrets.env.is_empty()
        || config.services.values().any(|service| service.kind.is_some())
        || config.sidecars.values().any(|sidecar| !sidecar.secrets.is_empty())
        || config.workers.values().any(|worker| worker.scaling.secret.is_some());
    Secrets { provider: config.secrets.provider, files: secret_files(&config.secrets, faults), has_variables }
}

/// The files of `[secrets.files]`, sorted by path.
fn secret_files(section: &SecretsSection, faults: &mut Faults<'_>) -> Vec<SecretFile> {
    let mut files = Vec::new();
    for (written, reference) in &section.files {
        let path = ["secrets", "files", written.as_str()];
        let key = faults.secret_key(reference, &path);
        let Some(place) = faults.parse::<MountPath>(written, &path) else { continue };
        let (folder, name) = place.split();
        if name.starts_with("..") {
            faults.refuse(&path, "must not name a file that begins with `..`: the kubelet reserves such names");
        }
        // The volume is the folder: what the image has there would be hidden.
        let Some(folder) = faults.parse::<MountPath>(if folder.is_empty() { "/" } else { folder }, &path) else {
            continue;
        };
        files.extend(key.map(|key| SecretFile { folder: folder.to_string(), name: name.to_owned(), key }));
    }
    files
}

/// Mounts and volumes of the secret files, one volume for each folder, and of what the CSI driver needs.
pub(super) fn volumes(parts: &ResolvedSections) -> (Vec<VolumeMount>, Vec<Volume>) {
    if parts.secrets.provider == SecretProvider::Csi {
        return csi::volumes(parts);
    }
    let mut mounts = Vec::new();
    let mut volumes = Vec::new();
    for (number, (folder, files)) in by_folder(&parts.secrets.files).into_iter().enumerate() {
        let name = volume_name(number);
        mounts.push(VolumeMount::new(&name, folder).for_reading());
        let mut sources: Vec<SecretProjection> = Vec::new();
        for file in files {
            let item = KeyToPath { key: file.key.key.clone(), path: file.name.clone() };
            match sources.iter_mut().find(|source| source.name == file.key.name) {
                Some(source) => source.items.push(item),
                None => sources.push(SecretProjection { name: file.key.name.clone(), items: vec![item] }),
            }
        }
        volumes.push(Volume { name, source: VolumeSource::Projected { sources }, comment: None });
    }
    (mounts, volumes)
}

/// The objects that make the Secrets behind `references`.
pub(super) fn objects(
    config: &Config,
    options: &Options,
    parts: &ResolvedSections,
    references: &References,
    faults: &mut Faults<'_>,
) -> Vec<Object> {
    let section = &config.secrets;
    keys_fit_provider(section.provider, faults);
    if section.provider != SecretProvider::Existing && references.is_empty() && parts.secrets.files.is_empty() {
        let clause = "has nothing to provide: `[secrets.env]` and `[secrets.files]` are empty";
        faults.refuse(&["secrets", "provider"], clause);
        return Vec::new();
    }
    remotes_are_used(section, parts, references, faults);
    match section.provider {
        SecretProvider::Existing => Vec::new(),
        SecretProvider::ExternalSecrets => external::objects(section, parts, references, faults),
        SecretProvider::SealedSecrets => sealed::objects(config, options, parts, references, faults),
        SecretProvider::Csi => csi::objects(section, parts, references, faults),
    }
}

fn keys_fit_provider(provider: SecretProvider, faults: &mut Faults<'_>) {
    let written: &[&str] = if faults.has(&["secrets", "provider"]) { &["secrets", "provider"] } else { &["secrets"] };
    for (key, providers) in KEYS {
        if !providers.contains(&provider) && faults.has(&["secrets", key]) {
            let wanted = providers.iter().map(|one| format!("`{}`", one.word())).collect::<Vec<_>>().join(" or ");
            faults.contradiction(
                &format!("`secrets.{key}` has no meaning for the provider `{}`", provider.word()),
                (&["secrets", key], ""),
                (written, "the provider"),
                &format!("leave it out, or [secrets] provider = {wanted}"),
            );
        }
    }
}

/// A mapping for something that nothing reads is a misspelled one.
fn remotes_are_used(
    section: &SecretsSection,
    parts: &ResolvedSections,
    references: &References,
    faults: &mut Faults<'_>,
) {
    let mut known = references.clone();
    for file in &parts.secrets.files {
        known.entry(file.key.name.clone()).or_default().insert(file.key.key.clone());
    }
    for name in section.remote.keys() {
        let (secret, key) = name.split_once('/').map_or((name.as_str(), None), |(secret, key)| (secret, Some(key)));
        let used = known.get(secret).is_some_and(|keys| key.is_none_or(|key| keys.contains(key)));
        if !used {
            faults.refuse(&["secrets", "remote", name], "is read by no variable and no file");
        }
    }
}

/// Where `key` of `secret` is in the store: as `[secrets.remote]` says, else a property under the same names.
fn remote(section: &SecretsSection, secret: &str, key: &str, faults: &mut Faults<'_>) -> Remote {
    let one = format!("{secret}/{key}");
    let remotes = &section.remote;
    let (written, default_property, path) = match (remotes.get(&one), remotes.get(secret)) {
        (Some(written), _) => (written.clone(), None, one),
        (None, Some(written)) => (written.clone(), Some(key.to_owned()), secret.to_owned()),
        (None, None) => {
            return Remote { name: secret.to_owned(), property: Some(key.to_owned()), version: None };
        }
    };
    let remote = match written {
        RemoteSection::Name(name) => Remote { name, property: default_property, version: None },
        RemoteSection::Table(table) => {
            Remote { name: table.name, property: table.property.or(default_property), version: table.version }
        }
    };
    for text in [Some(&remote.name), remote.property.as_ref(), remote.version.as_ref()].into_iter().flatten() {
        if text.is_empty() || text.chars().any(char::is_control) {
            faults.refuse(&["secrets", "remote", &path], "must not be empty or hold control characters");
        }
    }
    remote
}

/// Keys of Secrets that the pods of `objects` read as variables or files, and KEDA for them.
pub(super) fn references(objects: &[Object]) -> References {
    let mut references = References::new();
    let mut note = |secret: &str, key: &str| {
        references.entry(secret.to_owned()).or_default().insert(key.to_owned());
    };
    for object in objects {
        if let Kind::TriggerAuthentication(authentication) = &object.kind {
            note(&authentication.secret_name, &authentication.secret_key);
        }
    }
    for template in objects.iter().filter_map(|object| object.kind.pod_template()) {
        let containers = template.containers.iter().chain(&template.init_containers);
        for key in
            containers.flat_map(|container| &container.env).filter_map(|variable| variable.secret_key_ref.as_ref())
        {
            note(&key.name, &key.key);
        }
        for volume in &template.volumes {
            let VolumeSource::Projected { sources } = &volume.source else { continue };
            for source in sources {
                source.items.iter().for_each(|item| note(&source.name, &item.key));
            }
        }
    }
    references
}

fn by_folder(files: &[SecretFile]) -> BTreeMap<&str, Vec<&SecretFile>> {
    let mut folders: BTreeMap<&str, Vec<&SecretFile>> = BTreeMap::new();
    for file in files {
        folders.entry(&file.folder).or_default().push(file);
    }
    folders
}

/// Name of the volume of a folder of secret files.
fn volume_name(number: usize) -> String {
    if number == 0 { "secret-files".into() } else { format!("secret-files-{}", number + 1) }
}
