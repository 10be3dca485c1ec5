//! What is where in a YAML text: its plain scalars, quoted ones and comments, line by line, for who needs the
//! place of a thing and not its value.

use std::ops::Range;

/// A scalar or a comment, or something that our own files never hold.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    /// Line, counted from 1.
    pub(crate) line: usize,
    /// Column in bytes, counted from 1.
    pub(crate) column: usize,
    /// Where it starts in the text (byte).
    pub(crate) start: usize,
    /// What is there.
    pub(crate) text: &'a str,
    pub(crate) kind: Kind,
}

impl Token<'_> {
    /// Where it is in the text (bytes).
    pub(crate) fn span(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }

    /// Whether it is a scalar without quotes, which readers resolve to a value by its look.
    pub(crate) fn is_plain(&self) -> bool {
        matches!(self.kind, Kind::Key | Kind::Value | Kind::Foreign)
    }
}

/// What a [`Token`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A key of a mapping.
    Key,
    /// A value or an item.
    Value,
    /// Anchor, alias, tag, directive, complex key or a plain scalar over several lines.
    Foreign,
    /// What is between quotation marks on one line, escapes as written.
    Quoted,
    Comment,
}

/// The tokens of `text`, in order; texts in blocks (`|`, `>`) and quoted ones over several lines have none.
pub(crate) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut scanner = Scanner { tokens: Vec::new(), depth: 0, quote: None, block: None, indent: 0, line: 0, start: 0 };
    for line in text.split('\n') {
        scanner.line += 1;
        scanner.scan(line);
        scanner.start += line.len() + 1;
    }
    scanner.tokens
}

/// What is said behind each `#` that starts a comment.
pub(crate) fn comments(text: &str) -> impl Iterator<Item = &str> {
    let comments = tokens(text).into_iter().filter(|token| token.kind == Kind::Comment);
    comments.map(|token| token.text.trim_start_matches('#').trim())
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r')
}

struct Scanner<'a> {
    tokens: Vec<Token<'a>>,
    /// How many `[` and `{` are open.
    depth: usize,
    /// The quotation mark that is still open from the line before.
    quote: Option<u8>,
    /// The indentation that lines of an open block scalar exceed.
    block: Option<usize>,
    /// Column of the last key or dash.
    indent: usize,
    line: usize,
    /// Where the line starts in the text (byte).
    start: usize,
}

impl<'a> Scanner<'a> {
    fn scan(&mut self, line: &'a str) {
        let bytes = line.as_bytes();
        let first = bytes.iter().position(|byte| *byte != b' ').unwrap_or(bytes.len());
        if let Some(indent) = self.block {
            if first == bytes.len() || first > indent {
                return;
            }
            self.block = None;
        }
        let mut at = first;
        if let Some(quote) = self.quote {
            at = self.close_quote(bytes, 0, quote);
        } else if bytes.starts_with(b"---") && bytes.get(3).is_none_or(|byte| *byte == b' ') {
            at = 3;
        }
        // A plain scalar that opens a line and is not a key continues the line before.
        let mut opens_line = self.depth == 0 && at == first;
        while at < bytes.len() {
            match self.next(line, at, &mut opens_line) {
                Some(next) => at = next,
                None => return,
            }
        }
    }

    /// Takes what is at `at`; gives the place behind it, or nothing when the rest of the line belongs to it.
    fn next(&mut self, line: &'a str, at: usize, opens_line: &mut bool) -> Option<usize> {
        let bytes = line.as_bytes();
        let ends_here = |place: usize| bytes.get(at + place).is_none_or(|byte| is_blank(*byte));
        match bytes[at] {
            byte if is_blank(byte) => return Some(at + 1),
            b'#' if at == 0 || is_blank(bytes[at - 1]) => {
                self.push(line[at..].trim_end(), at, Kind::Comment);
                return None;
            }
            b']' | b'}' => {
                self.depth = self.depth.saturating_sub(1);
                return Some(at + 1);
            }
            b',' if self.depth > 0 => return Some(at + 1),
            b':' if ends_here(1) || self.depth > 0 => return Some(at + 1),
            b'|' | b'>' if self.depth == 0 => {
                self.block = Some(self.indent);
                return None;
            }
            _ => {}
        }
        let opened_line = std::mem::take(opens_line);
        match bytes[at] {
            b'-' if self.depth == 0 && ends_here(1) => {
                self.indent = at;
                Some(at + 1)
            }
            b'[' | b'{' => {
                self.depth += 1;
                Some(at + 1)
            }
            quote @ (b'"' | b'\'') => {
                let end = self.close_quote(bytes, at + 1, quote);
                if bytes.get(end) == Some(&b':') {
                    self.indent = at;
                }
                if self.quote.is_none() {
                    self.push(&line[at + 1..end - 1], at + 1, Kind::Quoted);
                }
                Some(end)
            }
            _ => Some(self.plain(line, at, opened_line)),
        }
    }

