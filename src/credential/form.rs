//! Values that are credentials by their form alone.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

/// Beginnings of well-known tokens, how many more characters they have at least, and whose they are.
/// Source: <https://docs.github.com/en/code-security/secret-scanning/introduction/supported-secret-scanning-patterns>
/// and the vendors' own documents.
const PREFIXES: &[(&str, usize, &str)] = &[
    ("AKIA", 12, "an AWS access key"),
    ("ASIA", 12, "a temporary AWS access key"),
    ("ghp_", 10, "a GitHub token"),
    ("gho_", 10, "a GitHub token"),
    ("ghu_", 10, "a GitHub token"),
    ("ghs_", 10, "a GitHub token"),
    ("ghr_", 10, "a GitHub token"),
    ("github_pat_", 6, "a GitHub token"),
    ("glpat-", 6, "a GitLab token"),
    ("gldt-", 6, "a GitLab token"),
    ("glrt-", 6, "a GitLab token"),
    ("sk_live_", 4, "a Stripe key"),
    ("sk_test_", 4, "a Stripe key"),
    ("rk_live_", 4, "a Stripe key"),
    ("rk_test_", 4, "a Stripe key"),
    ("whsec_", 6, "a Stripe webhook secret"),
    ("xoxb-", 6, "a Slack token"),
    ("xoxp-", 6, "a Slack token"),
    ("xoxa-", 6, "a Slack token"),
    ("xoxs-", 6, "a Slack token"),
    ("xapp-", 6, "a Slack token"),
    ("hooks.slack.com/services/", 6, "a Slack webhook"),
    ("discord.com/api/webhooks/", 6, "a Discord webhook"),
    ("SG.", 16, "a SendGrid key"),
    ("sk-ant-", 6, "an Anthropic key"),
    ("sk-proj-", 6, "an OpenAI key"),
    ("sk-", 20, "an OpenAI key"),
    ("AIza", 20, "a Google key"),
    ("ya29.", 10, "a Google token"),
    ("GOCSPX-", 10, "a Google client secret"),
    ("npm_", 20, "an npm token"),
    ("pypi-", 16, "a PyPI token"),
    ("dop_v1_", 10, "a DigitalOcean token"),
    ("hf_", 16, "a Hugging Face token"),
    ("shpat_", 10, "a Shopify token"),
    ("sq0atp-", 10, "a Square token"),
    ("dp.pt.", 10, "a Doppler token"),
    ("figd_", 10, "a Figma token"),
    ("lin_api_", 10, "a Linear key"),
    ("PMAK-", 10, "a Postman key"),
    ("key-", 32, "a Mailgun key"),
    ("hvs.", 10, "a Vault token"),
    ("dckr_pat_", 8, "a Docker token"),
    ("django-insecure-", 1, "a Django secret key"),
    ("AGE-SECRET-KEY-", 6, "an age key"),
];

/// Beginnings of hashed passwords, as `crypt` and Django write them.
const HASHES: &[&str] = &["$2a$", "$2b$", "$2y$", "$argon2", "$5$", "$6$", "pbkdf2_sha256$", "pbkdf2_sha1$", "scrypt$"];

/// Whose token the whole of `value` is.
pub(super) fn token(value: &str) -> Option<&'static str> {
    if private_key(value).is_some() {
        return Some("a private key");
    }
    let known = PREFIXES.iter().find(|(prefix, more, _)| {
        value.strip_prefix(prefix).is_some_and(|rest| rest.len() >= *more && !rest.contains(char::is_whitespace))
    });
    known.map(|(_, _, owner)| *owner).or_else(|| is_json_web_token(value).then_some("a JSON Web Token"))
}

/// Finds every beginning in one pass; beginnings and hashes in the order of their tables.
static FINDER: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let prefixes = PREFIXES.iter().map(|(prefix, ..)| *prefix).chain(HASHES.iter().copied()).chain(["eyJ"]);
    AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(prefixes).ok()
});

/// Ranges of `text` that are tokens, keys or hashes by their form.
pub(super) fn find(text: &str, found: &mut Vec<Range<usize>>) {
    let mut rest = 0;
    while let Some(range) = text.get(rest..).and_then(private_key) {
        found.push(rest + range.start..rest + range.end);
        rest += range.end.max(1);
    }
    let mut from = 0;
    for begin in FINDER.iter().flat_map(|finder| finder.find_iter(text)) {
        if begin.start() >= from
            && let Some(length) = token_at(text, begin.start(), begin.pattern().as_usize())
        {
            from = begin.start() + length;
            found.push(begin.start()..from);
        }
    }
    for word in super::command_line::words(text) {
        random(text, word, found);
    }
}

