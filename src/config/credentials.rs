//! Credentials in commands, URLs and other values of `app.toml`, which is committed and rendered into files that are too.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Document;
use crate::credential::redact;
use crate::diagnostic::{Diagnostic, Diagnostics};

/// Sections whose values are judged where they are resolved, with their names: variables, patches and references.
const JUDGED_LATER: [&[&str]; 5] = [&["config"], &["build", "env"], &["build", "index"], &["patches"], &["secrets"]];

/// A fault for every text of `table` that holds a credential.
pub(super) fn credentials(table: &DeTable<'_>, document: &Document) -> Diagnostics {
    let mut faults = Diagnostics::default();
    let mut path = Vec::new();
    in_table(table, &mut path, &mut |path, text| {
        let redacted = redact(text);
        if redacted.hidden.is_empty() {
            return;
        }
        let named: Vec<&str> = path.iter().map(String::as_str).collect();
        let shown: Vec<&str> = named.iter().copied().filter(|part| part.parse::<usize>().is_err()).collect();
        let fault = Diagnostic::error(format!("`{}` holds what looks like a credential", shown.join(".")));
        let help = if named.first() == Some(&"build") {
            "while the image is built, credentials come from a mounted secret: [build.index] secret = \"netrc\""
        } else {
            "keep it in a Secret and name its place, [secrets.env] NAME = \"secret/key\"; a command reads it as `$(NAME)`"
        };
        faults.push(document.at_secret(fault, &named, "").help(help));
    });
    faults
}

fn in_table(table: &DeTable<'_>, path: &mut Vec<String>, look: &mut impl FnMut(&[String], &str)) {
    for (key, value) in table {
        path.push(key.get_ref().to_string());
        let is_judged_later =
            JUDGED_LATER.iter().any(|later| path.len() == later.len() && path.iter().eq(later.iter()));
        // A sidecar's variables are judged like ours.
        let is_environment = path.len() == 3 && path.first().is_some_and(|name| name == "sidecars") && path[2] == "env";
        if !is_judged_later && !is_environment {
            in_value(value, path, look);
        }
        path.pop();
    }
}

fn in_value(value: &Spanned<DeValue<'_>>, path: &mut Vec<String>, look: &mut impl FnMut(&[String], &str)) {
    match value.get_ref() {
        DeValue::Table(table) => in_table(table, path, look),
        DeValue::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push(index.to_string());
                in_value(item, path, look);
                path.pop();
            }
        }
        DeValue::String(text) => look(path, text),
        _ => {}
    }
}
