//! Environment variables: configuration by ConfigMap, secrets by reference.

use std::collections::BTreeMap;

use super::super::pod::{EnvVar, SecretKeyRef};
use super::super::value::{EnvName, SecretKey, SecretName};
use super::Resolver;
use crate::diagnostic::Diagnostic;

/// What every container of the application's image gets.
#[derive(Clone, Debug)]
pub(in crate::app) struct Environment {
    /// Data of the ConfigMap.
    pub(in crate::app) config: BTreeMap<String, String>,
    /// Variables from Secrets.
    pub(in crate::app) secrets: Vec<EnvVar>,
}

impl Resolver<'_> {
    pub(super) fn environment(&mut self) -> Option<Environment> {
        let mut config = BTreeMap::new();
        for (name, value) in &self.config.config {
            let path = ["config", name.as_str()];
            let parsed: Option<EnvName> = self.parse(name, &path);
            self.refuse_control_characters(value, &path);
            self.refuse_credential(name, value, &path);
            config.extend(parsed.map(|name| (name.to_string(), value.clone())));
        }
        let mut secrets = Vec::new();
        for (name, reference) in &self.config.secrets.env {
            let path = ["secrets", "env", name.as_str()];
            let parsed: Option<EnvName> = self.parse(name, &path);
            let reference = self.secret_key(reference, &path);
            if self.config.config.contains_key(name) {
                self.contradiction(
                    &format!("`{name}` is set twice"),
                    (&path, "from a Secret"),
                    (&["config", name.as_str()], "and as configuration"),
                    "keep one of them",
                );
            }
            let (Some(name), Some(reference)) = (parsed, reference) else { continue };
            secrets.push(EnvVar {
                name: name.to_string(),
                value: None,
                secret_key_ref: Some(reference),
                comment: None,
            });
        }
        Some(Environment { config, secrets })
    }

    /// Reads `secret/key`.
    pub(super) fn secret_key(&mut self, reference: &str, path: &[&str]) -> Option<SecretKeyRef> {
        let Some((name, key)) = reference.split_once('/') else {
            // The reference may be a value that was pasted here: it is not repeated.
            let fault = Diagnostic::error(format!("`{}` must be `secret/key`, the place of the value", path.join(".")));
            let fault = fault
                .help("a value never stands in app.toml: `pykube secrets manifest` makes the Secret from a local file");
            self.faults.push(self.document.at_secret(fault, path, ""));
            return None;
        };
        match (name.parse::<SecretName>(), key.parse::<SecretKey>()) {
            (Ok(name), Ok(key)) => Some(SecretKeyRef { name: name.to_string(), key: key.to_string() }),
            (name, key) => {
                let clause = name.err().or(key.err()).unwrap_or_default();
                let fault = Diagnostic::error(format!("`{}` is no `secret/key`: each part {clause}", path.join(".")));
                self.faults.push(self.document.at_secret(fault, path, ""));
                None
            }
        }
    }

    /// Control characters other than a line feed and a tab reach no process unharmed.
    pub(super) fn refuse_control_characters(&mut self, value: &str, path: &[&str]) {
        // U+FFFE and U+FFFF are no characters: <https://yaml.org/spec/1.2.2/#51-character-set>
        if value.chars().any(|c| c.is_control() && c != '\n' && c != '\t' || matches!(c, '\u{FFFE}' | '\u{FFFF}')) {
            self.fault(path, "holds a control character, which YAML and process environments do not carry");
        }
    }

    /// A value that looks like a credential does not belong into a file that is committed.
    pub(super) fn refuse_credential(&mut self, name: &str, value: &str, path: &[&str]) {
        let Some(reason) = crate::credential::why(name, value) else { return };
        let fault = Diagnostic::error(format!("`{}` looks like a credential: {reason}", path.join(".")));
        let help = format!("name the place of the value instead: [secrets.env] {name} = \"secret/key\"");
        self.faults.push(self.document.at_secret(fault, path, "").help(help));
    }
}
