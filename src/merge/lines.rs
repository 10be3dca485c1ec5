//! Three texts, line by line.

use std::ops::Range;

use similar::{DiffOp, TextDiff};

/// Lines of the base, and what one side put in their place.
#[derive(Clone, Debug)]
struct Hunk {
    base: Range<usize>,
    side: Range<usize>,
}

/// The merged text, or the lines that both sides changed.
pub(super) fn merge(base: &str, ours: &str, theirs: &str) -> Result<String, Vec<String>> {
    let split = |text: &'_ str| -> Vec<String> { text.split_inclusive('\n').map(str::to_owned).collect() };
    let (base_lines, our_lines, their_lines) = (split(base), split(ours), split(theirs));
    let (ours, theirs) = (hunks(base, ours), hunks(base, theirs));
    let (mut merged, mut conflicts) = (String::new(), Vec::new());
    let (mut at, mut one, mut other) = (0, 0, 0);
    while one < ours.len() || other < theirs.len() {
        let start = [ours.get(one), theirs.get(other)].iter().flatten().map(|hunk| hunk.base.start).min().unwrap_or(at);
        let mut end = start;
        let (first_one, first_other) = (one, other);
        // Hunks that overlap or touch belong together.
        loop {
            let before = (one, other);
            while let Some(hunk) = ours.get(one).filter(|hunk| hunk.base.start <= end) {
                end = end.max(hunk.base.end);
                one += 1;
            }
            while let Some(hunk) = theirs.get(other).filter(|hunk| hunk.base.start <= end) {
                end = end.max(hunk.base.end);
                other += 1;
            }
            if before == (one, other) {
                break;
            }
        }
        merged.extend(base_lines[at..start].iter().map(String::as_str));
        let region = start..end;
        let mine = replaced(&base_lines, &our_lines, &ours[first_one..one], &region);
        let new = replaced(&base_lines, &their_lines, &theirs[first_other..other], &region);
        match (first_one == one, first_other == other) {
            (true, _) => merged += &new,
            (_, true) => merged += &mine,
            _ if mine == new => merged += &mine,
            _ => conflicts.push(describe(&region, &mine, &new)),
        }
        at = end;
    }
    merged.extend(base_lines[at..].iter().map(String::as_str));
    if conflicts.is_empty() { Ok(merged) } else { Err(conflicts) }
}

fn hunks(base: &str, side: &str) -> Vec<Hunk> {
    TextDiff::from_lines(base, side)
        .ops()
        .iter()
        .filter(|op| !matches!(op, DiffOp::Equal { .. }))
        .map(|op| Hunk { base: op.old_range(), side: op.new_range() })
        .collect()
}

/// What one side has in place of `region` of the base.
fn replaced(base: &[String], side: &[String], hunks: &[Hunk], region: &Range<usize>) -> String {
    let (mut text, mut at) = (String::new(), region.start);
    for hunk in hunks {
        text.extend(base[at..hunk.base.start].iter().map(String::as_str));
        text.extend(side[hunk.side.clone()].iter().map(String::as_str));
        at = hunk.base.end;
    }
    text.extend(base[at..region.end].iter().map(String::as_str));
    text
}

fn describe(region: &Range<usize>, mine: &str, new: &str) -> String {
    let first = |text: &str| text.lines().next().map_or("(nothing)".to_owned(), |line| line.trim().to_owned());
    format!("line {}: `{}` (yours), `{}` (new)", region.start + 1, first(mine), first(new))
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
