//! `pykube init --update`: what the code says now is added to the `app.toml` that is there; nothing of it is changed.

use std::collections::BTreeSet;

use toml_edit::{DocumentMut, Item};

/// Sections whose keys follow from the code; the others are decisions of people from the second day on.
const OF_THE_CODE: [&str; 9] =
    ["build", "server", "probes", "config", "secrets.env", "security", "migrations", "ci", "ci.env"];
/// Lists that take what is missing in them.
const LISTS: [[&str; 2]; 5] = [
    ["build", "system"],
    ["build", "build-system"],
    ["build", "files"],
    ["build", "include"],
    ["security", "writable"],
];
/// Keys that the two may disagree about: said, never changed.
const COMPARED: [[&str; 2]; 11] = [
    ["app", "entrypoint"],
    ["app", "python"],
    ["app", "dir"],
    ["app", "interface"],
    ["build", "manager"],
    ["build", "lock"],
    ["build", "steps"],
    ["server", "kind"],
    ["probes", "liveness"],
    ["probes", "readiness"],
    ["migrations", "command"],
];

/// What an update makes of an `app.toml`.
pub(crate) struct Update {
    pub(crate) text: String,
    /// A line for each thing that was added, `+ [config] NAME`, and for each that differs, `~ [app] python: …`.
    pub(crate) changes: Vec<String>,
}

/// One section of a text: its header as written, without brackets, and its lines.
struct Section<'t> {
    name: &'t str,
    lines: Vec<&'t str>,
}

/// Brings what `new`, a freshly written `app.toml`, has and `old` lacks into `old`.
///
/// # Errors
/// `old` is not TOML.
pub(crate) fn update(old: &str, new: &str) -> anyhow::Result<Update> {
    let mut changes = Vec::new();
    let mut lines: Vec<String> = old.lines().map(str::to_owned).collect();
    let news = sections(new);
    for section in &news {
        let Some((from, to)) = span(&lines, section.name) else {
            if section.name.starts_with("workers.") || OF_THE_CODE.contains(&section.name) {
                add_section(&mut lines, section, &mut changes);
            }
            continue;
        };
        if OF_THE_CODE.contains(&section.name) {
            let known = names(&lines[from..to]);
            let added = missing(section, &known);
            changes.extend(added.iter().map(|(name, _)| format!("+ [{}] {name}", section.name)));
            let at = from + lines[from..to].iter().rposition(|line| !line.trim().is_empty()).map_or(0, |last| last + 1);
            lines.splice(at..at, added.into_iter().flat_map(|(_, text)| text));
        }
    }
    let text = format!("{}\n", lines.join("\n").trim_end());
    let mut document: DocumentMut = text.parse()?;
    let fresh: DocumentMut = new.parse()?;
    lists(&mut document, &fresh, &mut changes);
    for [section, key] in COMPARED {
        let value = |document: &DocumentMut| document.get(section).and_then(|table| table.get(key)).map(shown);
        if let (Some(here), Some(code)) = (value(&document), value(&fresh))
            && here != code
        {
            changes.push(format!("~ [{section}] {key} is {here}, and the code says {code}"));
        }
    }
    Ok(Update { text: document.to_string(), changes })
}

/// The sections of a text, in order; lines before the first are left out.
fn sections(text: &str) -> Vec<Section<'_>> {
    let mut found: Vec<Section<'_>> = Vec::new();
    for line in text.lines() {
        if let Some(name) = header(line) {
            found.push(Section { name, lines: Vec::new() });
        } else if let Some(section) = found.last_mut() {
            section.lines.push(line);
        }
    }
    found
}

/// The name of a section's header.
fn header(line: &str) -> Option<&str> {
    let inside = line.trim_end().strip_prefix('[')?.split(" #").next()?.trim_end().strip_suffix(']')?;
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.\"".contains(c);
    (!inside.is_empty() && inside.chars().all(fits)).then_some(inside)
}

/// The lines of a section behind its header, comments before the next one left out.
fn span(lines: &[String], name: &str) -> Option<(usize, usize)> {
    let start = lines.iter().position(|line| header(line) == Some(name))? + 1;
    let next = lines[start..].iter().position(|line| line.starts_with('[') && !line.starts_with("[\""));
    let mut end = next.map_or(lines.len(), |length| start + length);
    while end > start && lines[end - 1].starts_with('#') && setting(&lines[end - 1]).is_none() {
        end -= 1;
    }
    Some((start, end))
}

