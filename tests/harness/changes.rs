//! Changes of objects, and their review.

use pykube::file_set::{FileSet, RelativePath};
use pykube::review::Review;
use pykube::write::Plan;

fn files(texts: &[(&str, &str)]) -> FileSet {
    let mut files = FileSet::new();
    for (path, text) in texts {
        files.add(RelativePath::new(*path).unwrap(), (*text).to_owned()).unwrap();
    }
    files
}

pub(crate) fn review_files(before: &[(&str, &str)], after: &[(&str, &str)]) -> Review {
    Review::of(&Plan::between(&files(before), &files(after)))
}

pub(crate) fn review(before: &str, after: &str) -> Review {
    review_files(&[("k8s/a.yaml", before)], &[("k8s/a.yaml", after)])
}

/// An object of `kind` with `body` in flow style behind its name.
pub(crate) fn object(kind: &str, body: &str) -> String {
    let group = match kind {
        "Deployment" | "StatefulSet" => "apps/v1",
        _ => "v1",
    };
    format!("apiVersion: {group}\nkind: {kind}\nmetadata: {{name: shop}}\n{body}\n")
}

/// A workload whose only container has `fields`.
pub(crate) fn container(kind: &str, fields: &str) -> String {
    object(kind, &format!("spec: {{template: {{spec: {{containers: [{{name: web, {fields}}}]}}}}}}"))
}
