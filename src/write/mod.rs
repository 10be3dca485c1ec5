//! The target directory: what is in it, who wrote it, and how all of a render gets into it or none of it.
//!
//! ```text
//! FileSet ─┐
//!          ├─▶ Plan (a Change per file) ──▶ diff: print it · render: apply it
//! Target ──┘      texts on disk + .pykube/lock.toml
//! ```
//!
//! [`Target`] reads the files that the plan needs and the lock file that tells pykube's own texts from a user's.
//! [`Plan`] is a value: `diff` prints it, `render` applies it, and both see the same one. Applying is one transaction,
//! `app.toml` included where a command changes it: killed at any moment, each file is old or new, and the next run puts
//! the tree right.

mod committed;
mod disk;
mod journal;
mod leftover;
mod lock_file;
mod place;
mod plan;
mod refusal;
mod release;
mod requested_file;
mod run_lock;
mod summary;
mod target;
mod transaction;
mod unified;

#[cfg(test)]
mod kill_tests;

pub use committed::committed;
pub(crate) use committed::folder_in_repository;
pub(crate) use lock_file::written_paths;
pub use lock_file::{LOCK_PATH, LockFile};
pub use plan::{Change, Plan, Status};
pub use refusal::Refusal;
pub use summary::{Note, summary};
pub use target::Target;
pub use unified::unified;

/// Folder below the target directory that pykube keeps its own files in.
pub(crate) const OWN_FOLDER: &str = ".pykube";

/// Tells git and its hosts that nobody reviews the lock file.
pub(crate) const ATTRIBUTES_PATH: &str = ".pykube/.gitattributes";
