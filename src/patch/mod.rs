//! Patches over rendered objects: the last word of `app.toml`, and how a hand edit becomes one.

mod apply;
pub(crate) mod strategic;

use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;

use crate::diagnostic::Source;

pub(crate) use apply::apply;

/// A merge patch over one rendered object.
#[derive(Clone, Debug)]
pub(crate) struct Patch {
    /// Kind of the object.
    pub kind: String,
    /// Its name, with or without the hash of its content.
    pub name: String,
    pub body: Value,
    /// The text that the patch is written in.
    pub source: Arc<Source>,
    /// Where its target is.
    pub target_span: Range<usize>,
    /// Where its body is.
    pub body_span: Range<usize>,
}
