//! The folder that a command works on.

use std::path::{Path, PathBuf};

use anyhow::bail;

use crate::config::FILE_NAME;
use crate::write::Target;

/// The folder that a command works on.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Directory {
    /// Project directory, where app.toml is or will be.
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) directory: PathBuf,
}

/// Opens `directory`, which must be there, in order to write its `app.toml`: from now on no other pykube writes there,
/// and what is read is what will be replaced.
pub(crate) fn open_project(directory: &Path) -> anyhow::Result<Target> {
    if !directory.is_dir() {
        bail!("`{}` is not a folder; give the folder of the project", directory.display());
    }
    Target::open_for_writing(directory)
}

/// The folder of the `app.toml` that a `file` belongs to: the nearest one above it, seen from here. None: no folder
/// above has one.
pub(crate) fn project_around(file: &Path) -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    let file = std::path::absolute(file).ok()?;
    let project = file.ancestors().skip(1).find(|folder| folder.join(FILE_NAME).symlink_metadata().is_ok())?;
    Some(seen_from(&here, project))
}

fn seen_from(here: &Path, folder: &Path) -> PathBuf {
    if let Ok(below) = folder.strip_prefix(here) {
        return if below.as_os_str().is_empty() { PathBuf::from(".") } else { below.to_owned() };
    }
    match here.strip_prefix(folder) {
        Ok(rest) => rest.iter().map(|_| "..").collect(),
        Err(_) => folder.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_named_as_a_person_here_would() {
        for (folder, shown) in [("/a/b", "."), ("/a/b/c", "c"), ("/a", ".."), ("/", "../.."), ("/x", "/x")] {
            assert_eq!(seen_from(Path::new("/a/b"), Path::new(folder)), Path::new(shown), "{folder}");
        }
    }
}
