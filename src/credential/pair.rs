//! Names beside values in running text: TOML, YAML, JSON, env files, Python and shell alike.

use std::ops::Range;

use super::name::{Naming, naming};

/// Ranges of `text` that are values under a name for a credential.
pub(super) fn find(text: &str, found: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let mut from = 0;
    for (at, sign) in text.bytes().enumerate().filter(|(_, sign)| matches!(sign, b'=' | b':')) {
        let next = bytes.get(at + 1).copied().unwrap_or(b' ');
        let before = at.checked_sub(1).map_or(b' ', |index| bytes[index]);
        // `==`, `!=`, `<=`, `::`, `://`, `:=` (its `=` is looked at).
        let is_other = (sign == b'=' && (next == b'=' || b"=!<>".contains(&before)))
            || (sign == b':' && (b":/=".contains(&next) || before == b':'));
        if is_other {
            continue;
        }
        if at < from {
            continue;
        }
        let Some(name) = name_before(text, at) else { continue };
        // Most names are plain: the value is looked for only where it matters, and a hidden one is not searched again.
        if naming(&text[name.clone()]) == Naming::Plain {
            continue;
        }
        let Some(value) = value_behind(text, at, sign) else { continue };
        if is_hidden(&text[name], &text[value.clone()]) {
            from = value.end;
            found.push(value);
        }
    }
    arguments(text, found);
}

/// Whether a value under `name` is kept back.
fn is_hidden(name: &str, value: &str) -> bool {
    if value.is_empty() || value == super::DUMMY || super::is_switch(value) || super::is_reference(value) {
        return false;
    }
    // The reference of a key in a Secret: `shop-secrets/DB_PASSWORD`, `agent/key`.
    let is_key_of_secret = value
        .split_once('/')
        .is_some_and(|(_, key)| key == name || (super::is_words(value) && super::is_reference_of_a_key(value)));
    match naming(name) {
        Naming::Plain => false,
        Naming::AboutASecret => !super::is_harmless(value),
        // A small `secret` or `token` alone is a key of app.toml or of a manifest whose value is the name of an object.
        Naming::Secret => {
            let is_own_key = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
            !(is_key_of_secret
                || is_own_key && matches!(name, "secret" | "pull-secret" | "secrets") && super::is_words(value))
        }
    }
}

/// The name that ends before the sign at `at`, without quotes.
fn name_before(text: &str, at: usize) -> Option<Range<usize>> {
    let head = text[..at].trim_end_matches([' ', '\t']).trim_end_matches(['"', '\'', '\\', '`']);
    let end = head.len();
    let start = head.rfind(|sign: char| !(sign.is_ascii_alphanumeric() || "_-".contains(sign)));
    let start = start.map_or(0, |index| index + head[index..].chars().next().map_or(1, char::len_utf8));
    (start < end && end - start <= 120).then_some(start..end)
}

/// The value behind the sign at `at`, without quotes.
fn value_behind(text: &str, at: usize, sign: u8) -> Option<Range<usize>> {
    let gap = text[at + 1..].len() - text[at + 1..].trim_start_matches([' ', '\t']).len();
    let mut start = at + 1 + gap;
    // `b"…"`, `r'…'`, `f"…"`
    let rest = &text[start..];
    if let [b'b' | b'r' | b'f' | b'u', b'"' | b'\'', ..] = rest.as_bytes() {
        start += 1;
    }
    let rest = &text[start..];
    // A list under such a name: the first text in it; others follow as values of a list or are shown by their form.
    let rest = match rest.strip_prefix('[').map(|list| list.trim_start_matches([' ', '\t'])) {
        Some(list) if list.starts_with(['"', '\'']) => {
            start += rest.len() - list.len();
            list
        }
        _ => rest,
    };
    for quote in ["\"\"\"", "'''", "\\\"", "\"", "'", "`"] {
        if let Some(inner) = rest.strip_prefix(quote) {
            let begin = start + quote.len();
            return Some(begin..begin + closing(inner, quote));
        }
    }
    // YAML without quotes, where the name begins the line: the value is the rest of it. In a sentence a colon is a colon.
    let value = if sign == b':' && gap > 0 {
        if !begins_line(text, at) {
            return None;
        }
        let line = rest.lines().next().unwrap_or_default();
        &line[..line.find(" #").unwrap_or(line.len())]
    } else {
        let ends = |sign: char| sign.is_whitespace() || "\"'`,;&|)}]".contains(sign);
        &rest[..rest.find(ends).unwrap_or(rest.len())]
    };
    let value = value.trim_end();
    (!value.is_empty() && !value.starts_with(['{', '[', '|', '>', '&', '*', '(']) || super::is_reference(value))
        .then_some(start..start + value.len())
}

/// Whether the name before the sign at `at` is the first word of its line, behind indentation, `- ` or a mark of a diff.
fn begins_line(text: &str, at: usize) -> bool {
    let near = &text[text.floor_char_boundary(at.saturating_sub(200))..at];
    let line = near.rfind('\n').map_or(near, |end| &near[end + 1..]);
    let is_whole = line.len() < near.len() || near.len() == at;
    is_whole && !line.trim_start_matches([' ', '\t', '-', '+', '|']).contains([' ', '"', '`', '('])
}

/// Where the quoted text ends; an open quote ends with its line, three with the text.
fn closing(inner: &str, quote: &str) -> usize {
    let is_long = quote.len() == 3;
    let mut escaped = false;
    for (at, sign) in inner.char_indices() {
        if escaped {
            escaped = false;
            continue;
        }
        if inner[at..].starts_with(quote) || (!is_long && sign == '\n') {
            return at;
        }
        escaped = sign == '\\' && quote != "'" && quote != "\\\"";
    }
    inner.len()
}

/// Quoted arguments behind a quoted name of a secret: `os.environ.get("API_TOKEN", "…")`, `config("KEY", default="…")`.
fn arguments(text: &str, found: &mut Vec<Range<usize>>) {
    for line in lines(text) {
        let shown = &text[line.clone()];
        let mut is_secret = false;
        let mut from = 0;
        while let Some(open) = shown[from..].find(['"', '\'']).map(|open| from + open) {
            let quote = &shown[open..=open];
            let end = open + 1 + closing(&shown[open + 1..], quote);
            let inner = &shown[open + 1..end];
            if is_secret && !super::is_switch(inner) && !super::is_reference(inner) && is_argument(&shown[..open]) {
                found.push(line.start + open + 1..line.start + end);
            } else if is_shouted(inner) {
                is_secret = naming(inner) == Naming::Secret && shown[..open].ends_with(['(', '[', ' ', ',']);
            }
            from = (end + 1).min(shown.len());
        }
    }
}

/// Whether what ends here continues with an argument.
fn is_argument(before: &str) -> bool {
    let before = before.trim_end();
    before.ends_with([',', '=', '(']) || before.ends_with(" or") || before.ends_with('b')
}

/// `API_TOKEN`: the name of a variable.
fn is_shouted(text: &str) -> bool {
    text.len() >= 3 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

fn lines(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let range = start..start + line.trim_end_matches('\n').len();
        start += line.len();
        range
    })
}
