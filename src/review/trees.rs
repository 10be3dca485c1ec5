//! All objects of both sides, changed or not: what a change does depends on what is around it.

use serde_json::Value;

use super::delivery::Delivery;
use crate::kube::kind;
use crate::kube::labels::{self, Labels};
use crate::kube::object::Object;
use crate::kube::path::at;
use crate::kube::workload::Workload;

/// The objects before and after, and who brings them to the cluster.
#[derive(Debug, Default)]
pub(crate) struct Trees {
    pub(crate) before: Vec<Object>,
    pub(crate) after: Vec<Object>,
    pub(crate) delivery: Delivery,
}

/// The namespace of an object; empty when none is given.
pub(crate) fn namespace(object: &Value) -> &str {
    at(object, "metadata.namespace").as_str().unwrap_or_default()
}

pub(crate) fn name(object: &Value) -> &str {
    at(object, "metadata.name").as_str().unwrap_or_default()
}

/// The objects of `kind` in the namespace of `object`.
pub(crate) fn neighbours<'a>(
    tree: &'a [Object],
    kinds: &'a [&'a str],
    object: &'a Value,
) -> impl Iterator<Item = &'a Object> {
    let near = move |other: &&Object| {
        kinds.contains(&other.identity.kind.as_str()) && other.identity.namespace == namespace(object)
    };
    tree.iter().filter(near)
}

/// The workloads of a tree in the namespace of `object`.
pub(crate) fn workloads<'a>(tree: &'a [Object], object: &'a Value) -> impl Iterator<Item = Workload<'a>> {
    tree.iter().filter(move |other| other.identity.namespace == namespace(object)).filter_map(Workload::of)
}

/// The labels of the pods that `workload` makes; none for what makes no pods.
pub(crate) fn pod_labels(workload: &Value) -> Labels<'_> {
    let kind = workload["kind"].as_str().and_then(kind::of);
    kind.and_then(|kind| kind.pod_template).map(|way| labels::of(&at(workload, way)["metadata"])).unwrap_or_default()
}

/// Whether the selector of a Service finds pods with these labels. One without a selector finds none.
pub(crate) fn selects(service: &Object, labels: &Labels<'_>) -> bool {
    let selector = labels::plain(service.at("spec.selector"));
    !selector.is_empty() && labels::is_subset(&selector, labels)
}

impl Trees {
    /// Whether a Service brings callers to the pods of `workload`, before or after.
    pub(crate) fn serves(&self, workload: &Value) -> bool {
        let labels = pod_labels(workload);
        [&self.before, &self.after]
            .into_iter()
            .flat_map(|tree| neighbours(tree, &["Service"], workload))
            .any(|service| selects(service, &labels))
    }

    /// The same object on the other side.
    pub(crate) fn twin<'a>(tree: &'a [Object], object: &Object) -> Option<&'a Object> {
        tree.iter().find(|other| other.identity == object.identity)
    }
}