    /// Where the text behind the closing `quote` begins; the quote stays open at the end of the line.
    fn close_quote(&mut self, bytes: &[u8], from: usize, quote: u8) -> usize {
        let mut at = from;
        self.quote = None;
        while at < bytes.len() {
            match bytes[at] {
                b'\\' if quote == b'"' => at += 2,
                byte if byte == quote && quote == b'\'' && bytes.get(at + 1) == Some(&quote) => at += 2,
                byte if byte == quote => return at + 1,
                _ => at += 1,
            }
        }
        self.quote = Some(quote);
        bytes.len()
    }

    /// Takes the plain scalar that begins at `start`; gives the place behind it.
    fn plain(&mut self, line: &'a str, start: usize, opens_line: bool) -> usize {
        let bytes = line.as_bytes();
        let mut end = start;
        let mut is_key = false;
        while end < bytes.len() {
            let next = bytes.get(end + 1);
            match bytes[end] {
                b':' if next.is_none_or(|byte| is_blank(*byte) || (self.depth > 0 && b",[]{}".contains(byte))) => {
                    is_key = true;
                    break;
                }
                b'#' if end > start && is_blank(bytes[end - 1]) => break,
                b',' | b'[' | b']' | b'{' | b'}' if self.depth > 0 => break,
                _ => end += 1,
            }
        }
        let text = line[start..end].trim_end();
        let is_foreign = matches!(bytes[start], b'&' | b'*' | b'!' | b'%' | b'@' | b'`')
            || (bytes[start] == b'?' && bytes.get(start + 1).is_none_or(|byte| *byte == b' '))
            || (opens_line && !is_key);
        if is_key && self.depth == 0 {
            self.indent = start;
        }
        let kind = match (is_foreign, is_key) {
            (true, _) => Kind::Foreign,
            (false, true) => Kind::Key,
            (false, false) => Kind::Value,
        };
        self.push(text, start, kind);
        end
    }

    fn push(&mut self, text: &'a str, at: usize, kind: Kind) {
        self.tokens.push(Token { line: self.line, column: at + 1, start: self.start + at, text, kind });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(&str, Kind)> {
        tokens(text).into_iter().filter(Token::is_plain).map(|token| (token.text, token.kind)).collect()
    }

    #[test]
    fn keys_values_and_items_are_told_apart() {
        use Kind::{Key, Value};
        assert_eq!(
            found("a: b\nc:\n  - d\n  - e: f # g\n"),
            [("a", Key), ("b", Value), ("c", Key), ("d", Value), ("e", Key), ("f", Value)]
        );
        assert_eq!(found("a: [b, {c: d}]\n"), [("a", Key), ("b", Value), ("c", Key), ("d", Value)]);
        assert_eq!(found("a: http://x#y\n"), [("a", Key), ("http://x#y", Value)]);
    }

    #[test]
    fn quoted_and_block_scalars_are_skipped() {
        assert_eq!(found("a: \"no # \\\" yes: 1e3\"\n'b''c': 'on'\n"), [("a", Kind::Key)]);
        assert_eq!(
            found("run: |\n  no: yes\n\n  1e3\nb: c\n"),
            [("run", Kind::Key), ("b", Kind::Key), ("c", Kind::Value)]
        );
        assert_eq!(found("- run: >-\n    no\n  b: c\n"), [("run", Kind::Key), ("b", Kind::Key), ("c", Kind::Value)]);
        assert_eq!(found("a: \"x\n  no\n  y\"\nb: c\n"), [("a", Kind::Key), ("b", Kind::Key), ("c", Kind::Value)]);
    }

    #[test]
    fn comments_are_told_from_texts() {
        let all = |text| comments(text).collect::<Vec<_>>();
        assert_eq!(all("a: 1 # one\n# two\nb: x#y\n"), ["one", "two"]);
        assert!(all("a: \"b: \\\" # c\"\n- 'it''s # d'\n- \"#e\"\nf: |\n  # g\n").is_empty());
        assert_eq!(all("a: it's # mine\n"), ["mine"]);
        assert_eq!(all("f: |\n  x\n# mine\n"), ["mine"]);
    }

    #[test]
    fn places_are_those_of_the_text() {
        let text = "a: 1\r\nb:\t\"c\" # d\r\n";
        assert!(tokens(text).iter().all(|token| text[token.span()] == *token.text));
        let kinds: Vec<Kind> = tokens(text).iter().map(|token| token.kind).collect();
        assert_eq!(kinds, [Kind::Key, Kind::Value, Kind::Key, Kind::Quoted, Kind::Comment]);
    }

    #[test]
    fn what_we_never_write_is_foreign() {
        for text in ["a: &b c\n", "a: *b\n", "a: !!str b\n", "%YAML 1.2\n", "a: b\n  c\n", "? a\n"] {
            assert!(found(text).iter().any(|(_, kind)| *kind == Kind::Foreign), "{text:?}: {:?}", found(text));
        }
        assert!(found("---\na: b\n").iter().all(|(_, kind)| *kind != Kind::Foreign));
    }
}
