//! How a text is written as a YAML scalar, so that every reader takes it for that text.

use std::borrow::Cow;

/// Whether a plain scalar means one thing to a YAML 1.2 reader and another to Kubernetes' reader, which resolves
/// booleans, octal and underscored numbers and dates by YAML 1.1 (<https://yaml.org/type/>).
#[must_use]
pub fn is_ambiguous(plain: &str) -> bool {
    is_boolean_word(plain) || is_number_by_1_1(plain)
}

/// <https://yaml.org/type/bool.html>, without `true` and `false`, on which all versions agree in these spellings.
fn is_boolean_word(plain: &str) -> bool {
    let words = ["y", "n", "yes", "no", "on", "off"];
    words.iter().any(|word| plain.eq_ignore_ascii_case(word))
        || (["true", "false"].iter().any(|word| plain.eq_ignore_ascii_case(word))
            && !["true", "false", "True", "False", "TRUE", "FALSE"].contains(&plain))
}

/// <https://yaml.org/type/int.html>, float.html and timestamp.html: what only YAML 1.1 takes for a number or a date.
fn is_number_by_1_1(plain: &str) -> bool {
    let digits = plain.trim_start_matches(['+', '-']);
    let starts_with_digit = digits.starts_with(|first: char| first.is_ascii_digit());
    let of = |allowed: &str| digits.chars().all(|c| c.is_ascii_digit() || allowed.contains(c));
    starts_with_digit
        && ((digits.len() > 1 && digits.starts_with('0') && of("_oOxXbBabcdefABCDEF") && !digits.starts_with("0x"))
            || (digits.contains('_') && of("_.eE+-"))
            || (digits.contains(':') && of(":._"))
            || looks_like_date(digits))
}

/// `2024-01-01` and whatever follows it.
fn looks_like_date(plain: &str) -> bool {
    let bytes = plain.as_bytes();
    bytes.len() >= 8 && bytes[..4].iter().all(u8::is_ascii_digit) && bytes[4] == b'-' && bytes[5].is_ascii_digit()
}

/// `text` as a scalar: plain when every reader takes it for this very text, in double quotes otherwise.
#[must_use]
pub fn scalar(text: &str) -> Cow<'_, str> {
    if is_plain(text) { Cow::Borrowed(text) } else { Cow::Owned(double_quoted(text)) }
}

/// Whether the text can stand without quotes: a letter or `/` first, nothing with a meaning in YAML, and no word or
/// number that a reader resolves to something else.
fn is_plain(text: &str) -> bool {
    let starts_well = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/');
    let inner = |c: char| c.is_ascii_alphanumeric() || "/._-@+=,()".contains(c);
    let middle = |(at, c): (usize, char)| {
        inner(c)
            || (c == ' ' && !text[at + 1..].starts_with(['#', ' ']) && at + 1 < text.len())
            || (c == ':' && text[at + 1..].starts_with(inner))
    };
    starts_well && text.char_indices().all(middle) && !is_resolved(text)
}

/// Words that readers take for null, booleans or numbers.
fn is_resolved(text: &str) -> bool {
    let words = ["null", "true", "false", "nan", "inf"];
    is_ambiguous(text) || words.iter().any(|word| text.eq_ignore_ascii_case(word))
}

fn double_quoted(text: &str) -> String {
    use std::fmt::Write as _;
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            ' '..='~' | '\u{a1}'..='\u{ac}' | '\u{ae}'..='\u{17f}' => quoted.push(c),
            c => {
                let code = u32::from(c);
                // Writing into a String cannot fail.
                let _ = match code {
                    0..=0xff => write!(quoted, "\\x{code:02x}"),
                    0x100..=0xffff => write!(quoted, "\\u{code:04x}"),
                    _ => write!(quoted, "\\U{code:08x}"),
                };
            }
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_with_a_meaning_are_quoted() {
        for (text, written) in [
            ("no", "\"no\""),
            ("Y", "\"Y\""),
            ("null", "\"null\""),
            ("1e3", "\"1e3\""),
            ("012", "\"012\""),
            ("12:30:45", "\"12:30:45\""),
            ("2024-01-01", "\"2024-01-01\""),
            ("", "\"\""),
            ("~", "\"~\""),
            ("a: b", "\"a: b\""),
            ("a #b", "\"a #b\""),
            ("a ", "\"a \""),
            ("a\nb\u{7}\u{2028}", "\"a\\nb\\x07\\u2028\""),
            ("http://a/b", "http://a/b"),
            ("two words", "two words"),
            ("shop-web", "shop-web"),
        ] {
            assert_eq!(scalar(text), written);
        }
    }

    proptest! {
        #[test]
        fn any_text_comes_back(text in "\\PC{0,12}|[a-zA-Z0-9:#._ -]{0,8}|(?s).{0,6}") {
            let line = format!("k: {}\n", scalar(&text));
            let read: serde_yaml::Value = serde_yaml::from_str(&line).unwrap();
            prop_assert_eq!(read["k"].as_str(), Some(text.as_str()), "{}", line);
        }
    }
}
