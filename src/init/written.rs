//! Where the files go that the process writes: the image's root is read-only.

use std::path::Path;

use crate::detect::{Project, WrittenPlace};
use crate::file_set::file_name;
use crate::vocabulary::APP_FOLDER;

/// Where the claim is mounted when the database's own folder holds code.
const DATA: &str = "/data";

/// Most folders that are made writable.
const MOST: usize = 8;

/// How deep a folder is looked through for content.
const DEEPEST: usize = 8;

/// Where the SQLite file is in the pod.
pub(super) struct Sqlite {
    /// Mount path of the claim.
    pub(super) mount: String,
    /// The file as the project has it.
    pub(super) file: String,
    /// A build step that leads from there to the claim.
    pub(super) step: Option<String>,
}

/// Folders that become writable, and build steps for files that cannot have a folder of their own.
#[derive(Default)]
pub(super) struct Others {
    pub(super) folders: Vec<String>,
    pub(super) steps: Vec<String>,
}

/// The claim for the SQLite file of `project`.
pub(super) fn sqlite(root: &Path, project: &Project) -> Option<Sqlite> {
    let Some(place) = &project.sqlite_file else {
        // Opened by a path that only the running code knows: the instance folder is made for such files.
        let folder = project.written.iter().find(|place| place.is_folder && file_name(&place.path) == "instance")?;
        return Some(Sqlite {
            mount: format!("{APP_FOLDER}/{}", folder.path),
            file: format!("in {}/", folder.path),
            step: None,
        });
    };
    let file = place.path.clone();
    if file.starts_with('/') {
        return outside(project, file);
    }
    // A file that is committed and that nothing writes again is read where it is.
    if root.join(&file).is_file() && project.migrations.is_none() && !is_left_out(&file) {
        return None;
    }
    Some(match folder_of(&file) {
        Some(folder) if !has_content(root, folder) => {
            Sqlite { mount: format!("{APP_FOLDER}/{folder}"), file, step: None }
        }
        _ => {
            let target = format!("{DATA}/{}", file_name(&file));
            Sqlite { mount: DATA.to_owned(), step: Some(link(&target, &file, project)), file }
        }
    })
}

/// Folders that are gone with the pod, whatever is there.
const OF_THE_POD: [&str; 5] = ["/tmp", "/run", "/var/run", "/var/tmp", "/dev"];

/// The claim for a SQLite file outside of the code: its folder, or where the variable with its address can lead instead.
fn outside(project: &Project, file: String) -> Option<Sqlite> {
    if is_gone_with_the_pod(&file) {
        return moved_address(project).map(|_| Sqlite { mount: DATA.to_owned(), file, step: None });
    }
    Some(Sqlite { mount: folder_of(&file)?.to_owned(), file, step: None })
}

fn is_gone_with_the_pod(file: &str) -> bool {
    let folder = folder_of(file).unwrap_or_default();
    folder.is_empty() || OF_THE_POD.iter().any(|known| format!("{folder}/").starts_with(&format!("{known}/")))
}

/// The address of a SQLite file that would be gone with the pod, moved to the claim.
pub(super) fn moved_address(project: &Project) -> Option<String> {
    let (place, address) = (project.sqlite_file.as_ref()?, project.sqlite_address.as_ref()?);
    let is_moved = place.path.starts_with('/') && is_gone_with_the_pod(&place.path);
    is_moved.then(|| address.replacen(&place.path, &format!("{DATA}/{}", file_name(&place.path)), 1))
}

/// What else is written, `claim` left out.
pub(super) fn others(root: &Path, project: &Project, claim: Option<&str>) -> Others {
    let mut found = Others::default();
    for place in &project.written {
        let Some(folder) = written_folder(place) else {
            found.link(place, project);
            continue;
        };
        let is_absolute = folder.starts_with('/');
        let path = if is_absolute { folder.to_owned() } else { format!("{APP_FOLDER}/{folder}") };
        let is_below = |known: &str| path == known || path.starts_with(&format!("{known}/"));
        if claim.is_some_and(is_below) || found.folders.iter().any(|known| is_below(&format!("{APP_FOLDER}/{known}"))) {
            continue;
        }
        if is_absolute || !has_content(root, folder) {
            if found.folders.len() < MOST {
                found.folders.push(folder.to_owned());
            }
        } else if !place.is_folder {
            found.link(place, project);
        }
    }
    found
}

impl Others {
    /// A log beside code is moved to `/tmp`.
    fn link(&mut self, place: &WrittenPlace, project: &Project) {
        if !place.is_folder && self.steps.len() < MOST {
            self.steps.push(link(&format!("/tmp/{}", file_name(&place.path)), &place.path, project));
        }
    }
}

/// The folder that has to be writable; none for a file directly in the repository.
fn written_folder(place: &WrittenPlace) -> Option<&str> {
    if place.is_folder { Some(&place.path) } else { folder_of(&place.path) }
}

/// A build step, run in the folder of the code, that makes `path` lead to `target`.
fn link(target: &str, path: &str, project: &Project) -> String {
    let from = project.backend_dir.as_str();
    let relative =
        if from == "." { Some(path) } else { path.strip_prefix(from).and_then(|rest| rest.strip_prefix('/')) };
    format!("ln -sfn {target} {}", relative.map_or_else(|| format!("{APP_FOLDER}/{path}"), str::to_owned))
}

fn folder_of(path: &str) -> Option<&str> {
    path.rsplit_once('/').map(|(folder, _)| folder)
}

/// Whether our `.dockerignore` keeps a file out of the image.
fn is_left_out(path: &str) -> bool {
    path.ends_with(".sqlite3")
}

/// Whether a folder holds anything that a mount would hide: not what keeps it in git, and not what a run left there.
fn has_content(root: &Path, folder: &str) -> bool {
    holds(&root.join(folder), DEEPEST)
}

fn holds(folder: &Path, depth: usize) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else { return false };
    entries.flatten().any(|entry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        let left = [".log", ".db", ".sqlite", ".sqlite3", ".pyc"].iter().any(|ending| name.ends_with(ending));
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => depth == 0 || holds(&entry.path(), depth - 1),
            _ => !name.starts_with('.') && !left && !name.eq_ignore_ascii_case("readme.md"),
        }
    })
}
