//! Keeps text away from the parser whose tree would be too deep to walk or to drop.
//!
//! `CPython` refuses more than 200 open brackets and 100 indentations itself, so nothing that runs is lost. What it does
//! not bound are chains without brackets (`not not not x`, `a + a + a`, `a.b.c`): their tree is as deep as they are long.

/// Open brackets that `CPython` allows (`MAXLEVEL` in its tokenizer).
const BRACKETS: usize = 200;
/// Indentations that `CPython` allows (`MAXINDENT`).
const INDENTATIONS: usize = 100;
/// Operators, dots and prefix words since the last separator, those of every open bracket together.
const CHAIN: u32 = 1_000;
/// F-strings inside the fields of f-strings.
const FORMATS: u32 = 8;

/// Words that nest what follows them without a bracket.
const NESTING_WORDS: [&[u8]; 8] = [b"not", b"lambda", b"if", b"else", b"await", b"async", b"elif", b"yield"];

/// About how many nodes the tree of `text` will have; nothing when it would be too deep.
pub(crate) fn size(text: &str) -> Option<usize> {
    Guard::new(text.as_bytes(), None).size()
}

/// One pass over source, or over what is in an f-string.
struct Guard<'a> {
    bytes: &'a [u8],
    /// For every open bracket the length of the chain in it, outermost first.
    levels: Vec<u32>,
    /// The sum of `levels`: chains nest, `- - (- - (x))` as deep as all of them are long.
    total: u32,
    indentations: Vec<usize>,
    /// Words, strings and signs so far.
    tokens: usize,
    /// Inside an f-string the number of those around it; its text outside of fields is not code.
    formats: Option<u32>,
}

impl<'a> Guard<'a> {
    fn new(bytes: &'a [u8], formats: Option<u32>) -> Self {
        Self { bytes, levels: vec![0], total: 0, indentations: Vec::new(), tokens: 0, formats }
    }

    fn size(mut self) -> Option<usize> {
        let mut at = 0;
        while at < self.bytes.len() {
            at = self.step(at)?;
            if self.levels.len() > BRACKETS || self.total > CHAIN {
                return None;
            }
        }
        Some(self.tokens)
    }

    /// Reads what begins at `at` and says where the next begins; nothing when it is too deep.
    fn step(&mut self, at: usize) -> Option<usize> {
        let bytes = self.bytes;
        if self.formats.is_some() && self.levels.len() == 1 {
            return Some(match &bytes[at..] {
                [b'{', b'{', ..] => at + 2,
                [b'{', ..] => {
                    self.open();
                    at + 1
                }
                _ => at + 1,
            });
        }
        match bytes[at] {
            b'#' if self.formats.is_none() => return self.line_end(end_of_line(bytes, at)),
            b'"' | b'\'' => return self.string(at),
            b'(' | b'[' | b'{' => self.open(),
            b')' | b']' | b'}' => self.close(),
            b',' | b';' => self.reset(),
            // The line continues after a backslash.
            b'\\' if bytes[at + 1..].starts_with(b"\n") => return Some(at + 2),
            b'\\' if bytes[at + 1..].starts_with(b"\r\n") => return Some(at + 3),
            b'\n' => return self.line_end(at),
            b'+' | b'-' | b'*' | b'/' | b'%' | b'@' | b'&' | b'|' | b'^' | b'~' | b'.' | b'<' | b'>' | b'=' | b'!' => {
                self.bump();
            }
            byte if is_word(byte) => {
                self.tokens += 1;
                let end = bytes[at..].iter().position(|byte| !is_word(*byte)).map_or(bytes.len(), |len| at + len);
                if NESTING_WORDS.contains(&&bytes[at..end]) {
                    self.bump();
                }
                return Some(end);
            }
            _ => {}
        }
        Some(at + 1)
    }

    fn open(&mut self) {
        self.levels.push(0);
    }

    fn close(&mut self) {
        if self.levels.len() > 1 {
            self.total -= self.levels.pop().unwrap_or_default();
        }
        // A call or an index on what came before nests it: `f()()()`.
        self.bump();
    }

    fn bump(&mut self) {
        self.tokens += 1;
        if let Some(last) = self.levels.last_mut() {
            *last += 1;
            self.total += 1;
        }
    }

