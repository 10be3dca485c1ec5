//! Tells values that look like credentials from configuration, by name and by form.

/// Words of a variable's name after which a value is secret.
const SECRET_WORDS: [&str; 12] = [
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "SECRET",
    "TOKEN",
    "APIKEY",
    "CREDENTIALS",
    "PWD",
    "PRIVATE",
    "SALT",
    "PASS",
    "DSN",
];

/// Words that, last in a name, make it a name for something about a secret and not the secret itself.
const HARMLESS_ENDINGS: [&str; 24] = [
    "MINUTES",
    "SECONDS",
    "HOURS",
    "DAYS",
    "LENGTH",
    "NAME",
    "PREFIX",
    "SUFFIX",
    "HEADER",
    "FILE",
    "PATH",
    "DIR",
    "URL",
    "ENDPOINT",
    "ALGORITHM",
    "TTL",
    "AGE",
    "EXPIRE",
    "EXPIRY",
    "LIFETIME",
    "ENABLED",
    "REQUIRED",
    "TYPE",
    "ISSUER",
];

/// Beginnings of well-known tokens, with whose they are.
/// Source: <https://docs.github.com/en/code-security/secret-scanning/introduction/supported-secret-scanning-patterns>
/// and the vendors' own documents.
const TOKEN_PREFIXES: [(&str, &str); 12] = [
    ("AKIA", "an access key of AWS"),
    ("ASIA", "a temporary access key of AWS"),
    ("ghp_", "a token of GitHub"),
    ("gho_", "a token of GitHub"),
    ("ghs_", "a token of GitHub"),
    ("github_pat_", "a token of GitHub"),
    ("glpat-", "a token of GitLab"),
    ("sk_live_", "a key of Stripe"),
    ("rk_live_", "a key of Stripe"),
    ("xoxb-", "a token of Slack"),
    ("SG.", "a key of SendGrid"),
    ("-----BEGIN", "a PEM block"),
];

/// Why `value` under `name` looks like a credential, in a clause that does not hold the value; none when it does not.
#[must_use]
pub(super) fn looks_like_credential(name: &str, value: &str) -> Option<String> {
    if let Some((_, owner)) = TOKEN_PREFIXES.iter().find(|(prefix, _)| value.starts_with(prefix) && value.len() >= 16) {
        return Some(format!("it begins like {owner}"));
    }
    if has_password_in_url(value) {
        return Some("it is a URL with a password".into());
    }
    let upper = name.to_ascii_uppercase().replace('-', "_");
    let words: Vec<&str> = upper.split('_').filter(|word| !word.is_empty()).collect();
    let last = words.last().copied().unwrap_or_default();
    let key_pair =
        words.windows(2).any(|pair| matches!(pair, ["API" | "ACCESS" | "SECRET" | "SIGNING" | "ENCRYPTION", "KEY"]));
    let named = key_pair || words.iter().any(|word| SECRET_WORDS.contains(word));
    let switch = matches!(value.to_ascii_lowercase().as_str(), "" | "true" | "false" | "on" | "off" | "yes" | "no");
    if named && !HARMLESS_ENDINGS.contains(&last) && !switch && value.parse::<f64>().is_err() {
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
