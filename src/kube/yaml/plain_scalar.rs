//! Plain scalars that all readers of YAML take for the same thing, and those that they do not.
//!
//! PyYAML and Kubernetes' Go reader follow YAML 1.1, each in its own way; other tools follow 1.2. `y`, `0o17`, `1e3`,
//! `12:30` and `2026-01-01` are a string to one and something else to another, so none of them may stand without quotes.
//! Sources: yaml.org/type (bool, int, float, null, timestamp, merge, value), PyYAML `resolver.py`, go-yaml v2 `resolve.go`.

/// Why a plain scalar may be read otherwise than it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Doubt {
    /// In a clause that can follow the scalar.
    pub(crate) why: &'static str,
    /// Whether readers of YAML 1.1 and 1.2 take it for different things. Otherwise all take it for the same one, which
    /// is not a string and is written in another way than it is here.
    pub(crate) is_dispute: bool,
}

/// The doubt about the plain scalar `text`; none when all readers take it for the same thing, and would write it so.
pub(crate) fn doubt(text: &str) -> Option<Doubt> {
    const BOOLEAN: &str = "is a boolean to some readers and a string to others";
    const NOTHING: &str = "is null to some readers and a string to others";
    let disputed = |why| Some(Doubt { why, is_dispute: true });
    let unusual = |why| Some(Doubt { why, is_dispute: false });
    let lower = text.to_ascii_lowercase();
    match lower.as_str() {
        "true" | "false" | "null" if text == lower => return None,
        // In these spellings both versions of the language have them.
        "true" | "false" if is_capitalised(text) => return unusual(BOOLEAN),
        "null" if is_capitalised(text) => return unusual(NOTHING),
        "~" | "" => return unusual(NOTHING),
        "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" => return disputed(BOOLEAN),
        "null" => return disputed(NOTHING),
        "=" | "<<" => return disputed("has a meaning of its own in YAML 1.1"),
        _ => {}
    }
    if is_date(text) {
        return disputed("is a date to some readers and a string to others");
    }
    if is_sexagesimal(text) {
        return disputed("is a base-60 number in YAML 1.1");
    }
    if looks_numeric(&lower) && !is_canonical_number(text) {
        let why = "is a number to some readers, and not the one it looks like to others";
        return if is_number_by_one_version(&lower) { disputed(why) } else { unusual(why) };
    }
    None
}

/// `True` and `TRUE`.
fn is_capitalised(text: &str) -> bool {
    let rest = &text[1..];
    text.starts_with(|first: char| first.is_ascii_uppercase())
        && (rest == rest.to_ascii_lowercase() || rest == rest.to_ascii_uppercase())
}

/// Whether what [`looks_numeric`] is a number to one version of the language only: octal and binary ones, underscores, an
/// exponent (for which 1.1 needs a dot and a sign), infinity without its dot.
/// Sources: <https://yaml.org/type/int.html>, <https://yaml.org/type/float.html>, and 10.3.2 of
/// <https://yaml.org/spec/1.2.2/>.
fn is_number_by_one_version(text: &str) -> bool {
    let unsigned = text.trim_start_matches(['+', '-']);
    let mut bytes = unsigned.bytes();
    let (first, second) = (bytes.next(), bytes.next());
    let is_hexadecimal = unsigned.starts_with("0x");
    text.contains('_')
        || (first == Some(b'0') && second.is_some_and(|byte| byte.is_ascii_digit() || byte == b'o' || byte == b'b'))
        || (!is_hexadecimal && unsigned.contains('e'))
        || first.is_some_and(|byte| byte.is_ascii_alphabetic())
}

/// Whether all readers take it for the same number, and write the same text back.
fn is_canonical_number(text: &str) -> bool {
    if text.parse::<i64>().is_ok_and(|number| number.to_string() == text) {
        return true;
    }
    let digits_only = text.strip_prefix('-').unwrap_or(text).bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    digits_only && text.contains('.') && text.parse::<f64>().is_ok_and(|number| number.to_string() == text)
}

