//! Whether the value of a variable must be kept secret, by its name and what the code says of it.

use super::Hint;

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

/// Whether `word` is one of the words of `list`.
fn listed(list: &str, word: &str) -> bool {
    list.split_ascii_whitespace().any(|known| known == word)
}

/// Names that hold a word for secrets but speak of something around one: its length, its lifetime, its header.
fn is_about_a_secret(words: &[&str], last: &str) -> bool {
    const AROUND: &str = "MINUTES SECONDS SECS SEC HOURS DAYS AGE EXPIRE EXPIRES EXPIRY EXPIRATION TTL LIFETIME TIMEOUT LENGTH \
        LEN MIN MAX SIZE COUNT LIMIT PREFIX SUFFIX NAME NAMES HEADER FIELD TYPE ALGORITHM ALG ALGO METHOD \
        ENABLED ENABLE DISABLED REQUIRED ALLOWED PROVIDER BACKEND CLASS PATH DIR FILE FILENAME LOCATION \
        ENDPOINT ISSUER AUDIENCE SCOPE SCOPES DOMAIN HOST PORT REGION ALIAS STRATEGY MODE LOGIN FORMAT \
        VERSION TIME VALIDITY RATE RESET ROTATION REALM POLICY HASHER BASE ROUNDS ITERATIONS MARGIN CHECK FALLBACK EXCLUDE \
        PATTERN";
    if matches!(
        words.first(),
        Some(
            &"ENABLE"
                | &"DISABLE"
                | &"REQUIRE"
                | &"ALLOW"
                | &"USE"
                | &"IS"
                | &"HAS"
                | &"SHOW"
                | &"HIDE"
                | &"VERIFY"
                | &"SKIP"
        )
    ) {
        return true;
    }
    let asks = words.iter().any(|word| matches!(*word, "ALLOW" | "REQUIRE" | "REQUIRES"));
    if asks && !matches!(last, "SECRET" | "PASSWORD" | "TOKEN" | "KEY") {
        return true;
    }
    // How many tokens of text a language model may take, not one that opens a door.
    if matches!(last, "TOKENS")
        && words.iter().any(|word| matches!(*word, "MAX" | "MIN" | "NUM" | "RESERVED" | "BUDGET"))
    {
        return true;
    }
    let joined = words.join("_");
    if [
        "COOKIE_KEY",
        "SITE_KEY",
        "SITEKEY",
        "PUBLIC_KEY",
        "PUBLISHABLE",
        "KEY_ALIAS",
        "PRIMARY_KEY",
        "KEY_PREFIX",
        "SORT_KEY",
        "PARTITION_KEY",
        "CACHE_KEY",
        "OBJECT_KEY",
        "ROUTING_KEY",
        "PARENT_KEY",
        "PROJECT_KEY",
        "SPACE_KEY",
        "HEADER_KEY",
        "PUBLIC_API_KEY",
        "PUBLIC_TOKEN",
        "PUBLIC_ACCESS_TOKEN",
    ]
    .iter()
    .any(|around| joined.contains(around))
    {
        return !joined.contains("PRIVATE") && !joined.contains("SECRET");
    }
    // `X_URL` and `X_URI` of a token service are addresses; those of databases are caught elsewhere.
    if matches!(last, "URL" | "URI")
        && words.iter().any(|word| {
            matches!(
                *word,
                "TOKEN" | "AUTH" | "AUTHORIZE" | "OAUTH" | "OIDC" | "PASSWORD" | "JWKS" | "KEYCLOAK" | "CREDENTIALS"
            )
        })
    {
        return true;
    }
    // `OIDC_URL_TOKEN`: the address where tokens are to be had.
    if matches!(words, [.., "URL" | "URI" | "ENDPOINT", "TOKEN" | "AUTH" | "JWKS"]) {
        return true;
    }
    listed(AROUND, last) && !matches!((words.len(), last), (1, _))
}

/// Names that say that the value is a credential.
fn is_credential(words: &[&str], last: &str) -> bool {
    const ANYWHERE: &str = "SECRET SECRETS PASSWORD PASSWORDS PASSWD PASSPHRASE TOKEN TOKENS CREDENTIAL CREDENTIALS PASS PWD \
        SALT PEM APIKEY CONNSTR DSN HEADERS JWT BEARER PW";
    const LAST: &str = "KEY KEYS AUTH PARAMS CERT CERTIFICATE FERNET WEBHOOK COOKIE PEPPER KEYFILE SID";
    let weak = |word: &str| matches!(word, "JWT" | "BEARER" | "PASS" | "HEADERS" | "TOKENS" | "COOKIE" | "SID");
    let any = words.iter().any(|word| listed(ANYWHERE, word) && !weak(word));
    let concatenated = words.iter().any(|word| {
        word.ends_with("PASSWORD")
            || word.ends_with("SECRET")
            || word.ends_with("TOKEN")
            || word.ends_with("APIKEY")
            || word.ends_with("SECRETKEY")
            || word.ends_with("ACCESSKEY")
            || word.ends_with("PASSWD")
            || matches!(*word, "DBPASS" | "DBPASSWORD" | "DBPWD" | "SMTPPASS" | "MYSQLPASS" | "PGPASS" | "USERPASS")
    });
    let otlp_headers = last == "HEADERS" && words.iter().any(|word| matches!(*word, "OTLP" | "AUTH" | "OTEL"));
    let weak_last = matches!(last, "JWT" | "PASS" | "TOKENS" | "COOKIE");
    // `PRIVATE_KEY_DATA`, `RSA_PRIVATE`; a private network or bucket is none.
    let private = words.contains(&"PRIVATE")
        && (last == "PRIVATE" || words.iter().any(|word| matches!(*word, "KEY" | "KEYS" | "RSA" | "CERT" | "JWK")));
    any || concatenated
        || private
        || otlp_headers
        || weak_last
        || (listed(LAST, last) && !matches!(last, "COOKIE" | "SID" | "WEBHOOK"))
        || words.windows(2).any(|pair| {
            matches!(
                pair,
                ["API" | "ACCESS" | "ENCRYPTION" | "SIGNING", "KEY"]
                    | ["API", "KEYS"]
                    | ["CONNECTION", "STRING"]
                    | ["SERVICE", "ACCOUNT"]
            )
        })
        || (matches!(last, "URL" | "SIGNATURE") && words.contains(&"WEBHOOK"))
}

/// Addresses of databases and brokers carry a user and a password.
fn is_address_with_credentials(words: &[&str], last: &str) -> bool {
    const STORES: &str = "DATABASE DB POSTGRES POSTGRESQL PG MYSQL MARIADB MONGO MONGODB MONGOHQ MONGOLAB REDIS VALKEY BROKER \
        AMQP RABBITMQ CACHE SQLALCHEMY CELERY JAWSDB CLEARDB CLOUDAMQP";
    let store = words.iter().any(|word| listed(STORES, word));
    // Whatever follows the address: `REDIS_URL_0`, `DATABASE_URL_READONLY`; of a connection there are settings as well.
    let address = words.iter().any(|word| matches!(*word, "URL" | "URI" | "DSN" | "URLS" | "URIS"))
        || matches!(last, "CONNECTION" | "CONN");
    // `DATABASE_SERVER` alone was seen to hold a whole connection string, `POSTGRES_SERVER` a host name.
    // Cloud Foundry gives all credentials of bound services in one variable.
    (store && address)
        || matches!(words, ["DATABASE", "SERVER"] | ["EMAIL" | "SMTP" | "MAIL", "URL"] | ["VCAP", "SERVICES"])
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
