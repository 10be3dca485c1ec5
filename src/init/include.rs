//! `[build] include`: what the code opens, and the ignore file would keep from the image.

use std::path::Path;

use crate::detect::Project;
use crate::git::Repository;

/// The files that the repository tracks and the code opens; `advice` gets those that no image should hold.
pub(super) fn files(root: &Path, project: &Project, advice: &mut Vec<String>) -> Vec<String> {
    let repository = Repository::around(root);
    let is_tracked = |path: &str| repository.as_ref().is_none_or(|repository| repository.tracks(path));
    let mut found = Vec::new();
    for opened in &project.opened {
        let (path, place) = (&opened.path, opened.place.place());
        if opened.is_private_key {
            advice.push(format!(
                "{path} is a private key that {place} opens: no image gets it; mount it from a Secret with [volumes]"
            ));
        } else if !is_tracked(path) {
            advice.push(format!("{place} opens {path}, which Git does not track: the image that CI builds lacks it"));
        } else {
            found.push(path.clone());
        }
    }
    found
}
