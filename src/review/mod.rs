//! The review: what a change does to the cluster, not only to the text.

mod reflow;

pub use reflow::{same_comments, same_documents};
