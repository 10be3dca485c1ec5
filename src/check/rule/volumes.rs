//! Every mount has its volume, every volume is mounted, and no two mounts share a place.

use std::collections::BTreeSet;

use super::Report;
use crate::kube::path::at;
use crate::kube::value::items;
use crate::kube::workload::Workload;

pub(super) fn check(workload: Workload, report: &mut Report) {
    let mut known = BTreeSet::new();
    let claims =
        items(workload.object.at("spec.volumeClaimTemplates")).filter_map(|claim| at(claim, "metadata.name").as_str());
    let volumes = items(&workload.pod()["volumes"]).filter_map(|volume| volume["name"].as_str());
    for name in volumes.chain(claims) {
        if !known.insert(name) {
            report.fault(workload.object, format!("has two volumes called `{name}`"));
        }
    }
    let mut mounted = BTreeSet::new();
    for container in workload.containers() {
        let mut places = BTreeSet::new();
        for mount in items(&container.value["volumeMounts"]) {
            let name = mount["name"].as_str().unwrap_or_default();
            let place = mount["mountPath"].as_str().unwrap_or_default();
            if !known.contains(name) {
                report.fault(
                    workload.object,
                    format!("container `{}` mounts `{name}`, which is not a volume of the pod", container.name()),
                );
            }
            if !place.starts_with('/') || place.contains(':') {
                report.fault(workload.object, format!("mount path `{place}` is not absolute or holds a colon"));
            }
            if !places.insert(place.trim_end_matches('/')) {
                report.fault(workload.object, format!("container `{}` mounts twice at `{place}`", container.name()));
            }
            mounted.insert(name);
        }
    }
    for name in known.difference(&mounted) {
        report.policy(workload.object, format!("volume `{name}` is mounted nowhere"));
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Level::{Fault, Policy};
    use crate::check::fixture::Sample;

    const RULE: &str = "volumes";
    const DEPLOYMENT: &str = "k8s/deployment.yaml";

    #[test]
    fn mounts_and_volumes_meet() {
        Sample::good().assert_silent(RULE);
        Sample::good().edit(DEPLOYMENT, "            - name: media\n", "            - name: files\n").assert_finds(
            RULE,
            Fault,
            "mounts `files`",
        );
        Sample::good()
            .edit(DEPLOYMENT, "            - name: media\n              mountPath: /app/media\n", "")
            .assert_finds(RULE, Policy, "`media` is mounted nowhere");
        Sample::good()
            .edit(
                DEPLOYMENT,
                "        - name: tmp\n          e",
                "        - name: media\n          emptyDir: {}\n        - name: tmp\n          e",
            )
            .assert_finds(RULE, Fault, "two volumes called `media`");
        Sample::good()
            .edit("k8s/redis.yaml", "            - name: data\n              mountPath: /data\n", "")
            .assert_finds(RULE, Policy, "`data` is mounted nowhere");
    }

    #[test]
    fn places_are_absolute_and_single() {
        Sample::good().edit(DEPLOYMENT, "mountPath: /app/media", "mountPath: app/media").assert_finds(
            RULE,
            Fault,
            "not absolute",
        );
        Sample::good().edit(DEPLOYMENT, "mountPath: /app/media", "mountPath: /tmp/").assert_finds(
            RULE,
            Fault,
            "mounts twice",
        );
    }
}
