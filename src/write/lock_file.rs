//! `.pykube/lock.toml`: what pykube last wrote, by path.
//!
//! Anybody can commit one, so it is read as data: paths that pykube can never write are refused, texts are unpacked
//! only where they matter and within a limit, and an entry alone never removes a file (see [`super::leftover`]).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use miniz_oxide::inflate::decompress_to_vec_with_limit;
use serde::Deserialize;
use toml::de::DeTable;

use super::release::Release;
use crate::conflict;
use crate::diagnostic::{Diagnostic, Source};
use crate::file_set::RelativePath;
use crate::fingerprint::Fingerprint;
use crate::tree_reader;

/// Where the lock file is, below the target directory.
pub const LOCK_PATH: &str = ".pykube/lock.toml";

/// The format that this pykube reads and writes; a file with a higher number comes from the future.
const VERSION: i64 = 1;

/// Largest lock file that is read, in bytes: a rendered file takes a few kilobytes of it.
const LARGEST: u64 = 16 << 20;

const HEAD: &str = "\
# What pykube last wrote, by path: tells hand edits and leftovers from its own files.
# Commit it. After a merge conflict leave it as it is, resolve app.toml and run `pykube render`.
";

/// The files below `root` that pykube wrote; none when the lock file is missing or cannot be read.
pub(crate) fn written_paths(root: &Path) -> BTreeSet<String> {
    let text = tree_reader::read_text(root, LOCK_PATH, LARGEST).unwrap_or_default();
    let lock = LockFile::parse(&text, LOCK_PATH).unwrap_or_default();
    lock.entries.into_keys().map(|path| path.to_string()).collect()
}

/// What pykube remembers of the files it wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LockFile {
    entries: BTreeMap<RelativePath, Entry>,
    /// The entries of the other side, when the text holds a merge conflict.
    other_side: BTreeMap<RelativePath, Entry>,
    /// The pykube that wrote it, as far as it says so.
    pub(super) pykube: Option<Release>,
}

/// What pykube remembers of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The bytes that were written.
    pub(crate) written: Fingerprint,
    /// The text as it was rendered, before bumped versions were read back into it; deflated.
    packed_base: Vec<u8>,
    /// Who asks for the file: `pykube render` is the empty string, a module of `pykube add` is `add MODULE`.
    pub(crate) owner: String,
    /// Whether `written` holds a hand edit beside the rendered text, taken in by `render --merge`.
    pub(crate) merged: bool,
}

/// How many bytes of remembered texts are unpacked in one run. A tree has some hundred thousand; 2 MB of a hostile
/// lock file can hold gigabytes.
#[derive(Debug)]
pub(crate) struct UnpackBudget(usize);

impl Default for UnpackBudget {
    fn default() -> Self {
        Self(32 << 20)
    }
}

/// The file as it is written, its version aside.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    pykube: Option<String>,
    #[serde(default)]
    files: BTreeMap<String, FileTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileTable {
    sha256: String,
    #[serde(default)]
    base: String,
    #[serde(default)]
    owner: String,
    /// What stood for `owner` in the first lock files; `add` alone put a name in.
    #[serde(default)]
    environments: BTreeSet<String>,
    #[serde(default)]
    merged: bool,
}

impl LockFile {
    /// Reads the text of a lock file; `shown` is its path as the user would type it.
    ///
    /// # Errors
    /// Says what is wrong with it and how to get out of it; nothing is guessed from a file that is half readable.
    pub fn parse(text: &str, shown: &str) -> Result<Self, Box<Diagnostic>> {
        let source = Arc::new(Source { path: shown.to_owned(), text: text.to_owned() });
        let at = |message: String, span: Option<Range<usize>>, help: &str| {
            let diagnostic = Diagnostic::error(message);
            let diagnostic = span.into_iter().fold(diagnostic, |diagnostic, span| diagnostic.at(&source, span, ""));
            Box::new(diagnostic.help(help))
        };
        if let Some(span) = conflict::marker(text) {
            let [ours, theirs] = conflict::sides(text);
            if let (Ok(ours), Ok(theirs)) = (Self::parse(&ours, shown), Self::parse(&theirs, shown)) {
                return Ok(ours.beside(theirs));
            }
            let help = "take either side of it, then run `pykube render`: it compares with the files themselves";
            let message = "the lock file holds a merge conflict, and one of its sides cannot be read";
            return Err(at(message.to_owned(), Some(span), help));
        }
        let unreadable = |why: &str, span: Option<Range<usize>>| {
            let help = "restore it from version control; without it pykube treats every file as yours";
            at(format!("the lock file cannot be read: {why}"), span, help)
        };
        let mut table = DeTable::parse(text).map_err(|error| unreadable(error.message(), error.span()))?;
        // First and alone: the rest of a file from the future may look different.
        let Some(version) = table.get_mut().remove("version") else {
            return Err(unreadable("missing field `version`", Some(0..0)));
        };
        let number = version.get_ref().as_integer().and_then(|number| number.as_str().parse::<i64>().ok());
        if number != Some(VERSION) {
            let format = number.map_or("of another kind".to_owned(), |number| number.to_string());
            return Err(at(
                format!("the lock file has format {format}; this pykube reads and writes format {VERSION}"),
                Some(0..0),
                "a newer pykube wrote it: use that version or a later one",
            ));
        }
        let document = Document::deserialize(toml::Deserializer::from(table))
            .map_err(|error| unreadable(error.message(), error.span()))?;
        let entries = document.files.into_iter().map(|(path, table)| table.check(&path)).collect::<Result<_, _>>();
        let help = "restore the lock file from version control; nothing was read through it";
        let entries = entries.map_err(|message| at(message, Some(0..0), help))?;
        let pykube = document.pykube.as_deref().map(str::parse).transpose();
        let pykube = pykube.map_err(|()| unreadable("`pykube` is not a version", Some(0..0)))?;
        Ok(Self { entries, pykube, ..Self::default() })
    }

