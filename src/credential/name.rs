//! What the name of a variable, key or option says of its value.

/// What a name says of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Naming {
    /// The value is a credential: `DB_PASSWORD`, `apiKey`, `--requirepass`.
    Secret,
    /// The name holds a word for secrets and speaks of something around one: `PASSWORD_MIN_LENGTH`, `TOKEN_URL`.
    AboutASecret,
    Plain,
}

/// Words that name a credential wherever they stand.
const SECRET: &[&str] = &[
    "PASSWORD",
    "PASSWORDS",
    "PASSWD",
    "PASSPHRASE",
    "PASSCODE",
    "PASS",
    "PWD",
    "PW",
    "SECRET",
    "SECRETS",
    "TOKEN",
    "TOKENS",
    "APIKEY",
    "CREDENTIAL",
    "CREDENTIALS",
    "CREDS",
    "CRED",
    "PIN",
    "OTP",
    "SALT",
    "PEPPER",
    "DSN",
    "FERNET",
    "BEARER",
    "JWT",
    "CONNSTR",
    "PEM",
    "MNEMONIC",
];

/// Ends of words that were written together: `DBPASSWORD`, `requirepass`, `clientsecret`.
const SECRET_ENDINGS: &[&str] = &[
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "PASSCODE",
    "SECRET",
    "TOKEN",
    "APIKEY",
    "SECRETKEY",
    "ACCESSKEY",
    "CREDENTIALS",
];

/// The same for short endings, which also end other words (`COMPASS`, `BYPASS`).
const SHORT_WORDS: &[&str] = &[
    "DBPASS",
    "DBPWD",
    "SMTPPASS",
    "MYSQLPASS",
    "PGPASS",
    "USERPASS",
    "REQUIREPASS",
    "MASTERAUTH",
    "AUTHPASS",
    "BINDPW",
];

/// Words before `KEY` or `KEYS` that make it a secret one; last in a name `KEY` alone is one as well (`STRIPE_KEY`).
const PUBLIC_KEYS: &[&str] = &[
    "PUBLIC",
    "PUBLISHABLE",
    "SITE",
    "PRIMARY",
    "FOREIGN",
    "SORT",
    "PARTITION",
    "CACHE",
    "OBJECT",
    "ROUTING",
    "PARENT",
    "PROJECT",
    "SPACE",
    "COOKIE",
    "HEADER",
    "INDEX",
    "UNIQUE",
    "SHORTCUT",
    "HOT",
    "REDIS",
    "MERGE",
    "TOPOLOGY",
    "LABEL",
    "ANNOTATION",
    "REF",
    "CONFIG",
    "GPG",
];

/// Last words of names for something around a secret.
const AROUND: &[&str] = &[
    "MINUTES",
    "SECONDS",
    "SECS",
    "SEC",
    "HOURS",
    "DAYS",
    "AGE",
    "EXPIRE",
    "EXPIRES",
    "EXPIRY",
    "EXPIRATION",
    "TTL",
    "LIFETIME",
    "TIMEOUT",
    "LENGTH",
    "LEN",
    "MIN",
    "MAX",
    "SIZE",
    "COUNT",
    "LIMIT",
    "PREFIX",
    "SUFFIX",
    "NAME",
    "NAMES",
    "HEADER",
    "FIELD",
    "TYPE",
    "ALGORITHM",
    "ALG",
    "ALGO",
    "METHOD",
    "ENABLED",
    "ENABLE",
    "DISABLED",
    "REQUIRED",
    "ALLOWED",
    "PROVIDER",
    "BACKEND",
    "CLASS",
    "PATH",
    "DIR",
    "FILE",
    "FILENAME",
    "LOCATION",
    "ENDPOINT",
    "URL",
    "URI",
    "ISSUER",
    "AUDIENCE",
    "SCOPE",
    "SCOPES",
    "DOMAIN",
    "HOST",
    "PORT",
    "REGION",
    "ALIAS",
    "STRATEGY",
    "MODE",
    "LOGIN",
    "FORMAT",
    "VERSION",
    "TIME",
    "VALIDITY",
    "RATE",
    "RESET",
    "ROTATION",
    "REALM",
    "POLICY",
    "HASHER",
    "HASHERS",
    "VALIDATORS",
    "BASE",
    "ROUNDS",
    "ITERATIONS",
    "MARGIN",
    "CHECK",
    "FALLBACK",
    "EXCLUDE",
    "PATTERN",
    "REF",
    "STORE",
    "ACCOUNT",
    "ID",
    "KIND",
];

