//! Patches applied to a rendered tree.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Patch, strategic};
use crate::diagnostic::{Diagnostic, Diagnostics, by_likeness};
use crate::file_set::{FileSet, RelativePath};
use crate::fingerprint::without_hash;
use crate::kube::kind::KINDS;
use crate::kube::object::{Object, content_hash, objects};
use crate::kube::path::at;
use crate::kube::yaml::document::with_document;
use crate::kube::yaml::edit::edit;

/// `files` with every patch applied, in order.
///
/// An object whose name ends in the hash of its content gets another hash when a patch changes the content, and so
/// does every text that names it: pods roll, Jobs run again.
///
/// # Errors
/// All patches that match no object, or more than one, or change nothing, or change which object it is.
pub(crate) fn apply(files: &FileSet, patches: &[Patch]) -> Result<FileSet, Diagnostics> {
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
    // What a Job reads from a `ConfigMap` it reads by name: its own hash comes second, as its kind does in the table.
    for kind in KINDS.iter().filter(|kind| kind.is_named_by_content) {
        tree.rename(files, kind.name);
    }
    Ok(tree.finish())
}

/// The texts under change.
struct Tree(BTreeMap<RelativePath, String>);

/// An object and where it is.
struct Target {
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
            let fault = at_body(format!("the patch changes nothing: {name} already has these values"));
            return Err(Box::new(fault.help("remove it; what it asked for is rendered now")));
        }
        let identity = |value: &Value| {
            ["kind", "apiVersion", "metadata.name", "metadata.namespace"].map(|way| at(value, way).clone())
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
    fn target(&self, patch: &Patch) -> Result<Target, Box<Diagnostic>> {
        let mut known: Vec<String> = Vec::new();
        let mut found: Vec<Target> = Vec::new();
        for (path, text) in self.0.iter().filter(|(path, _)| path.is_manifest()) {
            let all = objects(path.as_str(), text).ok().flatten().unwrap_or_default();
            for (document, object) in all.into_iter().enumerate() {
                let identity = &object.identity;
                if identity.kind == patch.kind
                    && (identity.name == patch.name || identity.stem() == without_hash(&patch.name))
                {
                    found.push(Target { path: path.clone(), document, object });
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
        for (path, text) in self.0.iter().filter(|(path, _)| path.is_manifest()) {
            if original.get(path.as_str()) == Some(text) {
                continue;
            }
            let before = original
                .get(path.as_str())
                .and_then(|text| objects(path.as_str(), text).ok().flatten())
                .unwrap_or_default();
            for object in objects(path.as_str(), text).ok().flatten().unwrap_or_default() {
                let identity = &object.identity;
                if identity.kind == kind && identity.stem() != identity.name && !before.contains(&object) {
                    let hash = content_hash(kind, &object.value);
                    names.push((identity.name.clone(), format!("{}-{hash}", identity.stem())));
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
