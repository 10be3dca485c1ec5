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
    /// A word with its quotes removed; expansions are as written.
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

/// Characters that only a shell understands when they are outside quotes.
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

/// Words behind which a command begins.
const BEGINNERS: [&str; 10] = ["{", "(", "!", "then", "do", "else", "elif", "if", "while", "until"];

/// What a shell would miss in `script`, as a clause. This is not a parser: a script of several lines, with a comment, a
/// `case` or a here-document is passed unseen.
pub(crate) fn unfinished(script: &str) -> Option<&'static str> {
    if script.trim().contains('\n') || script.contains("<<") || script.contains('#') {
        return None;
    }
    let line = split(script);
    if !line.is_complete {
        return Some("has a quote that is not closed, or ends with a backslash");
    }
    if line.tokens.contains(&Token::Word("case".into())) {
        return None;
    }
    let mut commands: Vec<&str> = Vec::new();
    let mut begins = true;
    for token in &line.tokens {
        match token {
            Token::Word(word) if begins => {
                commands.push(word);
                begins = BEGINNERS.contains(&word.as_str()) || word.ends_with("()");
            }
            Token::Word(_) => {}
            Token::Operator(operator) if begins && operator != "&" => return Some("lacks a command"),
            Token::Operator(_) => begins = true,
        }
    }
    let count = |word: &str| commands.iter().filter(|command| **command == word).count();
    if [("{", "}"), ("if", "fi"), ("do", "done")].iter().any(|(open, close)| count(open) != count(close)) {
        return Some("opens a block of the shell that it does not close");
    }
    let joins =
        |token: &Token| matches!(token, Token::Operator(operator) if ["&&", "||", "|"].contains(&operator.as_str()));
    if commands.is_empty() || line.tokens.last().is_some_and(joins) { Some("lacks a command") } else { None }
}

/// `text` as one word of a POSIX shell.
pub(crate) fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
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

    #[test]
    fn a_script_that_is_not_finished_is_told_from_one_that_is() {
        for bad in ["'", "{", "a \\", "a &&", "| a", "a; if true; then b", "", "a \"b", "{ a"] {
            assert!(unfinished(bad).is_some(), "{bad}");
        }
        for good in [
            "cargo install pykube",
            "curl -fsSL https://example.org/i.sh | sh -s -- '{' if",
            "{ a; } && b",
            "if true; then a; fi",
            "for x in a b; do c; done",
            "a & b &",
            "# a\nb",
            "if true; then\n  a\nfi",
            "f() { a; }; f",
            "if ! { a; }; then b; elif c; then d; fi",
            "case $X in a) { b; };; *) c;; esac",
            "echo $(a | b) ${X:-y}",
            "X=1 a",
            "( a; b ) && (c; d) && e",
        ] {
            assert_eq!(unfinished(good), None, "{good}");
        }
    }
}
