//! What was written by hand, read as Kubernetes reads it, or refused with the place.

use std::sync::Arc;

use anyhow::bail;

use crate::diagnostic::{Diagnostic, Diagnostics, Source};
use crate::kube::object::{Object, objects};
use crate::kube::yaml::layout::disputed_scalar;
use crate::write::Change;

/// The objects in the text that is there now.
///
/// # Errors
/// When there is no such text, when it is not YAML, or when it holds a word that readers of YAML disagree on.
pub(crate) fn edited_objects(change: &Change) -> anyhow::Result<Vec<Object>> {
    let path = change.path.as_str();
    let Some(bytes) = &change.before else { bail!("`{path}` does not exist") };
    let Ok(text) = std::str::from_utf8(bytes) else { bail!("`{path}` is not UTF-8 text") };
    if crate::conflict::marker(text).is_some() {
        bail!("`{path}` holds the markers of a merge conflict: resolve it first");
    }
    let source = Arc::new(Source { path: path.to_owned(), text: text.to_owned() });
    if let Some(token) = disputed_scalar(text) {
        let (span, word) = (token.span(), token.text);
        let fault = Diagnostic::error(format!("`{word}` is not the text `{word}` to every reader of YAML"));
        let fault = fault.at(&source, span, "Kubernetes may read a boolean, a number or a date");
        let help = format!("write \"{word}\" for the text; true, false or a decimal number for anything else");
        return Err(Diagnostics::from(fault.help(help)).into());
    }
    match objects(path, text) {
        Ok(Some(objects)) => Ok(objects),
        Ok(None) => bail!("`{path}` holds a document without a kind"),
        Err(error) => bail!("`{path}` is not readable YAML: {error}"),
    }
}
