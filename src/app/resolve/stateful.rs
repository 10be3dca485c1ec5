//! `[stateful]`: the web workload as a StatefulSet with a headless Service and volumes for each replica.

use super::super::network::{Service, ServicePort};
use super::super::object::{Kind, Object, ObjectMeta};
use super::super::pod::{PodTemplate, VolumeMount};
use super::super::value::{DnsLabel, MountPath, SecretName};
use super::super::workload::{Claim, ClaimTemplate, StatefulSet};
use super::expose::SERVICE_PORT;
use super::probes::HTTP;
use super::volumes::access_word;
use super::{Parts, Resolver, WEB, object};
use crate::config::section::{RolloutStrategy, StatefulSection};

impl Resolver<'_> {
    /// A StatefulSet replaces one replica after the other, and nothing else can be asked of it.
    pub(super) fn keys_fit_stateful(&mut self) {
        if self.config.stateful.is_none() {
            return;
        }
        for key in ["max-unavailable", "max-surge", "deadline"] {
            if self.document.has(&["rollout", key]) {
                let message = format!("`rollout.{key}` has no meaning for a StatefulSet");
                let help = "it replaces one replica after the other, the last one first: leave it out";
                self.contradiction(&message, (&["rollout", key], ""), (&["stateful"], "a StatefulSet"), help);
            }
        }
        if self.config.rollout.strategy == RolloutStrategy::Recreate {
            let message = "a StatefulSet is never recreated at once";
            let help = "it stops a replica before it starts the same one anew: leave `strategy` out";
            self.contradiction(message, (&["rollout", "strategy"], ""), (&["stateful"], "a StatefulSet"), help);
        }
    }

    /// The StatefulSet and its headless Service.
    pub(super) fn stateful_objects(
        &mut self,
        parts: &Parts,
        metadata: ObjectMeta,
        mut template: PodTemplate,
    ) -> Option<Vec<Object>> {
        let section = self.config.stateful.clone()?;
        let service_name = format!("{}-headless", parts.names.of(WEB));
        let (mounts, volume_claim_templates) = self.claim_templates(parts, &section)?;
        for container in template.containers.iter_mut().take(1) {
            for mount in &mounts {
                if container.volume_mounts.iter().any(|other| other.mount_path == mount.mount_path) {
                    self.fault(&["stateful", "volumes", &mount.name, "mount"], "is mounted already");
                }
            }
            container.volume_mounts.extend(mounts.clone());
        }
        let set = StatefulSet {
            replicas: parts.scaling.fixed(),
            service_name: service_name.clone(),
            pod_management_policy: if section.ordered.unwrap_or(true) { "OrderedReady" } else { "Parallel" },
            match_labels: parts.names.match_labels(WEB),
            template,
            volume_claim_templates,
        };
        let service = Service {
            service_type: "ClusterIP",
            headless: true,
            external_name: None,
            selector: parts.names.match_labels(WEB),
            ports: vec![ServicePort::http(SERVICE_PORT, HTTP)],
        };
        Some(vec![
            object("stateful-set", metadata, Kind::StatefulSet(Box::new(set))),
            object("service-headless", parts.names.metadata_named(WEB, service_name), Kind::Service(service)),
        ])
    }

    fn claim_templates(
        &mut self,
        parts: &Parts,
        section: &StatefulSection,
    ) -> Option<(Vec<VolumeMount>, Vec<ClaimTemplate>)> {
        let (mut mounts, mut templates) = (Vec::new(), Vec::new());
        for (name, volume) in &section.volumes {
            let place = |key| ["stateful", "volumes", name.as_str(), key];
            self.parse::<DnsLabel>(name, &["stateful", "volumes", name])?;
            if self.config.volumes.contains_key(name) {
                let message = format!("two volumes are called `{name}`");
                let (one, other) = (["stateful", "volumes", name.as_str()], ["volumes", name.as_str()]);
                let help = "[stateful] volumes for one volume each, [volumes] for one that all replicas share";
                self.contradiction(&message, (&one, "one for each replica"), (&other, "one for all"), help);
            }
            let path: MountPath = self.parse(&volume.mount, &place("mount"))?;
            mounts.push(VolumeMount::new(name, path.to_string()));
            templates.push(ClaimTemplate {
                name: name.clone(),
                labels: parts.names.match_labels(WEB),
                claim: Claim {
                    access_mode: access_word(volume.access.unwrap_or_default()),
                    storage_class_name: self.optional::<SecretName>(volume.class.as_ref(), &place("class")),
                    storage: self.parse(&volume.size, &place("size"))?,
                },
            });
        }
        Some((mounts, templates))
    }
}
