//! Which change of a pin is a bump, and which of two pins is newer.

use super::scan::{Pin, PinKind};

/// Images whose first two numbers are the Python that `app.toml` names: another one is another application.
const PYTHON_IMAGES: &[&str] = &["python", "pypy"];

/// Whether `current` is what a bot makes of `base`: another version of the same sort, whole.
pub(super) fn is_bump(sort: PinKind, name: &str, base: &Pin, current: &Pin) -> bool {
    match sort {
        PinKind::Action => {
            is_commit(&base.hash)
                && is_commit(&current.hash)
                && base.hash != current.hash
                && base.version != current.version
                && numbers(&base.version).is_some()
                && numbers(&current.version).is_some_and(|(_, rest)| rest.is_empty())
        }
        PinKind::Image => is_whole_image(base, current) && is_same_variant(name, base, current),
        PinKind::Manifest => {
            let moves = |tag: &str| matches!(tag, "latest" | "main" | "master" | "edge" | "stable");
            is_digest(&current.hash)
                || (current.hash.is_empty() && is_tag(&current.version) && !moves(&current.version))
        }
    }
}

/// Whether `one` is the newer version of the same thing. What cannot be compared is not newer.
pub(super) fn is_newer(one: &Pin, other: &Pin) -> bool {
    match (numbers(&one.version), numbers(&other.version)) {
        (Some((one, variant)), Some((other, same))) => variant == same && one > other,
        _ => false,
    }
}

/// A digest is there when one was there before, and is another one when the tag is.
fn is_whole_image(base: &Pin, current: &Pin) -> bool {
    let kept = base.hash.is_empty() || (is_digest(&current.hash) && base.hash != current.hash);
    kept && (current.hash.is_empty() || is_digest(&current.hash))
}

/// The same form of the tag: as many numbers, the same words behind them.
fn is_same_variant(name: &str, base: &Pin, current: &Pin) -> bool {
    if base.version == current.version {
        return true;
    }
    let (Some((old, variant)), Some((new, same))) = (numbers(&base.version), numbers(&current.version)) else {
        return false;
    };
    let is_python = name.rsplit('/').next().is_some_and(|last| PYTHON_IMAGES.contains(&last));
    let same_python = !is_python || (old.len() >= 2 && old.get(..2) == new.get(..2));
    variant == same && old.len() == new.len() && same_python
}

/// The numbers that a version starts with, and what is behind them: `v3.13-slim` is 3, 13 and `-slim`.
fn numbers(version: &str) -> Option<(Vec<u64>, &str)> {
    let version = version.strip_prefix('v').unwrap_or(version);
    let end = version.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(version.len());
    let digits = version[..end].trim_end_matches('.');
    let numbers: Option<Vec<u64>> = digits.split('.').map(|part| part.parse().ok()).collect();
    numbers.map(|numbers| (numbers, &version[digits.len()..]))
}

/// A full commit: a short one or a branch may come to mean something else.
fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

fn is_digest(text: &str) -> bool {
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.strip_prefix("sha256:").is_some_and(|digits| digits.len() == 64 && digits.bytes().all(hex))
}

/// <https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests>
fn is_tag(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    !text.is_empty() && text.len() <= 128 && text.bytes().all(allowed) && !text.starts_with(['.', '-'])
}
