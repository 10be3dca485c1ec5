//! Layout is not a change: a file that a formatter rewrote still says the same.

use super::document::documents;
use super::plain_scalar::doubt;
use super::scanner::{Token, comments, tokens};
use crate::file_set::RelativePath;

/// Whether two texts of the YAML file at `path` hold the same documents, layout and comments aside.
///
/// A plain scalar that Kubernetes' reader takes for something else than ours does (`no`, `1_000`) is never the same:
/// the texts would look equal here and differ in the cluster.
pub(crate) fn same_documents(path: &RelativePath, one: &str, other: &str) -> bool {
    if !path.is_yaml() {
        return false;
    }
    // GitHub reads its files by YAML 1.2, where `on` is a word.
    let by_version_1_1 = !path.as_str().starts_with(".github/");
    if by_version_1_1 && (disputed_scalar(one).is_some() || disputed_scalar(other).is_some()) {
        return false;
    }
    matches!((documents(one), documents(other)), (Ok(one), Ok(other)) if one == other)
}

/// Whether `text` has no comment that `known` has not: nothing that somebody wrote is lost with it.
pub(crate) fn no_new_comments(text: &str, known: &str) -> bool {
    let known: Vec<&str> = comments(known).collect();
    comments(text).all(|comment| known.contains(&comment))
}

/// The first plain scalar that YAML 1.1 and 1.2 readers take for different things.
pub(crate) fn disputed_scalar(text: &str) -> Option<Token<'_>> {
    let mut plain = tokens(text).into_iter().filter(Token::is_plain);
    plain.find(|token| doubt(token.text).is_some_and(|doubt| doubt.is_dispute))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(one: &str, other: &str) -> bool {
        same_documents(&RelativePath::new("k8s/a.yaml").unwrap(), one, other)
    }

    #[test]
    fn layout_is_no_difference() {
        assert!(same("a: 1\nb: [x, y1]\n", "---\nb:\n    - 'x'\n    - y1\na:   1 # one\n"));
        assert!(!same("a: 1\n", "a: \"1\"\n"));
        assert!(!same("a: [1, 2]\n", "a: [2, 1]\n"));
        assert!(!same("a: 1\n", "a: 1\na: 1\n"), "a key given twice is not a document");
    }

    #[test]
    fn a_word_that_kubernetes_reads_as_a_boolean_is_not_the_quoted_word() {
        for word in ["no", "y", "On", "1_000", "012"] {
            assert!(!same(&format!("a: \"{word}\"\n"), &format!("a: {word}\n")), "{word}");
            assert!(!same(&format!("a: [\"{word}\"]\n"), &format!("a: [{word}]\n")), "{word}");
            assert!(!same(&format!("- \"{word}\"\n"), &format!("- {word}\n")), "{word}");
        }
        assert!(same_documents(&RelativePath::new(".github/workflows/a.yml").unwrap(), "on: push\n", "\"on\": push\n"));
        assert!(!same_documents(&RelativePath::new("Dockerfile").unwrap(), "a: 1", "a:  1"));
    }

    #[test]
    fn a_comment_more_is_seen() {
        assert!(no_new_comments("a: 1 # one\n", "# one\na:    1\n"));
        assert!(no_new_comments("a: 1\n", "a: 1 # gone\n"));
        assert!(!no_new_comments("a: 1 # mine\n", "a: 1\n"));
        assert!(no_new_comments("a: x#y\n", "a: 'x#y'\n"));
        assert!(no_new_comments("a: \"b: \\\" # c\"\n- 'it''s # d'\n- \"#e\"\nf: |\n  # g\n", ""));
        assert!(!no_new_comments("a: it's # mine\n", ""));
        assert!(!no_new_comments("f: |\n  x\n# mine\n", ""));
    }
}
