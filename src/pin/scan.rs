//! Where a text pins the version of an action or an image.

use std::ops::Range;

use crate::file_set::RelativePath;
use crate::review::is_dockerfile;

/// What sort of file pins it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sort {
    /// An action in a workflow.
    Action,
    /// An image in a Dockerfile or a workflow.
    Image,
    /// An image in a manifest.
    Manifest,
}

/// A pin: for an action its commit and the version behind it, for an image its tag and digest.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pin {
    /// The version or tag; may be empty.
    pub(super) version: String,
    /// The commit, or the digest with its algorithm; may be empty.
    pub(super) hash: String,
}

/// A pin and its place.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) sort: Sort,
    /// The action or the repository of the image.
    pub(super) name: String,
    pub(super) pin: Pin,
    /// The bytes behind the name.
    pub(super) place: Range<usize>,
}

impl Pin {
    /// As it stands behind the name.
    pub(super) fn to_text(&self, sort: Sort) -> String {
        match sort {
            Sort::Action if self.version.is_empty() => format!("@{}", self.hash),
            Sort::Action => format!("@{} # {}", self.hash, self.version),
            Sort::Image | Sort::Manifest => {
                let tag = if self.version.is_empty() { String::new() } else { format!(":{}", self.version) };
                let digest = if self.hash.is_empty() { String::new() } else { format!("@{}", self.hash) };
                tag + &digest
            }
        }
    }
}

/// Every pin in the text of the file at `path`, in order.
pub(super) fn scan(path: &RelativePath, text: &str) -> Vec<Found> {
    let path = path.as_str();
    let name = path.rsplit('/').next().unwrap_or_default();
    let is_yaml = matches!(name.rsplit_once('.'), Some((_, "yaml" | "yml")));
    let line_of: fn(&str, usize) -> Option<Found> = if is_dockerfile(path) {
        dockerfile_line
    } else if is_yaml && path.starts_with(".github/") {
        workflow_line
    } else if is_yaml && !path.starts_with('.') {
        manifest_line
    } else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        found.extend(line_of(line.trim_end(), start));
        start += line.len();
    }
    found
}

/// The value behind `key:` on a line, and where it starts.
fn yaml_value<'a>(line: &'a str, key: &str) -> Option<(&'a str, usize)> {
    let bare = line.trim_start().trim_start_matches("- ").trim_start();
    let value = bare.strip_prefix(key)?.strip_prefix(':')?.strip_prefix(' ')?.trim_start();
    Some((value, line.len() - value.len()))
}

fn workflow_line(line: &str, start: usize) -> Option<Found> {
    let Some((value, at)) = yaml_value(line, "uses") else {
        let (value, at) = yaml_value(line, "image")?;
        return image(value, start + at, Sort::Image);
    };
    let (name, rest) = value.split_once('@')?;
    let (hash, comment) = rest.split_once(" #").unwrap_or((rest, ""));
    let pin = Pin { version: comment.trim().to_owned(), hash: hash.trim().to_owned() };
    let from = start + at + name.len();
    Some(Found { sort: Sort::Action, name: name.to_owned(), pin, place: from..start + line.len() })
}

fn manifest_line(line: &str, start: usize) -> Option<Found> {
    let (value, at) = yaml_value(line, "image")?;
    image(value, start + at, Sort::Manifest)
}

fn dockerfile_line(line: &str, start: usize) -> Option<Found> {
    let upper = line.to_ascii_uppercase();
    let word = if upper.starts_with("FROM ") {
        line.split_whitespace().skip(1).find(|word| !word.starts_with("--"))?
    } else if upper.starts_with("COPY ") || upper.starts_with("ADD ") {
        line.split_whitespace().find_map(|word| word.strip_prefix("--from="))?
    } else {
        line.strip_prefix("# syntax=")?.split_whitespace().next()?
    };
    // The word is a part of the line, so its place in it is known.
    let at = word.as_ptr() as usize - line.as_ptr() as usize;
    image(word, start + at, Sort::Image)
}

/// The image at the start of `value`, which begins at byte `at` of the text. A name without tag and digest pins nothing
/// (it may be a stage), and one with variables is not known.
fn image(value: &str, at: usize, sort: Sort) -> Option<Found> {
    let quote = value.chars().next().filter(|first| matches!(first, '"' | '\''));
    let (value, at) = if quote.is_some() { (&value[1..], at + 1) } else { (value, at) };
    let word = value.split(|c: char| c.is_whitespace() || Some(c) == quote).next()?;
    if word.contains(['$', '{']) {
        return None;
    }
    let (tagged, hash) = word.split_once('@').unwrap_or((word, ""));
    let colon = tagged.rfind(':').filter(|colon| !tagged[*colon..].contains('/'));
    let (name, version) = colon.map_or((tagged, ""), |colon| (&tagged[..colon], &tagged[colon + 1..]));
    if name.is_empty() || (version.is_empty() && hash.is_empty()) {
        return None;
    }
    let pin = Pin { version: version.to_owned(), hash: hash.to_owned() };
    Some(Found { sort, name: name.to_owned(), pin, place: at + name.len()..at + word.len() })
}
