//! Commands that run in a container.

use std::str::FromStr;

use serde::Serialize;

/// A command as its arguments. Text with operators of the shell becomes an argument of `/bin/sh -c`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Command(pub Vec<String>);

/// Characters that only a shell understands when they stand outside quotes.
const SHELL_ONLY: &str = "|&;<>()$`*?[]#~{}!\n";

impl Command {
    /// The arguments, each as a literal of the kubelet.
    #[must_use]
    pub fn for_kubelet(&self) -> Vec<String> {
        self.0.iter().map(|argument| escape_kubelet(argument)).collect()
    }
}

impl FromStr for Command {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
            return Err("must not hold control characters".into());
        }
        match split(text) {
            Split::Words(words) if words.is_empty() => Err("must not be empty".into()),
            Split::Words(words) if !words[0].contains('=') => Ok(Self(words)),
            Split::Unclosed => Err("has a quote that is not closed".into()),
            // Words that begin with `NAME=value` are a shell's as well.
            Split::Words(_) | Split::Shell => Ok(Self(vec!["/bin/sh".into(), "-c".into(), text.to_owned()])),
        }
    }
}

enum Split {
    Words(Vec<String>),
    Shell,
    Unclosed,
}

/// Splits as a POSIX shell does, for text without expansions and operators.
fn split(text: &str) -> Split {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut letters = text.chars();
    while let Some(c) = letters.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some('"'), '$' | '`') => return Split::Shell,
            (Some('"'), '\\') => match letters.next() {
                Some(next) if "\"\\$`".contains(next) => word.get_or_insert_default().push(next),
                Some(next) => word.get_or_insert_default().extend(['\\', next]),
                None => return Split::Unclosed,
            },
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '\\') => match letters.next() {
                Some(next) => word.get_or_insert_default().push(next),
                None => return Split::Unclosed,
            },
            (None, ' ' | '\t') => words.extend(word.take()),
            (None, c) if SHELL_ONLY.contains(c) => return Split::Shell,
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    if quote.is_some() { Split::Unclosed } else { Split::Words(words) }
}

/// Writes `text` so that the kubelet's expansion of `$(NAME)` gives it back unchanged.
///
/// `$$` stands for one `$` there, and only before `$` and `(` does a `$` mean anything.
/// Source: <https://github.com/kubernetes/kubernetes/blob/v1.36.2/third_party/forked/golang/expansion/expand.go>
#[must_use]
pub fn escape_kubelet(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        escaped.push(c);
        if c == '$' && letters.peek().is_some_and(|next| *next == '$' || *next == '(') {
            escaped.push('$');
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.parse::<Command>().unwrap().0
    }

    #[test]
    fn plain_commands_need_no_shell_and_others_get_one() {
        assert_eq!(words("python manage.py migrate --noinput"), ["python", "manage.py", "migrate", "--noinput"]);
        assert_eq!(words("a 'b c' \"d e\" f\\ g"), ["a", "b c", "d e", "f g"]);
        assert_eq!(words("a && b"), ["/bin/sh", "-c", "a && b"]);
        assert_eq!(words("a \"$B\""), ["/bin/sh", "-c", "a \"$B\""]);
        assert!("a 'b".parse::<Command>().is_err());
        assert!("".parse::<Command>().is_err());
    }

    /// The kubelet's expansion, for a container without variables, written from its documentation.
    fn kubelet_expands(text: &str) -> String {
        let letters: Vec<char> = text.chars().collect();
        let (mut out, mut at) = (String::new(), 0);
        while at < letters.len() {
            match (letters[at], letters.get(at + 1)) {
                ('$', Some('$')) => {
                    out.push('$');
                    at += 2;
                }
                ('$', Some('(')) if letters[at..].contains(&')') => return format!("expanded: {text}"),
                (c, _) => {
                    out.push(c);
                    at += 1;
                }
            }
        }
        out
    }

    proptest::proptest! {
        #[test]
        fn escaped_text_comes_out_of_the_kubelet_unchanged(text in "[$()Aa ]{0,12}") {
            proptest::prop_assert_eq!(kubelet_expands(&escape_kubelet(&text)), text);
        }
    }
}