/// First words of names that switch something.
const SWITCHES: &[&str] = &[
    "ENABLE", "DISABLE", "REQUIRE", "ALLOW", "USE", "IS", "HAS", "SHOW", "HIDE", "VERIFY", "SKIP", "MAX", "MIN", "NUM",
];

/// What `name` says of its value; parts are split at signs and at capitals (`DB_PASSWORD`, `db-password`, `dbPassword`).
pub(super) fn naming(name: &str) -> Naming {
    let words = words(name);
    let Some(last) = words.last().map(String::as_str) else { return Naming::Plain };
    // The ending of a file name; the key itself is known by its form.
    if words.len() == 1 && last == "PEM" {
        return Naming::Plain;
    }
    let is_key = matches!(last, "KEY" | "KEYS")
        && words.len() > 1
        && !words.iter().any(|word| PUBLIC_KEYS.contains(&word.as_str()));
    let names_one = words.iter().any(|word| is_secret_word(word));
    let private = words.iter().any(|word| word == "PRIVATE")
        && words.iter().any(|word| matches!(word.as_str(), "KEY" | "KEYS" | "RSA" | "JWK" | "CERT" | "PEM"));
    let webhook = words.iter().any(|word| word == "WEBHOOK") && matches!(last, "WEBHOOK" | "URL" | "SIGNATURE");
    if !(is_key || names_one || private || webhook) {
        return Naming::Plain;
    }
    let first = words.first().map_or("", String::as_str);
    let public = words.iter().any(|word| matches!(word.as_str(), "PUBLIC" | "PUBLISHABLE"))
        && !words.iter().any(|word| matches!(word.as_str(), "PRIVATE" | "SECRET"));
    let is_around = words.len() > 1 && (AROUND.contains(&last) || SWITCHES.contains(&first) || public);
    if is_around && !webhook { Naming::AboutASecret } else { Naming::Secret }
}

fn is_secret_word(word: &str) -> bool {
    SECRET.contains(&word)
        || SHORT_WORDS.contains(&word)
        || SECRET_ENDINGS.iter().any(|ending| word.len() > ending.len() && word.ends_with(ending))
}

/// The parts of a name, upper case, at most sixteen: more are no name.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    let mut before = ' ';
    for sign in name.chars().take(200) {
        let begins = sign.is_ascii_uppercase() && before.is_ascii_lowercase();
        if begins || !sign.is_ascii_alphanumeric() {
            words.push(String::new());
        }
        if let (true, Some(word)) = (sign.is_ascii_alphanumeric(), words.last_mut()) {
            word.push(sign.to_ascii_uppercase());
        }
        before = sign;
    }
    words.retain(|word| !word.is_empty());
    // `TOKEN_2`, `PASSWORD1`: a number at the end says nothing.
    if words.len() > 1 && words.last().is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_digit())) {
        words.pop();
    }
    if let Some(last) = words.last_mut() {
        let letters = last.trim_end_matches(|sign: char| sign.is_ascii_digit()).len();
        if letters > 2 {
            last.truncate(letters);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_credentials_are_known_in_every_spelling() {
        for name in [
            "SECRET_KEY",
            "DB_PASSWORD",
            "db-password",
            "dbPassword",
            "apiKey",
            "API_KEY",
            "STRIPE_KEY",
            "PASSCODE",
            "ADMIN_PIN",
            "AWS_CREDS",
            "TOKEN_2",
            "PASSWORD1",
            "--requirepass",
            "SLACK_WEBHOOK_URL",
            "PRIVATE_KEY_DATA",
            "SharedAccessKey",
            "AccountKey",
            "DBPASSWORD",
            "SENTRY_DSN",
            "AUTH_JWT_SIGNING_KEY",
            "Pwd",
        ] {
            assert_eq!(naming(name), Naming::Secret, "{name}");
        }
    }

    #[test]
    fn names_around_secrets_and_plain_names_are_told_apart() {
        for name in [
            "PASSWORD_MIN_LENGTH",
            "TOKEN_URL",
            "ACCESS_TOKEN_EXPIRE_MINUTES",
            "USE_TOKEN",
            "SECRET_PREFIX",
            "secretName",
        ] {
            assert_eq!(naming(name), Naming::AboutASecret, "{name}");
        }
        for name in [
            "COMPASS",
            "key",
            "KEY",
            "AUTHOR",
            "SITE_KEY",
            "DATABASE_URL",
            "KEYBOARD",
            "PINNED",
            "topologyKey",
            "monkey",
        ] {
            assert_eq!(naming(name), Naming::Plain, "{name}");
        }
    }
}
