//! Patches applied to a rendered tree.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Patch, edit, strategic};
use crate::diagnostic::{Diagnostic, Diagnostics, by_likeness};
use crate::file_set::{FileSet, RelativePath};
use crate::fingerprint::Fingerprint;
use crate::review::{Object, objects, without_hash};

/// `files` with every patch applied, in order.
///
/// An object whose name ends in the hash of its content gets another hash when a patch changes the content, and so
/// does every text that names it: pods roll, Jobs run again.
///
/// # Errors
/// All patches that match no object, or more than one, or change nothing, or change which object it is.
pub fn apply(files: &FileSet, patches: &[Patch]) -> Result<FileSet, Diagnostics> {
    if patches.is_empty() {
        return Ok(files.clone());
    }
    let mut tree = Tree(files.iter().map(|(path, text)| (path.clone(), text.to_owned())).collect());
    let mut faults = Diagnostics::default();
    for patch in patches {
        if let Err(fault) = tree.patch(patch) {
            faults.push(*fault);
        }
    }
    if faults.has_errors() {
        return Err(faults);
    }
    // What a Job reads from a `ConfigMap` it reads by name: its own hash comes second.
    for kind in ["ConfigMap", "Job"] {
        tree.rename(files, kind);
    }
    Ok(tree.finish())
}

/// The texts under change.
struct Tree(BTreeMap<RelativePath, String>);

/// An object and where it is.
struct Found {
    path: RelativePath,
    /// Which document of the file.
    document: usize,
    object: Object,
}

impl Tree {
    fn patch(&mut self, patch: &Patch) -> Result<(), Box<Diagnostic>> {
        let found = self.target(patch)?;
        let before = &found.object.value;
        let after = strategic::apply(&patch.kind, before, &patch.body);
        let at_body =
            |message: String| Box::new(Diagnostic::error(message).at(&patch.source, patch.body_span.clone(), ""));
        if *before == after {
            let name = &found.object.identity;
            let fault = at_body(format!("the patch changes nothing: {name} is so already"));
            return Err(Box::new(fault.help("take it out; what it asked for is rendered now")));
        }
        let identity = |value: &Value| {
            ["/kind", "/apiVersion", "/metadata/name", "/metadata/namespace"].map(|at| value.pointer(at).cloned())
        };
        if identity(before) != identity(&after) {
            let fault = at_body("a patch cannot change which object it is: kind, name and namespace stay".to_owned());
            return Err(Box::new(fault.help("names come from `[app] name` and `namespace`")));
        }
        if let Some(text) = self.0.get_mut(&found.path) {
            *text = with_document(text, found.document, |document| edit(&patch.kind, document, before, &after));
        }
        Ok(())
    }

    /// The one object that the patch is for.
    fn target(&self, patch: &Patch) -> Result<Found, Box<Diagnostic>> {
        let mut known: Vec<String> = Vec::new();
        let mut found: Vec<Found> = Vec::new();
        for (path, text) in self.0.iter().filter(|(path, _)| is_manifest(path)) {
            let all = objects(text).ok().flatten().unwrap_or_default();
            for (document, object) in all.into_iter().enumerate() {
                let identity = &object.identity;
                if identity.kind == patch.kind
                    && (identity.name == patch.name || identity.stem() == without_hash(&patch.name))
                {
                    found.push(Found { path: path.clone(), document, object });
                } else {
                    known.push(format!("{} {}", identity.kind, identity.stem()));
                }
            }
        }
        let fault = |message: String| Diagnostic::error(message).at(&patch.source, patch.target_span.clone(), "");
        let wanted = format!("{} {}", patch.kind, patch.name);
        match found.len() {
            1 => Ok(found.remove(0)),
            0 => {
                let fault = fault(format!("the patch matches nothing: no `{wanted}` is rendered"));
                let ranked = by_likeness(&wanted, known.iter().map(String::as_str));
                let near = ranked.iter().take(3).map(|(_, name)| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                Err(Box::new(fault.help(format!("the nearest are {near}"))))
            }
            count => Err(Box::new(fault(format!("the patch matches {count} objects called `{wanted}`")))),
        }
    }

    /// Gives objects of `kind` whose content is no longer that of `original`, and whose names end in a hash, another
    /// hash, wherever they are named.
    fn rename(&mut self, original: &FileSet, kind: &str) {
        let mut names: Vec<(String, String)> = Vec::new();
        for (path, text) in self.0.iter().filter(|(path, _)| is_manifest(path)) {
            if original.get(path.as_str()) == Some(text) {
                continue;
            }
            let before = original.get(path.as_str()).and_then(|text| objects(text).ok().flatten()).unwrap_or_default();
            for object in objects(text).ok().flatten().unwrap_or_default() {
                let identity = &object.identity;
                if identity.kind == kind && identity.stem() != identity.name && !before.contains(&object) {
                    let hash = Fingerprint::of(object.value.to_string());
                    names.push((identity.name.clone(), format!("{}-{}", identity.stem(), hash.short())));
                }
            }
        }
        for text in self.0.values_mut() {
            for (old, new) in &names {
                *text = text.replace(old, new);
            }
        }
    }

    fn finish(self) -> FileSet {
        let mut files = FileSet::new();
        for (path, text) in self.0 {
            // The paths were a set before.
            let _ = files.add(path, text);
        }
        files
    }
}

/// Whether the file holds objects: YAML, and not of a tool that keeps its files behind a dot.
pub(crate) fn is_manifest(path: &RelativePath) -> bool {
    let path = path.as_str();
    !path.starts_with('.') && matches!(path.rsplit_once('.'), Some((_, "yaml" | "yml")))
}

/// `text` with its document number `wanted` (empty ones not counted) run through `change`.
pub(crate) fn with_document(text: &str, wanted: usize, mut change: impl FnMut(&str) -> String) -> String {
    let mut edited = String::with_capacity(text.len());
    let mut number = 0;
    for part in parts(text) {
        let is_document = crate::review::documents(part).is_ok_and(|all| !all.is_empty());
        if is_document && number == wanted {
            edited.push_str(&change(part));
        } else {
            edited.push_str(part);
        }
        number += usize::from(is_document);
    }
    edited
}

/// The documents of a text and the `---` lines between them; together they are the text.
fn parts(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut at) = (Vec::new(), 0, 0);
    for line in text.split_inclusive('\n') {
        if line.trim_end() == "---" {
            parts.push(&text[start..at]);
            parts.push(&text[at..at + line.len()]);
            start = at + line.len();
        }
        at += line.len();
    }
    parts.push(&text[start..]);
    parts
}
