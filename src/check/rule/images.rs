//! Every container's image is a reference that a runtime can parse, and stays the same image tomorrow.

use super::Report;
use crate::kube::grammar::image_reference::ImageReference;
use crate::kube::workload::Workload;

pub(super) fn check(workload: Workload, report: &mut Report) {
    for container in workload.containers() {
        let image = container.value["image"].as_str().unwrap_or_default();
        let Some(reference) = ImageReference::parse(image) else {
            report.fault(
                workload.object,
                format!("container `{}` has the image `{image}`, which no runtime can parse", container.name()),
            );
            continue;
        };
        if !reference.is_pinned() {
            report.policy(
                workload.object,
                format!("container `{}` has the image `{image}`, which is not pinned", container.name()),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Level::{Fault, Policy};
    use crate::check::fixture::Sample;

    const RULE: &str = "images";

    #[test]
    fn images_parse_and_are_fixed() {
        Sample::good().assert_silent(RULE);
        let with = |image: &str| Sample::good().edit("k8s/worker.yaml", "ghcr.io/acme/shop:1.4.2", image);
        with(&format!("ghcr.io/acme/shop@sha256:{}", "0".repeat(64))).assert_silent(RULE);
        with("ghcr.io/Acme/shop:1").assert_finds(RULE, Fault, "no runtime can parse");
        with("\"ghcr.io/acme/shop:1 \"").assert_finds(RULE, Fault, "no runtime can parse");
        with("ghcr.io/acme/shop").assert_finds(RULE, Policy, "is not pinned");
        with("ghcr.io/acme/shop:latest").assert_finds(RULE, Policy, "is not pinned");
    }
}
