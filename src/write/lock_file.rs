//! `.pykube/lock.toml`: what pykube last wrote, by path.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use crate::diagnostic::{Diagnostic, Source};
use crate::file_set::RelativePath;
use crate::fingerprint::Fingerprint;

/// Where the lock file is, below the target directory.
pub const LOCK_PATH: &str = ".pykube/lock.toml";

/// The format that this pykube reads and writes; a file with a higher number comes from the future.
const VERSION: u64 = 1;

/// No generated file comes near this; it keeps a damaged lock file from filling the memory (bytes).
const LARGEST_BASE: usize = 16 << 20;

const HEAD: &str = "\
# What pykube last wrote, by path: tells hand edits and leftovers from its own files.
# Commit it; after a merge conflict in here take either side and run `pykube render`.
";

/// The files below `root` that pykube wrote; none when the lock file is missing or cannot be read.
pub(crate) fn written_paths(root: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(root.join(LOCK_PATH)).unwrap_or_default();
    let lock = LockFile::parse(&text, LOCK_PATH).unwrap_or_default();
    lock.iter().map(|(path, _)| path.as_str().to_owned()).collect()
}

/// What pykube remembers of the files it wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LockFile(BTreeMap<RelativePath, Entry>);

/// What pykube remembers of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The bytes that were written.
    pub(crate) written: Fingerprint,
    /// The text as it was rendered, before bumped versions were read back into it; deflated, in base 64.
    pub(crate) base: String,
    /// The environments whose render asks for the file; the one without a name is the empty string.
    pub(crate) environments: BTreeSet<String>,
    /// Whether `written` holds a hand edit beside the rendered text, taken in by `render --merge`.
    pub(crate) merged: bool,
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(rename = "version")]
    _version: u64,
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
    environments: Option<BTreeSet<String>>,
    #[serde(default)]
    merged: bool,
}

/// Read first and alone: the rest of a file from the future may look different.
#[derive(Deserialize)]
struct VersionOnly {
    version: u64,
}

impl LockFile {
    /// Reads the text of a lock file; `shown` is its path as the user would type it.
    ///
    /// # Errors
    /// Says what is wrong with it and how to get out of it; nothing is guessed from a file that is half readable.
    pub fn parse(text: &str, shown: &str) -> Result<Self, Box<Diagnostic>> {
        let source = Arc::new(Source { path: shown.to_owned(), text: text.to_owned() });
        if let Some(span) = conflict_marker(text) {
            return Err(Box::new(
                Diagnostic::error("the lock file holds the markers of a merge conflict")
                    .at(&source, span, "")
                    .help("take either side of it, then run `pykube render`: it compares with the files themselves"),
            ));
        }
        let fault = |error: &toml::de::Error| {
            let mut diagnostic = Diagnostic::error(format!("the lock file cannot be read: {}", error.message()));
            if let Some(span) = error.span() {
                diagnostic = diagnostic.at(&source, span, "");
            }
            Box::new(diagnostic.help("restore it from version control; without it pykube takes every file for yours"))
        };
        let VersionOnly { version } = toml::from_str(text).map_err(|error| fault(&error))?;
        if version != VERSION {
            return Err(Box::new(
                Diagnostic::error(format!(
                    "the lock file has format {version}; this pykube reads and writes format {VERSION}"
                ))
                .at(&source, 0..0, "")
                .help("a newer pykube wrote it: use that version or a later one"),
            ));
        }
        let document: Document = toml::from_str(text).map_err(|error| fault(&error))?;
        let mut entries = BTreeMap::new();
        for (path, table) in document.files {
            let (path, entry) = table.check(path).map_err(|message| {
                Box::new(
                    Diagnostic::error(message)
                        .at(&source, 0..0, "")
                        .help("restore the lock file from version control; nothing was read through it"),
                )
            })?;
            entries.insert(path, entry);
        }
        Ok(Self(entries))
    }

    /// The text of the file: sorted by path, the same for the same entries.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("{HEAD}version = {VERSION}\n");
        for (path, entry) in &self.0 {
            let key = toml::Value::String(path.as_str().to_owned());
            // Writing into a String cannot fail.
            let _ = write!(text, "\n[files.{key}]\nsha256 = \"{}\"\n", entry.written.as_str());
            if !entry.base.is_empty() {
                let _ = writeln!(text, "base = \"{}\"", entry.base);
            }
            if entry.merged {
                text.push_str("merged = true\n");
            }
            if entry.environments.iter().any(|name| !name.is_empty()) {
                let names = entry.environments.iter().map(|name| toml::Value::String(name.clone()));
                let _ = writeln!(text, "environments = {}", toml::Value::Array(names.collect()));
            }
        }
        text
    }

    /// What is known of the file at `path`.
    pub(crate) fn get(&self, path: &RelativePath) -> Option<&Entry> {
        self.0.get(path)
    }

    /// Remembers a file.
    pub(crate) fn insert(&mut self, path: RelativePath, entry: Entry) {
        self.0.insert(path, entry);
    }

    /// Forgets a file.
    pub(crate) fn remove(&mut self, path: &RelativePath) {
        self.0.remove(path);
    }

    /// Every file that is remembered, sorted by path.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&RelativePath, &Entry)> {
        self.0.iter()
    }
}

