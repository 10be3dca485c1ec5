//! Credentials on a command line: `--password x`, `-u user:password`, `Authorization: Bearer x`.

use std::ops::Range;

use super::name::{Naming, naming};

/// Commands whose short option takes a password: command, option.
/// Source: their manual pages (sshpass(1), redis-cli, mysql(1), docker-login(1), curl(1)).
const SHORT_OPTIONS: &[(&str, &str)] =
    &[("sshpass", "-p"), ("redis-cli", "-a"), ("valkey-cli", "-a"), ("docker", "-p"), ("podman", "-p"), ("helm", "-p")];

/// Ranges of `text` that are values of options for passwords, or credentials of an `Authorization` header.
pub(super) fn find(text: &str, found: &mut Vec<Range<usize>>) {
    let words = words(text);
    let shown = |index: usize| words.get(index).and_then(|range| text.get(range.clone())).unwrap_or_default();
    let mut command = "";
    for index in 0..words.len() {
        let word = shown(index);
        let next = shown(index + 1);
        if SHORT_OPTIONS.iter().any(|(name, _)| *name == word)
            || matches!(word, "mysql" | "mysqldump" | "curl" | "wget")
        {
            command = word;
        }
        let value = if next.is_empty() || next.starts_with('-') || next == "|" {
            None
        } else if word.starts_with("--") && !word.contains('=') {
            let is_secret = match naming(word) {
                Naming::Secret => !next.starts_with("id=") && !super::is_switch(next),
                Naming::AboutASecret => !super::is_harmless(next),
                Naming::Plain => false,
            };
            is_secret.then_some(0)
        } else if SHORT_OPTIONS.contains(&(command, word)) {
            Some(0)
        } else if matches!(word, "-u" | "--user" | "--proxy-user") && matches!(command, "curl" | "wget") {
            next.find(':').map(|colon| colon + 1)
        } else if word.eq_ignore_ascii_case("bearer") || word.eq_ignore_ascii_case("basic") {
            let is_token = next.len() >= 6 && (next.len() >= 16 || next.bytes().any(|byte| byte.is_ascii_digit()));
            is_token.then_some(0)
        } else {
            None
        };
        if let (Some(skip), Some(range)) = (value, words.get(index + 1))
            && !super::is_reference(next)
            && !is_expansion(&text[range.start..])
        {
            found.push(range.start + skip..range.end);
        }
        // `mysql -psecret`
        if let (true, Some(password), Some(range)) =
            (command.starts_with("mysql"), word.strip_prefix("-p"), words.get(index))
            && !password.is_empty()
            && !super::is_reference(password)
        {
            found.push(range.start + 2..range.end);
        }
    }
}

/// Whether a value that is put in later begins here; brackets end words.
fn is_expansion(text: &str) -> bool {
    text.starts_with("$(") || text.starts_with("${") || text.starts_with("$\"")
}

/// The words of a text, as a command line has them: between spaces, quotes, commas and brackets.
pub(super) fn words(text: &str) -> Vec<Range<usize>> {
    let is_between = |sign: char| sign.is_whitespace() || "\"'`,;()[]{}<>|\\".contains(sign);
    let mut words = Vec::new();
    let mut start = None;
    for (at, sign) in text.char_indices() {
        match (is_between(sign), start) {
            (false, None) => start = Some(at),
            (true, Some(begin)) => {
                words.push(begin..at);
                start = None;
            }
            _ => {}
        }
    }
    if let Some(begin) = start {
        words.push(begin..text.len());
    }
    words
}
