//! Three texts into one: what pykube wrote, what became of it by hand, and what it would write now.
//!
//! Manifests are merged field by field, lists by the key of their items; everything else line by line. Where both
//! sides touched the same place there is no merge, and the places are named.

mod lines;
mod values;

use serde_json::Value;

use crate::file_set::RelativePath;
use crate::kube::compare::compare;
use crate::kube::object::{Identity, Object, objects};
use crate::kube::yaml::document::with_document;
use crate::kube::yaml::edit::{edit, in_place};
use crate::kube::yaml::layout::no_new_comments;

pub(crate) use values::merge as merge_values;

/// The merged text, or the places that both sides changed, one line each.
pub(crate) fn merge(path: &RelativePath, base: &str, ours: &str, theirs: &str) -> Result<String, Vec<String>> {
    if base == theirs || ours == theirs {
        return Ok(ours.to_owned());
    }
    if base == ours {
        return Ok(theirs.to_owned());
    }
    if path.is_manifest() { manifests(path, base, ours, theirs) } else { lines::merge(base, ours, theirs) }
}

/// Whether everything that was changed by hand is in the new text as well, so nothing of it is lost.
pub(crate) fn is_contained(path: &RelativePath, base: &str, ours: &str, theirs: &str) -> bool {
    if !path.is_manifest() {
        return lines::merge(base, ours, theirs).is_ok_and(|merged| merged == theirs);
    }
    let read = |text: &str| objects(path.as_str(), text).ok().flatten();
    let (Some(old), Some(mine), Some(new)) = (read(base), read(ours), read(theirs)) else { return false };
    let stems = |all: &[Object]| all.iter().map(stem).collect::<Vec<_>>();
    let contained = |((old, mine), new): ((&Object, &Object), &Object)| {
        let merged = values::merge(&old.identity.kind, &old.value, &mine.value, &new.value);
        // The order of a kustomization's resources says nothing.
        let is_set = old.identity.kind == "Kustomization";
        merged.is_ok_and(|merged| {
            merged == new.value || (is_set && compare(&old.identity.kind, &merged, &new.value).is_empty())
        })
    };
    stems(&old) == stems(&mine)
        && stems(&old) == stems(&new)
        && no_new_comments(ours, &format!("{base}{theirs}"))
        && old.iter().zip(&mine).zip(&new).all(contained)
}

fn manifests(path: &RelativePath, base: &str, ours: &str, theirs: &str) -> Result<String, Vec<String>> {
    let read = |whose: &str, text: &str| match objects(path.as_str(), text) {
        Ok(Some(objects)) => Ok(objects),
        Ok(None) => Err(vec![format!("{whose} holds a document without a kind")]),
        Err(error) => Err(vec![format!("{whose} is not readable YAML: {error}")]),
    };
    let (base, mine, new) = (read("what pykube wrote", base)?, read("your text", ours)?, read("the new text", theirs)?);
    let stems = |all: &[Object]| all.iter().map(stem).collect::<Vec<_>>();
    if stems(&base) != stems(&mine) || stems(&base) != stems(&new) {
        // An object came or went: line by line is all that is left.
        return Err(vec!["an object was added, removed or moved in the file".to_owned()]);
    }
    let mut text = ours.to_owned();
    let mut conflicts = Vec::new();
    for (number, ((base, mine), new)) in base.iter().zip(&mine).zip(&new).enumerate() {
        match values::merge(&base.identity.kind, &base.value, &mine.value, &new.value) {
            // The name is made from the content: a merged content under the new name would be another's.
            Ok(merged) if mine.identity.stem() != mine.identity.name && merged != new.value => {
                conflicts.push(format!("{}: its name follows its content; pykube adopt keeps the edit", mine.identity));
            }
            Ok(merged) => text = rewrite(&text, number, mine, &merged, (ours, theirs), &mut conflicts),
            Err(places) => conflicts.extend(places),
        }
    }
    if conflicts.is_empty() { Ok(text) } else { Err(conflicts) }
}

/// The text with the object number `number` changed to `merged`, with the comments of whoever edited it. A text that
/// cannot be changed in place is a conflict unless nothing but fields was edited: comments are somebody's work too.
fn rewrite(
    text: &str,
    number: usize,
    mine: &Object,
    merged: &Value,
    (ours, theirs): (&str, &str),
    conflicts: &mut Vec<String>,
) -> String {
    let kind = &mine.identity.kind;
    let mut failed = false;
    let edited = with_document(text, number, |document| {
        let edited = in_place(kind, document, &mine.value, merged);
        let edited =
            edited.or_else(|| no_new_comments(ours, theirs).then(|| edit(kind, document, &mine.value, merged)));
        failed = edited.is_none();
        edited.unwrap_or_else(|| document.to_owned())
    });
    if failed {
        conflicts.push(format!("{}: its layout cannot be kept", mine.identity));
    }
    edited
}

/// The identity of an object with the hash of its content left out of the name.
pub(crate) fn stem(object: &Object) -> Identity {
    Identity { name: object.identity.stem().to_owned(), ..object.identity.clone() }
}
