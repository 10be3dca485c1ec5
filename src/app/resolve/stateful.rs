//! `[stateful]`: the web workload as a StatefulSet with a headless Service and volumes for each replica.

use super::super::component::Component;
use super::super::network::{Service, ServicePort};
use super::super::object::{Kind, Object, ObjectMeta};
use super::super::pod::{PodTemplate, VolumeMount};
use super::super::value::{DnsLabel, MountPath, ObjectName};
use super::super::workload::{Claim, ClaimTemplate, StatefulSet};
use super::faults::Faults;
use super::names::Names;
use super::probes::HTTP;
use super::{ResolvedSections, SERVICE_PORT, object};
use crate::config::defaults;
use crate::config::section::{Config, RolloutStrategy, StatefulVolume};

/// What makes the web workload a StatefulSet.
#[derive(Clone, Debug)]
pub(super) struct Stateful {
    ordered: bool,
    /// Mounts of the first container, and the claims for them.
    mounts: Vec<VolumeMount>,
    volume_claim_templates: Vec<ClaimTemplate>,
}

pub(super) fn resolve(config: &Config, names: &Names, faults: &mut Faults<'_>) -> Option<Stateful> {
    let section = config.stateful.as_ref()?;
    keys_fit(config, faults);
    let (mounts, volume_claim_templates) =
        section.volumes.iter().filter_map(|(name, volume)| claim(config, names, name, volume, faults)).unzip();
    let ordered = section.ordered.unwrap_or(defaults::volumes::ORDERED);
    Some(Stateful { ordered, mounts, volume_claim_templates })
}

/// A StatefulSet replaces one replica after the other, and nothing else can be asked of it.
fn keys_fit(config: &Config, faults: &mut Faults<'_>) {
    let message = |key: &str| format!("`{key}` has no meaning for a StatefulSet");
    let help = "it replaces one replica at a time, the last one first: leave it out";
    let keys = ["max-unavailable", "max-surge", "deadline"];
    faults.without_meaning((&["rollout"], &keys), (&["stateful"], "a StatefulSet"), message, help);
    if config.rollout.strategy == RolloutStrategy::Recreate {
        let message = "a StatefulSet is never recreated at once";
        let help = "it stops a replica before it starts the same one again: leave `strategy` out";
        faults.contradiction(message, (&["rollout", "strategy"], ""), (&["stateful"], "a StatefulSet"), help);
    }
}

/// The volume called `name` in the pods, and its claim.
fn claim(
    config: &Config,
    names: &Names,
    name: &str,
    volume: &StatefulVolume,
    faults: &mut Faults<'_>,
) -> Option<(VolumeMount, ClaimTemplate)> {
    let place = |key| ["stateful", "volumes", name, key];
    let label = faults.parse::<DnsLabel>(name, &["stateful", "volumes", name]);
    if config.volumes.contains_key(name) {
        let message = format!("two volumes are called `{name}`");
        let (one, other) = (["stateful", "volumes", name], ["volumes", name]);
        let help = "[stateful] volumes for one volume each, [volumes] for one that all replicas share";
        faults.contradiction(&message, (&one, "one for each replica"), (&other, "one for all"), help);
    }
    let path = faults.parse::<MountPath>(&volume.mount, &place("mount"));
    let storage_class_name = faults.optional::<ObjectName>(volume.class.as_ref(), &place("class"));
    let storage = faults.parse(&volume.size, &place("size"));
    let claim = Claim { access_mode: volume.access.unwrap_or_default(), storage_class_name, storage: storage? };
    let labels = names.match_labels(&Component::Web);
    let template = ClaimTemplate { name: label?.to_string(), labels, claim };
    Some((VolumeMount::new(name, path?.to_string()), template))
}

/// The StatefulSet and its headless Service.
pub(super) fn objects(
    parts: &ResolvedSections,
    stateful: &Stateful,
    metadata: ObjectMeta,
    mut template: PodTemplate,
    faults: &mut Faults<'_>,
) -> Vec<Object> {
    let service_name = parts.names.of("web-headless");
    let match_labels = parts.names.match_labels(&Component::Web);
    for container in template.containers.iter_mut().take(1) {
        for mount in &stateful.mounts {
            if container.volume_mounts.iter().any(|other| other.mount_path == mount.mount_path) {
                faults.refuse(&["stateful", "volumes", &mount.name, "mount"], "is mounted already");
            }
        }
        container.volume_mounts.extend(stateful.mounts.iter().cloned());
    }
    let set = StatefulSet {
        replicas: parts.scaling.fixed(),
        service_name: service_name.clone(),
        pod_management_policy: if stateful.ordered { "OrderedReady" } else { "Parallel" },
        match_labels: match_labels.clone(),
        template,
        volume_claim_templates: stateful.volume_claim_templates.clone(),
    };
    let ports = vec![ServicePort::http(SERVICE_PORT, HTTP)];
    let service = Service { headless: true, ..Service::cluster_ip(match_labels, ports) };
    let web = &Component::Web;
    vec![
        object(web, "stateful-set", metadata, Kind::StatefulSet(Box::new(set))),
        object(web, "service-headless", parts.names.metadata_named(web, service_name), Kind::Service(service)),
    ]
}
