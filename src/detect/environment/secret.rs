//! Whether the value of a variable must be kept secret, by its name and what the code says of it. The words are in
//! `data/secret-words.toml`.

use super::Hint;
use crate::data::SECRET_WORDS;

/// Whether `name` belongs in a `Secret`.
///
/// A wrong "config" leaks a credential, a wrong "secret" costs a line: in doubt it is secret.
pub(crate) fn is_secret(name: &str, hint: Option<Hint>) -> bool {
    match hint {
        Some(Hint::Secret) => return true,
        Some(Hint::Plain) => return false,
        None => {}
    }
    let upper = name.to_ascii_uppercase();
    let words: Vec<&str> = upper.split('_').filter(|word| !word.is_empty()).collect();
    let Some(last) = words.last().copied() else { return false };
    if is_about_a_secret(&words, last) {
        return false;
    }
    is_credential(&words, last) || is_address_with_credentials(&words, last)
}

/// Names that hold a word for secrets but speak of something around one: its length, its lifetime, its header.
fn is_about_a_secret(words: &[&str], last: &str) -> bool {
    let about = &SECRET_WORDS.about;
    if words.first().is_some_and(|first| about.first.contains(first)) {
        return true;
    }
    if about.asks.meets(words) && !about.asked_for.contains(last) {
        return true;
    }
    // How many tokens of text a language model may take, not one that opens a door.
    if last == "TOKENS" && about.tokens.meets(words) {
        return true;
    }
    // `STORAGE_CONTAINER_PRIVATE`: the name of a place.
    if words.iter().any(|word| matches!(*word, "CONTAINER" | "BUCKET")) && last == "PRIVATE" {
        return true;
    }
    let joined = words.join("_");
    if about.parts.iter().any(|part| joined.contains(part)) {
        return !joined.contains("PRIVATE") && !joined.contains("SECRET");
    }
    // `X_URL` and `X_URI` of a token service are addresses; those of databases are caught elsewhere.
    if matches!(last, "URL" | "URI") && about.services.meets(words) {
        return true;
    }
    // `OIDC_URL_TOKEN`: the address where tokens are to be had.
    if matches!(words, [.., "URL" | "URI" | "ENDPOINT", _]) && about.served.contains(last) {
        return true;
    }
    about.last.contains(last) && words.len() > 1
}

/// Names that say that the value is a credential.
fn is_credential(words: &[&str], last: &str) -> bool {
    let (list, shared) = (&SECRET_WORDS.variable, &SECRET_WORDS.credential);
    let private = words.contains(&"PRIVATE") && (last == "PRIVATE" || shared.with_private.meets(words));
    words.iter().any(|word| shared.names_one(word))
        || private
        || (last == "HEADERS" && list.with_headers.meets(words))
        || list.last.contains(last)
        || words.windows(2).any(|pair| list.pairs.iter().any(|known| known.is(pair)))
        || (words.contains(&"WEBHOOK") && shared.with_webhook.contains(last))
}

/// Addresses of databases and brokers carry a user and a password.
fn is_address_with_credentials(words: &[&str], last: &str) -> bool {
    let list = &SECRET_WORDS.variable;
    let is_address = list.addresses.meets(words) || list.last_addresses.contains(last);
    // `DATABASE_SERVER` alone was seen to hold a whole connection string, `POSTGRES_SERVER` a host name.
    (is_address && list.stores.meets(words)) || list.whole.iter().any(|name| name.is(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_whatever_they_are_called() {
        for name in [
            "SECRET_KEY",
            "DB_PASSWORD",
            "DATABASE_URL",
            "SMTP_PASS",
            "LDAP_BIND_PWD",
            "HASHIDS_SALT",
            "TWILIO_AUTH",
            "GITHUB_PEM",
            "COSMOS_CONNSTR",
            "OTEL_EXPORTER_OTLP_HEADERS",
            "EMAIL_PROVIDER_PARAMS",
            "DATABASE_CREDENTIALS",
            "AWS_SECRET_ACCESS_KEY",
            "SENTRY_DSN",
            "MS_TRANSLATOR_KEY",
            "REDIS_URL",
            "POSTGRES_REPLICA_URL_1",
            "TRACKER_CLIENT_CERT",
            "SLACK_TOKEN",
            "SECRET",
            "AUTH_JWT_SIGNING_KEY",
            "ADMIN_PASSWORD",
            "SERVICE_ROLE_KEY",
            "SHOP_WEBHOOK_SIGNATURE",
            "REDIS_URL_0",
            "RSA_PRIVATE_KEY",
            "SHOP_DBPASS",
            "VCAP_SERVICES",
        ] {
            assert!(is_secret(name, None), "{name}");
        }
    }

    #[test]
    fn words_around_secrets_are_no_secrets() {
        for name in [
            "ACCESS_TOKEN_EXPIRE_MINUTES",
            "TOKEN_PREFIX",
            "SESSION_COOKIE_NAME",
            "PASSWORD_MIN_LENGTH",
            "KMS_KEY_ALIAS",
            "RECAPTCHA_SITE_KEY",
            "REQUIRE_API_KEY_SECRET",
            "DB_HOST",
            "POSTGRES_SERVER",
            "TOKEN_TIME",
            "ALLOWED_HOSTS",
            "EMAIL_RESET_TOKEN_EXPIRE_HOURS",
            "SECURE_SSL_REDIRECT",
            "SECRET_PROVIDER",
            "TOKEN_VALIDITY_SECS",
            "LDAP_URL",
            "OIDC_CONFIGURATION_URL",
            "PASSWORD_LOGIN_ENABLED",
            "STRIPE_PUBLISHABLE_KEY",
            "BASE_URL",
            "JWT_ALG",
            "JWT_AUDIENCE",
            "CHECK_SIGNATURE",
            "MAIL_SIGNATURE",
            "MODEL_MAX_TOKENS",
            "PASSWORD_REQUIRE_DIGIT",
            "ALLOW_PRIVATE_NETWORK",
            "SKIP_SECRET_KEY_CHECK",
            "MAPS_PUBLIC_API_KEY",
            "PRIVATE_BUCKET",
            "TOKEN_PATH_EXCLUDE",
            "TOKEN_THROTTLE_RATE",
            "OIDC_URL_TOKEN",
            "VCAP_APPLICATION",
        ] {
            assert!(!is_secret(name, None), "{name}");
        }
        assert!(!is_secret("REQUIRE_SECRET", Some(Hint::Plain)));
        assert!(is_secret("DATABASE_SETTINGS", Some(Hint::Secret)));
    }
}
