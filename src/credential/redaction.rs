//! Texts without the credentials that are in them.

use std::ops::Range;

use super::{command_line, form, pair, url};

/// What replaces a credential.
const MASK: &str = "…";

/// A text without its credentials, and where its places have moved to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Redacted {
    /// The text as it may be shown.
    pub text: String,
    /// What was taken out, to be taken out of other texts too.
    pub(crate) hidden: Vec<String>,
    /// Ranges of the first text that were taken out.
    ranges: Vec<Range<usize>>,
}

impl Redacted {
    fn new(text: &str, ranges: Vec<Range<usize>>) -> Self {
        let mut shown = String::with_capacity(text.len());
        let mut hidden = Vec::new();
        let mut from = 0;
        for range in &ranges {
            shown += &text[from..range.start];
            shown += MASK;
            hidden.push(text[range.clone()].to_owned());
            from = range.end;
        }
        shown += &text[from..];
        Self { text: shown, hidden, ranges }
    }

    /// Where the bytes `span` of the first text are in the shown one.
    pub(crate) fn span(&self, span: &Range<usize>) -> Range<usize> {
        let start = self.offset(span.start, false);
        start..self.offset(span.end, true).max(start)
    }

    fn offset(&self, at: usize, is_end: bool) -> usize {
        let mut removed = 0;
        let mut added = 0;
        for range in &self.ranges {
            if at >= range.end {
                removed += range.len();
                added += MASK.len();
            } else if at > range.start {
                // Inside of what is hidden: its start, or its end.
                removed += at - range.start;
                added += if is_end { MASK.len() } else { 0 };
            }
        }
        at + added - removed
    }

    /// `text` without what was hidden here; short words are left, since they are in other words.
    pub(crate) fn without_hidden(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for value in self.hidden.iter().filter(|value| value.len() >= 4) {
            if text.contains(value.as_str()) {
                text = text.replace(value.as_str(), MASK);
            }
        }
        text
    }
}

/// `text` without what looks like a credential in it.
pub fn redact(text: &str) -> Redacted {
    Redacted::new(text, anywhere(text))
}

/// The text of an `app.toml` without credentials: in its sections of secrets only references are shown, since what is
/// there otherwise is the secret itself.
pub(crate) fn redact_app_toml(text: &str) -> Redacted {
    let mut found = anywhere(text);
    let mut is_secrets = false;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let shown = line.trim();
        if let Some(section) = shown.strip_prefix('[') {
            let section = section.trim_start_matches(['[', ' ']);
            is_secrets =
                ["secrets.env", "secrets.files", "secrets.sealed"].iter().any(|name| section.starts_with(name));
        } else if let (true, Some((_, value))) = (is_secrets || shown.starts_with("secrets."), line.split_once('=')) {
            let value_start = start + line.len() - value.len();
            let inner = value.trim().trim_matches(['"', '\'']);
            let at = value.find(inner).unwrap_or(0);
            // A comment may be behind the closing quotation mark, and a credential in it.
            let reference = inner.split(['"', '\'']).next().unwrap_or_default();
            let from = value_start + at;
            if is_written_reference(reference) {
                // The name of a Secret may have any form: it often is the name of a folder.
                found.retain(|range| range.end <= from || from + reference.len() <= range.start);
            } else if !inner.is_empty() && !super::is_reference_of_a_key(inner) {
                found.push(from..from + inner.len());
            }
        }
        start += line.len();
    }
    Redacted::new(text, merged(found))
}

/// `secret/KEY` with a key of words, which no credential has behind a slash.
fn is_written_reference(text: &str) -> bool {
    super::is_reference_of_a_key(text) && text.rsplit_once('/').is_some_and(|(_, key)| super::is_words(key))
}

/// Every range of `text` that looks like a credential, in order, apart from each other.
pub(super) fn anywhere(text: &str) -> Vec<Range<usize>> {
    let mut found = url::credentials(text);
    form::find(text, &mut found);
    pair::find(text, &mut found);
    command_line::find(text, &mut found);
    merged(found)
}

fn merged(mut found: Vec<Range<usize>>) -> Vec<Range<usize>> {
    found.retain(|range| !range.is_empty());
    found.sort_by_key(|range| (range.start, range.end));
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(found.len());
    for range in found {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}
