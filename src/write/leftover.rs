//! A file that is no longer asked for: whether it goes.
//!
//! The lock file says what pykube wrote, but anybody can commit a lock file. So an entry alone removes nothing: the
//! file must be where the render writes and say itself that pykube wrote it, by a comment or by the labels of its objects; or
//! its text must be written elsewhere by the same render.

use std::path::Path;

use serde_json::Value;

use super::lock_file::{Entry, UnpackBudget};
use super::place::{self, Obstacle};
use super::plan::{Change, Status};
use super::requested_file::is_as_written;
use crate::file_set::{FileSet, RelativePath};
use crate::kube::labels;
use crate::kube::yaml::document::documents;

/// What a rendered file says of itself in a comment, unless it holds labelled objects.
const MARK: &str = "Rendered by pykube from app.toml";

/// What happens to the file at `path`, which `entry` says was written for whoever asks for `files` now.
pub(super) fn change(
    root: &Path,
    path: &RelativePath,
    entry: &Entry,
    files: &FileSet,
    budget: &mut UnpackBudget,
) -> Change {
    let (status, before, remark) = match place::read(root, path) {
        Ok(None) => (Status::Unchanged, None, None),
        Ok(Some(bytes)) if !is_as_written(&bytes, entry) => (Status::Kept, Some(bytes), None),
        Ok(Some(bytes)) if may_go(path, &bytes, entry, files) => (Status::Removed, Some(bytes), None),
        Ok(Some(bytes)) => {
            let remark = "no longer asked for, and not where pykube writes: kept, yours from now on";
            (Status::Kept, Some(bytes), Some(remark.to_owned()))
        }
        Err(why @ Obstacle::Unreadable(_)) => {
            let remark = format!("no longer asked for, but it {}; it stays until it can be read", why.clause());
            (Status::Unreadable, None, Some(remark))
        }
        // A link or a folder in its place is the user's doing.
        Err(why) => {
            let remark = format!("no longer asked for, and {}: yours from now on", why.clause());
            (Status::Kept, None, Some(remark))
        }
    };
    let base = before.is_some().then(|| entry.base_text(budget)).flatten();
    let path = path.clone();
    Change { path, status, before, after: None, base, rendered: None, merged: false, clashes: Vec::new(), remark }
}

fn may_go(path: &RelativePath, bytes: &[u8], entry: &Entry, files: &FileSet) -> bool {
    // The folder was renamed in app.toml: nothing is lost with the old place.
    if files.iter().any(|(_, text)| text.as_bytes() == bytes) {
        return true;
    }
    if !entry.owner.is_empty() {
        return false;
    }
    let is_where_renders_write = match path.folder() {
        ".github" | ".github/workflows" => true,
        folder => files.iter().any(|(other, _)| other.folder() == folder),
    };
    is_where_renders_write && names_its_writer(path, &String::from_utf8_lossy(bytes))
}

/// Whether the file says that pykube wrote it, or each object in it that pykube manages it.
fn names_its_writer(path: &RelativePath, text: &str) -> bool {
    let is_managed = |object: &Value| {
        labels::of(&object["metadata"]).get(labels::MANAGED_BY).is_some_and(|by| *by == labels::PYKUBE)
    };
    text.contains(MARK)
        || path.is_yaml() && documents(text).is_ok_and(|all| !all.is_empty() && all.iter().all(is_managed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(texts: &[(&str, &str)]) -> FileSet {
        let mut files = FileSet::new();
        for (path, text) in texts {
            files.add(RelativePath::new(*path).unwrap(), (*text).to_owned()).unwrap();
        }
        files
    }

    #[test]
    fn every_rendered_file_may_go_when_it_is_no_longer_asked_for() {
        let apps = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/apps");
        let mut seen = 0;
        for app in std::fs::read_dir(apps).unwrap().map(|app| app.unwrap().path()) {
            let request = crate::render::Request { directory: app.clone(), ..Default::default() };
            let Ok(rendered) = crate::render::unchecked_files(&request) else { continue };
            for (path, text) in rendered.iter() {
                // Alone in its folder, a file stays, and that is said: nothing else shows that pykube writes there.
                let is_alone = !rendered.iter().any(|(other, _)| other != path && other.folder() == path.folder());
                if is_alone && !path.folder().starts_with(".github") {
                    continue;
                }
                let entry = Entry::new(text, text, "");
                let rest =
                    rendered.iter().filter(|(other, _)| *other != path).map(|(path, text)| (path.as_str(), text));
                assert!(
                    may_go(path, text.as_bytes(), &entry, &files(&rest.collect::<Vec<_>>())),
                    "{}: {path}",
                    app.display()
                );
                seen += 1;
            }
        }
        assert!(seen > 500, "{seen} files only");
    }

    #[test]
    fn a_file_that_pykube_cannot_have_written_stays_whatever_the_lock_file_says() {
        let asked =
            files(&[("Dockerfile", "FROM a\n"), ("k8s/kustomization.yaml", "a: 1\n"), ("web/health.py", "x\n")]);
        for (path, owner, goes) in [
            ("shop.py", "", false),
            ("shop.py", "add health", false),
            ("helm/deployment.yaml", "", false),
            ("k8s/mine.yaml", "", false),
            (".github/workflows/mine/x.yml", "", false),
            ("k8s/cron-a.yaml", "", false),
            (".github/workflows/tests.yml", "", false),
            ("docs/.dockerignore", "", false),
            ("gunicorn.conf.py", "", false),
            (".github/dependabot.yml", "", false),
            ("Dockerfile.worker", "", false),
            ("shop/health.py", "add health", false),
        ] {
            let entry = Entry::new("mine\n", "mine\n", owner);
            assert_eq!(may_go(&RelativePath::new(path).unwrap(), b"mine\n", &entry, &asked), goes, "{path}");
        }
        let moved = Entry::new("x\n", "x\n", "add health");
        assert!(may_go(&RelativePath::new("shop/health.py").unwrap(), b"x\n", &moved, &asked));
    }
}
