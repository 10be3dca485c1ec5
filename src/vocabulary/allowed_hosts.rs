//! Django's `ALLOWED_HOSTS`: a host, `.domain` for it and all below it, or `*`.
//!
//! Source: <https://docs.djangoproject.com/en/stable/ref/settings/#allowed-hosts>

/// The hosts of a variable, however the settings part its text.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '[' | ']' | '"' | '\''))
        .filter(|word| !word.is_empty())
}

/// Whether one of the entries holds `host`, in whatever case.
pub(crate) fn hold<'a>(entries: impl IntoIterator<Item = &'a str>, host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    entries.into_iter().map(str::to_ascii_lowercase).any(|entry| match entry.strip_prefix('.') {
        Some(domain) => host == domain || host.ends_with(&entry),
        None => entry == "*" || entry == host,
    })
}

#[cfg(test)]
mod tests {
    use super::{hold, words};

    #[test]
    fn a_domain_with_a_dot_holds_itself_and_what_is_below() {
        let holds = |text: &str, host: &str| hold(words(text), host);
        for host in ["acme.dev", "shop.acme.dev", "Shop.ACME.dev"] {
            assert!(holds("localhost, .acme.DEV", host), "{host}");
        }
        assert!(holds("['*']", "any.example") && holds("shop.acme.dev;x", "shop.acme.dev"));
        assert!(!holds(".acme.dev", "notacme.dev") && !holds("acme.dev", "shop.acme.dev") && !holds("", "acme.dev"));
    }
}
