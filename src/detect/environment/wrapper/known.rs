//! The wrappers that are known, and those that a call calls.

use std::collections::BTreeMap;

use crate::detect::code::{Code, Definition, Source};
use crate::detect::python::{Call, ExprKind};

/// A wrapper: which parameter is the name, and what is put before and behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrapper {
    pub(super) parameter: String,
    pub(super) position: usize,
    pub(super) prefix: String,
    pub(super) suffix: String,
    /// Position and name of the parameter that is the default.
    pub(super) default: Option<(usize, String)>,
    pub(super) plain: bool,
}

/// Wrappers by file and name; methods as `Class.method`, classes by their own name.
pub(super) type Wrappers = BTreeMap<(String, String), Vec<Wrapper>>;

/// The wrappers that a call calls.
pub(super) fn called<'w>(code: &Code<'_>, source: &Source, call: &Call, wrappers: &'w Wrappers) -> &'w [Wrapper] {
    let Some(name) = call.function.last_name().filter(|_| !wrappers.is_empty()) else { return &[] };
    // Following a name is dear; most calls are of nothing that any wrapper is called, by a subclass' or another name.
    let is_known = wrappers.keys().any(|(_, known)| known.rsplit('.').next() == Some(name));
    if !is_known && !name.starts_with(char::is_uppercase) && !source.renamed.contains(name) {
        return &[];
    }
    let get = |path: &str, name: &str| wrappers.get(&(path.to_owned(), name.to_owned())).map(Vec::as_slice);
    let found = match code.resolve(source, &call.function) {
        Some(Definition::Function(place, function)) => get(&place.path, &function.name),
        Some(Definition::Class(place, class)) => {
            get(&place.path, &class.name).or_else(|| {
                // A subclass is made with its base's constructor.
                class.bases.iter().find_map(|base| match code.resolve(place, base)? {
                    Definition::Class(place, class) => get(&place.path, &class.name),
                    _ => None,
                })
            })
        }
        Some(_) => None,
        None => match &call.function.kind {
            ExprKind::Attr(object, method) if matches!(object.as_name(), Some("self" | "cls")) => wrappers
                .iter()
                .find(|((path, name), _)| *path == source.path && name.ends_with(&format!(".{method}")))
                .map(|(_, found)| found.as_slice()),
            ExprKind::Attr(object, method) => code
                .class_of(source, object)
                .and_then(|(place, class)| get(&place.path, &format!("{}.{method}", class.name))),
            ExprKind::Name(name) => get(&source.path, name),
            _ => None,
        },
    };
    found.unwrap_or_default()
}
