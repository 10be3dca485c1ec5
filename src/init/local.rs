//! Dependencies that no index has: folders of the repository.

use std::path::Path;

use super::read_text;
use crate::file_set::{in_folder, parent};

/// The files that name dependencies, each once: what is installed from, and what is beside it.
pub(super) fn files_read(lock: Option<&str>, files: &[String], all: &[String]) -> Vec<String> {
    let mut read: Vec<String> = lock.into_iter().map(str::to_owned).chain(files.iter().cloned()).collect();
    let folder = lock.map_or("", parent);
    // The manifest that a lock file belongs to says where a folder lies; its neighbours are not read.
    for name in ["pyproject.toml", "Pipfile"] {
        let path = in_folder(folder, name);
        let locked = lock.is_some_and(|lock| lock.ends_with(".lock"));
        if locked && all.contains(&path) && !read.contains(&path) {
            read.push(path);
        }
    }
    read
}

/// Whether one of `files` names a folder of the repository as a dependency.
pub(super) fn names_folders(root: &Path, files: &[String]) -> bool {
    files.iter().any(|file| {
        let text = read_text(root, file).unwrap_or_default();
        if file.ends_with(".txt") || file.ends_with(".in") {
            text.lines().any(|line| requirement_is_folder(line.trim()))
        } else if file.ends_with("pyproject.toml") || file.ends_with("Pipfile") {
            text.parse::<toml::Table>().is_ok_and(|table| table_names_folder(file, &table))
        } else {
            false
        }
    })
}

/// `-e .`, `./lib`, `file:lib` and `name @ file:lib`.
/// Source: <https://pip.pypa.io/en/stable/reference/requirements-file-format/>
fn requirement_is_folder(line: &str) -> bool {
    let editable = ["-e", "--editable"].iter().find_map(|option| line.strip_prefix(option));
    let target = editable.map_or(line, |rest| rest.trim_start_matches([' ', '=']));
    let target = target.split_once(" @ ").map_or(target, |(_, target)| target.trim());
    let is_path = target == "." || ["./", "../", ".[", "file:"].iter().any(|start| target.starts_with(start));
    // A folder by its bare name is one for `-e` only: elsewhere it is the name of a package.
    is_path || editable.is_some() && !target.contains("://") && !target.contains("git+") && !target.is_empty()
}

/// The tables in which managers keep folders: Poetry's and Pipenv's dependencies, uv's sources.
fn table_names_folder(file: &str, table: &toml::Table) -> bool {
    let at = |path: &[&str]| {
        let first = table.get(*path.first()?)?;
        path[1..].iter().try_fold(first, |value, key| value.get(key))
    };
    let tables = if file.ends_with("Pipfile") {
        vec![at(&["packages"])]
    } else {
        vec![at(&["tool", "poetry", "dependencies"]), at(&["tool", "uv", "sources"])]
    };
    // Of a repository there is no hash either, and Pipenv's own installer is the one that knows what to do.
    let is_pipfile = file.ends_with("Pipfile");
    let by_path = |value: &toml::Value| value.get("path").is_some() || is_pipfile && value.get("git").is_some();
    let in_tables =
        tables.into_iter().flatten().filter_map(toml::Value::as_table).any(|table| {
            table.values().any(|value| by_path(value) || value.as_array().into_iter().flatten().any(by_path))
        });
    let listed = at(&["project", "dependencies"]).and_then(toml::Value::as_array);
    in_tables || listed.into_iter().flatten().filter_map(toml::Value::as_str).any(|entry| entry.contains("@ file:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_among_requirements_are_told_from_packages() {
        for folder in
            ["-e .", "-e ./lib", "--editable=.", ".", "./lib", "../lib", ".[prod]", "lib @ file:./lib", "-e lib"]
        {
            assert!(requirement_is_folder(folder), "{folder}");
        }
        for package in
            ["flask", "-e git+https://example.org/x#egg=x", "x @ https://example.org/x.whl", "# -e .", "-r base.txt"]
        {
            assert!(!requirement_is_folder(package), "{package}");
        }
    }
}
