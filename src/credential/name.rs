//! What the name of a variable, key or option says of its value. The words are in `data/secret-words.toml`.

use crate::data::{SECRET_WORDS, Words};

/// What a name says of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Naming {
    /// The value is a credential: `DB_PASSWORD`, `apiKey`, `--requirepass`.
    Secret,
    /// The name holds a word for secrets and speaks of something around one: `PASSWORD_MIN_LENGTH`, `TOKEN_URL`.
    AboutASecret,
    Plain,
}

/// What `name` says of its value; parts are split at signs and at capitals (`DB_PASSWORD`, `db-password`, `dbPassword`).
pub(super) fn naming(name: &str) -> Naming {
    let words = words(name);
    let Some(last) = words.last().map(String::as_str) else { return Naming::Plain };
    // The ending of a file name; the key itself is known by its form.
    if words.len() == 1 && last == "PEM" {
        return Naming::Plain;
    }
    let (list, shown) = (&SECRET_WORDS.credential, &SECRET_WORDS.shown);
    let has = |known: &Words| words.iter().any(|word| known.contains(word));
    let is = |word: &str| words.iter().any(|known| known == word);
    let is_key = matches!(last, "KEY" | "KEYS") && words.len() > 1 && !has(&shown.public_keys);
    let names_one = words.iter().any(|word| list.names_one(word) || shown.anywhere.contains(word));
    let private = is("PRIVATE") && (has(&list.with_private) || is("PEM"));
    let webhook = is("WEBHOOK") && (last == "WEBHOOK" || list.with_webhook.contains(last));
    if !(is_key || names_one || private || webhook) {
        return Naming::Plain;
    }
    let about = &SECRET_WORDS.about;
    let first = words.first().map_or("", String::as_str);
    let public = (is("PUBLIC") || is("PUBLISHABLE")) && !is("PRIVATE") && !is("SECRET");
    let begins = about.first.contains(first) || shown.first.contains(first);
    let ends = about.last.contains(last) || shown.last.contains(last);
    let is_around = words.len() > 1 && (begins || ends || public);
    if is_around && !webhook { Naming::AboutASecret } else { Naming::Secret }
}

/// The parts of a name, upper case, at most sixteen: more are not a name.
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
