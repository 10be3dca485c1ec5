//! Layout is no change: a file that a formatter went over still says the same.

use std::ops::Range;

use serde_yaml::Value;

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
    match (documents(one), documents(other)) {
        (Some(one), Some(other)) => one == other,
        _ => false,
    }
}

/// Whether `text` has no comment that `known` has not: nothing that somebody wrote is lost with it.
#[must_use]
pub fn no_new_comments(text: &str, known: &str) -> bool {
    let known = comments(known);
    comments(text).iter().all(|comment| known.contains(comment))
}

/// The documents of a text; none when it is no YAML. Empty documents are left out.
fn documents(text: &str) -> Option<Vec<Value>> {
    use serde::Deserialize as _;
    let mut all = Vec::new();
    for document in serde_yaml::Deserializer::from_str(text) {
        let value = Value::deserialize(document).ok()?;
        if !value.is_null() {
            all.push(value);
        }
    }
    Some(all)
}

/// What stands behind `#` at the start of a line or after a blank. A `#` inside a quoted or literal text is taken
/// along as well: it only makes two texts differ that a person should look at.
fn comments(text: &str) -> Vec<&str> {
    text.lines()
        .filter_map(|line| {
            let start =
                line.match_indices('#').map(|(at, _)| at).find(|&at| line[..at].ends_with([' ', '\t']) || at == 0)?;
            Some(line[start..].trim_start_matches('#').trim())
        })
        .collect()
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
    }
}
