//! `[volumes]`: claims, empty folders, files of the repository and Secrets in the pods.

use std::collections::BTreeMap;

use super::super::component::Component;
use super::super::object::{Kind, Object, ObjectMeta};
use super::super::pod::{Volume, VolumeMount, VolumeSource};
use super::super::value::{DnsLabel, FilePath, MountPath, ObjectName, SecretKey};
use super::super::workload::{Claim, ConfigMap};
use super::faults::Faults;
use super::names::Names;
use super::scaling::Scaling;
use super::{Options, object};
use crate::config::defaults;
use crate::config::section::{Config, RolloutStrategy, VolumeAccess, VolumeKind, VolumeSection};
use crate::diagnostic::Diagnostic;
use crate::fingerprint::Fingerprint;

/// Beginnings of the names of the volumes that pykube adds itself.
const OWN_NAMES: [&str; 4] = ["tmp", "writable-", "secret-files", "secrets"];

/// Most that all files of one ConfigMap hold, in bytes; the API refuses more than 1 MiB with everything around them.
const LARGEST_CONFIG_MAP: usize = 900 << 10;

/// The kind that is meant, by the keys that are written.
fn kind_of(section: &VolumeSection) -> VolumeKind {
    section.kind.unwrap_or(match section {
        section if !section.files.is_empty() => VolumeKind::ConfigMap,
        section if section.secret.is_some() => VolumeKind::Secret,
        _ => VolumeKind::Claim,
    })
}

/// A volume of `[volumes]` in the pods of the workloads that it is for.
#[derive(Clone, Debug)]
pub(super) struct SharedVolume {
    pub(super) on: Option<Vec<String>>,
    pub(super) mount: VolumeMount,
    pub(super) volume: Volume,
    /// The claim or the ConfigMap behind it, where pykube renders one.
    pub(super) object: Option<Object>,
}

/// `[volumes]`.
pub(super) fn resolve(
    config: &Config,
    options: &Options,
    names: &Names,
    scaling: &Scaling,
    faults: &mut Faults<'_>,
) -> Vec<SharedVolume> {
    let mut volumes = Vec::new();
    for (name, section) in &config.volumes {
        let place = ["volumes", name.as_str()];
        if faults.parse::<DnsLabel>(name, &place).is_none() {
            continue;
        }
        if OWN_NAMES.iter().any(|own| name.starts_with(own)) {
            faults.refuse(&place, "has a name that pykube gives to volumes of its own");
        }
        let kind = kind_of(section);
        volume_keys_fit(name, section, kind, faults);
        if kind == VolumeKind::Claim {
            claim_can_be_shared(config, scaling, name, section, faults);
        }
        let path: Option<MountPath> = faults.parse(&section.mount, &["volumes", name, "mount"]);
        let (source, object) = source(options, names, name, section, faults);
        let (Some(path), Some(source)) = (path, source) else { continue };
        let written = matches!(source, VolumeSource::Claim { .. } | VolumeSource::EmptyDir { .. });
        let many = section.access == Some(VolumeAccess::ReadOnlyMany);
        let read_only = section.read_only || !written || many;
        volumes.push(SharedVolume {
            on: section.on.clone(),
            mount: VolumeMount { read_only, ..VolumeMount::new(name, path.to_string()) },
            volume: Volume { name: name.clone(), source, comment: None },
            object,
        });
    }
    volumes
}

/// What the volume is, and the object that makes it.
fn source(
    options: &Options,
    names: &Names,
    name: &str,
    section: &VolumeSection,
    faults: &mut Faults<'_>,
) -> (Option<VolumeSource>, Option<Object>) {
    match kind_of(section) {
        VolumeKind::Claim => {
            let claim_name = section.claim.clone().unwrap_or_else(|| names.of(name));
            (Some(VolumeSource::Claim { claim_name }), claim_object(names, name, section, faults))
        }
        VolumeKind::EmptyDir => {
            let size = defaults::volumes::SIZE;
            let size_limit = faults.parse_or(section.size.as_deref(), size, &["volumes", name, "size"]);
            (Some(VolumeSource::EmptyDir { size_limit, medium: section.memory.then_some("Memory") }), None)
        }
        VolumeKind::ConfigMap => {
            let object = files_config_map(options, names, "volumes", name, &section.files, faults);
            (Some(VolumeSource::ConfigMap { name: object.metadata.name.clone() }), Some(object))
        }
        VolumeKind::Secret => {
            let secret = section.secret.as_deref().unwrap_or_default();
            let secret: Option<ObjectName> = faults.parse(secret, &["volumes", name, "secret"]);
            (secret.map(|name| VolumeSource::Secret { secret_name: name.to_string() }), None)
        }
    }
}

