//! Where a text pins the version of an action or an image.

use std::ops::Range;

use crate::file_set::RelativePath;
use crate::kube::dockerfile::Dockerfile;
use crate::kube::grammar::image_reference::ImageReference;
use crate::kube::yaml::scanner::{Kind, Token, tokens};

/// What sort of file pins it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum PinKind {
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
    pub(super) sort: PinKind,
    /// The action or the repository of the image.
    pub(super) name: String,
    pub(super) pin: Pin,
    /// The bytes behind the name.
    pub(super) place: Range<usize>,
}

impl Pin {
    /// As it is behind the name.
    pub(super) fn to_text(&self, sort: PinKind) -> String {
        match sort {
            PinKind::Action if self.version.is_empty() => format!("@{}", self.hash),
            PinKind::Action => format!("@{} # {}", self.hash, self.version),
            PinKind::Image | PinKind::Manifest => {
                let tag = if self.version.is_empty() { String::new() } else { format!(":{}", self.version) };
                let digest = if self.hash.is_empty() { String::new() } else { format!("@{}", self.hash) };
                tag + &digest
            }
        }
    }
}

/// Every pin in the text of the file at `path`, in order.
pub(super) fn scan(path: &RelativePath, text: &str) -> Vec<Found> {
    if path.is_dockerfile() {
        return dockerfile(text);
    }
    let sort = if path.is_manifest() { PinKind::Manifest } else { PinKind::Image };
    if sort == PinKind::Image && !path.is_workflow() {
        return Vec::new();
    }
    let tokens = tokens(text);
    let values =
        tokens.windows(2).enumerate().filter(|(_, pair)| pair[0].kind == Kind::Key && pair[0].line == pair[1].line);
    values
        .filter_map(|(number, pair)| match pair[0].text {
            "image" => image(pair[1].text, pair[1].start, sort),
            "uses" if sort == PinKind::Image => action(&pair[1], tokens.get(number + 2)),
            _ => None,
        })
        .collect()
}

/// The action that `uses` names, with the version in the comment behind it.
fn action(value: &Token<'_>, next: Option<&Token<'_>>) -> Option<Found> {
    let comment = next.filter(|next| next.kind == Kind::Comment && next.line == value.line);
    let (name, hash) = value.text.split_once('@')?;
    let version = comment.map_or("", |comment| comment.text.trim_start_matches('#').trim()).to_owned();
    let end = comment.unwrap_or(value).span().end;
    let pin = Pin { version, hash: hash.to_owned() };
    Some(Found { sort: PinKind::Action, name: name.to_owned(), pin, place: value.start + name.len()..end })
}

/// The frontend, and the images of `FROM`, `COPY --from` and `ADD --from`.
fn dockerfile(text: &str) -> Vec<Found> {
    let syntax = text.lines().next().and_then(|line| line.strip_prefix("# syntax=")).unwrap_or_default();
    let mut found: Vec<Found> = image(syntax.trim_end(), "# syntax=".len(), PinKind::Image).into_iter().collect();
    let starts: Vec<usize> = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
    for instruction in Dockerfile::new(text).instructions {
        let mut words = instruction.arguments.split_ascii_whitespace();
        let word = match instruction.keyword.as_str() {
            "FROM" => words.find(|word| !word.starts_with("--")),
            "COPY" | "ADD" => words.find_map(|word| word.strip_prefix("--from=")),
            _ => None,
        };
        let start = starts.get(instruction.line - 1).copied().unwrap_or_default();
        let place = word.and_then(|word| Some((word, start + text.get(start..)?.find(word)?)));
        found.extend(place.and_then(|(word, at)| image(word, at, PinKind::Image)));
    }
    found
}

/// The image called `word`, which begins at byte `at` of the text. A name without tag and digest pins nothing (it may be
/// a stage), and one with variables is not known.
fn image(word: &str, at: usize, sort: PinKind) -> Option<Found> {
    if word.contains(['$', '{']) {
        return None;
    }
    let parts = ImageReference::split(word);
    let (version, hash) = (parts.tag.unwrap_or_default(), parts.digest.unwrap_or_default());
    let name = parts.repository;
    if name.is_empty() || (version.is_empty() && hash.is_empty()) {
        return None;
    }
    let pin = Pin { version: version.to_owned(), hash: hash.to_owned() };
    Some(Found { sort, name: name.to_owned(), pin, place: at + name.len()..at + word.len() })
}
