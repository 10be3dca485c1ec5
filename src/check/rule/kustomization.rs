//! The kustomization lists every manifest of its folder and nothing else, and its images are used.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Report;
use crate::check::tree::Bundle;
use crate::file_set::file_name;
use crate::kube::grammar::image_reference::ImageReference;
use crate::kube::value::items;

pub(super) fn check(bundle: &Bundle, report: &mut Report) {
    let Some((path, kustomization)) = &bundle.kustomization else {
        if let Some(first) = bundle.paths.first() {
            report.fault_in(first, "is in a folder without `kustomization.yaml`, the file that is applied");
        }
        return;
    };
    for (key, expected) in [("apiVersion", "kustomize.config.k8s.io/v1beta1"), ("kind", "Kustomization")] {
        if kustomization[key].as_str() != Some(expected) {
            report.fault_in(path, format!("its `{key}` is not `{expected}`"));
        }
    }
    let mut listed = BTreeSet::new();
    for name in items(&kustomization["resources"]).filter_map(Value::as_str) {
        if !listed.insert(name) {
            report.fault_in(path, format!("lists `{name}` twice"));
        }
    }
    let present: BTreeSet<&str> = bundle.paths.iter().map(|path| file_name(path)).collect();
    for name in present.iter().filter(|name| !listed.contains(**name)) {
        report.fault_in(path, format!("does not list `{name}`, which is never applied"));
    }
    for name in listed.iter().filter(|name| !bundle.own.contains(**name) && !present.contains(**name)) {
        report.fault_in(path, format!("lists `{name}`, which does not exist"));
    }
    images(bundle, path, kustomization, report);
    duplicates(bundle, report);
}

fn images(bundle: &Bundle, path: &str, kustomization: &Value, report: &mut Report) {
    let used: BTreeSet<&str> = bundle.repositories().collect();
    for image in items(&kustomization["images"]) {
        let name = image["name"].as_str().unwrap_or_default();
        if !used.contains(name) {
            report.fault_in(path, format!("changes image `{name}`, which no container has"));
        }
        let repository = image["newName"].as_str().unwrap_or(name);
        let tag = image["newTag"].as_str().map(|tag| format!(":{tag}")).unwrap_or_default();
        let digest = image["digest"].as_str().map(|digest| format!("@{digest}")).unwrap_or_default();
        let reference = format!("{repository}{tag}{digest}");
        if ImageReference::parse(&reference).is_none() {
            report.fault_in(path, format!("makes the image `{reference}`, which no runtime can parse"));
        }
        if !image["newTag"].is_null() && !image["newTag"].is_string() {
            report.fault_in(path, format!("the tag of image `{name}` is not a string"));
        }
    }
}

/// kustomize refuses two objects of one kind, namespace and name.
fn duplicates(bundle: &Bundle, report: &mut Report) {
    let mut seen = BTreeSet::new();
    for object in &bundle.objects {
        if !seen.insert((object.title(), object.namespace())) {
            report.fault(object, "is listed twice");
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Level::Fault;
    use crate::check::fixture::Sample;

    const RULE: &str = "kustomization";
    const KUSTOMIZATION: &str = "k8s/kustomization.yaml";

    #[test]
    fn it_lists_what_is_there() {
        Sample::good().assert_silent(RULE);
        Sample::good().edit(KUSTOMIZATION, "  - worker.yaml\n", "").assert_finds(
            RULE,
            Fault,
            "does not list `worker.yaml`",
        );
        Sample::good().edit(KUSTOMIZATION, "  - worker.yaml\n", "  - worker.yaml\n  - gone.yaml\n").assert_finds(
            RULE,
            Fault,
            "lists `gone.yaml`",
        );
        Sample::good()
            .edit(KUSTOMIZATION, "  - worker.yaml\n", "  - worker.yaml\n  - worker.yaml\n")
            .assert_finds(RULE, Fault, "twice");
        Sample::good().without(KUSTOMIZATION).assert_finds(RULE, Fault, "without `kustomization.yaml`");
    }

    #[test]
    fn it_says_what_it_is() {
        Sample::good().edit(KUSTOMIZATION, "v1beta1", "v1").assert_finds(RULE, Fault, "its `apiVersion`");
        Sample::good().edit(KUSTOMIZATION, "kind: Kustomization\n", "").assert_finds(RULE, Fault, "its `kind`");
    }

    #[test]
    fn its_images_are_used_and_parse() {
        Sample::good().edit(KUSTOMIZATION, "name: ghcr.io/acme/shop", "name: shop").assert_finds(
            RULE,
            Fault,
            "changes image `shop`",
        );
        Sample::good().edit(KUSTOMIZATION, "newTag: 1.4.2", "newTag: \"1 4\"").assert_finds(
            RULE,
            Fault,
            "`ghcr.io/acme/shop:1 4`",
        );
        Sample::good().edit(KUSTOMIZATION, "newTag: 1.4.2", "newTag: 14").assert_finds(RULE, Fault, "is not a string");
    }

    #[test]
    fn no_object_is_there_twice() {
        let copy = "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: shop\n  namespace: shop\n";
        Sample::good()
            .put("k8s/copy.yaml", copy)
            .edit(KUSTOMIZATION, "  - deployment.yaml\n", "  - copy.yaml\n  - deployment.yaml\n")
            .assert_finds(RULE, Fault, "is listed twice");
    }
}
