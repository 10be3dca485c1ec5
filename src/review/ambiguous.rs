//! Plain scalars that readers of YAML 1.1 and 1.2 take for different things.

/// Whether a plain scalar means one thing to a YAML 1.2 reader and another to Kubernetes' reader, which resolves
/// booleans, octal and underscored numbers and dates by YAML 1.1 (<https://yaml.org/type/>).
pub(crate) fn is_ambiguous(plain: &str) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn booleans_octals_and_dates_of_yaml_1_1_are_ambiguous() {
        for plain in ["no", "Y", "on", "tRUE", "012", "1_000", "12:30:45", "2024-01-01", "+012"] {
            assert!(is_ambiguous(plain), "{plain}");
        }
        for plain in ["true", "0", "10", "1.5", "1.4.2", "512Mi", "nobody", "0x1f", "web", "", "null"] {
            assert!(!is_ambiguous(plain), "{plain}");
        }
    }
}
