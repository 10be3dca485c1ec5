//! `images` of a kustomization: the pipeline writes there what it deploys, as `kustomize edit set image` does.

use std::ops::Range;

use serde_json::Value;

use crate::file_set::RelativePath;
use crate::kube::value::{entries, items};
use crate::kube::yaml::document::documents;

/// The bytes of `images` in the kustomization at `path`: nothing but names, tags and digests of images.
pub(super) fn block(path: &RelativePath, text: &str) -> Option<Range<usize>> {
    if path.name() != "kustomization.yaml" {
        return None;
    }
    let kustomization = documents(text).ok()?.into_iter().next()?;
    let list = &kustomization["images"];
    let is_known =
        |(key, value): (&str, &Value)| value.is_string() && ["name", "newName", "newTag", "digest"].contains(&key);
    let is_image = |image: &Value| image["name"].is_string() && entries(image).all(is_known);
    if items(list).next().is_none() || !items(list).all(is_image) {
        return None;
    }
    let start = if text.starts_with("images:") { 0 } else { text.find("\nimages:")? + 1 };
    let mut end = start;
    for (number, line) in text[start..].split_inclusive('\n').enumerate() {
        if number > 0 && !line.starts_with([' ', '-']) {
            break;
        }
        end += line.len();
    }
    Some(start..end)
}

#[cfg(test)]
mod tests {
    use super::block;
    use crate::file_set::RelativePath;

    #[test]
    fn images_are_found_as_kustomize_writes_them_and_as_people_do() {
        let path = RelativePath::new("k8s/kustomization.yaml").unwrap();
        let found = |text: &str| block(&path, text).map(|place| text[place].to_owned());
        let kustomize = "images:\n- digest: sha256:1\n  name: a/b\n  newName: a/b\n";
        assert_eq!(found(&format!("kind: Kustomization\n{kustomize}resources:\n- a.yaml\n")).unwrap(), kustomize);
        let ours = "images:\n  - name: a/b\n    newTag: \"1\"\n";
        assert_eq!(found(&format!("resources:\n  - a.yaml\n{ours}")).unwrap(), ours);
        for other in ["resources:\n- a.yaml\n", "images: []\n", "images:\n- name: a\n  more: 1\n", "images: x\n"] {
            assert_eq!(found(other), None, "{other}");
        }
        assert_eq!(block(&RelativePath::new("k8s/a.yaml").unwrap(), ours), None);
    }
}