/// Whether any reader takes `text`, in lower case, for a number.
fn looks_numeric(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".nan" | "inf" | "nan" | "infinity") {
        return true;
    }
    for (prefix, digits) in [("0x", "0123456789abcdef_"), ("0o", "01234567_"), ("0b", "01_")] {
        if let Some(rest) = unsigned.strip_prefix(prefix) {
            return !rest.is_empty() && rest.chars().all(|c| digits.contains(c));
        }
    }
    let (number, exponent) = match unsigned.split_once('e') {
        Some((number, exponent)) => (number, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    number.bytes().any(|byte| byte.is_ascii_digit())
        && !number.starts_with('_')
        && is_digits(whole)
        && is_digits(fraction)
        && exponent.is_none_or(|digits| !digits.is_empty() && is_digits(digits))
}

/// `12:30`, `1:02:03.5`.
fn is_sexagesimal(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut parts = unsigned.split(':');
    let is_digits =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || b"_.".contains(&byte));
    unsigned.contains(':')
        && parts.next().is_some_and(is_digits)
        && parts.all(|part| is_digits(part) && part.split('.').next().is_some_and(|whole| whole.len() <= 2))
}

/// `2026-01-01`, alone or with a time behind it.
fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let (Some(year), Some(month), Some(rest)) = (parts.next(), parts.next(), parts.next()) else { return false };
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let day = rest.find(|c: char| !c.is_ascii_digit()).map_or(rest, |end| &rest[..end]);
    let time = &rest[day.len()..];
    year.len() == 4
        && is_digits(year)
        && month.len() <= 2
        && is_digits(month)
        && day.len() <= 2
        && is_digits(day)
        && (time.is_empty() || time.starts_with(['t', 'T', ' ', '\t']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_disagree_over_these() {
        for text in [
            "y",
            "N",
            "yes",
            "No",
            "on",
            "OFF",
            "True",
            "FALSE",
            "Null",
            "~",
            "=",
            "<<",
            "012",
            "0440",
            "0o17",
            "0x1F",
            "0b1",
            "1e3",
            "123e456",
            "1_000",
            ".5",
            "5.",
            "+1",
            ".inf",
            "-.INF",
            ".NaN",
            "12:30",
            "1:02:03",
            "2026-01-01",
            "2026-1-1",
            "2026-01-01T00:00:00Z",
            "3.10",
            "1.0",
            "1e",
            "9223372036854775808",
        ] {
            let fine = text == "1e";
            assert_eq!(doubt(text).is_none(), fine, "{text}");
        }
    }

    #[test]
    fn readers_agree_over_these() {
        for text in [
            "true",
            "false",
            "null",
            "0",
            "1",
            "-1",
            "8000",
            "0.5",
            "100m",
            "256Mi",
            "25%",
            "1.4.2",
            "10.0.0.0/8",
            "shop",
            "17 3 * * *",
            "v1",
            "e3",
            "0xzz",
            "not",
            "python:3.14",
            "a:b",
            "2026",
            "2026-01",
            "-",
            "5m30s",
            "_1",
            "http://x:80",
        ] {
            assert_eq!(doubt(text), None, "{text}");
        }
    }

    #[test]
    fn what_both_versions_read_alike_is_no_dispute() {
        for plain in ["no", "Y", "on", "tRUE", "012", "1_000", "12:30:45", "2024-01-01", "+012", "0o17", "1e3"] {
            assert!(doubt(plain).is_some_and(|doubt| doubt.is_dispute), "{plain}");
        }
        for plain in ["True", "TRUE", "Null", "~", "1.50", "0x1f", ".inf", "+1", ".5"] {
            assert!(doubt(plain).is_some_and(|doubt| !doubt.is_dispute), "{plain}");
        }
    }
}
