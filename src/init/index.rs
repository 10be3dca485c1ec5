//! Dependencies behind a login: package indexes that are not public, and repositories that are reached with a key.

use std::path::Path;

use super::read_text;
use crate::config::defaults;
use crate::file_set::file_name;

/// Indexes that everybody reads.
const PUBLIC: [&str; 6] =
    ["pypi.org", "test.pypi.org", "files.pythonhosted.org", "download.pytorch.org", "pypi.nvidia.com", "data.pyg.org"];

/// A sentence for each package index that is not public, or may not be.
pub(super) fn private(root: &Path, files: &[String]) -> Vec<String> {
    let mut found = with_a_password(root, files);
    let mut known: Vec<String> = Vec::new();
    for file in files.iter().filter(|file| file.ends_with(".toml") || file.ends_with("Pipfile")) {
        let Some(table) = read_text(root, file).and_then(|text| text.parse::<toml::Table>().ok()) else { continue };
        for url in addresses(file, &table) {
            let host = url.split("://").nth(1).unwrap_or_default().split(['/', ':']).next().unwrap_or_default();
            let host = host.rsplit('@').next().unwrap_or_default();
            if host.is_empty() || PUBLIC.contains(&host) || known.iter().any(|other| other == host) {
                continue;
            }
            known.push(host.to_owned());
            found.push(format!(
                "{file} names the package index of {host}: if it asks for a password, [build.index] takes its address and a build secret"
            ));
        }
    }
    found
}

/// The addresses of the indexes that uv, Poetry, PDM and Pipenv know.
/// Sources: <https://docs.astral.sh/uv/concepts/indexes/>, <https://python-poetry.org/docs/repositories/>,
/// <https://pdm-project.org/en/latest/usage/config/#configure-the-package-indexes>, <https://pipenv.pypa.io/en/latest/indexes.html>
fn addresses(file: &str, table: &toml::Table) -> Vec<String> {
    let at = |path: &[&str]| {
        let first = table.get(*path.first()?)?;
        path[1..].iter().try_fold(first, |value, key| value.get(key))
    };
    let lists: &[&[&str]] = match file_name(file) {
        "Pipfile" => &[&["source"]],
        "uv.toml" => &[&["index"], &["index-url"], &["extra-index-url"]],
        _ => &[
            &["tool", "uv", "index"],
            &["tool", "uv", "index-url"],
            &["tool", "uv", "extra-index-url"],
            &["tool", "poetry", "source"],
            &["tool", "pdm", "source"],
        ],
    };
    let entries = lists.iter().filter_map(|path| at(path)).flat_map(|value| match value {
        toml::Value::Array(entries) => entries.iter().collect(),
        other => vec![other],
    });
    let url = |entry: &toml::Value| entry.as_str().or_else(|| entry.get("url")?.as_str()).map(str::to_owned);
    entries.filter_map(url).collect()
}

/// A sentence for the first dependency that Git fetches with a key or a token, which the build does not have.
pub(super) fn behind_a_login(root: &Path, files: &[String]) -> Option<String> {
    files.iter().find_map(|file| {
        let text = read_text(root, file)?;
        let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim_start().starts_with('#'));
        let (number, login) = lines.into_iter().find_map(|(number, line)| Some((number, login(line)?)))?;
        let hosts = if login.host == defaults::build::GIT_HOST {
            String::new()
        } else {
            format!(", hosts = [\"{}\"]", login.host)
        };
        let first = if login.is_written { "; remove what is before the @ from the address" } else { "" };
        Some(format!(
            "{file}:{number} fetches a dependency from a repository that asks for a login: `git = {{ secret = \"git_netrc\"{hosts} }}` in [build] gives one to the build and the tests{first}"
        ))
    })
}

/// What a Git address asks for.
struct Login<'l> {
    host: &'l str,
    /// Whether the address holds a token, or the variable of one.
    is_written: bool,
}

/// The login that a line's address needs; nothing for one that everybody reads.
fn login(line: &str) -> Option<Login<'_>> {
    let after = |start: &str| line.split_once(start).map(|(_, rest)| rest);
    if let Some(rest) = after("git+https://") {
        let (_, host) = rest.split('/').next()?.rsplit_once('@')?;
        return Some(Login { host, is_written: true });
    }
    let rest = after("ssh://git@").or_else(|| after("git@").filter(|rest| rest.contains(':')))?;
    let host = rest.split(['/', ':']).next().filter(|host| host.contains('.'))?;
    Some(Login { host, is_written: false })
}

/// A sentence for each package index that a requirements file names together with a password.
fn with_a_password(root: &Path, files: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files.iter().filter(|file| file.ends_with(".txt") || file.ends_with(".in")) {
        let text = read_text(root, file).unwrap_or_default();
        for (number, line) in (1..).zip(text.lines()) {
            let is_index = ["-i ", "--index-url", "--extra-index-url", "--find-links"]
                .iter()
                .any(|option| line.trim_start().starts_with(option));
            // pip puts the variables of its own surroundings in: there are none while an image is built.
            if is_index && (line.contains("${") || line.contains('@')) {
                found.push(format!(
                    "{file}:{number} names a package index with a password, which the build does not have: [build.index] takes the address and a build secret; remove that line"
                ));
            }
        }
    }
    found
}
