//! What a credential looks like, and how it is kept out of every text that a person or a log sees.
//!
//! Two questions, each with one answer for the whole program: is this value a credential ([`why`]), and may this default be
//! shown ([`may_show`]). [`redact`] asks them of running text. In doubt a value is hidden: a hidden word costs a look into
//! the file, a shown password costs the password.

mod command_line;
mod form;
mod name;
mod pair;
mod redaction;
mod url;

pub(crate) use redaction::redact_app_toml;
pub use redaction::{Redacted, redact};

use name::Naming;

/// What stands for a credential while an image is built and tests run: everybody may read it.
pub(crate) const DUMMY: &str = "build-only-dummy";

/// Why `value` under `name` looks like a credential, in a clause that does not hold the value; none when it does not.
pub fn why(name: &str, value: &str) -> Option<String> {
    if let Some(owner) = form::token(value) {
        return Some(format!("it begins like {owner}"));
    }
    if !url::credentials(value).is_empty() {
        return Some("it is a URL with a password".into());
    }
    if name::naming(name) == Naming::Secret
        && !is_switch(value)
        && !is_reference(value)
        && value.parse::<f64>().is_err()
    {
        return Some("its name says so".into());
    }
    (!redaction::anywhere(value).is_empty()).then(|| "it holds one".into())
}

/// Whether `value`, the default of `name`, can be shown and copied: only where it cannot be a credential.
pub fn may_show(name: &str, value: &str) -> bool {
    if is_switch(value) || is_reference(value) {
        return true;
    }
    if !redaction::anywhere(value).is_empty() {
        return false;
    }
    match name::naming(name) {
        Naming::Plain => true,
        Naming::AboutASecret => is_harmless(value),
        Naming::Secret => false,
    }
}

/// Whether `name` says that its value is a credential.
pub(crate) fn is_name_of_one(name: &str) -> bool {
    name::naming(name) == Naming::Secret
}

/// What switches something on or off, or says that nothing is set.
fn is_switch(value: &str) -> bool {
    matches!(
        value.trim().to_ascii_lowercase().as_str(),
        "" | "true" | "false" | "on" | "off" | "yes" | "no" | "none" | "null" | "0" | "1"
    )
}

/// What stands for a value that is put in later: `$NAME`, `${NAME}`, `$(NAME)`, `{name}`, `<password>`, `%s`, `***`, `…`.
fn is_reference(value: &str) -> bool {
    let inside = |open: &str, close: &str| {
        let rest = value.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
        rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(['\'', '"', ' ', '\n']))
    };
    let is_variable = value.strip_prefix('$').is_some_and(|rest| {
        !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
    });
    is_variable
        || inside("${", "}")
        || inside("$(", ")")
        || inside("{", "}")
        || inside("<", ">")
        || matches!(value, "%s" | "…")
        || (value.len() >= 3 && value.bytes().all(|byte| byte == b'*'))
}

/// `secret/key`, as `[secrets.env]` needs it.
fn is_reference_of_a_key(text: &str) -> bool {
    let text = text.split(['"', '\'']).next().unwrap_or_default();
    text.split_once('/').is_some_and(|(secret, key)| {
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte);
        let is_key = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        !secret.is_empty() && !key.is_empty() && secret.bytes().all(is_name) && key.bytes().all(is_key)
    })
}

/// Values that say how a secret is handled and cannot be one: numbers, durations, words without a digit, algorithms, paths,
/// addresses.
fn is_harmless(value: &str) -> bool {
    let number = value.trim_end_matches(['s', 'm', 'h', 'd']);
    if number.replace('_', "").parse::<f64>().is_ok() {
        return true;
    }
    if value.contains("://") || value.starts_with('/') || value.starts_with("./") || value.starts_with("~/") {
        return true;
    }
    is_words(value) || form::is_algorithm(value)
}

/// Words of letters alone, joined as names are: `X-Auth-Token`, `shop-secrets`, `django.contrib.auth`.
fn is_words(value: &str) -> bool {
    value.len() <= 80 && value.bytes().all(|byte| byte.is_ascii_alphabetic() || b"-_./ :,*".contains(&byte))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