fn volume_keys_fit(name: &str, section: &VolumeSection, kind: VolumeKind, faults: &mut Faults<'_>) {
    use VolumeKind::{Claim, ConfigMap, EmptyDir, Secret};
    let keys: [(&str, &[VolumeKind]); 7] = [
        ("size", &[Claim, EmptyDir]),
        ("access", &[Claim]),
        ("class", &[Claim]),
        ("claim", &[Claim]),
        ("memory", &[EmptyDir]),
        ("files", &[ConfigMap]),
        ("secret", &[Secret]),
    ];
    let place = ["volumes", name];
    let kind_place = ["volumes", name, "kind"];
    let written: &[&str] = if section.kind.is_some() { &kind_place } else { &place };
    let others: Vec<&str> = keys.iter().filter(|(_, kinds)| !kinds.contains(&kind)).map(|(key, _)| *key).collect();
    let message = |key: &str| format!("`{key}` has no meaning for this kind of volume");
    let help = "one volume is one thing: a claim, an empty folder, files or a Secret";
    faults.without_meaning((&place, &others), (written, "the kind"), message, help);
    match kind {
        Claim if section.size.is_none() && section.claim.is_none() => {
            faults.refuse(&place, "needs `size`, or `claim` for one that exists, or another `kind`");
        }
        ConfigMap if section.files.is_empty() => faults.refuse(&place, "needs `files`, the files that it holds"),
        Secret if section.secret.is_none() => faults.refuse(&place, "needs `secret`: the name of the Secret"),
        _ => {}
    }
    if section.claim.is_some() {
        let message = |key: &str| format!("`{key}` is not used together with `claim`");
        let other: (&[&str], &str) = (&["volumes", name, "claim"], "it exists already");
        faults.without_meaning((&place, &["size", "class"]), other, message, "leave it out");
    }
}

fn claim_object(names: &Names, name: &str, section: &VolumeSection, faults: &mut Faults<'_>) -> Option<Object> {
    if let Some(claim) = &section.claim {
        faults.parse::<ObjectName>(claim, &["volumes", name, "claim"]);
        return None;
    }
    let storage_class_name = faults.optional::<ObjectName>(section.class.as_ref(), &["volumes", name, "class"]);
    let storage = section.size.as_ref().and_then(|size| faults.parse(size, &["volumes", name, "size"]));
    let claim = Claim { access_mode: section.access.unwrap_or_default(), storage_class_name, storage: storage? };
    let metadata = names.metadata_named(&Component::Base, names.of(name));
    Some(object(&Component::Base, &format!("claim-{name}"), metadata, Kind::PersistentVolumeClaim(claim)))
}

