//! Tells values that look like credentials from configuration, by name and by form.

use crate::data::SECRET_WORDS;

/// Why `value` under `name` looks like a credential, in a clause that does not hold the value; none when it does not.
#[must_use]
pub(super) fn looks_like_credential(name: &str, value: &str) -> Option<String> {
    let begins = |prefix: &str| value.starts_with(prefix) && value.len() >= 16;
    if let Some((_, owner)) = SECRET_WORDS.tokens.iter().find(|(prefix, _)| begins(prefix)) {
        return Some(format!("it begins like {owner}"));
    }
    if has_password_in_url(value) {
        return Some("it is a URL with a password".into());
    }
    let upper = name.to_ascii_uppercase().replace('-', "_");
    let words: Vec<&str> = upper.split('_').filter(|word| !word.is_empty()).collect();
    let last = words.last().copied().unwrap_or_default();
    let list = &SECRET_WORDS.config;
    let key_pair = words.windows(2).any(|pair| pair[1] == "KEY" && list.keys.contains(pair[0]));
    let named = key_pair || list.anywhere.meets(&words);
    let switch = matches!(value.to_ascii_lowercase().as_str(), "" | "true" | "false" | "on" | "off" | "yes" | "no");
    if named && !list.harmless.contains(last) && !switch && value.parse::<f64>().is_err() {
        return Some("its name says so".into());
    }
    None
}

/// `scheme://user:password@host`.
fn has_password_in_url(value: &str) -> bool {
    let Some((_, rest)) = value.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let Some((user, _)) = authority.rsplit_once('@') else { return false };
    user.split_once(':').is_some_and(|(_, password)| !password.is_empty() && !password.starts_with('$'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_told_by_name_and_by_form() {
        for (name, value) in [
            ("SECRET_KEY", "abc"),
            ("DB_PASSWORD", "hunter2"),
            ("STRIPE_API_KEY", "x"),
            ("ANYTHING", "postgres://u:p@h/db"),
            ("ANYTHING", "ghp_0123456789abcdefghij"),
        ] {
            assert!(looks_like_credential(name, value).is_some(), "{name}");
        }
    }

    #[test]
    fn configuration_about_secrets_is_no_credential() {
        for (name, value) in [
            ("ACCESS_TOKEN_EXPIRE_MINUTES", "30"),
            ("PASSWORD_MIN_LENGTH", "8"),
            ("TOKEN_URL", "https://example.com/token"),
            ("REQUIRE_CLIENT_SECRET", "true"),
            ("DATABASE_HOST", "db.example.com"),
            ("REDIS_URL", "redis://cache:6379/0"),
        ] {
            assert!(looks_like_credential(name, value).is_none(), "{name}");
        }
    }
}
