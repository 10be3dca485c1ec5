//! `[security]`: the user, the folders that can be written, and where connections may go.

use super::super::network::Egress;
use super::super::pod::{Volume, VolumeMount, VolumeSource};
use super::super::value::{FilePath, Quantity};
use super::APP_FOLDER;
use super::faults::{Faults, constant};
use super::network_policy;
use crate::config::defaults;
use crate::config::section::Config;

/// What the pods may do.
#[derive(Clone, Debug)]
pub(super) struct Security {
    /// Folders of `writable`, as absolute paths.
    pub(super) writable: Vec<String>,
    /// Whether NetworkPolicies are rendered.
    pub(super) network_policy: bool,
    pub(super) egress: Egress,
    /// Most that `/tmp` holds.
    tmp: Quantity,
    /// Size of `/dev/shm`.
    shm: Option<Quantity>,
}

impl Security {
    /// `/tmp` and the folders that `app.toml` names, each an empty folder of the pod.
    pub(super) fn writable_folders(&self) -> (Vec<VolumeMount>, Vec<Volume>) {
        let size_limit: Quantity = constant(defaults::volumes::SIZE);
        let comment = "Python's tempfile and the server need a writable folder under the read-only root.";
        let own = self.writable.iter().enumerate().map(|(index, path)| (format!("writable-{index}"), &**path, None));
        std::iter::once(("tmp".to_owned(), "/tmp", Some(comment)))
            .chain(own)
            .map(|(name, path, comment)| {
                let size_limit = if path == "/tmp" { self.tmp.clone() } else { size_limit.clone() };
                let source = VolumeSource::EmptyDir { size_limit, medium: None };
                (VolumeMount::new(&name, path), Volume { name, source, comment })
            })
            .chain(self.shm.iter().map(|size| {
                let source = VolumeSource::EmptyDir { size_limit: size.clone(), medium: Some("Memory") };
                (VolumeMount::new("shm", "/dev/shm"), Volume { name: "shm".into(), source, comment: None })
            }))
            .unzip()
    }
}

pub(super) fn resolve(config: &Config, faults: &mut Faults<'_>) -> Security {
    let section = &config.security;
    let network_policy = section.network_policy.unwrap_or(defaults::security::NETWORK_POLICY);
    // A list of destinations without a policy would be a promise that nobody keeps.
    if section.egress.is_some() && !network_policy {
        faults.contradiction(
            "`security.egress` needs a NetworkPolicy",
            (&["security", "egress"], "what pods may reach"),
            (&["security", "network-policy"], "no policy is rendered"),
            "leave `network-policy` out, or `egress`",
        );
    }
    let mut writable: Vec<String> = Vec::new();
    for (index, folder) in section.writable.iter().enumerate() {
        let position = index.to_string();
        let path = ["security", "writable", position.as_str()];
        let Some(relative) = faults.parse::<FilePath>(folder.strip_prefix('/').unwrap_or(folder), &path) else {
            continue;
        };
        let folder = if folder.starts_with('/') { format!("/{relative}") } else { format!("{APP_FOLDER}/{relative}") };
        if folder == "/tmp" || (folder == "/dev/shm" && config.pods.shm.is_some()) || writable.contains(&folder) {
            faults.refuse(&path, "is writable already");
        }
        writable.push(folder);
    }
    let (tmp, shm) = sizes(config, faults);
    Security { writable, network_policy, egress: network_policy::egress(section, faults), tmp, shm }
}

/// Sizes of `/tmp` and `/dev/shm`: the kubelet evicts a pod that fills more than its containers may.
/// Source: <https://kubernetes.io/docs/concepts/storage/volumes/#emptydir>
fn sizes(config: &Config, faults: &mut Faults<'_>) -> (Quantity, Option<Quantity>) {
    let resources = &config.resources;
    let tmp: Quantity = faults.parse_or(config.pods.tmp.as_deref(), defaults::pods::TMP, &["pods", "tmp"]);
    let shm: Option<Quantity> = config.pods.shm.as_ref().and_then(|size| faults.parse(size, &["pods", "shm"]));
    let fits = |size: &Quantity, most: Option<&str>, default: &'static str| {
        let most = most.unwrap_or(default).parse::<Quantity>();
        most.is_ok_and(|most| size.thousandths() <= most.thousandths())
    };
    let disk = (resources.ephemeral_storage.as_deref(), defaults::resources::EPHEMERAL_STORAGE);
    if config.pods.tmp.is_some() && !fits(&tmp, disk.0, disk.1) {
        faults.contradiction(
            "`/tmp` may hold more than the container",
            (&["pods", "tmp"], "the size of /tmp"),
            (&["resources", "ephemeral-storage"], "the disk of the container"),
            &format!(
                "set `[resources] ephemeral-storage`, which is {} now, to more than `tmp`",
                disk.0.unwrap_or(disk.1)
            ),
        );
    }
    let memory = (resources.memory.as_deref(), defaults::resources::MEMORY);
    if shm.as_ref().is_some_and(|shm| !fits(shm, memory.0, memory.1)) {
        faults.contradiction(
            "`/dev/shm` may hold more than the memory of the container",
            (&["pods", "shm"], "the size of /dev/shm"),
            (&["resources", "memory"], "the memory"),
            &format!("set `[resources] memory`, which is {} now, to more than `shm`", memory.0.unwrap_or(memory.1)),
        );
    }
    (tmp, shm)
}