/// How far one token is followed, in bytes: hostile text must not take the square of its length.
const LONGEST: usize = 4096;

/// How long the token is that may begin at `at` with the beginning number `index`.
fn token_at(text: &str, at: usize, index: usize) -> Option<usize> {
    let rest = &text[at..text.floor_char_boundary(at + LONGEST)];
    if text[..at].ends_with(|sign: char| sign.is_ascii_alphanumeric()) {
        return None;
    }
    if let Some((prefix, more, _)) = PREFIXES.get(index) {
        let length = run(rest, prefix.starts_with("django"));
        let is_token = length >= prefix.len() + more && !is_plain_words(&rest[prefix.len()..length]);
        return is_token.then_some(length);
    }
    let length = run(rest, true);
    let is_hash = index < PREFIXES.len() + HASHES.len();
    (is_hash && length > 12 || is_json_web_token(&rest[..length])).then_some(length)
}

/// How long the token at the start of `text` is.
fn run(text: &str, any_sign: bool) -> usize {
    let ends = |sign: char| {
        let is_part = sign.is_ascii_alphanumeric() || "_-./+=~".contains(sign);
        !is_part && (!any_sign || sign.is_whitespace() || "\"'`".contains(sign))
    };
    text.find(ends).unwrap_or(text.len())
}

/// Words of small letters joined by hyphens are names (`key-of-the-shop`), not tokens.
fn is_plain_words(rest: &str) -> bool {
    rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') && rest.contains('-')
}

/// RFC 7519: three parts of base64url, the first a JSON object (`eyJ` is `{"`).
fn is_json_web_token(text: &str) -> bool {
    text.starts_with("eyJ") && text.len() >= 20 && text.split('.').take(3).filter(|part| part.len() >= 4).count() >= 2
}

/// From `-----BEGIN … PRIVATE KEY-----` to its end, or to the end of the text.
fn private_key(text: &str) -> Option<Range<usize>> {
    let mut from = 0;
    while let Some(at) = text.get(from..)?.find("-----BEGIN").map(|at| from + at) {
        let head = text.get(at..)?;
        let line = head[..head.floor_char_boundary(80)].lines().next().unwrap_or_default();
        if line.contains("PRIVATE") || line.contains("OPENSSH") || line == "-----BEGIN" {
            let end = head.find("-----END").map_or(text.len(), |end| {
                let tail = at + end;
                text[tail + 8..].find("-----").map_or(text.len(), |close| tail + 8 + close + 5)
            });
            return Some(at..end);
        }
        from = at + 10;
    }
    None
}

/// Long runs that no person wrote: letters of both cases and digits, mixed. Digests (hexadecimal), UUIDs and paths are
/// left out.
fn random(text: &str, word: Range<usize>, found: &mut Vec<Range<usize>>) {
    let mut start = word.start;
    for part in text[word].split_inclusive(|sign: char| !(sign.is_ascii_alphanumeric() || "+/_-".contains(sign))) {
        let run = part.trim_end_matches(|sign: char| !(sign.is_ascii_alphanumeric() || "+/_-".contains(sign)));
        if is_random(run) {
            found.push(start..start + run.len());
        }
        start += part.len();
    }
}

fn is_random(part: &str) -> bool {
    // The integrity value of a download is public: `sha256-…` of npm, of browsers.
    if part.len() < 30
        || ["sha256-", "sha384-", "sha512-"].iter().any(|hash| part.starts_with(hash))
        || part.matches('/').count() > 2
    {
        return false;
    }
    let count = |is: fn(&u8) -> bool| part.bytes().filter(is).count();
    let (digits, small, great) =
        (count(u8::is_ascii_digit), count(u8::is_ascii_lowercase), count(u8::is_ascii_uppercase));
    let turns = part.as_bytes().windows(2).filter(|pair| class(pair[0]) != class(pair[1])).count();
    digits >= 2 && small >= 4 && great >= 4 && turns * 3 >= part.len()
}

fn class(byte: u8) -> u8 {
    match byte {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    }
}

/// Names of signature and hash algorithms, which look like a word with a number: RFC 7518, section 3.1, and hashes.
pub(super) fn is_algorithm(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let family = lower.trim_end_matches(|sign: char| sign.is_ascii_digit()).trim_end_matches(['-', '_', '/']);
    matches!(
        family,
        "hs" | "rs"
            | "es"
            | "ps"
            | "sha"
            | "md"
            | "argon"
            | "bcrypt"
            | "scrypt"
            | "pbkdf"
            | "eddsa"
            | "ed"
            | "aes"
            | "a"
            | "pbkdf2_sha"
            | "oauth"
            | "openid"
            | "utf"
            | "base"
    )
}