    /// The two sides of a merge in one: what both know of a file, and of the files that only one knows.
    fn beside(mut self, theirs: Self) -> Self {
        for (path, entry) in &theirs.entries {
            self.entries.entry(path.clone()).or_insert_with(|| entry.clone());
        }
        Self { pykube: self.pykube.max(theirs.pykube), other_side: theirs.entries, ..self }
    }

    /// Whether the text holds a merge conflict.
    pub(crate) fn is_in_conflict(&self) -> bool {
        !self.other_side.is_empty()
    }

    /// What the other side of a merge knows of the file at `path`, where that is something else.
    pub(crate) fn other_side(&self, path: &RelativePath) -> Option<&Entry> {
        self.other_side.get(path).filter(|other| self.entries.get(path) != Some(other))
    }

    /// The text of the file: sorted by path, the same for the same entries.
    pub fn to_text(&self) -> String {
        let quoted = |text: &str| toml::Value::String(text.to_owned());
        let mut text = format!("{HEAD}version = {VERSION}\npykube = \"{}\"\n", Release::THIS);
        for (path, entry) in &self.entries {
            // Writing into a String cannot fail.
            let _ = write!(text, "\n[files.{}]\nsha256 = \"{}\"\n", quoted(path.as_str()), entry.written.as_str());
            if !entry.packed_base.is_empty() {
                let _ = writeln!(text, "base = \"{}\"", STANDARD.encode(&entry.packed_base));
            }
            if entry.merged {
                text.push_str("merged = true\n");
            }
            if !entry.owner.is_empty() {
                let _ = writeln!(text, "owner = {}", quoted(&entry.owner));
            }
        }
        text
    }

    /// What is known of the file at `path`.
    pub(crate) fn get(&self, path: &RelativePath) -> Option<&Entry> {
        self.entries.get(path)
    }

    /// Remembers a file.
    pub(crate) fn insert(&mut self, path: RelativePath, entry: Entry) {
        self.entries.insert(path, entry);
    }

    /// Forgets a file.
    pub(crate) fn remove(&mut self, path: &RelativePath) {
        self.entries.remove(path);
    }

    /// The files that `owner` asked for the last time, sorted by path.
    pub(crate) fn of_owner<'a>(&'a self, owner: &'a str) -> impl Iterator<Item = &'a RelativePath> {
        self.entries.iter().filter(move |(_, entry)| entry.owner == owner).map(|(path, _)| path)
    }

    /// Whether nothing is remembered.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl FileTable {
    /// The checked path and entry, or what is wrong with them in one line.
    fn check(self, shown: &str) -> Result<(RelativePath, Entry), String> {
        let path = RelativePath::new(shown).map_err(|why| format!("the lock file names `{shown}`, which {why}"))?;
        if path.is_reserved() {
            return Err(format!("the lock file names `{path}`, where pykube never writes"));
        }
        let written = Fingerprint::from_hex(&self.sha256)
            .ok_or_else(|| format!("the lock file has no SHA-256 for `{path}` but `{}`", self.sha256))?;
        let packed_base = STANDARD
            .decode(&self.base)
            .map_err(|_| format!("the `base` of `{path}` in the lock file is not Base64"))?;
        let named = self.environments.into_iter().find(|name| !name.is_empty());
        let owner = if self.owner.is_empty() { named.unwrap_or_default() } else { self.owner };
        Ok((path, Entry { written, packed_base, owner, merged: self.merged }))
    }
}

impl Entry {
    /// The entry of a file that is written as `written` and was rendered as `base` for `owner`.
    pub(crate) fn new(written: &str, base: &str, owner: &str) -> Self {
        let written = Fingerprint::of(written);
        let mut entry = Self { written, packed_base: Vec::new(), owner: owner.to_owned(), merged: false };
        entry.set_base(base);
        entry
    }

    /// The text as it was last rendered; none when the lock file does not hold it, holds something else, or more than
    /// what is left of `budget`.
    pub(crate) fn base_text(&self, budget: &mut UnpackBudget) -> Option<String> {
        if self.packed_base.is_empty() {
            return None;
        }
        let (bytes, is_whole) = match decompress_to_vec_with_limit(&self.packed_base, budget.0) {
            Ok(bytes) => (bytes, true),
            Err(error) => (error.output, false),
        };
        budget.0 = budget.0.saturating_sub(bytes.len());
        String::from_utf8(bytes).ok().filter(|_| is_whole)
    }