    /// A separator starts a new chain, and mostly a statement, whose node is three times the size of others; a colon does not: `lambda: lambda: …` nests across its colons.
    fn reset(&mut self) {
        self.tokens += if self.levels.len() == 1 { 3 } else { 0 };
        if let Some(last) = self.levels.last_mut() {
            self.total -= std::mem::take(last);
        }
    }

    /// The end of a line at `at`: outside of brackets that of a statement.
    fn line_end(&mut self, at: usize) -> Option<usize> {
        if self.levels.len() == 1 {
            self.reset();
            if !self.indent(at + 1) {
                return None;
            }
        }
        Some(at + 1)
    }

    /// A string: adjacent ones join into one node, and only the fields of f-strings hold code.
    fn string(&mut self, at: usize) -> Option<usize> {
        self.tokens += 1;
        let (end, quotes) = end_of_string(self.bytes, at);
        let prefix = self.bytes[..at].iter().rev().take_while(|byte| is_word(**byte)).take(3);
        let letters: Vec<u8> = prefix.map(u8::to_ascii_lowercase).collect();
        if letters.len() <= 2 && letters.iter().any(|letter| matches!(letter, b'f' | b't')) {
            let formats = self.formats.unwrap_or_default() + 1;
            let inside = &self.bytes[(at + quotes).min(end)..end];
            if formats > FORMATS {
                return None;
            }
            self.tokens += Guard::new(inside, Some(formats)).size()?;
        }
        Some(end)
    }

    /// Keeps the stack of indentations; false when it is deeper than any Python accepts.
    fn indent(&mut self, start: usize) -> bool {
        let line = self.bytes.get(start..).unwrap_or_default();
        let width = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        if line.get(width).is_none_or(|byte| matches!(byte, b'\n' | b'\r' | b'#')) {
            return true;
        }
        while self.indentations.last().is_some_and(|last| *last > width) {
            self.indentations.pop();
        }
        if width > self.indentations.last().copied().unwrap_or_default() {
            self.indentations.push(width);
        }
        self.indentations.len() <= INDENTATIONS
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// The line break that ends the line at `at`.
fn end_of_line(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |len| at + len)
}

/// Just behind the string that starts at `at`, and how many quotes it starts with; a string that is not closed ends with
/// its line.
fn end_of_string(bytes: &[u8], at: usize) -> (usize, usize) {
    let quote = bytes[at];
    let triple = bytes[at..].starts_with(&[quote, quote, quote]);
    let quotes = if triple { 3 } else { 1 };
    let mut here = at + quotes;
    while here < bytes.len() {
        match bytes[here] {
            b'\\' => here += 1,
            b'\n' if !triple => return (here, quotes),
            byte if byte == quote && (!triple || bytes[here..].starts_with(&[quote, quote, quote])) => {
                return (here + quotes, quotes);
            }
            _ => {}
        }
        here += 1;
    }
    (bytes.len(), quotes)
}

#[cfg(test)]
mod tests {
    use super::size;

    fn is_shallow(text: &str) -> bool {
        size(text).is_some()
    }

    #[test]
    fn ordinary_source_is_shallow() {
        assert!(is_shallow("def f(a, b):\n    return {'x': [a.b.c + 1, \"((((\"]}  # [[[[\n"));
        assert!(is_shallow(&format!("x = [{}]\n", "a.b(1 + 2), ".repeat(50_000))));
        assert!(is_shallow(&"x = a + b\n".repeat(10_000)));
        assert!(is_shallow(&"# goes on \\\n".repeat(10_000)));
        assert!(is_shallow(&format!("x = f'{} {{a.b + 1}} {{{{'", "-(.".repeat(5_000))));
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
            format!("x = 1{}", " \\\n + 1".repeat(5_000)),
            format!("x = {}1{}", ["-".repeat(100), "(".to_owned()].concat().repeat(100), ")".repeat(100)),
            format!("x = f\"{{{}1{}}}\"", "(".repeat(5_000), ")".repeat(5_000)),
            format!("x = rF'''{{{}1}}'''", "-".repeat(5_000)),
        ] {
            assert!(!is_shallow(&text), "{}", &text[..40]);
        }
    }
}
