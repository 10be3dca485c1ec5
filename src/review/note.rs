//! A few words on what changes in one file, for the summary of `render`.

use std::collections::BTreeMap;

use super::subject::{ChangeKind, Review, Subject};
use crate::write::Change;

/// How many sorts of change are named; the rest are `…`.
const NAMED: usize = 4;

/// The words for the changed file: `image, 2 env, replicas`. None when nothing is known of it.
pub fn note(review: &Review, change: &Change) -> Option<String> {
    let path = change.path.as_str();
    let subjects: Vec<&Subject> = review.subjects.iter().filter(|subject| subject.file == path).collect();
    let changed =
        subjects.iter().filter(|subject| matches!(subject.change_kind, ChangeKind::Changed | ChangeKind::Renamed(_)));
    let mut sorts: Vec<(String, usize)> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for field in changed.clone().flat_map(|subject| &subject.fields) {
        let sort = field.change.path.last_key().unwrap_or("lines").to_owned();
        let at = *places.entry(sort.clone()).or_insert_with(|| {
            sorts.push((sort, 0));
            sorts.len() - 1
        });
        sorts[at].1 += 1;
    }
    if changed.clone().next().is_none() || sorts.is_empty() {
        return None;
    }
    let more = if sorts.len() > NAMED { ", …" } else { "" };
    let words: Vec<String> = sorts
        .iter()
        .take(NAMED)
        .map(|(sort, count)| if *count == 1 { sort.clone() } else { format!("{count} {sort}") })
        .collect();
    Some(words.join(", ") + more)
}
