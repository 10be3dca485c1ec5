//! YAML that would cost its reader more time than any manifest is worth.

/// What may be spent on one text: bytes times open collections. It takes the library about half a second.
const AFFORDABLE: usize = 400_000_000;

/// Whether the library reads `text` in time. For every token it looks at every flow collection that is open
/// (`yaml_parser_stale_simple_keys` of libyaml), so `[[[…` takes as long as the square of its length. Brackets are counted
/// wherever they are, in texts and comments too: a count that knew what a text is could be talked out of it.
pub(crate) fn is_affordable(text: &str) -> bool {
    let (mut open, mut deepest) = (0_usize, 0_usize);
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(open);
    }
    deepest.saturating_mul(text.len()) <= AFFORDABLE
}

#[cfg(test)]
mod tests {
    use super::is_affordable;

    #[test]
    fn only_what_is_deep_and_long_is_refused() {
        assert!(is_affordable(&"a: {b: [c]}\n".repeat(100_000)));
        assert!(is_affordable(&"[".repeat(5_000)));
        assert!(!is_affordable(&format!("a: {}{}", "[".repeat(20_000), "]".repeat(20_000))));
        assert!(!is_affordable(&"- {a: \n".repeat(20_000)));
    }
}
