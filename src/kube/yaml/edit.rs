//! A YAML text changed in place: the lines of what differs are rewritten, all others stay, comments and all.

use std::ops::Range;

use serde_json::{Map, Value};

use super::document::documents;
use super::emit;
use super::lines::{Entry, Item, Lines, Node, parse};
use super::scanner::{Kind, tokens};
use crate::kube::kind::list_kind;
use crate::kube::list::{ListKind, unique_keys};
use crate::kube::path::{FieldPath, Segment};

/// The text of a document that holds `before`, changed to hold `after`. Comments stay with the fields they
/// are above. Where the text has a shape that cannot be changed in place, the document is rewritten, and only the
/// comments at its head are kept.
pub(crate) fn edit(kind: &str, text: &str, before: &Value, after: &Value) -> String {
    in_place(kind, text, before, after).unwrap_or_else(|| {
        let head: String =
            text.lines().take_while(|line| line.starts_with('#')).fold(String::new(), |all, line| all + line + "\n");
        head + &emit::block(after, 0)
    })
}

/// As [`edit`]; none when it cannot be done in place.
pub(crate) fn in_place(kind: &str, text: &str, before: &Value, after: &Value) -> Option<String> {
    let lines = Lines::of(text);
    let tree = parse(&lines)?;
    let mut edits = Edits { kind, lines: &lines, changes: Vec::new() };
    edits.value(&FieldPath::default(), &tree, before, after)?;
    let edited = edits.text();
    // The shape was read without a YAML reader: only the reader says whether it was read well.
    let read = documents(&edited).ok()?;
    (read.as_slice() == [after.clone()]).then_some(edited)
}

struct Edits<'a> {
    kind: &'a str,
    lines: &'a Lines<'a>,
    /// Lines and what is there instead; never overlapping.
    changes: Vec<(Range<usize>, String)>,
}

impl Edits<'_> {
    fn text(mut self) -> String {
        self.changes.sort_by_key(|(range, _)| (range.start, range.end));
        let mut text = String::new();
        let mut at = 0;
        for (range, lines) in &self.changes {
            for line in &self.lines.0[at..range.start.max(at)] {
                text += line;
                text.push('\n');
            }
            text += lines;
            at = range.end.max(at);
        }
        for line in &self.lines.0[at..] {
            text += line;
            text.push('\n');
        }
        text
    }

    fn replace(&mut self, lines: Range<usize>, text: String) {
        self.changes.push((lines, text));
    }

    /// None: this part cannot be changed in place; the caller rewrites a larger part.
    fn value(&mut self, path: &FieldPath, node: &Node, before: &Value, after: &Value) -> Option<()> {
        match (node, before, after) {
            _ if before == after => Some(()),
            (Node::Map(entries), Value::Object(before), Value::Object(after)) if !after.is_empty() => {
                self.map(path, entries, before, after)
            }
            (Node::List(items), Value::Array(before), Value::Array(after)) if !after.is_empty() => {
                self.list(path, items, before, after)
            }
            _ => None,
        }
    }

    fn map(
        &mut self,
        path: &FieldPath,
        entries: &[Entry],
        before: &Map<String, Value>,
        after: &Map<String, Value>,
    ) -> Option<()> {
        let (first, last) = (entries.first()?, entries.last()?);
        // The first field behind a dash cannot go without the dash.
        let behind_dash = self.lines.0[first.head].trim_start_matches(' ').starts_with("- ");
        if entries.len() != before.len() || (behind_dash && !after.contains_key(&first.key)) {
            return None;
        }
        for entry in entries {
            match (before.get(&entry.key)?, after.get(&entry.key)) {
                (_, None) => self.replace(entry.lines.clone(), String::new()),
                (old, Some(new)) if old != new => self.field(path, entry, old, new)?,
                _ => {}
            }
        }
        let added: String = after
            .iter()
            .filter(|(key, _)| !before.contains_key(*key))
            .map(|(key, value)| emit::entry(key, value, first.indent))
            .collect();
        if !added.is_empty() {
            let end = last.lines.end;
            self.replace(end..end, added);
        }
        Some(())
    }

    fn field(&mut self, path: &FieldPath, entry: &Entry, old: &Value, new: &Value) -> Option<()> {
        let known = self.changes.len();
        if self.value(&path.key(&entry.key), &entry.node, old, new).is_some() {
            return Some(());
        }
        self.changes.truncate(known);
        let head = self.lines.0[entry.head];
        let lead = &head[..entry.value_at.min(head.len())];
        let one_line = entry.lines.end == entry.head + 1 && entry.value_at < head.len();
        if let (true, Some(value)) = (one_line, emit::inline(new)) {
            let comment = trailing_comment(&head[entry.value_at..]);
            self.replace(entry.head..entry.head + 1, format!("{lead}{value}{comment}\n"));
            return Some(());
        }
        let text = emit::entry(&entry.key, new, entry.indent);
        // Behind a dash the first line keeps what is in front of the key.
        let front = head.get(..entry.indent)?;
        self.replace(entry.head..entry.lines.end, format!("{front}{}", text.get(entry.indent..)?));
        Some(())
    }

    fn list(&mut self, path: &FieldPath, items: &[Item], before: &[Value], after: &[Value]) -> Option<()> {
        if items.len() != before.len() {
            return None;
        }
        let keys = |items: &[Value]| match list_kind(self.kind, path) {
            ListKind::ByKey(keys) => unique_keys(items, keys),
            // Without keys an item is known by its place.
            ListKind::Set | ListKind::Sequence => Some((0..items.len()).map(|at| at.to_string()).collect()),
        };
        let (old, new) = (keys(before)?, keys(after)?);
        let kept: Vec<&String> = old.iter().filter(|key| new.contains(key)).collect();
        let merged: Vec<&String> = kept.iter().copied().chain(new.iter().filter(|key| !old.contains(key))).collect();
        if merged != new.iter().collect::<Vec<_>>() || kept.is_empty() {
            return None;
        }
        for (item, (key, old)) in items.iter().zip(old.iter().zip(before)) {
            match new.iter().position(|known| known == key) {
                None => self.replace(item.lines.clone(), String::new()),
                Some(at) => self.item(path, key, item, old, &after[at]),
            }
        }
        let added = new.iter().zip(after).filter(|(key, _)| !old.contains(key));
        let text: String = added.map(|(_, value)| emit::item(value, items[0].indent)).collect();
        if !text.is_empty() {
            let end = items.last()?.lines.end;
            self.replace(end..end, text);
        }
        Some(())
    }

    fn item(&mut self, path: &FieldPath, key: &str, item: &Item, old: &Value, new: &Value) {
        let known = self.changes.len();
        if self.value(&path.with(Segment::Item(key.to_owned())), &item.node, old, new).is_none() {
            self.changes.truncate(known);
            self.replace(item.head..item.lines.end, emit::item(new, item.indent));
        }
    }
}

/// The comment behind a scalar on its line, with the blanks in front of it.
fn trailing_comment(value: &str) -> &str {
    let comment = tokens(value).into_iter().find(|token| token.kind == Kind::Comment);
    comment.map_or("", |token| &value[value[..token.start].trim_end().len()..])
}
