//! The shape of a block YAML text by its lines: which lines a field takes, as one may change without the rest.
//!
//! Only the shape is read, by indentation; flow values, quoted texts over several lines and block scalars are taken as
//! they are. Whoever edits by this tree reads the result again with a YAML reader: what this reader misunderstands is
//! found there.

use std::ops::Range;

use super::scanner::{Kind, tokens};

/// What is at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    /// Fields, one below the other.
    Map(Vec<Entry>),
    /// Items behind dashes.
    List(Vec<Item>),
    /// Anything else.
    Opaque,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its key, unquoted.
    pub(crate) key: String,
    /// Blanks in front of the key; for the first field behind a dash, what the dash takes counts as blanks.
    pub(crate) indent: usize,
    /// The comment lines right above, and all lines of the field.
    pub(crate) lines: Range<usize>,
    /// The line of the key.
    pub(crate) head: usize,
    /// Where in that line the value starts (byte); the end of the line when it is below.
    pub(crate) value_at: usize,
    pub(crate) node: Node,
}

/// An item of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    /// Blanks in front of the dash.
    pub(crate) indent: usize,
    /// The comment lines right above, and all lines of the item.
    pub(crate) lines: Range<usize>,
    /// The line of the dash.
    pub(crate) head: usize,
    /// What is behind the dash.
    pub(crate) node: Node,
}

/// The lines of a text, without their line feeds, and what is known of each.
pub(crate) struct Lines<'a>(pub(crate) Vec<&'a str>);

impl<'a> Lines<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        Self(text.lines().collect())
    }

    /// The blanks in front of line `at`; none for empty lines and comments.
    fn indent(&self, at: usize) -> Option<usize> {
        let line = self.0.get(at)?;
        let bare = line.trim_start_matches(' ');
        (!bare.trim().is_empty() && !bare.starts_with('#')).then(|| line.len() - bare.len())
    }

    /// The next line from `at` on with content.
    fn content(&self, at: usize) -> usize {
        (at..self.0.len()).find(|&at| self.indent(at).is_some()).unwrap_or(self.0.len())
    }

    /// The first line from `at` on that is indented by no more than `indent`; before the comments above it.
    fn end(&self, at: usize, indent: usize) -> usize {
        let next = (at..self.0.len()).find(|&at| self.indent(at).is_some_and(|own| own <= indent));
        self.above(at, next.unwrap_or(self.0.len()))
    }

    /// Up from line `at` over comments and empty lines, not above `floor`.
    fn above(&self, floor: usize, at: usize) -> usize {
        (floor..at).rev().take_while(|&line| self.indent(line).is_none()).last().unwrap_or(at)
    }

    /// Up from line `at` over the comments right above it that are indented alike.
    fn comments(&self, floor: usize, at: usize, indent: usize) -> usize {
        let is_own = |line: &usize| {
            let text = self.0[*line];
            let bare = text.trim_start_matches(' ');
            bare.starts_with('#') && text.len() - bare.len() == indent
        };
        (floor..at).rev().take_while(is_own).last().unwrap_or(at)
    }
}

/// The tree of a document; none when its shape is not that of a block map or list.
pub(crate) fn parse(lines: &Lines<'_>) -> Option<Node> {
    let first = lines.content(0);
    let indent = lines.indent(first)?;
    let (node, end) = node(lines, first, indent, 0)?;
    (lines.content(end) == lines.0.len()).then_some(node)
}

/// The node whose content starts in line `at` at column `column`; comments may stand from line `floor` on.
fn node(lines: &Lines<'_>, at: usize, column: usize, floor: usize) -> Option<(Node, usize)> {
    let content = lines.0[at].get(column..)?;
    if content.starts_with("- ") || content.trim_end() == "-" {
        return list(lines, at, column, floor);
    }
    map(lines, at, column, floor)
}