/// The name that a line sets, or would set if its comment sign were removed.
fn setting(line: &str) -> Option<&str> {
    let line = line.trim_start().trim_start_matches('#').trim_start();
    let (name, _) = line.split_once(" = ").or_else(|| line.split_once('='))?;
    let name = name.trim().trim_matches('"');
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    (!name.is_empty() && name.chars().all(fits)).then_some(name)
}

fn names(lines: &[String]) -> BTreeSet<String> {
    lines.iter().filter_map(|line| setting(line)).map(str::to_owned).collect()
}

/// The settings of `section` that are not among `known`, each with the comments above it. A line that is a comment itself
/// counts where it is required.
fn missing(section: &Section<'_>, known: &BTreeSet<String>) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    let mut above: Vec<String> = Vec::new();
    for line in &section.lines {
        match setting(line) {
            Some(name) => {
                let counts = !line.starts_with('#') || line.contains("# required");
                if counts && !known.contains(name) {
                    above.push((*line).to_owned());
                    found.push((name.to_owned(), std::mem::take(&mut above)));
                }
                above.clear();
            }
            None if line.starts_with('#') => above.push((*line).to_owned()),
            None => above.clear(),
        }
    }
    found
}

/// Puts a whole section at the end.
fn add_section(lines: &mut Vec<String>, section: &Section<'_>, changes: &mut Vec<String>) {
    let own: Vec<&str> = section.lines.iter().copied().take_while(|line| !line.trim().is_empty()).collect();
    if !own.iter().any(|line| setting(line).is_some() && !line.starts_with('#')) {
        return;
    }
    lines.push(String::new());
    lines.push(format!("[{}]", section.name));
    lines.extend(own.into_iter().map(str::to_owned));
    changes.push(format!("+ [{}]", section.name));
}

/// Adds to lists what only the code's has.
fn lists(document: &mut DocumentMut, fresh: &DocumentMut, changes: &mut Vec<String>) {
    for [section, key] in LISTS {
        let Some(new) = fresh.get(section).and_then(|table| table.get(key)).and_then(Item::as_array) else { continue };
        let Some(own) = document.get_mut(section).and_then(|table| table.get_mut(key)).and_then(Item::as_array_mut)
        else {
            continue;
        };
        for entry in new.iter().filter_map(toml_edit::Value::as_str) {
            if !own.iter().any(|known| known.as_str() == Some(entry)) {
                own.push(entry);
                changes.push(format!("+ [{section}] {key}: {entry}"));
            }
        }
    }
}

/// A value without the comment behind it.
fn shown(item: &Item) -> String {
    let Some(value) = item.as_value() else { return item.to_string().trim().to_owned() };
    let mut value = value.clone();
    value.decor_mut().clear();
    value.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: &str = "[app]\npython = \"3.14\"\n\n[build]\nmanager = \"pip\"\nsystem = [\"ffmpeg\", \"libpq5\"]\n\n[config]\n\
                       DEBUG = \"false\"\n# REGION = \"\"  # required, shop.py:4\n# LEVEL = \"info\"  # shop.py:5\n\n[scaling]\nmin = 2\n\n\
                       [workers.mail]\n# Exactly one.\nsingleton = true\ncommand = \"python -m mail\"\n";

    #[test]
    fn what_is_new_is_added_and_all_else_stays() {
        let old = "# mine\n[app]\npython = \"3.13\" # with care\n\n[build]\nmanager = \"pip\"\nsystem = [\"libpq5\"] # database\n\n\
                   [config]\n# DEBUG = \"false\"\nOWN = \"1\"\n\n# public\n[expose]\nhost = \"a.example\"\n";
        let update = update(old, NEW).unwrap();
        assert_eq!(
            update.text,
            "# mine\n[app]\npython = \"3.13\" # with care\n\n[build]\nmanager = \"pip\"\nsystem = [\"libpq5\", \"ffmpeg\"] # database\n\n\
             [config]\n# DEBUG = \"false\"\nOWN = \"1\"\n# REGION = \"\"  # required, shop.py:4\n\n# public\n[expose]\nhost = \"a.example\"\n\n\
             [workers.mail]\n# Exactly one.\nsingleton = true\ncommand = \"python -m mail\"\n"
        );
        assert_eq!(
            update.changes,
            [
                "+ [config] REGION",
                "+ [workers.mail]",
                "+ [build] system: ffmpeg",
                "~ [app] python is \"3.13\", and the code says \"3.14\"",
            ]
        );
        let again = super::update(&update.text, NEW).unwrap();
        assert_eq!(again.text, update.text);
    }
}
