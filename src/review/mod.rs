//! The review: what a change does to the cluster, not only to the text.
//!
//! ```text
//! Plan ──objects──▶ pairs of objects ──compare──▶ changed fields ──rules──▶ Review ──▶ text · markdown · json · github
//! ```
//!
//! Objects are matched by kind, namespace and name, items of lists by their merge key. What a changed field does to
//! the cluster stands in the tables of `rules`, each row with its source.

mod compare;
mod dockerfile;
mod document;
mod effect;
mod json;
mod markdown;
pub(crate) mod merge_keys;
mod note;
mod object;
mod pairing;
mod path;
mod reflow;
mod rule;
mod rules;
mod selection;
mod subject;
mod text;
mod value;

pub use compare::{FieldChange, compare};
pub(crate) use dockerfile::is_dockerfile;
pub use document::documents;
pub use effect::{Effect, Found};
pub use json::to_json;
pub use markdown::{annotations, to_markdown};
pub use note::note;
pub use object::{Identity, Object, objects, without_hash};
pub use path::{FieldPath, Segment};
pub(crate) use reflow::disputed_scalar;
pub use reflow::{no_new_comments, same_documents};
pub use subject::{Field, Review, Subject, Turn};
pub use text::to_text;
pub(crate) use text::{short, values};
pub(crate) use value::shown;
