//! The review: what a change does to the cluster, not only to the text.
//!
//! ```text
//! Plan ──objects──▶ pairs of objects ──compare──▶ changed fields ──rules──▶ Review ──▶ text · markdown · json · github
//! ```
//!
//! Objects are matched by kind, namespace and name, items of lists by their merge key. What a changed field does to
//! the cluster is in the tables of `rules`, each row with its source; what must hold around the change (who calls
//! the pods, what their policies let through, how many are left) in `condition`.

mod autoscaling;
mod condition;
mod delivery;
mod dockerfile;
mod effect;
mod image_files;
mod json;
mod markdown;
mod note;
mod pairing;
mod pods;
mod reach;
mod rule;
mod rules;
mod subject;
mod text;
mod trees;

// A part of what a `Review` says.
pub use crate::kube::compare::FieldChange;
pub use crate::kube::object::Identity;
pub use crate::kube::path::{FieldPath, Segment};
pub use delivery::{Delivery, Phase};
pub use effect::{Effect, Found};
pub use json::to_json;
pub use markdown::{annotations, to_markdown};
pub use note::note;
pub use pods::Pods;
pub use subject::{ChangeKind, Field, Review, Subject};
pub use text::to_text;
pub(crate) use text::{short, values};
