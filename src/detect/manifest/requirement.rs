//! One requirement: `Name[extra]>=1; marker`, and requirements files that include others.

use super::{Dependency, MAX_DEPENDENCIES, Section};
use crate::detect::budget::Omission;
use crate::detect::tree::{Tree, join, parent};

/// How deep requirements files may include each other.
const MAX_INCLUDES: usize = 16;
/// Files that one requirements file may bring.
const MAX_FILES: usize = 200;

/// The name as package indexes compare it (PEP 503): lower case, `-` for every run of `-`, `_` and `.`.
pub(crate) fn normalised(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for c in name.chars() {
        if matches!(c, '-' | '_' | '.') {
            if !text.ends_with('-') {
                text.push('-');
            }
        } else {
            text.push(c.to_ascii_lowercase());
        }
    }
    text
}

/// Reads one requirement of PEP 508; nothing for a URL without a name.
pub(crate) fn parse(text: &str, file: &str, line: u32, section: &Section) -> Option<Dependency> {
    // `git+https://…#egg=name`, as pip wrote it before PEP 508.
    let egg = || text.rsplit_once("#egg=").and_then(|(_, egg)| named(egg.split('&').next()?, file, line, section));
    named(text, file, line, section).or_else(egg)
}

fn named(text: &str, file: &str, line: u32, section: &Section) -> Option<Dependency> {
    let text = text.split(" #").next().unwrap_or(text).trim();
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))).unwrap_or(text.len());
    let (name, mut rest) = text.split_at(end);
    if name.is_empty()
        || !name.starts_with(|c: char| c.is_ascii_alphanumeric())
        || rest.starts_with("://")
        || rest.starts_with('+')
    {
        return None;
    }
    rest = rest.trim_start();
    let mut extras = Vec::new();
    if let Some((inside, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        extras = inside.split(',').map(|extra| normalised(extra.trim())).collect();
        rest = after;
    }
    let specifier = rest.split(';').next().unwrap_or_default().split(" --").next().unwrap_or_default();
    let specifier = specifier.trim().trim_matches(|c| matches!(c, '(' | ')' | '\\')).trim().to_owned();
    let section = section.clone();
    Some(Dependency { name: normalised(name), specifier, extras, file: file.to_owned(), line, section })
}

/// Reads a requirements file and those it includes; `files` gets every file that was read, in order.
pub(crate) fn read_file(tree: &Tree, path: &str, section: &Section, files: &mut Vec<String>) -> Vec<Dependency> {
    let mut found = Vec::new();
    include(tree, path, section, files, &mut found, MAX_INCLUDES);
    found
}

fn include(
    tree: &Tree,
    path: &str,
    section: &Section,
    files: &mut Vec<String>,
    found: &mut Vec<Dependency>,
    depth: usize,
) {
    if depth == 0 || files.iter().any(|file| file == path) {
        return;
    }
    if files.len() > MAX_FILES || found.len() > MAX_DEPENDENCIES {
        return tree.budget.leave_out(Omission::TooMany, path);
    }
    let Some(text) = tree.read(path) else { return };
    files.push(path.to_owned());
    for (number, line) in (1..).zip(text.lines()) {
        if found.len() > MAX_DEPENDENCIES {
            return tree.budget.leave_out(Omission::TooMany, path);
        }
        let line = line.trim().trim_start_matches('\u{feff}');
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(included) = option(line, &["-r", "--requirement"]) {
            if let Some(included) = join(parent(path), included) {
                include(tree, &included, section, files, found, depth - 1);
            }
        } else if let Some(editable) = option(line, &["-e", "--editable"]) {
            found.extend(parse(editable, path, number, section));
        } else if !line.starts_with('-') {
            found.extend(parse(line, path, number, section));
        }
    }
}

/// The value of a command line option in a requirements file, written with a space, `=` or nothing between.
fn option<'a>(line: &'a str, names: &[&str]) -> Option<&'a str> {
    names.iter().find_map(|name| {
        let rest = line.strip_prefix(name)?;
        let value = rest.trim_start_matches([' ', '\t', '=']);
        (value.len() < rest.len() || !name.starts_with("--")).then(|| value.split(" #").next().unwrap_or(value).trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_as_people_write_them() {
        let read =
            |text: &str| parse(text, "requirements.txt", 1, &Section::Main).map(|d| (d.name, d.specifier, d.extras));
        let found = |name: &str, specifier: &str, extras: &[&str]| {
            Some((name.to_owned(), specifier.to_owned(), extras.iter().map(|e| (*e).to_owned()).collect::<Vec<_>>()))
        };
        assert_eq!(read("Flask_SQLAlchemy==2.5 # why"), found("flask-sqlalchemy", "==2.5", &[]));
        assert_eq!(read("uvicorn[standard] >=0.30 ; python_version > '3'"), found("uvicorn", ">=0.30", &["standard"]));
        assert_eq!(read("django==5.2 --hash=sha256:abc"), found("django", "==5.2", &[]));
        assert_eq!(read("pkg @ https://example.org/pkg.tar.gz").map(|d| d.0).as_deref(), Some("pkg"));
        assert_eq!(read("git+https://example.org/x#egg=Some.Thing").map(|d| d.0).as_deref(), Some("some-thing"));
        assert_eq!(read("https://example.org/x.whl"), None);
    }
}
