//! The words of a POSIX shell.
//!
//! Source: <https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_02> (quoting) and 2.3 (tokens).
//! `shlex` splits words too, but says neither where operators are nor whether a shell would expand something, and its
//! callers here live on exactly that.

/// A line of a shell.
#[derive(Debug, Default)]
pub(crate) struct Line {
    /// Its words and operators, in order.
    pub(crate) tokens: Vec<Token>,
    /// Whether it means what its words say only to a shell: it has an operator, an expansion, a pattern or a comment.
    pub(crate) needs_shell: bool,
    /// Whether every quote is closed, and nothing is left to escape at the end.
    pub(crate) is_complete: bool,
}

/// A part of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// A word with its quotes removed; expansions stand as written.
    Word(String),
    /// `;`, `|`, `&`, or one of them twice.
    Operator(String),
}

impl Token {
    /// The word or the operator.
    pub(crate) fn into_text(self) -> String {
        match self {
            Self::Word(text) | Self::Operator(text) => text,
        }
    }
}

/// Characters that only a shell understands when they stand outside quotes.
const SHELL_ONLY: &str = "|&;<>()$`*?[]#~{}!\n";

/// Splits a line as a shell does before it expands anything.
pub(crate) fn split(line: &str) -> Line {
    let mut found = Line { is_complete: true, ..Line::default() };
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut letters = line.chars().peekable();
    while let Some(c) = letters.next() {
        found.needs_shell |= match quote {
            None => SHELL_ONLY.contains(c),
            Some(open) => open == '"' && (c == '$' || c == '`'),
        };
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => match letters.next() {
                Some(next) if quote.is_none() || "\"\\$`".contains(next) => word.get_or_insert_default().push(next),
                Some(next) => word.get_or_insert_default().extend(['\\', next]),
                None => found.is_complete = false,
            },
            (None, '#') if word.is_none() => break,
            (None, c) if c.is_whitespace() => found.tokens.extend(word.take().map(Token::Word)),
            (None, ';' | '|' | '&') => {
                found.tokens.extend(word.take().map(Token::Word));
                let mut operator = c.to_string();
                operator.extend(letters.next_if_eq(&c));
                found.tokens.push(Token::Operator(operator));
            }
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    found.tokens.extend(word.map(Token::Word));
    found.is_complete &= quote.is_none();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str) -> Vec<String> {
        split(line).tokens.into_iter().map(Token::into_text).collect()
    }

    #[test]
    fn quotes_and_backslashes_keep_words_together() {
        assert_eq!(texts("a 'b c' \"d e\" f\\ g ''"), ["a", "b c", "d e", "f g", ""]);
        assert_eq!(texts(r#"a "b \"c\" \d""#), ["a", r#"b "c" \d"#]);
        assert!(!split("a 'b").is_complete && !split("a \\").is_complete && split("a 'b'").is_complete);
    }

    #[test]
    fn operators_are_told_from_words_that_look_like_them() {
        let operator = Token::Operator("&&".into());
        assert_eq!(split("a&&b").tokens, [Token::Word("a".into()), operator, Token::Word("b".into())]);
        assert_eq!(split("a '&&'").tokens[1], Token::Word("&&".into()));
        assert_eq!(texts("a; b # c"), ["a", ";", "b"]);
    }

    #[test]
    fn what_only_a_shell_understands_is_seen() {
        for line in ["a | b", "a $B", "a \"$B\"", "a *.py", "a # b", "a > b"] {
            assert!(split(line).needs_shell, "{line}");
        }
        assert!(!split("a '$B' \"*\" \\$").needs_shell);
    }
}
