//! What is wrong with `app.toml`, each fault with its place.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use super::super::pod::SecretKeyRef;
use super::super::value::{ObjectName, SecretKey};
use super::repair::repaired;
use crate::config::Document;
use crate::credential;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::kube::grammar::name;

/// The faults found so far, and where the values of `app.toml` are.
///
/// Whatever is read through it gives a value: after a fault one that the rest can be resolved with, so all faults are
/// reported in one run.
pub(super) struct Faults<'a> {
    document: &'a Document,
    found: Diagnostics,
}

impl<'a> Faults<'a> {
    pub(super) fn new(document: &'a Document) -> Self {
        Self { document, found: Diagnostics::default() }
    }

    /// Where the values are.
    pub(super) fn document(&self) -> &'a Document {
        self.document
    }

    /// Whether the key at `path` is written.
    pub(super) fn has(&self, path: &[&str]) -> bool {
        self.document.has(path)
    }

    /// The value of `text`, which is at `path`; none after a fault, for an entry of a list, which is left out.
    pub(super) fn parse<T: FromStr<Err = String>>(&mut self, text: &str, path: &[&str]) -> Option<T> {
        text.parse::<T>().map_err(|clause| self.refuse_text::<T>(text, path, &clause)).ok()
    }

    /// The value of `text`, or of `default` when nothing is written, or after a fault.
    pub(super) fn parse_or<T: FromStr<Err = String>>(&mut self, text: Option<&str>, default: &str, path: &[&str]) -> T {
        text.and_then(|text| self.parse(text, path)).unwrap_or_else(|| constant(default))
    }

    /// All values of a list at `path`.
    pub(super) fn parse_all<T: FromStr<Err = String>>(&mut self, texts: &[String], path: &[&str]) -> Vec<T> {
        let numbered = texts.iter().enumerate();
        numbered.filter_map(|(index, text)| self.parse(text, &[path, &[index.to_string().as_str()]].concat())).collect()
    }

    /// The checked text of a key that may be left out.
    pub(super) fn optional<T: FromStr<Err = String> + Display>(
        &mut self,
        text: Option<&String>,
        path: &[&str],
    ) -> Option<String> {
        text.and_then(|text| self.parse::<T>(text, path)).map(|value| value.to_string())
    }

    /// Notes that the value at `path` is wrong; `clause` follows the key's name.
    pub(super) fn refuse(&mut self, path: &[&str], clause: &str) {
        self.push(self.refused(path, clause));
    }

    /// Notes that `text` at `path` is not a valid `T`, and what it was probably meant to be.
    fn refuse_text<T: FromStr>(&mut self, text: &str, path: &[&str], clause: &str) {
        // A password is not shown in another form either.
        let may_show = credential::may_show(path.last().copied().unwrap_or_default(), text);
        let meant = repaired::<T>(text).filter(|_| may_show && !clause.contains("did you mean"));
        let fault = self.refused(path, clause);
        self.push(match meant {
            Some(meant) => fault.help(format!("did you mean `{meant}`?")),
            None => fault,
        });
    }

    fn refused(&self, path: &[&str], clause: &str) -> Diagnostic {
        let shown: Vec<&str> = path.iter().copied().filter(|part| part.parse::<usize>().is_err()).collect();
        self.document.at_value(Diagnostic::error(format!("`{}` {clause}", shown.join("."))), path, "")
    }

    /// Notes that the values at `one` and `other` contradict each other.
    pub(super) fn contradiction(&mut self, message: &str, one: (&[&str], &str), other: (&[&str], &str), help: &str) {
        let fault = self.document.at_key(Diagnostic::error(message), one.0, one.1);
        let fault = self.document.at_key(fault, other.0, other.1);
        self.push(fault.help(help));
    }

    /// Notes each of `keys` of the table at `place` that is written although `other` leaves it no meaning; `message` gets the
    /// whole key.
    pub(super) fn without_meaning(
        &mut self,
        (place, keys): (&[&str], &[&str]),
        other: (&[&str], &str),
        message: impl Fn(&str) -> String,
        help: &str,
    ) {
        for key in keys {
            let path = [place, &[*key]].concat();
            if self.has(&path) {
                self.contradiction(&message(&path.join(".")), (&path, ""), other, help);
            }
        }
    }

    /// Notes a fault with places of its own. A value that several objects are made from is reported once.
    pub(super) fn push(&mut self, fault: Diagnostic) {
        if !self.found.0.contains(&fault) {
            self.found.push(fault);
        }
    }

    /// Control characters other than a line feed and a tab reach no process unharmed.
    pub(super) fn refuse_control_characters(&mut self, value: &str, path: &[&str]) {
        // U+FFFE and U+FFFF are not characters: <https://yaml.org/spec/1.2.2/#51-character-set>
        if value.chars().any(|c| c.is_control() && c != '\n' && c != '\t' || matches!(c, '\u{FFFE}' | '\u{FFFF}')) {
            self.refuse(path, "holds a control character, which YAML and process environments do not carry");
        }
    }

    /// Labels of an object, whose table is at `path`.
    pub(super) fn labels(&mut self, labels: &BTreeMap<String, String>, path: &[&str]) -> BTreeMap<String, String> {
        for (key, value) in labels {
            let path = [path, &[key.as_str()]].concat();
            if let Err(why) = name::qualified_name(key) {
                self.refuse(&path, &format!("is not a valid label key: it {why}"));
            } else if let Err(why) = name::label_value(value) {
                self.refuse(&path, &format!("is not a valid label value: it {why}"));
            }
        }
        labels.clone()
    }

    /// A value that looks like a credential does not belong in a file that is committed.
    pub(super) fn refuse_credential(&mut self, name: &str, value: &str, path: &[&str]) {
        let Some(reason) = credential::why(name, value) else { return };
        let fault = Diagnostic::error(format!("`{}` looks like a credential: {reason}", path.join(".")));
        let help = format!("name the place of the value instead: [secrets.env] {name} = \"secret/key\"");
        self.push(self.document.at_secret(fault, path, "").help(help));
    }

    /// Reads `secret/key`.
    pub(super) fn secret_key(&mut self, reference: &str, path: &[&str]) -> Option<SecretKeyRef> {
        let Some((name, key)) = reference.split_once('/') else {
            // The reference may be a value that was pasted here: it is not repeated.
            let fault = Diagnostic::error(format!("`{}` must be `secret/key`, the place of the value", path.join(".")));
            let fault = fault
                .help("app.toml never holds the value of a secret: `pykube secrets manifest` makes the Secret from a local file");
            self.push(self.document.at_secret(fault, path, ""));
            return None;
        };
        match (name.parse::<ObjectName>(), key.parse::<SecretKey>()) {
            (Ok(name), Ok(key)) => Some(SecretKeyRef { name: name.to_string(), key: key.to_string() }),
            (name, key) => {
                let clause = name.err().or(key.err()).unwrap_or_default();
                let fault = Diagnostic::error(format!("`{}` is not `secret/key`: each part {clause}", path.join(".")));
                self.push(self.document.at_secret(fault, path, ""));
                None
            }
        }
    }

    /// `value`, when nothing was found.
    pub(super) fn into_result<T>(self, value: T) -> Result<T, Diagnostics> {
        if self.found.has_errors() { Err(self.found) } else { Ok(value) }
    }
}

/// The value of a text that pykube itself writes.
pub(super) fn constant<T: FromStr<Err = String>>(text: &str) -> T {
    text.parse().unwrap_or_else(|clause| unreachable!("`{text}`, which pykube writes, {clause}"))
}
