//! `[security]`: the user, the folders that can be written, and where connections may go.

use super::super::network::Egress;
use super::super::pod::{Volume, VolumeMount, VolumeSource};
use super::super::value::{FilePath, Quantity};
use super::APP_FOLDER;
use super::faults::{Faults, constant};
use super::network_policy;
use crate::config::defaults;
use crate::config::section::SecuritySection;

/// What the pods may do.
#[derive(Clone, Debug)]
pub(super) struct Security {
    /// Folders of `writable`, as absolute paths.
    pub(super) writable: Vec<String>,
    /// Whether NetworkPolicies are rendered.
    pub(super) network_policy: bool,
    pub(super) egress: Egress,
}

impl Security {
    /// `/tmp` and the folders that `app.toml` names, each an empty folder of the pod.
    pub(super) fn writable_folders(&self) -> (Vec<VolumeMount>, Vec<Volume>) {
        let size_limit: Quantity = constant("256Mi");
        let comment = "Python's tempfile and the server need a writable folder under the read-only root.";
        let own = self.writable.iter().enumerate().map(|(index, path)| (format!("writable-{index}"), &**path, None));
        std::iter::once(("tmp".to_owned(), "/tmp", Some(comment)))
            .chain(own)
            .map(|(name, path, comment)| {
                let source = VolumeSource::EmptyDir { size_limit: size_limit.clone(), medium: None };
                (VolumeMount::new(&name, path), Volume { name, source, comment })
            })
            .unzip()
    }
}

/// `[security]`.
pub(super) fn resolve(section: &SecuritySection, faults: &mut Faults<'_>) -> Security {
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
        if folder == "/tmp" || writable.contains(&folder) {
            faults.refuse(&path, "is writable already");
        }
        writable.push(folder);
    }
    Security { writable, network_policy, egress: network_policy::egress(section.egress.as_deref(), faults) }
}
