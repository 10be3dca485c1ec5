//! What proves each sentence with "no", "not" or "none" that `pykube init` can print or write: a repository of which it is said and one
//! of which it is not, in `init_sentences/sentences.toml`. A sentence that comes without a row fails here.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod harness;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use harness::project::Project;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(untagged)]
enum File {
    Repeated(String, String, usize),
    Written(String, String),
    Gone((String,)),
}

#[derive(Deserialize)]
struct Table {
    base: Vec<File>,
    sentence: Vec<Sentence>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sentence {
    /// As it is in the source.
    text: String,
    /// What of it is looked for, where the longest part between braces does not tell it from others.
    says: Option<String>,
    files: Option<Vec<File>>,
    #[serde(default)]
    otherwise: Vec<File>,
    /// `FILE::NAME` of the test that shows it.
    test: Option<String>,
    /// Why it is not a sentence that `init` prints.
    word: Option<String>,
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

/// How often each text that says no is in what `init` prints, and in the comments of what it writes.
fn texts() -> BTreeMap<String, usize> {
    let mut files = vec![root().join("src/command/init.rs")];
    sources(&root().join("src/init"), &mut files);
    sources(&root().join("src/detect"), &mut files);
    let mut found: Vec<String> = files.iter().flat_map(|file| literals(&fs::read_to_string(file).unwrap())).collect();
    let template = fs::read_to_string(root().join("templates/init/app.toml.j2")).unwrap();
    found.extend(template.lines().filter_map(|line| line.strip_prefix("# ")).map(str::to_owned));
    let mut count = BTreeMap::new();
    for text in found.into_iter().filter(|text| says_no(text)) {
        *count.entry(text).or_default() += 1;
    }
    count
}

#[test]
fn each_sentence_that_says_no_has_its_row_and_each_row_its_sentence() {
    let texts = texts();
    assert!(texts.len() > 50, "{texts:#?}");
    let mut rows: BTreeMap<String, usize> = BTreeMap::new();
    for sentence in table().sentence {
        // A word may be anywhere.
        let count = if sentence.word.is_some() { texts.get(&sentence.text).copied().unwrap_or(1) } else { 1 };
        *rows.entry(sentence.text).or_default() += count;
    }
    let without: Vec<_> = texts.iter().filter(|(text, count)| rows.get(*text) < Some(*count)).collect();
    let stale: Vec<_> = rows.iter().filter(|(text, count)| texts.get(*text) < Some(*count)).collect();
    assert!(without.is_empty() && stale.is_empty(), "without a row: {without:#?}\nno longer said: {stale:#?}");
}

/// What `init` prints of a folder, and the `app.toml` that it writes.
fn said_of(project: &Project) -> String {
    let said = project.run(&["init"]).text();
    said + &fs::read_to_string(project.path("app.toml")).unwrap_or_default()
}

fn project(base: &[File], files: &[File]) -> Project {
    let project = Project::empty();
    for file in base.iter().chain(files) {
        match file {
            File::Gone((path,)) => fs::remove_file(project.path(path)).unwrap(),
            File::Written(path, content) => project.write(path, content),
            File::Repeated(path, content, times) => project.write(path, &content.repeat(*times)),
        }
    }
    project
}

#[test]
fn each_sentence_is_said_of_what_it_is_true_of_and_of_nothing_near_it() {
    let Table { base, sentence } = table();
    let mut wrong = Vec::new();
    for sentence in &sentence {
        let shown = sentence.shown();
        match (&sentence.files, &sentence.test, &sentence.word) {
            (Some(files), None, None) => {
                let (with, without) = (said_of(&project(&base, files)), said_of(&project(&base, &sentence.otherwise)));
                if !with.contains(&shown) || without.contains(&shown) {
                    wrong.push(format!("{shown}\n--- said of it:\n{with}\n--- said of what is near it:\n{without}"));
                }
            }
            (None, Some(test), None) => {
                if !speaks(test, &shown) {
                    wrong.push(format!("{test} is not a test that speaks of `{shown}`"));
                }
            }
            (None, None, Some(_)) => {}
            _ => wrong.push(format!("not one proof: {}", sentence.text)),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// Whether `FILE::NAME` is a test whose body holds `words`.
fn speaks(test: &str, words: &str) -> bool {
    let Some((file, name)) = test.split_once("::") else { return false };
    let text = fs::read_to_string(root().join(file)).unwrap_or_default();
    let body = text.split_once(&format!("#[test]\nfn {name}() {{\n")).map_or("", |(_, after)| after);
    body.split("\n}\n").next().is_some_and(|body| body.contains(words.trim_matches(['`', ' ', ','])))
}

const APP: &str = "from flask import Flask\n\napp = Flask(__name__)\n";

fn flask(main: &str) -> Project {
    Project::with_files(&[("main.py", main), ("requirements.txt", "flask==3.1.3\ngunicorn==27.0.1\n")])
}

#[test]
fn a_file_is_not_a_folder() {
    let project = flask(APP);
    let sentence = "is not a folder; give the folder of the project";
    let said = project.run(&["init", "main.py"]).text();
    assert!(said.contains(sentence), "{said}");
    let said = project.run(&["init", "."]).text();
    assert!(!said.contains(sentence), "{said}");
}

#[test]
fn a_folder_that_the_system_does_not_open_is_unknown() {
    let sentence = "could not be read, and what it holds is unknown";
    // Permissions do not stop root; a path longer than PATH_MAX stops anybody, and only a rename makes one.
    let deep = |is_joined: bool| {
        let project = flask(APP);
        let folder = [&*"d".repeat(200); 12].join("/");
        for top in ["one", "two"] {
            fs::create_dir_all(project.path(top).join(&folder)).unwrap();
        }
        if is_joined {
            fs::rename(project.path("two"), project.path("one").join(&folder).join("two")).unwrap();
        }
        said_of(&project)
    };
    let (said, otherwise) = (deep(true), deep(false));
    assert!(said.contains(sentence), "{said}");
    assert!(!otherwise.contains(sentence), "{otherwise}");
}

#[test]
fn names_of_more_text_than_is_followed_are_unknown() {
    let sentence = "the code is too entangled to follow every name; what was not followed is unknown";
    let names = |length: usize| {
        let reads = "os.environ[NAME]\n".repeat(600);
        let project = flask(&format!("import os\n{APP}NAME = \"{}\"\n{reads}", "n".repeat(length)));
        said_of(&project)
    };
    let (said, otherwise) = (names(2_000_000), names(20));
    assert!(said.contains(sentence), "{said}");
    assert!(!otherwise.contains(sentence), "{otherwise}");
}

#[test]
fn a_health_path_of_more_steps_than_are_followed_is_unknown() {
    let sentence = "the rest was not followed: it is too much";
    let steps = |count: usize| {
        let calls: String = (0..count).map(|n| format!("    step{n}()\n")).collect();
        let functions: String = (0..count).map(|n| format!("def step{n}():\n    pass\n\n\n")).collect();
        said_of(&flask(&format!(
            "{APP}\n\n{functions}@app.get(\"/healthz\")\ndef healthz():\n{calls}    return \"ok\"\n"
        )))
    };
    let (said, otherwise) = (steps(400), steps(390));
    assert!(said.contains(sentence), "{said}");
    assert!(!otherwise.contains(sentence) && otherwise.contains("liveness = \"/healthz\""), "{otherwise}");
}

#[test]
fn a_file_that_the_code_opens_and_git_ignores_is_named() {
    let sentence = "which Git does not track: the image that CI builds lacks it";
    let opens = |ignored: &str| {
        let project = flask(&format!("{APP}RATES = open(\"rates.pem\").read()\n"));
        project.write("rates.pem", "-----BEGIN CERTIFICATE-----\n");
        project.write(".gitignore", ignored);
        for arguments in [&["init", "--quiet"][..], &["add", "--all"]] {
            let run = Command::new("git").args(arguments).current_dir(project.root()).status().unwrap();
            assert!(run.success());
        }
        said_of(&project)
    };
    let (said, otherwise) = (opens("*.pem\n"), opens("*.key\n"));
    assert!(said.contains(&format!("main.py:4 opens rates.pem, {sentence}")), "{said}");
    assert!(!otherwise.contains(sentence) && otherwise.contains("include = [\"rates.pem\"]"), "{otherwise}");
}
