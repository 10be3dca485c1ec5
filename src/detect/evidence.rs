//! Why something is believed.

use serde::Serialize;

/// A place in the repository that shows why something is believed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Evidence {
    /// Path below the root, with `/`.
    pub file: String,
    /// Line, from 1; 0 when the file as such is the evidence.
    pub line: u32,
    /// The text of that line, trimmed and shortened; never the value of a secret.
    pub text: String,
}

impl Evidence {
    /// A file as such.
    pub(crate) fn of_file(file: impl Into<String>) -> Self {
        Self { file: file.into(), line: 0, text: String::new() }
    }

    /// `file:line`, or the file alone.
    pub fn place(&self) -> String {
        match self.line {
            0 => self.file.clone(),
            line => format!("{}:{line}", self.file),
        }
    }
}
