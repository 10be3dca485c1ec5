//! What proves each sentence with "no", "not" or "none" that `pykube init` can print: a repository of which it is said and one
//! of which it is not, in `init_sentences/sentences.toml`. A sentence that comes without a row fails here.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod harness;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use harness::project::Project;
use serde::Deserialize;

/// Paths with their content, or alone for a file that is taken away.
type Files = Vec<Vec<String>>;

#[derive(Deserialize)]
struct Table {
    base: Files,
    sentence: Vec<Sentence>,
}

#[derive(Deserialize)]
struct Sentence {
    /// As it stands in the source.
    text: String,
    /// What of it is looked for, where the longest part between braces does not tell it from others.
    says: Option<String>,
    files: Option<Files>,
    #[serde(default)]
    otherwise: Files,
    /// The file, or the folder with `expected.json`, of a test that shows it.
    test: Option<String>,
    /// Why it is none of a sentence that `init` prints.
    word: Option<String>,
    /// What a repository that proves it would have to be.
    open: Option<String>,
}

impl Sentence {
    fn shown(&self) -> String {
        let longest = || self.text.split(['{', '}']).step_by(2).max_by_key(|part| part.len());
        self.says.clone().or_else(|| longest().map(str::to_owned)).unwrap_or_default().replace("\\n", "\n")
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn table() -> Table {
    toml::from_str(&fs::read_to_string(root().join("tests/init_sentences/sentences.toml")).unwrap()).unwrap()
}

/// The sources of what `init` prints; what `check` alone prints is proven by `check_first_deployment.rs`.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("pitfalls") {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The texts of a Rust source ahead of its tests.
fn literals(source: &str) -> Vec<String> {
    let source = source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let (mut found, mut rest) = (Vec::new(), source);
    while let Some(at) = rest.find(['"', '/', '\'']) {
        let tail = &rest[at..];
        if tail.starts_with("//") {
            rest = tail.split_once('\n').map_or("", |(_, after)| after);
        } else if let Some(body) = tail.strip_prefix('"') {
            let mut escaped = false;
            let end = body.find(|c| {
                let is_end = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                is_end
            });
            let end = end.unwrap();
            let lines: Vec<&str> = body[..end]
                .split("\\\n")
                .enumerate()
                .map(|(number, line)| if number == 0 { line } else { line.trim_start() })
                .collect();
            found.push(lines.concat());
            rest = &body[end + 1..];
        } else {
            let is_quote = tail.starts_with("'\"'") || tail.starts_with("'\\\"'") || tail.starts_with("'/'");
            rest = &tail[if is_quote { 3 } else { 1 }..];
        }
    }
    found
}

fn says_no(text: &str) -> bool {
    let lower = text.to_lowercase();
    lower.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| matches!(word, "no" | "not" | "none"))
}

#[test]
fn each_sentence_that_says_no_has_its_row_and_each_row_its_sentence() {
    let mut files = vec![root().join("src/command/init.rs")];
    sources(&root().join("src/init"), &mut files);
    sources(&root().join("src/detect"), &mut files);
    let texts: BTreeSet<String> = files
        .iter()
        .flat_map(|file| literals(&fs::read_to_string(file).unwrap()))
        .filter(|text| says_no(text))
        .collect();
    assert!(texts.len() > 50, "{texts:#?}");
    let rows: BTreeSet<String> = table().sentence.into_iter().map(|sentence| sentence.text).collect();
    let without: Vec<_> = texts.difference(&rows).collect();
    let stale: Vec<_> = rows.difference(&texts).collect();
    assert!(without.is_empty() && stale.is_empty(), "without a row: {without:#?}\nno longer said: {stale:#?}");
}

#[test]
fn each_sentence_is_said_of_what_it_is_true_of_and_of_nothing_near_it() {
    let table = table();
    let said = |files: &Files| {
        let project = Project::empty();
        for file in table.base.iter().chain(files) {
            match file.as_slice() {
                [path] => fs::remove_file(project.path(path)).unwrap(),
                [path, content] => project.write(path, content),
                other => panic!("a path and its content: {other:?}"),
            }
        }
        project.run(&["init"]).text()
    };
    let mut wrong = Vec::new();
    for sentence in &table.sentence {
        let shown = sentence.shown();
        let proofs =
            [sentence.files.is_some(), sentence.test.is_some(), sentence.word.is_some(), sentence.open.is_some()];
        assert_eq!(proofs.iter().filter(|proof| **proof).count(), 1, "one proof: {}", sentence.text);
        if let Some(files) = &sentence.files {
            let (with, without) = (said(files), said(&sentence.otherwise));
            if !with.contains(&shown) || without.contains(&shown) {
                wrong.push(format!("{shown}\n--- said of it:\n{with}\n--- said of what is near it:\n{without}"));
            }
        }
        if let Some(test) = &sentence.test {
            let path = root().join(test);
            let file = if path.is_dir() { path.join("expected.json") } else { path };
            let text = fs::read_to_string(&file).unwrap_or_default();
            let words = shown.split('`').max_by_key(|part| part.len()).unwrap_or_default();
            if !text.contains(words.trim()) {
                wrong.push(format!("{test} does not speak of `{words}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_file_is_not_a_folder() {
    let project = Project::with_files(&[("main.py", "")]);
    let said = project.run(&["init", "main.py"]).text();
    assert!(said.contains("is not a folder; give the folder of the project"), "{said}");
}