fn list(lines: &Lines<'_>, first: usize, indent: usize, floor: usize) -> Option<(Node, usize)> {
    let (mut items, mut at, mut floor) = (Vec::new(), first, floor);
    loop {
        let line = lines.0[at];
        let behind = line.get(indent + 1..)?;
        let inner = indent + 1 + (behind.len() - behind.trim_start_matches(' ').len());
        let content = line.get(inner..).unwrap_or_default();
        let is_map = key(content).is_some();
        let is_list = content.starts_with("- ");
        let (node, end) =
            if is_map || is_list { node(lines, at, inner, at)? } else { (Node::Opaque, lines.end(at + 1, indent)) };
        items.push(Item { indent, lines: lines.comments(floor, at, indent)..end, head: at, node });
        floor = end;
        let next = lines.content(end);
        let goes_on = lines.indent(next) == Some(indent)
            && lines.0.get(next).and_then(|line| line.get(indent..)).is_some_and(|rest| rest.starts_with('-'));
        if !goes_on {
            return Some((Node::List(items), end));
        }
        at = next;
    }
}

fn map(lines: &Lines<'_>, first: usize, indent: usize, floor: usize) -> Option<(Node, usize)> {
    let (mut entries, mut at, mut floor) = (Vec::new(), first, floor);
    loop {
        let line = lines.0[at];
        let (name, length) = key(line.get(indent..)?)?;
        let behind = &line[indent + length..];
        let value_at = indent + length + (behind.len() - behind.trim_start_matches(' ').len());
        let value = &line[value_at..];
        let is_below = value.is_empty() || value.starts_with('#');
        let (node, end) =
            if is_below { below(lines, at, indent)? } else { (Node::Opaque, scalar_end(lines, at, indent, value)) };
        let value_at = if is_below { line.len() } else { value_at };
        entries.push(Entry {
            key: name,
            indent,
            lines: lines.comments(floor, at, indent)..end,
            head: at,
            value_at,
            node,
        });
        floor = end;
        let next = lines.content(end);
        match lines.indent(next) {
            Some(own) if own == indent && !lines.0[next][indent..].starts_with("- ") => at = next,
            Some(own) if own > indent => return None,
            _ => return Some((Node::Map(entries), end)),
        }
    }
}

/// The value of a field whose line holds nothing but the key.
fn below(lines: &Lines<'_>, at: usize, indent: usize) -> Option<(Node, usize)> {
    let next = lines.content(at + 1);
    match lines.indent(next) {
        Some(own) if own > indent => node(lines, next, own, at + 1),
        // Lists may be right below their key.
        Some(own) if own == indent && lines.0[next][own..].starts_with("- ") => node(lines, next, own, at + 1),
        _ => Some((Node::Opaque, at + 1)),
    }
}

/// The line after a value that starts behind its key.
fn scalar_end(lines: &Lines<'_>, at: usize, indent: usize, value: &str) -> usize {
    if !value.starts_with(['|', '>']) {
        return lines.end(at + 1, indent);
    }
    // In a block scalar comments are text: only the indentation ends it.
    let blanks = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let ends = |line: &&str| !line.trim().is_empty() && blanks(line) <= indent;
    let end = lines.0[at + 1..].iter().position(ends).map_or(lines.0.len(), |count| at + 1 + count);
    let empty = lines.0[at + 1..end].iter().rev().take_while(|line| line.trim().is_empty()).count();
    end - empty
}

/// The key at the start of `content` and how many bytes it takes with its colon.
fn key(content: &str) -> Option<(String, usize)> {
    let first = tokens(content).into_iter().next()?;
    let quotes = match first.kind {
        Kind::Key => 0,
        // A key with escapes is rare enough to leave its map alone.
        Kind::Quoted if !first.text.contains(['\\', '\'', '"']) => 1,
        _ => return None,
    };
    let after = content[first.span().end + quotes..].trim_start_matches(' ').strip_prefix(':')?;
    let is_key = first.start == quotes && (after.is_empty() || after.starts_with(' '));
    is_key.then(|| (first.text.to_owned(), content.len() - after.len()))
}
