//! Three texts, line by line.

use similar::{MergeRegion, TextMerge};

/// The merged text, or the lines that both sides changed.
pub(super) fn merge(base: &str, ours: &str, theirs: &str) -> Result<String, Vec<String>> {
    let merge = TextMerge::from_lines(base, ours, theirs);
    if merge.is_conflicted() {
        return Err(merge.conflicts().map(|conflict| describe(&merge, conflict)).collect());
    }
    Ok(merge.to_string())
}

fn describe(merge: &TextMerge<'_, '_, '_, str>, conflict: &MergeRegion) -> String {
    let first = |range: std::ops::Range<usize>, line: Option<&str>| match line.filter(|_| !range.is_empty()) {
        Some(line) => line.trim().to_owned(),
        None => "(nothing)".to_owned(),
    };
    let (mine, new) = (conflict.ours_range(), conflict.theirs_range());
    let (mine, new) =
        (first(mine.clone(), merge.ours_line(mine.start)), first(new.clone(), merge.theirs_line(new.start)));
    format!("line {}: `{mine}` (yours), `{new}` (new)", conflict.base_range().start + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn changes_apart_come_together_and_changes_at_one_place_do_not() {
        let base = "a\nb\nc\nd\ne\n";
        assert_eq!(merge(base, "A\nb\nc\nd\ne\n", "a\nb\nc\nd\nE\nf\n").unwrap(), "A\nb\nc\nd\nE\nf\n");
        assert_eq!(merge(base, "a\nx\nc\nd\ne\n", "a\nx\nc\nd\n").unwrap(), "a\nx\nc\nd\n");
        let conflict = merge(base, "a\nx\nc\nd\ne\n", "a\ny\nc\nd\ne\n").unwrap_err();
        assert_eq!(conflict, ["line 2: `x` (yours), `y` (new)"]);
        assert!(merge(base, "a\nx\nc\nd\ne\n", "a\nb\ny\nd\ne\n").is_err(), "neighbours are one place");
        assert!(merge(base, "a\nb\nm\nc\nd\ne\n", "a\nb\nn\nc\nd\ne\n").is_err(), "two insertions at one place");
    }

    proptest! {
        #[test]
        fn one_side_alone_always_wins(base in "([abc]\n){0,6}", side in "([abc]\n){0,6}") {
            prop_assert_eq!(merge(&base, &side, &base).unwrap(), side.clone());
            prop_assert_eq!(merge(&base, &base, &side).unwrap(), side.clone());
            prop_assert_eq!(merge(&base, &side, &side).unwrap(), side);
        }

        #[test]
        fn the_sides_may_change_places(base in "([abc]\n){0,6}", one in "([abc]\n){0,6}", two in "([abc]\n){0,6}") {
            prop_assert_eq!(merge(&base, &one, &two).ok(), merge(&base, &two, &one).ok());
        }
    }
}
