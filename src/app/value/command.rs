//! Commands that run in a container.

use std::str::FromStr;

use serde::Serialize;

use crate::kube::grammar::shell::{self, Token};

/// A command as its arguments. Text with operators of the shell becomes an argument of `/bin/sh -c`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Command(pub(crate) Vec<String>);

impl Command {
    /// The arguments, each as a literal of the kubelet.
    pub(crate) fn for_kubelet(&self) -> Vec<String> {
        self.0.iter().map(|argument| escape_kubelet(argument)).collect()
    }
}

impl FromStr for Command {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
            return Err("must not hold control characters".into());
        }
        let line = shell::split(text);
        if !line.is_complete && !line.needs_shell {
            return Err("has a quote that is not closed".into());
        }
        let words: Vec<String> = line.tokens.into_iter().map(Token::into_text).collect();
        // Words that begin with `NAME=value` are a shell's as well.
        if line.needs_shell || words.first().is_some_and(|first| first.contains('=')) {
            return match shell::unfinished(text) {
                Some(clause) => Err(clause.to_owned()),
                None => Ok(Self(vec!["/bin/sh".into(), "-c".into(), text.to_owned()])),
            };
        }
        if words.is_empty() { Err("must not be empty".into()) } else { Ok(Self(words)) }
    }
}

/// Writes `text` in a form that the kubelet's expansion of `$(NAME)` gives back unchanged.
///
/// `$$` stands for one `$` there, and only before `$` and `(` does a `$` mean anything.
/// Source: <https://github.com/kubernetes/kubernetes/blob/v1.36.2/third_party/forked/golang/expansion/expand.go>
pub(crate) fn escape_kubelet(text: &str) -> String {
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
