//! The difference as patch(1) and git apply take it.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use similar::{ChangeTag, TextDiff};

use super::plan::{Change, Plan};

const ADDED: Style = AnsiColor::Green.on_default();
const REMOVED: Style = AnsiColor::Red.on_default();
const PLACE: Style = AnsiColor::Cyan.on_default();
const FILE: Style = Style::new().bold();

/// The unified difference of every file that differs, in the order of the paths.
pub fn unified(plan: &Plan, colour: bool) -> String {
    let mut text = String::new();
    for change in plan.differences() {
        file(&mut text, change, colour);
    }
    text
}

fn file(text: &mut String, change: &Change, colour: bool) {
    let old = change.before().unwrap_or_default();
    // A leftover that was edited stays: nothing happens to it.
    let stays = change.status == super::Status::Kept;
    let new = if stays { &old } else { change.after.as_deref().unwrap_or_default() };
    if old == new {
        return;
    }
    let a = if change.before.is_some() { format!("a/{}", change.path) } else { "/dev/null".to_owned() };
    let b = if change.after.is_some() { format!("b/{}", change.path) } else { "/dev/null".to_owned() };
    line(text, &format!("--- {a}"), FILE, colour);
    line(text, &format!("+++ {b}"), FILE, colour);
    write_hunks(text, &old, new, colour);
}

/// The hunks alone, without colour.
pub(crate) fn hunks(old: &str, new: &str) -> String {
    let mut text = String::new();
    write_hunks(&mut text, old, new, false);
    text
}

fn write_hunks(text: &mut String, old: &str, new: &str, colour: bool) {
    let diff = TextDiff::from_lines(old, new);
    for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
        line(text, hunk.header().to_string().trim_end(), PLACE, colour);
        for change in hunk.iter_changes() {
            let (sign, style) = match change.tag() {
                ChangeTag::Equal => (' ', Style::new()),
                ChangeTag::Insert => ('+', ADDED),
                ChangeTag::Delete => ('-', REMOVED),
            };
            let value = change.value();
            line(text, &format!("{sign}{}", value.strip_suffix('\n').unwrap_or(value)), style, colour);
            if !value.ends_with('\n') {
                line(text, "\\ No newline at end of file", Style::new(), colour);
            }
        }
    }
}

fn line(text: &mut String, content: &str, style: Style, colour: bool) {
    // Writing into a String cannot fail.
    let _ = if colour && style != Style::new() {
        writeln!(text, "{style}{content}{style:#}")
    } else {
        writeln!(text, "{content}")
    };
}
