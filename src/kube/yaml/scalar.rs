//! YAML scalars that every reader takes for the same string: YAML 1.1 (`PyYAML`), YAML 1.2, and the mix in Go that
//! Kubernetes uses.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::plain_scalar::doubt;

/// `text` as a YAML scalar on one line: plain where it is certainly a string for every reader, else in double quotes.
pub(crate) fn scalar(text: &str) -> Cow<'_, str> {
    if is_certainly_a_string(text) { Cow::Borrowed(text) } else { Cow::Owned(double_quoted(text)) }
}

/// `text` as a literal block whose lines are indented by `width`, where it has several and a block says them exactly;
/// else as [`scalar`] does.
pub(crate) fn block(text: &str, width: usize) -> Cow<'_, str> {
    let body = text.strip_suffix('\n').unwrap_or(text);
    let printable = |c: char| c == '\t' || (' '..='~').contains(&c) || (c.is_alphanumeric() && u32::from(c) < 0x1_0000);
    // A first line that is empty or begins with a space would need an indicator of the indentation.
    let exact = body.contains('\n')
        && !body.starts_with([' ', '\t', '\n'])
        && !body.ends_with('\n')
        && body.lines().all(|line| line.chars().all(printable) && !line.ends_with([' ', '\t']));
    if !exact {
        return scalar(text);
    }
    let mut out = String::from(if text.ends_with('\n') { "|" } else { "|-" });
    for line in body.split('\n') {
        out.push('\n');
        if !line.is_empty() {
            out.extend(std::iter::repeat_n(' ', width));
            out.push_str(line);
        }
    }
    Cow::Owned(out)
}

fn is_certainly_a_string(text: &str) -> bool {
    if is_amount(text) {
        return true;
    }
    let first = text.chars().next().unwrap_or_default();
    // What begins with a letter, `/` or `_` is not an indicator; what begins otherwise is quoted.
    let begins_well = first.is_ascii_alphabetic() || first == '/' || first == '_';
    let fits = |c: char| c.is_ascii_alphanumeric() || "/_-.,()=+@%$;~^!?*& :<>|'\"".contains(c);
    begins_well
        && text.chars().all(fits)
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        // `true`, `false` and `null` are in no doubt, and no strings.
        && doubt(text).is_none()
        && !matches!(text, "true" | "false" | "null")
}

/// A whole number with a suffix that no reader knows as part of a number: quantities, seconds, percentages.
fn is_amount(text: &str) -> bool {
    let suffix = text.trim_start_matches(|c: char| c.is_ascii_digit());
    suffix.len() < text.len() && ["m", "Ki", "Mi", "Gi", "Ti", "s", "%"].contains(&suffix)
}

/// `text` in double quotes, with everything that is not printable ASCII or a plain letter escaped.
fn double_quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            ' '..='~' => quoted.push(c),
            // Letters of any script are printable for every reader; separators, marks and the rest are escaped.
            c if c.is_alphanumeric() && u32::from(c) < 0x1_0000 => quoted.push(c),
            c => {
                let code = u32::from(c);
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
    use super::*;

    #[test]
    #[allow(clippy::too_many_lines, reason = "a table of cases")]
    fn what_a_reader_could_take_for_something_else_is_quoted() {
        for text in [
            "",
            "y",
            "N",
            "yes",
            "No",
            "on",
            "OFF",
            "true",
            "null",
            "~",
            "1",
            "012",
            "0o17",
            "0x1F",
            "1e3",
            "1_000",
            ".5",
            "+1",
            ".inf",
            ".nan",
            "12:30",
            "12:30:45",
            "2026-01-01",
            "=",
            "<<",
            "123e456",
            "- a",
            "? a",
            "a: b",
            "a #b",
            " a",
            "a ",
            "#a",
            "&a",
            "*a",
            "!a",
            "|",
            ">",
            "%a",
            "@a",
            "`a`",
            "{a}",
            "[a]",
            "a\nb",
            "a:",
            "\u{2028}",
            "é",
            "\u{85}",
        ] {
            assert!(scalar(text).starts_with('"'), "{text:?} is {}", scalar(text));
        }
        for text in [
            "shop-web",
            "ghcr.io/acme/shop:1.4.2",
            "/livez",
            "config.wsgi:application",
            "app.kubernetes.io/name",
            "python",
            "250m",
            "25%",
            "60s",
        ] {
            assert_eq!(scalar(text), text);
        }
    }

    proptest::proptest! {
        #[test]
        fn what_a_block_says_is_what_is_read(text in "[a-z:#\\-'\"é\t\u{85} \n]{0,40}") {
            let written = format!("k:\n  v: {}\n", block(&text, 4));
            let read: serde_yaml::Value = serde_yaml::from_str(&written).unwrap();
            proptest::prop_assert_eq!(read["k"]["v"].as_str(), Some(text.as_str()));
        }

        #[test]
        fn a_scalar_is_read_back_as_the_same_string(text in "\\PC*|[\\x00-\\x7f\\u{85}\\u{2028}\\u{2029}\\u{feff}]{0,8}|[0-9eExXo_.:+-]{1,8}") {
            let read: serde_yaml::Value = serde_yaml::from_str(&format!("k: {}\n", scalar(&text))).unwrap();
            proptest::prop_assert_eq!(read["k"].as_str(), Some(text.as_str()));
        }
    }
}
