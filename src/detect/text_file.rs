//! A text file of the repository, whose lines are counted at most once.

use std::ops::Deref;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::evidence::Evidence;
use crate::credential::redact;

/// Characters of a line that are shown as evidence.
const SHOWN: usize = 120;
/// Words of one file whose line is looked for. Behind a longer list an entry is believed without its line: a search reads
/// the whole file.
const MAX_SEARCHES: usize = 1_000;

/// The text of a file, with where it is.
#[derive(Debug)]
pub(crate) struct TextFile {
    /// Path below the root.
    path: String,
    text: String,
    /// Where each line starts, once it was asked for.
    starts: OnceLock<Vec<usize>>,
    searches: AtomicUsize,
}

impl Deref for TextFile {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl TextFile {
    pub(crate) fn new(path: String, text: String) -> Self {
        Self { path, text, starts: OnceLock::new(), searches: AtomicUsize::new(0) }
    }

    /// Path below the root.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The line `number`, from 1; empty where there is none.
    pub(crate) fn line(&self, number: u32) -> &str {
        let start = (number as usize).checked_sub(1).and_then(|at| self.starts().get(at));
        start.and_then(|start| self.text[*start..].lines().next()).unwrap_or_default()
    }

    /// A line, from 1, as evidence; line 0 is the file as such.
    pub(crate) fn evidence(&self, line: u32) -> Evidence {
        let shown: String = self.line(line).trim().chars().take(SHOWN).collect();
        // A line of code may hold somebody's password.
        Evidence { file: self.path.clone(), line, text: redact(&shown).text }
    }

    /// The first line that holds `word`, from 1; 0 when none does.
    pub(crate) fn line_of(&self, word: &str) -> u32 {
        if word.contains('\n') || !self.may_search() {
            return 0;
        }
        self.text.find(word).map_or(0, |at| self.line_at(at))
    }

    /// The first line that begins with `word`, blanks and a quote aside, from 1; 0 when none does.
    pub(crate) fn line_beginning(&self, word: &str) -> u32 {
        if word.is_empty() || word.contains('\n') || !self.may_search() {
            return 0;
        }
        let begins = |at: &usize| {
            let before = self.text[..*at].rsplit('\n').next().unwrap_or_default();
            before.trim_start().trim_start_matches('"').is_empty()
        };
        let found = self.text.match_indices(word).map(|(at, _)| at).find(begins);
        found.map_or(0, |at| self.line_at(at))
    }

    /// The line that the byte at `at` is on.
    fn line_at(&self, at: usize) -> u32 {
        u32::try_from(self.starts().partition_point(|start| *start <= at)).unwrap_or_default()
    }

    fn may_search(&self) -> bool {
        self.searches.fetch_add(1, Ordering::Relaxed) < MAX_SEARCHES
    }

    /// The first line that holds `word` as evidence.
    pub(crate) fn evidence_of(&self, word: &str) -> Evidence {
        self.evidence(self.line_of(word))
    }

    fn starts(&self) -> &[usize] {
        self.starts.get_or_init(|| {
            let breaks = self.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
            std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_by_number_and_by_word() {
        let file = TextFile::new("a.txt".to_owned(), "one\r\n  two \n\nfour".to_owned());
        let text = |line| file.evidence(line).text;
        assert_eq!([text(0), text(1), text(2), text(3), text(4), text(5)], ["", "one", "two", "", "four", ""]);
        assert_eq!([file.line_of("wo"), file.line_of("four"), file.line_of("five")], [2, 4, 0]);
        assert_eq!([file.line_beginning("wo"), file.line_beginning("two"), file.line_beginning("")], [0, 2, 0]);
    }
}
