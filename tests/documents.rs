//! README and docs are short and true: every command block runs, every output shown is real.

mod harness;

use std::path::{Path, PathBuf};
use std::process::Command;

use harness::{Skip, available};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The blocks of `text` that begin with a fence and `language`.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    text.split(fence.as_str()).skip(1).map(|rest| rest.split("```").next().unwrap_or_default()).collect()
}

/// Commands of a `console` block with the output that is below each.
fn sessions(block: &str) -> Vec<(String, String)> {
    let mut sessions: Vec<(String, String)> = Vec::new();
    for line in block.lines() {
        match line.strip_prefix("$ ") {
            Some(command) => sessions.push((command.to_owned(), String::new())),
            None => {
                let (_, output) = sessions.last_mut().expect("a block begins with a command");
                output.push_str(line);
                output.push('\n');
            }
        }
    }
    sessions
}

/// Runs `command` of the README in `folder`: as written, except for the program, which is built already, and the folder
/// that it makes, which is a new one for every run of the test.
fn run(command: &str, folder: &Path, quotes: &Path) -> (String, Option<i32>) {
    let pykube = env!("CARGO_BIN_EXE_pykube");
    let command = command.split(" #").next().unwrap_or_default().trim();
    let command = command.replace("cargo run --quiet --", pykube).replace("/tmp/quotes", &quotes.display().to_string());
    let command = command.strip_prefix("pykube ").map_or(command.clone(), |rest| format!("{pykube} {rest}"));
    let output = Command::new("sh").args(["-c", &command]).current_dir(folder).output().expect("sh");
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (text.replace(&quotes.display().to_string(), "/tmp/quotes"), output.status.code())
}

#[test]
fn the_commands_of_the_readme_do_what_it_shows() {
    let readme = read("README.md");
    let work = tempfile::tempdir().expect("folder");
    let quotes = work.path().join("quotes");
    let blocks = blocks(&readme, "console");
    assert!(blocks.len() >= 2, "the README has lost its commands");
    for (number, block) in blocks.iter().enumerate() {
        // The first block makes the folder that the others work in.
        let folder = if number == 0 { root() } else { quotes.clone() };
        for (command, shown) in sessions(block) {
            // `init` was shown by the first block; here it would refuse to overwrite.
            if number > 0 && command.starts_with("pykube init") {
                std::fs::remove_file(folder.join("app.toml")).expect("app.toml");
            }
            let (printed, code) = run(&command, &folder, &quotes);
            assert_eq!(code, Some(0), "{command}\n{printed}");
            if !shown.is_empty() {
                assert_eq!(printed, shown, "`{command}` prints something else");
            }
        }
    }
}

#[test]
fn the_app_toml_of_the_readme_is_a_whole_one() {
    for block in blocks(&read("README.md"), "toml") {
        let (config, document) =
            pykube::config::parse("app.toml".into(), block.to_owned()).unwrap_or_else(|fault| panic!("{fault}"));
        let app = pykube::app::resolve(&config, &document, &pykube::app::Options::default())
            .unwrap_or_else(|fault| panic!("{fault}"));
        let files = pykube::render::render(&app).expect("renders");
        assert_eq!(pykube::check::check(&files), Vec::new());
    }
}

#[test]
fn ci_runs_the_test_command_of_the_readme() {
    let readme = read("README.md");
    let command =
        blocks(&readme, "sh").into_iter().map(str::trim).find(|block| block.contains("test")).expect("a command");
    assert!(
        read(".ci/run").lines().any(|line| line.trim_start_matches("exec ") == command),
        ".ci/run does not run `{command}`"
    );
}

#[test]
fn the_reference_is_made_from_the_schema() {
    assert_eq!(
        read("docs/app-toml.md"),
        pykube::config::reference(),
        "run `pykube schema --format markdown > docs/app-toml.md`"
    );
}

/// Every document of the repository: those at its root, in `docs` and in `examples`.
fn documents() -> Vec<String> {
    let mut found = Vec::new();
    for folder in ["", "docs", "examples", "examples/*"] {
        let folders: Vec<PathBuf> = match folder.strip_suffix("/*") {
            Some(above) => {
                std::fs::read_dir(root().join(above)).expect(above).flatten().map(|one| one.path()).collect()
            }
            None => vec![root().join(folder)],
        };
        for path in
            folders.iter().filter(|path| path.is_dir()).flat_map(|path| std::fs::read_dir(path).expect("folder"))
        {
            let path = path.expect("an entry").path();
            if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path.strip_prefix(root()).expect("below").to_str().expect("UTF-8").to_owned());
            }
        }
    }
    found.sort();
    found
}

/// The lines of `text` that are not code.
fn prose(text: &str) -> Vec<&str> {
    let mut is_code = false;
    let mut lines = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        } else if !is_code {
            lines.push(line);
        }
    }
    lines
}

/// The anchors of the headings, as GitHub makes them: lower case, without punctuation, a hyphen for each space.
fn anchors(text: &str) -> Vec<String> {
    let headings = prose(text).into_iter().filter(|line| line.starts_with('#'));
    let mut all: Vec<String> = Vec::new();
    for heading in headings.map(|line| line.trim_start_matches('#').trim().to_lowercase()) {
        let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        let anchor: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect();
        let same = all.iter().filter(|known| **known == anchor).count();
        all.push(if same == 0 { anchor } else { format!("{anchor}-{same}") });
    }
    all
}

