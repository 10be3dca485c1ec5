//! What a module changes in `app.toml`; comments and the order of the file stay.

use anyhow::Context as _;
use toml_edit::{DocumentMut, Item, Table, value};

use crate::config::{FILE_NAME, json_schema};

/// A key of `app.toml` and the text it is set to.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Setting {
    pub table: &'static str,
    pub key: &'static str,
    pub value: String,
}

/// The settings of which `app.toml` knows the key and has none yet.
pub(crate) fn missing(text: &str, wanted: Vec<Setting>) -> Vec<Setting> {
    let Ok(document) = text.parse::<DocumentMut>() else { return Vec::new() };
    let is_there = |setting: &Setting| match document.get(setting.table).and_then(|table| table.get(setting.key)) {
        // A probe that is written as a table with its timing, but without its path.
        Some(Item::Table(table)) => table.contains_key("path"),
        Some(Item::Value(toml_edit::Value::InlineTable(table))) => table.contains_key("path"),
        Some(_) => true,
        None => false,
    };
    wanted.into_iter().filter(|setting| is_known(setting) && !is_there(setting)).collect()
}

/// Whether the schema of `app.toml` has the key.
fn is_known(setting: &Setting) -> bool {
    let schema = json_schema();
    let Some(table) = schema.pointer(&format!("/properties/{}", setting.table)) else { return false };
    let places = ["/$ref", "/allOf/0/$ref", "/anyOf/0/$ref"];
    let reference = places.iter().find_map(|place| table.pointer(place)).and_then(|name| name.as_str());
    let table = match reference.and_then(|name| schema.pointer(name.trim_start_matches('#'))) {
        Some(section) => section,
        None => table,
    };
    table.pointer(&format!("/properties/{}", setting.key)).is_some()
}

/// `text` with the settings in it.
///
/// # Errors
/// When `text` is not TOML.
pub(crate) fn with(text: &str, settings: &[Setting]) -> anyhow::Result<String> {
    let mut document: DocumentMut = text.parse().with_context(|| format!("`{FILE_NAME}` is not TOML"))?;
    for setting in settings {
        let table = document.entry(setting.table).or_insert_with(|| Item::Table(Table::new()));
        match table.get_mut(setting.key) {
            Some(Item::Table(probe)) => probe["path"] = value(&setting.value),
            Some(Item::Value(toml_edit::Value::InlineTable(probe))) => {
                probe.insert("path", setting.value.as_str().into());
            }
            _ => table[setting.key] = value(&setting.value),
        }
    }
    Ok(document.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probe(key: &'static str, path: &str) -> Setting {
        Setting { table: "probes", key, value: path.to_owned() }
    }

    #[test]
    fn comments_and_what_is_written_stay() {
        let text = "# the shop\n[app]\nname = \"shop\" # a label\n\n[probes]\n# deep\nreadiness = \"/ready\"\n";
        let wanted = vec![probe("liveness", "/livez"), probe("readiness", "/readyz")];
        let missing = missing(text, wanted);
        assert_eq!(missing, [probe("liveness", "/livez")]);
        let after = with(text, &missing).unwrap();
        assert_eq!(after, format!("{text}liveness = \"/livez\"\n"));
    }

    #[test]
    fn a_table_that_is_not_there_is_made_at_the_end() {
        let after = with("[app]\nname = \"shop\"\n", &[probe("liveness", "/livez")]).unwrap();
        assert_eq!(after, "[app]\nname = \"shop\"\n\n[probes]\nliveness = \"/livez\"\n");
    }

    #[test]
    fn a_probe_with_its_timing_gets_its_path() {
        let text = "[probes]\nstartup = { seconds = 120 }\n";
        let wanted = vec![probe("startup", "/livez")];
        assert_eq!(missing(text, wanted.clone()), wanted);
        assert_eq!(with(text, &wanted).unwrap(), "[probes]\nstartup = { seconds = 120 , path = \"/livez\" }\n");
    }

    #[test]
    fn the_keys_that_modules_set_are_known() {
        for (table, key) in [("probes", "liveness"), ("monitoring", "metrics"), ("server", "log-config")] {
            let setting = Setting { table, key, value: "x".into() };
            assert_eq!(missing("[app]\nname = \"x\"\n", vec![setting.clone()]), [setting]);
        }
    }

    #[test]
    fn a_key_that_app_toml_does_not_know_is_not_written() {
        let unknown = Setting { table: "probes", key: "liveliness", value: "/x".into() };
        assert!(missing("[app]\nname = \"x\"\n", vec![unknown]).is_empty());
    }
}
