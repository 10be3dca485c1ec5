//! What `render` says about a plan: one line, then a line for each file that is not simply unchanged.

use super::plan::{Change, Plan, Status};

/// A few words on what changes in a file.
pub type Note<'a> = &'a dyn Fn(&Change) -> Option<String>;

/// The summary of `plan`; `note` gives the words behind a path.
pub fn summary(plan: &Plan, note: Note<'_>) -> String {
    let files = plan.changes.iter().filter(|change| change.after.is_some()).count();
    let touched: Vec<&Change> = plan.changes.iter().filter(|change| is_shown(change)).collect();
    let count = plan.differences().count();
    let changed = if count == 0 { "nothing changed".to_owned() } else { format!("{count} changed") };
    let mut text = format!("{files} {}, {changed}\n", if files == 1 { "file" } else { "files" });
    let width = touched.iter().map(|change| change.path.as_str().chars().count()).max().unwrap_or(0);
    for change in touched {
        let own = || change.remark.clone().or_else(|| own_words(change.status).map(str::to_owned));
        let words = note(change).or_else(own).unwrap_or_default();
        let line = format!("  {} {:width$}   {words}", mark(change.status), change.path.as_str());
        text += line.trim_end();
        text.push('\n');
    }
    text
}

fn is_shown(change: &Change) -> bool {
    change.status != Status::Unchanged
}

/// One sign a status; colour never carries the meaning alone.
fn mark(status: Status) -> char {
    match status {
        Status::New => '+',
        Status::Changed | Status::Merged => '~',
        Status::Removed => '-',
        Status::Unchanged | Status::Reflowed | Status::Kept => '=',
        Status::Edited | Status::Foreign | Status::Unreadable => '!',
    }
}

fn own_words(status: Status) -> Option<&'static str> {
    match status {
        Status::Reflowed => Some("formatted differently, same meaning: left as it is"),
        Status::Removed => Some("no longer asked for"),
        Status::Kept => Some("no longer asked for, but edited: kept, yours from now on"),
        Status::Merged => Some("merged with your edit"),
        Status::Edited => Some("edited since pykube wrote it"),
        Status::Foreign => Some("already there, not written by pykube"),
        Status::New | Status::Changed | Status::Unchanged | Status::Unreadable => None,
    }
}
