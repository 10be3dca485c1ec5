//! Words by which secrets are known in the names of variables.

use std::sync::LazyLock;

use serde::Deserialize;

use super::read;

const TEXT: &str = include_str!("../../data/secret-words.toml");

pub(crate) static SECRET_WORDS: LazyLock<SecretWords> = LazyLock::new(|| read(TEXT));

/// All lists; the file says what each is for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecretWords {
    pub(crate) credential: CredentialWords,
    pub(crate) variable: VariableWords,
    pub(crate) about: AboutWords,
    pub(crate) shown: ShownWords,
}

/// What makes a name one of a credential.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CredentialWords {
    pub(crate) anywhere: Words,
    pub(crate) endings: Words,
    pub(crate) compounds: Words,
    pub(crate) with_webhook: Words,
    pub(crate) with_private: Words,
}

impl CredentialWords {
    /// Whether `word` makes the name that it is in one of a credential.
    pub(crate) fn names_one(&self, word: &str) -> bool {
        self.anywhere.contains(word)
            || self.compounds.contains(word)
            || self.endings.iter().any(|ending| word.ends_with(ending))
    }
}

/// What else makes a variable's name one for a Secret.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VariableWords {
    pub(crate) last: Words,
    pub(crate) pairs: Vec<Words>,
    pub(crate) with_headers: Words,
    pub(crate) stores: Words,
    pub(crate) addresses: Words,
    pub(crate) last_addresses: Words,
    pub(crate) whole: Vec<Words>,
}

/// What makes a name one that speaks of something around a secret.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AboutWords {
    pub(crate) first: Words,
    pub(crate) last: Words,
    pub(crate) asks: Words,
    pub(crate) asked_for: Words,
    pub(crate) tokens: Words,
    pub(crate) parts: Words,
    pub(crate) services: Words,
    pub(crate) served: Words,
}

/// What else hides a value that would be shown.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShownWords {
    pub(crate) anywhere: Words,
    pub(crate) public_keys: Words,
    pub(crate) first: Words,
    pub(crate) last: Words,
}

/// A list of words, written with spaces between them.
#[derive(Debug, Default, Deserialize)]
#[serde(from = "String")]
pub(crate) struct Words(Vec<String>);

impl From<String> for Words {
    fn from(text: String) -> Self {
        Self(text.split_ascii_whitespace().map(str::to_owned).collect())
    }
}

impl Words {
    pub(crate) fn contains(&self, word: &str) -> bool {
        self.iter().any(|known| known == word)
    }

    /// Whether one of `words` is in the list.
    pub(crate) fn meets(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.contains(word))
    }

    /// Whether the list is `words`, in that order.
    pub(crate) fn is(&self, words: &[&str]) -> bool {
        self.iter().eq(words.iter().copied())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn read() {
        toml::from_str::<SecretWords>(TEXT).unwrap();
    }
}
