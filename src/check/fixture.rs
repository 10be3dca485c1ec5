//! The sample tree that rules are tried on: good as it stands, and made bad by one edit at a time.

use std::collections::BTreeMap;

use include_dir::{Dir, include_dir};

use super::rule::RULES;
use super::tree::Tree;
use super::{Finding, Level, check};
use crate::file_set::{FileSet, RelativePath};

static GOOD: Dir = include_dir!("$CARGO_MANIFEST_DIR/src/check/sample");

/// A tree under test.
#[derive(Clone)]
pub(super) struct Sample {
    files: BTreeMap<String, String>,
}

impl Sample {
    /// The tree below `src/check/sample`: no rule has anything to say about it.
    pub(super) fn good() -> Self {
        let mut files = BTreeMap::new();
        let mut folders = vec![&GOOD];
        while let Some(folder) = folders.pop() {
            folders.extend(folder.dirs());
            for file in folder.files() {
                let path = file
                    .path()
                    .components()
                    .map(|part| part.as_os_str().to_str().unwrap())
                    .collect::<Vec<_>>()
                    .join("/");
                // A checkout on Windows may have changed the line ends.
                files.insert(path, file.contents_utf8().unwrap().replace("\r\n", "\n"));
            }
        }
        Self { files }
    }

    /// The tree with the first `old` in the file at `path` replaced by `new`.
    pub(super) fn edit(mut self, path: &str, old: &str, new: &str) -> Self {
        let text = self.files.get_mut(path).unwrap_or_else(|| panic!("no `{path}`"));
        assert!(text.contains(old), "`{path}` does not hold `{old}`");
        *text = text.replacen(old, new, 1);
        self
    }

    /// The tree with a file more, or another text in one.
    pub(super) fn put(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path.to_owned(), text.to_owned());
        self
    }

    /// The tree without the file at `path`.
    pub(super) fn without(mut self, path: &str) -> Self {
        assert!(self.files.remove(path).is_some(), "no `{path}`");
        self
    }

    /// The tree with `text` put into one of its files, at a place counted round and round.
    pub(super) fn damage(mut self, file: usize, line: usize, column: usize, text: &str) -> Self {
        let place = file % self.files.len();
        if let Some(damaged) = self.files.values_mut().nth(place) {
            let mut lines: Vec<String> = damaged.lines().map(str::to_owned).collect();
            let place = line % lines.len();
            let at = lines[place].char_indices().map(|(at, _)| at).nth(column).unwrap_or(lines[place].len());
            lines[place].insert_str(at, text);
            *damaged = lines.join("\n") + "\n";
        }
        self
    }

    /// What all rules say.
    pub(super) fn findings(&self) -> Vec<Finding> {
        check(&self.file_set())
    }

    /// What one rule says, and the reader of YAML.
    fn findings_of(&self, name: &str) -> Vec<Finding> {
        let rule = RULES.iter().find(|rule| rule.name == name).unwrap_or_else(|| panic!("no rule `{name}`"));
        let files = self.file_set();
        let mut findings = Vec::new();
        rule.run(&Tree::new(&files, &mut findings), &mut findings);
        findings
    }

    fn file_set(&self) -> FileSet {
        let mut files = FileSet::new();
        for (path, text) in &self.files {
            files.add(RelativePath::new(path.clone()).unwrap(), text.clone()).unwrap();
        }
        files
    }

    /// Fails unless `rule` finds, at that level, something whose message holds `message`.
    #[track_caller]
    pub(super) fn assert_finds(&self, rule: &str, level: Level, message: &str) {
        let findings = self.findings_of(rule);
        let hit = findings
            .iter()
            .any(|finding| finding.rule == rule && finding.level == level && finding.message.contains(message));
        assert!(hit, "{rule} did not say {message:?} ({level:?}): {findings:#?}");
    }

    /// Fails when `rule` finds anything, or the tree cannot be read.
    #[track_caller]
    pub(super) fn assert_silent(&self, rule: &str) {
        let findings = self.findings_of(rule);
        assert!(findings.is_empty(), "{findings:#?}");
    }
}