    /// Remembers `text` as the last rendered one. What is already packed stays as it is, so another version of the
    /// packer alone does not change the lock file.
    pub(crate) fn set_base(&mut self, text: &str) {
        let known = decompress_to_vec_with_limit(&self.packed_base, text.len());
        if known.as_deref().ok() != Some(text.as_bytes()) {
            self.packed_base = miniz_oxide::deflate::compress_to_vec(text.as_bytes(), 9);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> RelativePath {
        RelativePath::new(text).unwrap()
    }

    fn base(entry: &Entry) -> Option<String> {
        entry.base_text(&mut UnpackBudget::default())
    }

    #[test]
    fn the_files_that_pykube_wrote_are_those_of_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(written_paths(folder.path()), BTreeSet::new());
        let mut lock = LockFile::default();
        lock.insert(path("k8s/service.yaml"), Entry::new("a: 1\n", "a: 1\n", ""));
        let place = folder.path().join(LOCK_PATH);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(place, lock.to_text()).unwrap();
        assert_eq!(written_paths(folder.path()), BTreeSet::from(["k8s/service.yaml".to_owned()]));
    }

    #[test]
    fn what_is_written_is_read_back() {
        let mut lock = LockFile::default();
        lock.insert(path("Dockerfile"), Entry::new("FROM a\n", "FROM a\n", ""));
        lock.insert(path("shop/health.py"), Entry::new("x\n", "x\n", "add \"health\"\n[x]"));
        let merged = Entry { merged: true, ..Entry::new("a: 2\n", "a: 1\n", "") };
        lock.insert(path("k8s/a b\".yaml"), merged);
        let text = lock.to_text();
        let read = LockFile::parse(&text, LOCK_PATH).unwrap();
        assert_eq!(read.entries, lock.entries, "{text}");
        assert_eq!(read.pykube.as_ref().unwrap().to_string(), Release::THIS);
        assert_eq!(base(read.get(&path("k8s/a b\".yaml")).unwrap()).unwrap(), "a: 1\n");
        assert_eq!(read.to_text(), text);
    }

    #[test]
    fn the_names_of_the_first_format_are_owners() {
        let sha = "0".repeat(64);
        let file = |names: &str| {
            let text = format!("version = 1\n[files.x]\nsha256 = \"{sha}\"\n{names}");
            LockFile::parse(&text, LOCK_PATH).unwrap().get(&path("x")).unwrap().owner.clone()
        };
        assert_eq!(file(""), "");
        assert_eq!(file("environments = [\"\"]\n"), "");
        assert_eq!(file("environments = [\"add health\"]\n"), "add health");
    }

    #[test]
    fn a_file_that_cannot_be_trusted_is_refused_and_says_why() {
        let sha = "0".repeat(64);
        let file = |path: &str, rest: &str| format!("version = 1\n[files.\"{path}\"]\nsha256 = \"{sha}\"\n{rest}");
        for (text, said) in [
            ("version = 7\nshape = \"unknown\"\n".to_owned(), "the lock file has format 7"),
            ("version = \"x\"\n".to_owned(), "the lock file has format of another kind"),
            ("<<<<<<< HEAD\nversion = 1\n=======\nversion = 7\n>>>>>>> x\n".to_owned(), "holds a merge conflict"),
            ("version = 1\npykube = \"x\"\n".to_owned(), "`pykube` is not a version"),
            ("version = \n".to_owned(), "cannot be read"),
            ("files = {}\n".to_owned(), "missing field `version`"),
            (file("../x", ""), "`../x`, which leaves the directory"),
            (file(".git/HEAD", ""), "`.git/HEAD`, where pykube never writes"),
            (file("a/.GIT/hooks/pre-commit", ""), "where pykube never writes"),
            (file(".pykube/lock.toml", ""), "where pykube never writes"),
            ("version = 1\n[files.x]\nsha256 = \"no\"\n".to_owned(), "no SHA-256 for `x`"),
            (file("x", "mtime = 3\n"), "unknown field `mtime`"),
            (file("x", "base = 'x\"'\n"), "the `base` of `x` in the lock file is not Base64"),
        ] {
            let shown = LockFile::parse(&text, LOCK_PATH).unwrap_err().render(false);
            assert!(shown.contains(said), "{text}\n{shown}");
            assert!(shown.contains("help: "), "{shown}");
        }
    }

    #[test]
    fn a_base_that_cannot_be_unpacked_is_not_used() {
        let mut entry = Entry::new("x", "x", "");
        entry.packed_base = vec![0xff; 9];
        assert_eq!(base(&entry), None);
    }

    #[test]
    fn many_small_entries_do_not_fill_the_memory() {
        let bomb = Entry::new("x", &"x".repeat(10 << 20), "");
        let mut budget = UnpackBudget::default();
        let unpacked = (0..100).filter(|_| bomb.base_text(&mut budget).is_some()).count();
        assert_eq!(unpacked, 3);
    }
}
