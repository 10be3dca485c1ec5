//! Credentials in commands, URLs and other values of `app.toml`, which is committed and rendered into files that are too.

use toml::de::{DeTable, DeValue};

use super::Document;
use super::document::walk;
use crate::credential::redact;
use crate::diagnostic::{Diagnostic, Diagnostics};

/// Sections whose values are judged where they are resolved, with their names: variables, patches and references.
const JUDGED_LATER: [&[&str]; 5] = [&["config"], &["build", "env"], &["build", "index"], &["patches"], &["secrets"]];

/// A fault for every text of `table` that holds a credential.
pub(super) fn credentials(table: &DeTable<'_>, document: &Document) -> Diagnostics {
    let mut faults = Diagnostics::default();
    walk(table, &mut Vec::new(), &mut |path, _, value| {
        if is_judged_later(path) {
            return false;
        }
        if let DeValue::String(text) = value.get_ref()
            && !redact(text).hidden.is_empty()
        {
            faults.push(fault(path, document));
        }
        true
    });
    faults
}

fn fault(path: &[String], document: &Document) -> Diagnostic {
    let named: Vec<&str> = path.iter().map(String::as_str).collect();
    let shown: Vec<&str> = named.iter().copied().filter(|part| part.parse::<usize>().is_err()).collect();
    let fault = Diagnostic::error(format!("`{}` holds what looks like a credential", shown.join(".")));
    let help = if named.first() == Some(&"build") {
        "while the image is built, credentials come from a mounted secret: [build.index] secret = \"netrc\""
    } else {
        "keep it in a Secret and name its place, [secrets.env] NAME = \"secret/key\"; a command reads it as `$(NAME)`"
    };
    document.at_secret(fault, &named, "").help(help)
}

/// Whether what is at `path` is judged where it is resolved; a sidecar's variables are judged like ours.
fn is_judged_later(path: &[String]) -> bool {
    let is_environment = matches!(path, [sidecars, _, env] if sidecars == "sidecars" && env == "env");
    is_environment || JUDGED_LATER.iter().any(|later| path == *later)
}
