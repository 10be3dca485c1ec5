//! Keeps text away from the parser whose tree would be too deep to walk or to drop.
//!
//! `CPython` refuses more than 200 open brackets and 100 indentations itself, so nothing that runs is lost. What it does
//! not bound are chains without brackets (`not not not x`, `a + a + a`, `a.b.c`): their tree is as deep as they are long.

/// Open brackets that `CPython` allows (`MAXLEVEL` in its tokenizer).
const BRACKETS: usize = 200;
/// Indentations that `CPython` allows (`MAXINDENT`).
const INDENTATIONS: usize = 100;
/// Operators, dots and prefix words between two separators of one bracket.
const CHAIN: u32 = 2_000;

/// Words that nest what follows them without a bracket.
const NESTING_WORDS: [&[u8]; 8] = [b"not", b"lambda", b"if", b"else", b"await", b"async", b"elif", b"yield"];

/// Whether the tree of `text` is shallow enough.
pub(crate) fn is_shallow(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut chains: Vec<u32> = vec![0];
    let mut indentations: Vec<usize> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        match byte {
            b'#' => at = end_of_line(bytes, at),
            b'"' | b'\'' => {
                at = end_of_string(bytes, at);
                // Adjacent strings join into one node; f-strings may hold expressions, but no deeper than their text.
                continue;
            }
            b'(' | b'[' | b'{' => chains.push(0),
            b')' | b']' | b'}' => {
                if chains.len() > 1 {
                    chains.pop();
                }
                // A call or an index on what came before nests it: `f()()()`.
                bump(&mut chains);
            }
            b',' | b';' | b':' => reset(&mut chains, byte),
            b'\n' if chains.len() == 1 => {
                chains[0] = 0;
                if !indent(bytes, at + 1, &mut indentations) {
                    return false;
                }
            }
            b'+' | b'-' | b'*' | b'/' | b'%' | b'@' | b'&' | b'|' | b'^' | b'~' | b'.' | b'<' | b'>' | b'=' | b'!' => {
                bump(&mut chains);
            }
            b'a'..=b'z' if at == 0 || !is_word(bytes[at - 1]) => {
                let end = bytes[at..].iter().position(|byte| !is_word(*byte)).map_or(bytes.len(), |len| at + len);
                if NESTING_WORDS.contains(&&bytes[at..end]) {
                    bump(&mut chains);
                }
                at = end;
                continue;
            }
            _ => {}
        }
        if chains.len() > BRACKETS || chains.last().is_some_and(|count| *count > CHAIN) {
            return false;
        }
        at += 1;
    }
    true
}

fn bump(chains: &mut [u32]) {
    if let Some(last) = chains.last_mut() {
        *last += 1;
    }
}

/// A separator starts a new chain, except that `lambda: lambda: …` nests across its colons.
fn reset(chains: &mut [u32], byte: u8) {
    if byte != b':'
        && let Some(last) = chains.last_mut()
    {
        *last = 0;
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn end_of_line(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |len| at + len - 1)
}

/// Just behind the string that starts at `at`; a string that is not closed ends with its line.
fn end_of_string(bytes: &[u8], at: usize) -> usize {
    let quote = bytes[at];
    let triple = bytes[at..].starts_with(&[quote, quote, quote]);
    let mut here = at + if triple { 3 } else { 1 };
    while here < bytes.len() {
        match bytes[here] {
            b'\\' => here += 1,
            b'\n' if !triple => return here,
            byte if byte == quote && (!triple || bytes[here..].starts_with(&[quote, quote, quote])) => {
                return here + if triple { 3 } else { 1 };
            }
            _ => {}
        }
        here += 1;
    }
    bytes.len()
}

/// Keeps the stack of indentations; false when it is deeper than any Python accepts.
fn indent(bytes: &[u8], start: usize, indentations: &mut Vec<usize>) -> bool {
    let width = bytes[start..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    if bytes.get(start + width).is_none_or(|byte| matches!(byte, b'\n' | b'\r' | b'#')) {
        return true;
    }
    while indentations.last().is_some_and(|last| *last > width) {
        indentations.pop();
    }
    if width > indentations.last().copied().unwrap_or_default() {
        indentations.push(width);
    }
    indentations.len() <= INDENTATIONS
}

#[cfg(test)]
mod tests {
    use super::is_shallow;

    #[test]
    fn ordinary_source_is_shallow() {
        assert!(is_shallow("def f(a, b):\n    return {'x': [a.b.c + 1, \"((((\"]}  # [[[[\n"));
        assert!(is_shallow(&format!("x = [{}]\n", "a.b(1 + 2), ".repeat(50_000))));
        assert!(is_shallow(&"x = a + b\n".repeat(10_000)));
    }

    #[test]
    fn every_way_to_nest_is_refused() {
        for text in [
            "(".repeat(300),
            format!("x = {}1", "not ".repeat(5_000)),
            format!("x = {}1", "-~".repeat(5_000)),
            format!("x = {}1", "lambda: ".repeat(5_000)),
            format!("x = 1{}", " + 1".repeat(5_000)),
            format!("x = a{}", ".b".repeat(5_000)),
            format!("x = a{}", "()".repeat(5_000)),
            format!("x = {}1", "1 if 1 else ".repeat(5_000)),
            (0..200).map(|depth| [" ".repeat(depth), "if x:\n".to_owned()].concat()).collect(),
        ] {
            assert!(!is_shallow(&text), "{}", &text[..40]);
        }
    }
}