#[test]
fn every_link_between_the_documents_leads_to_a_file_and_a_heading() {
    let mut faults = Vec::new();
    let mut checked = 0;
    for document in documents() {
        let text = read(&document);
        let folder = root().join(&document).parent().expect("a folder").to_owned();
        let prose = prose(&text).join("\n");
        for link in prose.split("](").skip(1).map(|rest| rest.split([')', ' ']).next().unwrap_or_default()) {
            if link.starts_with("http") {
                continue;
            }
            checked += 1;
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() { root().join(&document) } else { folder.join(path) };
            if !target.exists() {
                faults.push(format!("{document}: {link} is not there"));
            } else if !anchor.is_empty() {
                let text = std::fs::read_to_string(&target).expect("a document");
                // The reference page sets the anchors of its keys itself.
                let is_set =
                    text.contains(&format!("<a id=\"{anchor}\">")) || text.contains(&format!("<a name=\"{anchor}\">"));
                if !is_set && !anchors(&text).iter().any(|known| known == anchor) {
                    faults.push(format!("{document}: {link} has no such heading"));
                }
            }
        }
    }
    assert!(checked > 0, "no document links to another");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_block_of_code_says_its_language() {
    for document in documents() {
        let text = read(&document);
        let fences: Vec<&str> = text.lines().filter(|line| line.trim_start().starts_with("```")).collect();
        assert_eq!(fences.len() % 2, 0, "{document}: a block is not closed");
        for opening in fences.iter().step_by(2) {
            assert_ne!(opening.trim(), "```", "{document}: a block without a language");
        }
    }
}

#[test]
fn the_commands_of_the_page_on_detection_print_what_it_shows() {
    let page = read("docs/detection.md");
    let blocks = blocks(&page, "console");
    assert!(!blocks.is_empty(), "the page has lost its commands");
    for (command, shown) in blocks.into_iter().flat_map(sessions) {
        let (printed, _) = run(&command, &root(), Path::new("/tmp/quotes"));
        assert_eq!(printed, shown, "`{command}` prints something else");
    }
}

#[test]
fn the_table_of_facts_has_the_age_of_every_file() {
    let run = Command::new("python3").arg("data/refresh").current_dir(root()).output();
    let Some(run) = available("the table of facts", run.map_err(|error| Skip(format!("no python3: {error}")))) else {
        return;
    };
    let table = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(run.status.success(), "{table}{}", String::from_utf8_lossy(&run.stderr));
    let files = std::fs::read_dir(root().join("data")).expect("data").map(|entry| entry.expect("an entry").path());
    let facts: Vec<PathBuf> = files
        .filter(|path| path.extension().is_some_and(|extension| extension != "md" && extension != "pyc"))
        .collect();
    assert!(facts.len() > 5, "the files of facts are gone");
    for file in facts {
        let name = file.file_name().and_then(|name| name.to_str()).expect("a name");
        let line = table.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("no {name} in\n{table}"));
        let age = line.split_whitespace().nth(2).and_then(|days| days.parse::<i64>().ok());
        assert!(age.is_some_and(|days| days >= 0), "{line}");
    }
}

/// What users read: pages, templates, and the lines of the sources that are not comments. Doc comments that users see
/// are in the pages: the reference and the help are made of them.
fn read_by_users(folder: &Path, texts: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).expect("folder") {
        let path = entry.expect("entry").path();
        let is_text = path.extension().is_some_and(|extension| ["rs", "md", "j2"].iter().any(|one| extension == *one));
        if path.is_dir() {
            read_by_users(&path, texts);
        } else if is_text && !path.ends_with("docs/style.md") {
            let text = std::fs::read_to_string(&path).expect("text");
            let ahead_of_tests = text.split("#[cfg(test)]").next().unwrap_or_default();
            texts.push((path.clone(), ahead_of_tests.to_owned()));
        }
    }
}

/// Phrases of docs/style.md that are wrong wherever they are read, in one line.
fn odd_phrase(line: &str) -> Option<&'static str> {
    const PHRASES: [&str; 10] = [
        " shall ",
        " for ever ",
        " so that ",
        " as against ",
        " the begin of ",
        " belongs into ",
        " by the clock ",
        " at the most ",
        " are told ",
        " is told ",
    ];
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '\'';
    let words: Vec<String> =
        line.split(|c| !is_of_word(c)).map(str::to_lowercase).filter(|word| !word.is_empty()).collect();
    let text = format!(" {} ", words.join(" "));
    let is_no = |four: &[String]| {
        four[0] != "there" && matches!(four[1].as_str(), "is" | "are") && four[2] == "no" && four[3] != "longer"
    };
    let odd = words.windows(4).any(is_no).then_some("is no");
    odd.or_else(|| PHRASES.into_iter().find(|phrase| text.contains(phrase)))
}

#[test]
fn what_users_read_has_no_phrase_that_the_page_of_style_replaces() {
    for (line, phrase) in [
        ("`x` is no port", Some("is no")),
        ("what shall run?", Some(" shall ")),
        ("it stays for ever.", Some(" for ever ")),
        ("there is no port", None),
        ("the port is no longer open", None),
        ("let is_no_loss = shall_run(\"for every\");", None),
    ] {
        assert_eq!(odd_phrase(line), phrase, "{line}");
    }
    let mut texts = Vec::new();
    for folder in ["src", "templates", "docs"] {
        read_by_users(&root().join(folder), &mut texts);
    }
    texts.extend(["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|page| (root().join(page), read(page))));
    let mut found = Vec::new();
    for (path, text) in &texts {
        let is_code = path.extension().is_some_and(|extension| extension == "rs");
        for (number, line) in
            text.lines().enumerate().filter(|(_, line)| !(is_code && line.trim_start().starts_with("//")))
        {
            if let Some(phrase) = odd_phrase(line) {
                found.push(format!("{}:{}: {phrase:?}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "docs/style.md says it better:\n{}", found.join("\n"));
}
