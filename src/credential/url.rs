//! Credentials in URLs: `scheme://user:password@host`, a token as the user, and parameters of the query.

use std::ops::Range;

use super::name::{Naming, naming};

/// How far a URL is followed, in bytes: a text of nothing but `://` must not take the square of its length.
const LONGEST: usize = 2048;

/// At most `most` bytes of `text`, whole characters.
fn head(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

/// Ranges of `text` that are passwords, tokens or secret parameters of URLs.
pub(super) fn credentials(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("://") {
        let start = at + 3;
        let rest = head(&text[start..], LONGEST);
        let end =
            start + rest.find(|sign: char| sign.is_whitespace() || "\"'`<>\\".contains(sign)).unwrap_or(rest.len());
        let scheme = text[..at].rsplit(|sign: char| !(sign.is_ascii_alphanumeric() || "+.-".contains(sign))).next();
        user(text, start..end, scheme.unwrap_or_default(), &mut found);
        parameters(text, start..end, &mut found);
    }
    found
}

/// The password before the `@`, or the user where it is a token.
fn user(text: &str, url: Range<usize>, scheme: &str, found: &mut Vec<Range<usize>>) {
    let whole = &text[url.clone()];
    let authority = whole.find(['/', '?', '#']).map_or(whole, |end| &whole[..end]);
    let at = authority.rfind('@').or_else(|| {
        // A password may hold `/` or `#`, though it must not: there is a colon, and no port behind it.
        let (_, behind) = authority.split_once(':')?;
        (!behind.bytes().all(|byte| byte.is_ascii_digit())).then(|| whole.rfind('@')).flatten()
    });
    let Some(at) = at else { return };
    let user = &whole[..at];
    match user.split_once(':') {
        Some((name, password)) if !password.is_empty() && !super::is_reference(password) => {
            let start = url.start + name.len() + 1;
            found.push(start..start + password.len());
        }
        // `https://TOKEN@github.com/…`
        None if scheme.ends_with("http") || scheme.ends_with("https") => {
            let is_token = user.len() >= 8 && user.bytes().any(|byte| byte.is_ascii_digit());
            if is_token && !super::is_reference(user) {
                found.push(url.start..url.start + user.len());
            }
        }
        _ => {}
    }
}

fn parameters(text: &str, url: Range<usize>, found: &mut Vec<Range<usize>>) {
    let Some(question) = text[url.clone()].find('?').map(|at| url.start + at + 1) else { return };
    let mut start = question;
    for pair in text[question..url.end].split(['&', ';', '#']) {
        if let Some((name, value)) = pair.split_once('=') {
            let is_secret =
                naming(name) == Naming::Secret || matches!(name, "sig" | "signature" | "key" | "code" | "auth");
            if is_secret && !super::is_switch(value) && !super::is_reference(value) {
                found.push(start + name.len() + 1..start + pair.len());
            }
        }
        start += pair.len() + 1;
    }
}