/// A claim of one node with pods on several is refused: all but the first node's would wait forever.
fn claim_can_be_shared(
    config: &Config,
    scaling: &Scaling,
    name: &str,
    section: &VolumeSection,
    faults: &mut Faults<'_>,
) {
    let access = section.access.unwrap_or_default();
    if matches!(access, VolumeAccess::ReadWriteMany | VolumeAccess::ReadOnlyMany) {
        return;
    }
    let word = access.word();
    let place = ["volumes", name];
    let access_place = ["volumes", name, "access"];
    let (own, label): (&[&str], String) = match section.access {
        Some(_) => (&access_place, "one node at a time".into()),
        None => (&place, format!("{word} by default")),
    };
    let help = "access = \"ReadWriteMany\", or [stateful] volumes for one volume each";
    let on_web = Component::Web.is_on(section.on.as_deref());
    if section.on.as_ref().is_some_and(|on| on.len() > 1) {
        let message = format!("a {word} volume cannot be shared by several workloads");
        let other = ["volumes", name, "on"];
        faults.contradiction(&message, (own, &label), (&other, "more than one"), help);
    } else if on_web && scaling.max > 1 {
        let many = scaling.max;
        let fault = Diagnostic::error(format!("a {word} volume cannot be shared by {many} replicas"));
        let fault = faults.document().at_key(fault, own, label);
        let fault = match replicas_place(faults) {
            Some(path) => faults.document().at_key(fault, &path, format!("up to {many} replicas")),
            None => fault.help("[scaling] replicas = 1; without [scaling] there are two and more"),
        };
        faults.push(fault.help(help));
    } else if on_web && config.rollout.strategy == RolloutStrategy::BlueGreen {
        let message = format!("a {word} volume cannot be shared by two versions");
        let strategy = ["rollout", "strategy"];
        faults.contradiction(&message, (own, &label), (&strategy, "both run at once"), "access = \"ReadWriteMany\"");
    } else if on_web && config.rollout.strategy == RolloutStrategy::Rolling && config.stateful.is_none() {
        let strategy: &[&str] =
            if faults.has(&["rollout", "strategy"]) { &["rollout", "strategy"] } else { &["rollout"] };
        let fault = Diagnostic::error(format!(
            "a {word} volume is still held by the old pod when a rolling update starts the new one"
        ));
        let mut fault = faults.document().at_key(fault, own, label);
        if faults.has(strategy) {
            fault = faults.document().at_key(fault, strategy, "`rolling`");
        }
        let help_recreate = "[rollout] strategy = \"recreate\": the old pod stops first";
        faults.push(fault.help(help_recreate).help(help));
    }
}

/// The key that says how many replicas there are.
fn replicas_place(faults: &Faults<'_>) -> Option<[&'static str; 2]> {
    [["scaling", "replicas"], ["scaling", "max"], ["scaling", "min"]].into_iter().find(|path| faults.has(path))
}

/// A ConfigMap of files of the repository. Its name changes with them: a change rolls the pods.
pub(super) fn files_config_map(
    options: &Options,
    names: &Names,
    section: &str,
    name: &str,
    files: &BTreeMap<String, String>,
    faults: &mut Faults<'_>,
) -> Object {
    let mut data = BTreeMap::new();
    let keys = file_keys(files.keys().map(String::as_str));
    for ((written, path), key) in files.iter().zip(keys) {
        let place = [section, name, "files", written.as_str()];
        let key: Option<SecretKey> = faults.parse(&key, &place);
        let text = faults.parse::<FilePath>(path, &place).and_then(|path| options.text(path.as_ref(), &place, faults));
        let (Some(key), Some(text)) = (key, text) else { continue };
        if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
            faults.refuse(&place, "names a file with control characters, which a ConfigMap does not carry");
        }
        faults.refuse_credential("content", text.lines().next().unwrap_or_default(), &place);
        data.insert(key.to_string(), text.to_owned());
    }
    if data.values().map(String::len).sum::<usize>() > LARGEST_CONFIG_MAP {
        faults.refuse(&[section, name, "files"], "is more than a ConfigMap holds, 1 MiB");
    }
    let content = serde_json::to_string(&data).unwrap_or_default();
    let name_with_hash = format!("{}-{}", names.of(name), Fingerprint::of(&content).short());
    let metadata = ObjectMeta { name: name_with_hash, ..names.metadata(&Component::Base) };
    object(&Component::Base, &format!("configmap-{name}"), metadata, Kind::ConfigMap(ConfigMap { data }))
}

/// The ConfigMap's key of each file: its name, or all of its path where two have one name.
pub(super) fn file_keys<'a>(paths: impl Iterator<Item = &'a str>) -> Vec<String> {
    let paths: Vec<&str> = paths.collect();
    let base = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let key = |path: &&str| {
        let name = base(path);
        let alone = paths.iter().filter(|other| base(other) == name).count() == 1;
        if alone { name } else { path.trim_start_matches('/').replace('/', "_") }
    };
    paths.iter().map(key).collect()
}
