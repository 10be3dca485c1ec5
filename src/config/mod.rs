//! `app.toml` as written: read, checked against its schema with all faults at once, places kept.

mod credentials;
pub(crate) mod defaults;
mod document;
mod load;
mod project_files;
mod reference;
mod schema;
pub(crate) mod section;
mod validate;

pub use document::{Document, Place};
pub use load::{FILE_NAME, load, parse};
pub use project_files::{OWN_IGNORE_FILE, ProjectFiles, read_project_files};
pub use reference::reference;
pub use schema::json_schema;
pub use section::Config;
