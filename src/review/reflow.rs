//! Layout is no change: a file that a formatter went over still says the same.

use std::ops::Range;

use super::document::documents;
use crate::file_set::RelativePath;

/// Whether two texts of the YAML file at `path` hold the same documents, layout and comments aside.
///
/// A plain scalar that Kubernetes' reader takes for something else than ours does (`no`, `1_000`) is never the same:
/// the texts would look equal here and differ in the cluster.
#[must_use]
pub fn same_documents(path: &RelativePath, one: &str, other: &str) -> bool {
    let path = path.as_str();
    let Some((_, "yaml" | "yml")) = path.rsplit_once('.') else { return false };
    // GitHub reads workflows by YAML 1.2, where `on` is a word.
    let by_version_1_1 = !path.starts_with(".github/");
    if by_version_1_1 && (ambiguous_scalar(one).is_some() || ambiguous_scalar(other).is_some()) {
        return false;
    }
    matches!((documents(one), documents(other)), (Ok(one), Ok(other)) if one == other)
}

/// Whether `text` has no comment that `known` has not: nothing that somebody wrote is lost with it.
#[must_use]
pub fn no_new_comments(text: &str, known: &str) -> bool {
    let known = comments(known);
    comments(text).iter().all(|comment| known.contains(comment))
}

/// What stands behind `#` where it starts a comment: not in quotes, and not in a literal text.
fn comments(text: &str) -> Vec<&str> {
    let mut all = Vec::new();
    // Lines that are indented further than this belong to a literal text.
    let mut literal: Option<usize> = None;
    for line in text.lines() {
        let indent = line.len() - line.trim_start_matches(' ').len();
        if line.trim().is_empty() || literal.is_some_and(|above| indent > above) {
            continue;
        }
        let start = comment_start(line);
        all.extend(start.map(|at| line[at..].trim_start_matches('#').trim()));
        let content = line[..start.unwrap_or(line.len())].trim_end();
        let word = content.rsplit(' ').next().unwrap_or_default();
        let is_literal = word.starts_with(['|', '>']) && word[1..].chars().all(|c| "+-123456789".contains(c));
        literal = is_literal.then_some(indent);
    }
    all
}

/// Where the comment of a line starts (byte).
pub(crate) fn comment_start(line: &str) -> Option<usize> {
    let mut quote = None;
    let mut before = ' ';
    let mut last_sign = ':';
    let mut escaped = false;
    for (at, c) in line.char_indices() {
        match quote {
            Some(open) => {
                if c == open && !escaped {
                    quote = None;
                }
                escaped = open == '"' && c == '\\' && !escaped;
            }
            // A quote opens a text only where a value may start; elsewhere it is a letter like any other.
            None if matches!(c, '"' | '\'') && (":-[{,?".contains(last_sign) || (c == '\'' && before == c)) => {
                quote = Some(c);
            }
            None if c == '#' && before.is_whitespace() => return Some(at),
            None => {}
        }
        if !c.is_whitespace() {
            last_sign = c;
        }
        before = c;
    }
    None
}

/// Where a plain scalar stands that YAML 1.1 and 1.2 readers take for different things, and the scalar. A look-alike
/// inside a literal text counts too: the answer errs on the side of showing it.
pub(crate) fn ambiguous_scalar(text: &str) -> Option<(Range<usize>, &str)> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.split(" #").next().unwrap_or(line);
        let found = content
            .split([',', '[', ']', '{', '}'])
            .flat_map(|part| part.split(": "))
            .map(|part| part.trim().trim_start_matches("- ").trim_end_matches(':').trim())
            .find(|word| super::ambiguous::is_ambiguous(word));
        if let Some(word) = found {
            // The word is a part of the line, so its place in it is known.
            let at = start + (word.as_ptr() as usize - line.as_ptr() as usize);
            return Some((at..at + word.len(), word));
        }
        start += line.len();
    }
    None
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
        assert!(!same("a: 1\n", "a: 1\na: 1\n"), "a key given twice is no document");
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
