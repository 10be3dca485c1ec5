//! How an object is written: by which template, from what.

use minijinja::value::Serde;
use minijinja::{Value, context};

use crate::app::object::{Kind, ObjectMeta};

/// The template that writes objects of a kind.
pub(super) fn template(kind: &Kind) -> String {
    format!("kubernetes/{}.yaml", kind.template())
}

/// What the template of an object is given.
pub(super) fn context(kind: &Kind, metadata: &ObjectMeta) -> Value {
    context! {
        api_version => kind.api_version(),
        kind => kind.name(),
        metadata => Value::from(Serde(metadata)),
        spec => Value::from(Serde(kind)),
    }
}
