//! Django's `ALLOWED_HOSTS`: a host, `.domain` for it and all below it, or `*`.
//!
//! Source: <https://docs.djangoproject.com/en/stable/ref/settings/#allowed-hosts>

/// The hosts of a variable, however the settings part its text.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '[' | ']' | '"' | '\''))
        .filter(|word| !word.is_empty())
}

/// Whether one of the entries holds `host`.
pub(super) fn hold<'a>(entries: impl IntoIterator<Item = &'a str>, host: &str) -> bool {
    entries.into_iter().any(|entry| match entry.strip_prefix('.') {
        Some(domain) => host == domain || host.ends_with(entry),
        None => entry == "*" || entry.eq_ignore_ascii_case(host),
    })
}
