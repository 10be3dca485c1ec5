//! render

use std::path::PathBuf;

use crate::file_set::FileSet;

/// STUB of the store branch, so that the commands compile; main has the real one.
#[derive(Clone, Debug)]
pub struct Request {
    /// Folder of app.toml.
    pub directory: PathBuf,
    /// The environment.
    pub env: Option<String>,
    /// The image that replaces the one of app.toml.
    pub image: Option<String>,
}

/// STUB of the store branch.
pub fn files(request: &Request) -> anyhow::Result<FileSet> {
    anyhow::bail!("{} cannot be rendered yet", request.directory.display())
}
