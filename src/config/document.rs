//! The text of `app.toml` and where each of its keys and values is.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Diagnostic, Source};

/// Where one key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The key itself, in bytes.
    pub key: Range<usize>,
    /// Its value; for a table with a header, the header's key.
    pub value: Range<usize>,
}

/// The text of `app.toml` and where each of its keys and values is.
#[derive(Clone, Debug)]
pub struct Document {
    source: Arc<Source>,
    places: BTreeMap<Vec<String>, Place>,
}

impl Document {
    /// Notes the place of every key of `table`, which was parsed from the text of `source`.
    #[must_use]
    pub fn new(source: Arc<Source>, table: &DeTable<'_>) -> Self {
        let mut places = BTreeMap::new();
        walk(table, &mut Vec::new(), &mut |path, key, value| {
            // A table under a header has the header for its place, which may stand far above what is meant: its key is better.
            let is_table = matches!(value.get_ref(), DeValue::Table(_));
            let value = if is_table { key.clone() } else { value.span() };
            places.insert(path.to_vec(), Place { key, value });
            true
        });
        Self { source, places }
    }

    /// The text and its path.
    #[must_use]
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// Where the key at `path` is, or the nearest key above it that is written.
    #[must_use]
    pub fn place(&self, path: &[&str]) -> Option<&Place> {
        (1..=path.len())
            .rev()
            .find_map(|length| self.places.get(&path[..length].iter().map(ToString::to_string).collect::<Vec<_>>()))
    }

    /// Whether the key at `path` is written.
    #[must_use]
    pub fn has(&self, path: &[&str]) -> bool {
        self.places.contains_key(&path.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    /// Adds the place of the value at `path` to `diagnostic`.
    #[must_use]
    pub fn at_value(&self, diagnostic: Diagnostic, path: &[&str], text: impl Into<String>) -> Diagnostic {
        diagnostic.at(&self.source, self.place(path).map_or(0..0, |place| place.value.clone()), text)
    }

    /// Adds the place of the key at `path` to `diagnostic`, with its value hidden: it may be a secret.
    #[must_use]
    pub fn at_secret(&self, diagnostic: Diagnostic, path: &[&str], text: impl Into<String>) -> Diagnostic {
        let Some(place) = self.place(path) else { return self.at_key(diagnostic, path, text) };
        let mut shown = self.source.text.clone();
        // The key is before its value, so its place is the same in the shortened text.
        if place.value.start >= place.key.end {
            shown.replace_range(place.value.clone(), "\"…\"");
        }
        let source = Arc::new(Source { path: self.source.path.clone(), text: shown });
        diagnostic.at(&source, place.key.clone(), text)
    }

    /// Adds the place of the key at `path` to `diagnostic`.
    #[must_use]
    pub fn at_key(&self, diagnostic: Diagnostic, path: &[&str], text: impl Into<String>) -> Diagnostic {
        diagnostic.at(&self.source, self.place(path).map_or(0..0, |place| place.key.clone()), text)
    }
}

/// Shows every key of `table` and every item of its lists to `visit`, outer before inner, with its path, the place of the
/// key (of an item, its own) and its value. What is below is passed over where `visit` says no.
pub(super) fn walk(
    table: &DeTable<'_>,
    path: &mut Vec<String>,
    visit: &mut impl FnMut(&[String], Range<usize>, &Spanned<DeValue<'_>>) -> bool,
) {
    for (key, value) in table {
        path.push(key.get_ref().to_string());
        if visit(path, key.span(), value) {
            walk_below(value, path, visit);
        }
        path.pop();
    }
}

fn walk_below(
    value: &Spanned<DeValue<'_>>,
    path: &mut Vec<String>,
    visit: &mut impl FnMut(&[String], Range<usize>, &Spanned<DeValue<'_>>) -> bool,
) {
    match value.get_ref() {
        DeValue::Table(table) => walk(table, path, visit),
        DeValue::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push(index.to_string());
                if visit(path, item.span(), item) {
                    walk_below(item, path, visit);
                }
                path.pop();
            }
        }
        _ => {}
    }
}