impl FileTable {
    /// The checked path and entry, or what is wrong with them in one line.
    fn check(self, path: String) -> Result<(RelativePath, Entry), String> {
        let shown = path.clone();
        let path = RelativePath::new(path).map_err(|why| format!("the lock file names `{shown}`, which {why}"))?;
        let written = Fingerprint::from_hex(&self.sha256)
            .ok_or_else(|| format!("the lock file has no SHA-256 for `{path}` but `{}`", self.sha256))?;
        let environments = self.environments.unwrap_or_else(|| BTreeSet::from([String::new()]));
        Ok((path, Entry { written, base: self.base, environments, merged: self.merged }))
    }
}

impl Entry {
    /// The entry of a file that is written as `written` and was rendered as `base` for `environment`.
    pub(crate) fn new(written: &str, base: &str, environments: BTreeSet<String>) -> Self {
        let written = Fingerprint::of(written);
        let mut entry = Self { written, base: String::new(), environments, merged: false };
        entry.set_base(base);
        entry
    }

    /// The text as it was last rendered; none when the lock file does not hold it or holds something else.
    pub(crate) fn base_text(&self) -> Option<String> {
        let packed = STANDARD.decode(&self.base).ok().filter(|packed| !packed.is_empty())?;
        let bytes = miniz_oxide::inflate::decompress_to_vec_with_limit(&packed, LARGEST_BASE).ok()?;
        String::from_utf8(bytes).ok()
    }

    /// Remembers `text` as the last rendered one. What is already packed stays as it is, so that another version of
    /// the packer alone does not change the lock file.
    pub(crate) fn set_base(&mut self, text: &str) {
        if self.base_text().as_deref() != Some(text) {
            self.base = STANDARD.encode(miniz_oxide::deflate::compress_to_vec(text.as_bytes(), 9));
        }
    }
}

/// Whether `git merge` left a conflict in the text.
#[must_use]
pub fn has_conflict_marker(text: &str) -> bool {
    conflict_marker(text).is_some()
}

/// Where the first line is that `git merge` left in a conflict.
pub(crate) fn conflict_marker(text: &str) -> Option<std::ops::Range<usize>> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end();
        if ["<<<<<<< ", ">>>>>>> "].iter().any(|mark| bare.starts_with(mark)) {
            return Some(start..start + bare.len());
        }
        start += line.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> RelativePath {
        RelativePath::new(text).unwrap()
    }

    #[test]
    fn what_is_written_is_read_back() {
        let mut lock = LockFile::default();
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<BTreeSet<_>>();
        lock.insert(path("Dockerfile"), Entry::new("FROM a\n", "FROM a\n", names(&["", "staging"])));
        let merged = Entry { merged: true, ..Entry::new("a: 2\n", "a: 1\n", names(&[""])) };
        lock.insert(path("k8s/a b\".yaml"), merged);
        let text = lock.to_text();
        let read = LockFile::parse(&text, LOCK_PATH).unwrap();
        assert_eq!(read, lock, "{text}");
        assert_eq!(read.get(&path("k8s/a b\".yaml")).unwrap().base_text().unwrap(), "a: 1\n");
        assert_eq!(read.to_text(), text);
    }

    #[test]
    fn a_file_that_cannot_be_trusted_is_refused_and_says_why() {
        let sha = "0".repeat(64);
        for (text, said) in [
            ("version = 7\nshape = \"unknown\"\n".to_owned(), "the lock file has format 7"),
            ("<<<<<<< HEAD\nversion = 1\n".to_owned(), "markers of a merge conflict"),
            ("version = \n".to_owned(), "cannot be read"),
            ("files = {}\n".to_owned(), "missing field `version`"),
            (format!("version = 1\n[files.\"../x\"]\nsha256 = \"{sha}\"\n"), "`../x`, which leaves the directory"),
            ("version = 1\n[files.x]\nsha256 = \"no\"\n".to_owned(), "no SHA-256 for `x`"),
            (format!("version = 1\n[files.x]\nsha256 = \"{sha}\"\nmtime = 3\n"), "unknown field `mtime`"),
        ] {
            let shown = LockFile::parse(&text, LOCK_PATH).unwrap_err().render(false);
            assert!(shown.contains(said), "{text}\n{shown}");
            assert!(shown.contains("help: "), "{shown}");
        }
    }

    #[test]
    fn a_damaged_base_is_no_base() {
        let mut entry = Entry::new("x", "x", BTreeSet::new());
        entry.base = "!".into();
        assert_eq!(entry.base_text(), None);
        entry.base = STANDARD.encode([0xff; 9]);
        assert_eq!(entry.base_text(), None);
    }
}
