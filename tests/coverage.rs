//! `docs/coverage.md`: each row of the reference text is reachable, by keys that are in an `app.toml` which goes
//! through the gate, or by a command.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Rows of the reference text.
const ROWS: u32 = 34;

struct Row {
    number: String,
    /// `[section] key = value`, or a command.
    spans: Vec<String>,
    /// Files that show them.
    files: Vec<PathBuf>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rows() -> Vec<Row> {
    let text = std::fs::read_to_string(root().join("docs/coverage.md")).unwrap();
    let lines = text.lines().filter(|line| line.starts_with("| A"));
    lines
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            let [number, _, keys, shown, _] = cells[..] else { panic!("not five cells: {line}") };
            let links = shown.split("](").skip(1).map(|rest| rest.split(')').next().unwrap());
            Row {
                number: number.to_owned(),
                spans: keys.split('`').skip(1).step_by(2).map(str::to_owned).collect(),
                files: links.map(|link| root().join("docs").join(link).canonicalize().expect(link)).collect(),
            }
        })
        .collect()
}

fn table(file: &Path) -> toml::Value {
    toml::Value::Table(std::fs::read_to_string(file).unwrap().parse().unwrap())
}

/// The values at a path of keys; `NAME` stands for any key, and a list for each of its items.
fn values<'v>(value: &'v toml::Value, path: &[&str]) -> Vec<&'v toml::Value> {
    if let Some(items) = value.as_array() {
        let below: Vec<_> = items.iter().flat_map(|item| values(item, path)).collect();
        return if path.is_empty() { vec![value] } else { below };
    }
    let Some((first, rest)) = path.split_first() else { return vec![value] };
    let Some(table) = value.as_table() else { return Vec::new() };
    let chosen = table.iter().filter(|(key, _)| *first == "NAME" || key == first);
    chosen.flat_map(|(_, value)| values(value, rest)).collect()
}

/// Whether `file` has what a span such as `[section] key = "value"` names.
fn has(file: &Path, span: &str) -> bool {
    let (section, rest) = span.trim_start_matches('[').split_once(']').unwrap();
    let rest = rest.trim_start_matches(']').trim();
    let (key, wanted) = rest.split_once(" = ").map_or((rest, None), |(key, value)| (key, Some(value)));
    let path: Vec<&str> = section.split('.').chain((!key.is_empty()).then_some(key)).collect();
    let table = table(file);
    let found = values(&table, &path);
    match wanted {
        None => !found.is_empty(),
        Some(wanted) => found.iter().any(|value| value.to_string() == wanted),
    }
}

#[test]
fn every_row_of_the_text_is_there() {
    let numbers: BTreeSet<String> = rows().into_iter().map(|row| row.number).collect();
    let wanted: BTreeSet<String> = (1..=ROWS).map(|number| format!("A{number}")).collect();
    assert_eq!(numbers, wanted);
}

#[test]
fn every_key_stands_in_a_file_beside_it_and_every_file_has_one() {
    let mut faults = Vec::new();
    for row in rows() {
        assert!(!row.spans.is_empty() && !row.files.is_empty(), "{} is empty", row.number);
        let keys: Vec<&String> = row.spans.iter().filter(|span| span.starts_with('[')).collect();
        for span in &keys {
            if !row.files.iter().any(|file| has(file, span)) {
                faults.push(format!("{}: no file has `{span}`", row.number));
            }
        }
        for file in row.files.iter().filter(|_| !keys.is_empty()) {
            if !keys.iter().any(|span| has(file, span)) {
                faults.push(format!("{}: {} shows nothing", row.number, file.display()));
            }
        }
    }
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn every_command_is_one() {
    for span in rows().into_iter().flat_map(|row| row.spans).filter(|span| !span.starts_with('[')) {
        let words: Vec<&str> = span.split(' ').collect();
        assert_eq!(words[0], "pykube", "`{span}` is neither a key nor a command");
        let mut pykube = Command::new(env!("CARGO_BIN_EXE_pykube"));
        // The last word of `add health` is a value, which only a run would look at.
        let output = pykube.args(&words[1..]).arg("--help").output().unwrap();
        assert!(output.status.success(), "{span}");
        if let ["pykube", "add", module] = words[..] {
            let help = Command::new(env!("CARGO_BIN_EXE_pykube")).args(["add", "--help"]).output().unwrap();
            assert!(String::from_utf8_lossy(&help.stdout).contains(module), "{span}");
        }
    }
}

#[test]
fn every_test_app_is_named_by_the_rows_that_its_first_line_names() {
    let mut named: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
    for row in rows() {
        for file in row.files {
            named.entry(file).or_default().insert(row.number.clone());
        }
    }
    for app in std::fs::read_dir(root().join("tests/apps")).unwrap() {
        let file = app.unwrap().path().join("app.toml").canonicalize().unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        let (rows, _) = text.trim_start_matches("# ").split_once(':').unwrap();
        let rows: BTreeSet<String> = rows.split(", ").map(str::to_owned).collect();
        let beside = named.get(&file).unwrap_or_else(|| panic!("{} is beside no row", file.display()));
        assert!(rows.is_subset(beside), "{} says {rows:?}, and is beside {beside:?}", file.display());
    }
}

#[test]
fn a_key_that_is_not_there_is_missed() {
    let file = root().join("tests/apps/environments/app.toml");
    assert!(has(&file, "[[ci.environments]] name") && has(&file, "[[ci.environments]] name = \"staging\""));
    assert!(has(&file, "[secrets.env]") && has(&file, "[app] framework = \"django\""));
    for span in
        ["[[ci.environments]] branch", "[[ci.environments]] name = \"qa\"", "[stateful]", "[app] framework = \"flask\""]
    {
        assert!(!has(&file, span), "{span}");
    }
}
