//! Dated facts about other projects: versions, releases, word lists, points.
//!
//! They are in `data/`, each file with its date, its source and how it is renewed at its head (`data/README.md`), are
//! embedded, and are read once, when they are first asked for. A file that cannot be read is a failure of the tests below;
//! no user can meet one.

mod pins;
mod platforms;
mod python_bounds;
mod release;
mod scores;
mod secret_words;
mod servers;
mod system_packages;
mod test_servers;

use serde::de::DeserializeOwned;

pub(crate) use pins::{ACTIONS, IMAGES, TOOLS};
pub(crate) use platforms::PLATFORMS;
pub(crate) use python_bounds::{FirstRelease, PYTHON_SUPPORT, WHEELS};
pub(crate) use release::at_least;
pub(crate) use scores::{SCORES, Score};
pub(crate) use secret_words::{SECRET_WORDS, Words};
pub(crate) use servers::Server as ServerFacts;
pub(crate) use system_packages::{DEBIAN_RENAMES, SYSTEM_PACKAGES};
pub(crate) use test_servers::{TEST_SERVERS, TestServer};

/// Names of all time zones and their aliases.
pub(crate) fn time_zones() -> impl Iterator<Item = &'static str> {
    facts(include_str!("../../data/time-zones.txt"))
}

/// What a TOML file says.
fn read<T: DeserializeOwned + Default>(text: &str) -> T {
    toml::from_str(text).unwrap_or_default()
}

/// The lines of a file that hold facts.
fn facts(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.starts_with('#') && !line.is_empty())
}

/// The rows of a CSV file with `N` columns, without the line that names them.
fn rows<const N: usize>(text: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    facts(text).skip(1).filter_map(|line| line.split(',').collect::<Vec<_>>().try_into().ok())
}

/// Words of a list, as a row holds it.
fn words(list: &'static str) -> Vec<&'static str> {
    list.split_ascii_whitespace().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Name and text of every file of facts.
    fn files() -> Vec<(String, String)> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/data");
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let is_facts = |path: &std::path::PathBuf| {
            path.extension().is_some_and(|extension| ["toml", "csv", "txt"].iter().any(|known| extension == *known))
        };
        let name = |path: &std::path::Path| path.file_name().unwrap().to_str().unwrap().to_owned();
        let mut files: Vec<_> =
            entries.filter(is_facts).map(|path| (name(&path), std::fs::read_to_string(&path).unwrap())).collect();
        files.sort();
        files
    }

    #[test]
    fn every_file_says_its_date_its_source_and_how_it_is_renewed() {
        for (name, text) in files() {
            let head = |key: &str| text.lines().find_map(|line| line.strip_prefix(&format!("# {key}: ")));
            let date = head("as-of").unwrap_or_else(|| panic!("{name} has no `# as-of: `"));
            let numbers: Vec<u32> = date.split('-').map(|part| part.parse().unwrap()).collect();
            let is_date = matches!(numbers[..], [2000..=2099, 1..=12, 1..=31]) && date.len() == "2026-01-31".len();
            assert!(is_date, "{name}: {date}");
            assert!(head("source").is_some(), "{name} has no `# source: `");
            let renewed = head("renewed").unwrap_or_else(|| panic!("{name} has no `# renewed: `"));
            assert!(renewed.starts_with("by hand") || renewed.starts_with("data/refresh "), "{name}: {renewed}");
        }
    }

    #[test]
    fn every_row_has_as_many_fields_as_its_file_has_columns() {
        let tables = files().into_iter().filter(|(name, _)| name.ends_with(".csv"));
        for (name, text) in tables {
            let lines = text.lines().filter(|line| !line.starts_with('#'));
            let counts: std::collections::BTreeSet<usize> = lines.map(|line| line.split(',').count()).collect();
            assert_eq!(counts.len(), 1, "{name}");
        }
    }

    #[test]
    fn every_embedded_file_is_read_into_its_type() {
        pins::tests::read();
        platforms::tests::read();
        scores::tests::read();
        secret_words::tests::read();
        servers::tests::read();
        test_servers::tests::read();
        assert!(WHEELS.len() > 300 && PYTHON_SUPPORT.len() > 20 && SYSTEM_PACKAGES.len() > 40);
        assert!(time_zones().count() > 500);
    }
}
