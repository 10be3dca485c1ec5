//! What `git merge` leaves in a text that two sides changed.

use std::collections::BTreeSet;
use std::ops::Range;

/// Where the first line is that `git merge` wrote between two sides.
pub fn marker(text: &str) -> Option<Range<usize>> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end();
        if ["<<<<<<< ", ">>>>>>> "].iter().any(|mark| bare.starts_with(mark)) {
            return Some(start..start + bare.len());
        }
        start += line.len();
    }
    None
}

/// The text as it is when all conflicts in it are resolved in favour of our side, and of theirs.
pub(crate) fn sides(text: &str) -> [String; 2] {
    let (mut ours, mut theirs) = (String::new(), String::new());
    // Whom the next lines belong to; the common ancestor of `diff3` belongs to nobody.
    let (mut is_ours, mut is_theirs) = (true, true);
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end();
        match bare.get(..7) {
            Some("<<<<<<<") => (is_ours, is_theirs) = (true, false),
            Some("|||||||") if !is_theirs => (is_ours, is_theirs) = (false, false),
            Some("=======") if bare.len() == 7 && !is_theirs => (is_ours, is_theirs) = (false, true),
            Some(">>>>>>>") => (is_ours, is_theirs) = (true, true),
            _ => {
                if is_ours {
                    ours.push_str(line);
                }
                if is_theirs {
                    theirs.push_str(line);
                }
            }
        }
    }
    [ours, theirs]
}

/// Whether `merged` is made of the lines of `ours` and `theirs` alone and lacks none that both have, so whoever wrote the
/// two knows all that is in it.
pub(crate) fn is_merge_of(merged: &str, ours: &str, theirs: &str) -> bool {
    let lines = |text: &str| text.lines().map(|line| line.trim_end().to_owned()).collect::<BTreeSet<_>>();
    let (ours, theirs) = (lines(ours), lines(theirs));
    let mut there = BTreeSet::new();
    for side in sides(merged) {
        there.extend(lines(&side));
    }
    there.iter().all(|line| ours.contains(line) || theirs.contains(line))
        && ours.intersection(&theirs).all(|line| there.contains(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = "a\n<<<<<<< HEAD\nb: 1\n||||||| 1234567\nb: 0\n=======\nb: 2\n>>>>>>> other\nc\n";

    #[test]
    fn a_conflict_has_two_sides_and_an_ancestor_that_is_neither() {
        assert_eq!(sides(TWO), ["a\nb: 1\nc\n", "a\nb: 2\nc\n"]);
        assert_eq!(sides("a\n=======\nb\n"), ["a\n=======\nb\n"; 2], "a line of its own is not a marker");
        assert_eq!(&TWO[marker(TWO).unwrap()], "<<<<<<< HEAD");
        assert_eq!(marker("a\n=======\n"), None);
    }

    #[test]
    fn a_merge_holds_what_the_sides_hold_and_nothing_else() {
        let (ours, theirs) = ("a\nb: 1\nc\n", "a\nb: 2\nc\nd\n");
        for merged in [TWO, "a\nb: 1\nc\nd\n", "a\r\nb: 2\r\nc\r\n"] {
            assert!(is_merge_of(merged, ours, theirs), "{merged}");
        }
        for edited in ["a\nb: 3\nc\n", "a\nb: 1\n", "a\nb: 1\nc\n# mine\n"] {
            assert!(!is_merge_of(edited, ours, theirs), "{edited}");
        }
    }
}
