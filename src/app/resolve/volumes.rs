//! `[volumes]`: claims, empty folders, files of the repository and Secrets in the pods.

use std::collections::BTreeMap;

use super::super::object::{Kind, Object, ObjectMeta};
use super::super::pod::{Volume, VolumeMount, VolumeSource};
use super::super::value::{DnsLabel, FilePath, MountPath, Quantity, SecretKey, SecretName};
use super::super::workload::{Claim, ConfigMap};
use super::pod::BASE;
use super::{Parts, Resolver, WEB, object};
use crate::config::section::{RolloutStrategy, VolumeAccess, VolumeKind, VolumeSection};
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

/// The access mode as the API writes it.
pub(super) fn access_word(access: VolumeAccess) -> &'static str {
    match access {
        VolumeAccess::ReadWriteOnce => "ReadWriteOnce",
        VolumeAccess::ReadWriteOncePod => "ReadWriteOncePod",
        VolumeAccess::ReadWriteMany => "ReadWriteMany",
        VolumeAccess::ReadOnlyMany => "ReadOnlyMany",
    }
}

impl Resolver<'_> {
    /// Claims and ConfigMaps of `[volumes]`, and everything that is wrong with them.
    pub(super) fn volume_objects(&mut self, parts: &Parts) -> Vec<Object> {
        let mut objects = Vec::new();
        for (name, section) in &self.config.volumes {
            let place = ["volumes", name.as_str()];
            if self.parse::<DnsLabel>(name, &place).is_none() {
                continue;
            }
            if OWN_NAMES.iter().any(|own| name.starts_with(own)) {
                self.fault(&place, "has a name that pykube gives to volumes of its own");
            }
            let kind = kind_of(section);
            self.volume_keys_fit(name, section, kind);
            match kind {
                VolumeKind::Claim => {
                    self.claim_can_be_shared(parts, name, section);
                    objects.extend(self.claim_object(parts, name, section));
                }
                VolumeKind::ConfigMap => objects.extend(self.files_config_map(parts, "volumes", name, &section.files)),
                VolumeKind::EmptyDir | VolumeKind::Secret => {}
            }
        }
        objects
    }

    /// Mounts and volumes of `[volumes]` in the pods of `component`.
    pub(super) fn section_volumes(&mut self, parts: &Parts, component: &str) -> (Vec<VolumeMount>, Vec<Volume>) {
        let (mut mounts, mut volumes) = (Vec::new(), Vec::new());
        for (name, section) in &self.config.volumes {
            if !is_on(section.on.as_deref(), component) {
                continue;
            }
            let Some(path) = self.parse::<MountPath>(&section.mount, &["volumes", name, "mount"]) else { continue };
            let Some(source) = self.volume_source(parts, name, section) else { continue };
            let written = matches!(source, VolumeSource::Claim { .. } | VolumeSource::EmptyDir { .. });
            let many = section.access == Some(VolumeAccess::ReadOnlyMany);
            let read_only = section.read_only || !written || many;
            mounts.push(VolumeMount { read_only, ..VolumeMount::new(name, path.to_string()) });
            volumes.push(Volume { name: name.clone(), source, comment: None });
        }
        (mounts, volumes)
    }

    fn volume_source(&mut self, parts: &Parts, name: &str, section: &VolumeSection) -> Option<VolumeSource> {
        Some(match kind_of(section) {
            VolumeKind::Claim => {
                VolumeSource::Claim { claim_name: section.claim.clone().unwrap_or_else(|| parts.names.of(name)) }
            }
            VolumeKind::EmptyDir => VolumeSource::EmptyDir {
                size_limit: self.parse_or(section.size.as_deref(), "256Mi", &["volumes", name, "size"])?,
                medium: section.memory.then_some("Memory"),
            },
            VolumeKind::ConfigMap => VolumeSource::ConfigMap {
                name: self.files_config_map(parts, "volumes", name, &section.files)?.metadata.name,
            },
            VolumeKind::Secret => {
                let secret: SecretName =
                    self.parse(section.secret.as_deref().unwrap_or_default(), &["volumes", name, "secret"])?;
                VolumeSource::Secret { secret_name: secret.to_string() }
            }
        })
    }

    fn volume_keys_fit(&mut self, name: &str, section: &VolumeSection, kind: VolumeKind) {
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
        for (key, kinds) in keys {
            if !kinds.contains(&kind) && self.document.has(&["volumes", name, key]) {
                let message = format!("`volumes.{name}.{key}` has no meaning for this kind of volume");
                let help = "one volume is one thing: a claim, an empty folder, files or a Secret";
                self.contradiction(&message, (&["volumes", name, key], ""), (written, "the kind"), help);
            }
        }
        match kind {
            Claim if section.size.is_none() && section.claim.is_none() => {
                self.fault(&place, "needs `size`, or `claim` for one that exists, or another `kind`");
            }
            ConfigMap if section.files.is_empty() => self.fault(&place, "needs `files`: what shall it hold?"),
            Secret if section.secret.is_none() => self.fault(&place, "needs `secret`: the name of the Secret"),
            _ => {}
        }
        for key in ["size", "class", "access"] {
            if section.claim.is_some() && key != "access" && self.document.has(&["volumes", name, key]) {
                let message = format!("`volumes.{name}.{key}` is not used beside `claim`");
                let other = ["volumes", name, "claim"];
                self.contradiction(
                    &message,
                    (&["volumes", name, key], ""),
                    (&other, "it exists already"),
                    "leave it out",
                );
            }
        }
    }

    fn claim_object(&mut self, parts: &Parts, name: &str, section: &VolumeSection) -> Option<Object> {
        if let Some(claim) = &section.claim {
            self.parse::<SecretName>(claim, &["volumes", name, "claim"]);
            return None;
        }
        let claim = Claim {
            access_mode: access_word(section.access.unwrap_or_default()),
            storage_class_name: self.optional::<SecretName>(section.class.as_ref(), &["volumes", name, "class"]),
            storage: self.parse::<Quantity>(section.size.as_deref()?, &["volumes", name, "size"])?,
        };
        let metadata = parts.names.metadata_named(BASE, parts.names.of(name));
        Some(object(&format!("claim-{name}"), metadata, Kind::PersistentVolumeClaim(claim)))
    }

    /// A claim of one node with pods on several is refused: all but the first node's would wait for ever.
    fn claim_can_be_shared(&mut self, parts: &Parts, name: &str, section: &VolumeSection) {
        let access = section.access.unwrap_or_default();
        if matches!(access, VolumeAccess::ReadWriteMany | VolumeAccess::ReadOnlyMany) {
            return;
        }
        let word = access_word(access);
        let place = ["volumes", name];
        let access_place = ["volumes", name, "access"];
        let (own, label): (&[&str], String) = match section.access {
            Some(_) => (&access_place, "one node at a time".into()),
            None => (&place, format!("{word} by default")),
        };
        let help = "access = \"ReadWriteMany\", or [stateful] volumes for one volume each";
        let on_web = is_on(section.on.as_deref(), WEB);
        if section.on.as_ref().is_some_and(|on| on.len() > 1) {
            let message = format!("a {word} volume cannot be shared by several workloads");
            let other = ["volumes", name, "on"];
            self.contradiction(&message, (own, &label), (&other, "more than one"), help);
        } else if on_web && parts.scaling.max > 1 {
            let many = parts.scaling.max;
            let fault = Diagnostic::error(format!("a {word} volume cannot be shared by {many} replicas"));
            let fault = self.document.at_key(fault, own, label);
            let fault = match self.replicas_place() {
                Some(path) => self.document.at_key(fault, &path, format!("up to {many} replicas")),
                None => fault.help("[scaling] replicas = 1; without [scaling] there are two and more"),
            };
            self.faults.push(fault.help(help));
        } else if on_web && self.config.rollout.strategy == RolloutStrategy::BlueGreen {
            let message = format!("a {word} volume cannot be shared by two versions");
            let strategy = ["rollout", "strategy"];
            self.contradiction(&message, (own, &label), (&strategy, "both run at once"), "access = \"ReadWriteMany\"");
        } else if on_web && self.config.rollout.strategy == RolloutStrategy::Rolling && self.config.stateful.is_none() {
            let strategy: &[&str] =
                if self.document.has(&["rollout", "strategy"]) { &["rollout", "strategy"] } else { &["rollout"] };
            let fault = Diagnostic::error(format!(
                "a {word} volume is still held by the old pod when a rolling update starts the new one"
            ));
            let mut fault = self.document.at_key(fault, own, label);
            if self.document.has(strategy) {
                fault = self.document.at_key(fault, strategy, "`rolling`");
            }
            let help_recreate = "[rollout] strategy = \"recreate\": the old pod goes first";
            self.faults.push(fault.help(help_recreate).help(help));
        }
    }

    /// The key that says how many replicas there are.
    pub(super) fn replicas_place(&self) -> Option<[&'static str; 2]> {
        [["scaling", "replicas"], ["scaling", "max"], ["scaling", "min"]]
            .into_iter()
            .find(|path| self.document.has(path))
    }

    /// A ConfigMap of files of the repository. Its name changes with them, so that a change rolls the pods.
    pub(super) fn files_config_map(
        &mut self,
        parts: &Parts,
        section: &str,
        name: &str,
        files: &BTreeMap<String, String>,
    ) -> Option<Object> {
        let mut data = BTreeMap::new();
        let keys = file_keys(files.keys().map(String::as_str));
        for ((written, path), key) in files.iter().zip(keys) {
            let place = [section, name, "files", written.as_str()];
            let key: SecretKey = self.parse(&key, &place)?;
            let path: FilePath = self.parse(path, &place)?;
            let text = self.project_file(path.as_ref(), &place)?;
            if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
                self.fault(&place, "names a file with control characters, which a ConfigMap does not carry");
            }
            self.refuse_credential("content", text.lines().next().unwrap_or_default(), &place);
            data.insert(key.to_string(), text);
        }
        if data.values().map(String::len).sum::<usize>() > LARGEST_CONFIG_MAP {
            self.fault(&[section, name, "files"], "is more than a ConfigMap holds, 1 MiB");
        }
        let content = serde_json::to_string(&data).unwrap_or_default();
        let name_with_hash = format!("{}-{}", parts.names.of(name), Fingerprint::of(&content).short());
        let metadata = ObjectMeta { name: name_with_hash, ..parts.names.metadata(BASE) };
        Some(object(&format!("configmap-{name}"), metadata, Kind::ConfigMap(ConfigMap { data })))
    }
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

/// The component as `app.toml` names it: the two colours of a blue-green rollout are one workload.
pub(super) fn without_colour(component: &str) -> &str {
    if matches!(component, "web-blue" | "web-green") { WEB } else { component }
}

/// Whether a section is for `component`; without `on` it is for the web workload.
pub(super) fn is_on(on: Option<&[String]>, component: &str) -> bool {
    let component = without_colour(component);
    match on {
        None => component == WEB,
        Some(on) => on.iter().any(|name| name == component),
    }
}
