//! Names of environment variables.

use std::str::FromStr;

use super::checked_text;

/// Name of an environment variable, as a POSIX shell can set it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EnvName(String);
checked_text!(EnvName);

impl FromStr for EnvName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if !text.is_empty() && text.chars().all(fits) && !text.starts_with(|c: char| c.is_ascii_digit()) {
            Ok(Self(text.to_owned()))
        } else {
            Err("must be the name of an environment variable: letters, digits and `_`, no digit first".into())
        }
    }
}
