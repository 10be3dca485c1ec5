//! Which images a Dockerfile needs from elsewhere.

use std::collections::{BTreeMap, BTreeSet};

/// The images that a Dockerfile starts from or copies from, without its own stages, in the order of
/// their first mention.
pub(crate) fn external_images(text: &str) -> Vec<String> {
    let mut arguments = BTreeMap::new();
    let mut stages = BTreeSet::new();
    let mut images: Vec<String> = Vec::new();
    let lines = instructions(text);
    for line in &lines {
        let mut words = line.split_whitespace();
        let keyword = words.next().unwrap_or_default().to_ascii_uppercase();
        let rest: Vec<&str> = words.collect();
        for reference in references(&keyword, &rest) {
            let reference = expand(reference, &arguments);
            if !stages.contains(&reference) && reference != "scratch" && !images.contains(&reference) {
                images.push(reference);
            }
        }
        match keyword.as_str() {
            "ARG" => arguments.extend(rest.first().and_then(|pair| pair.split_once('='))),
            "FROM" => stages.extend(stage_name(&rest)),
            _ => {}
        }
    }
    images
}

/// Joins continued lines and leaves comments out.
fn instructions(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = String::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
        if let Some(begun) = line.strip_suffix('\\') {
            open.push_str(begun);
            open.push(' ');
        } else {
            open.push_str(line);
            found.push(std::mem::take(&mut open));
        }
    }
    found.retain(|line| !line.trim().is_empty());
    found
}

/// What one instruction refers to: an image or an earlier stage.
fn references<'a>(keyword: &str, rest: &[&'a str]) -> Vec<&'a str> {
    let flags = rest.iter().take_while(|word| word.starts_with("--"));
    match keyword {
        "FROM" => rest.iter().find(|word| !word.starts_with("--")).copied().into_iter().collect(),
        "COPY" => flags.filter_map(|flag| flag.strip_prefix("--from=")).collect(),
        "RUN" => flags
            .filter_map(|flag| flag.strip_prefix("--mount="))
            .flat_map(|mount| mount.split(','))
            .filter_map(|option| option.strip_prefix("from="))
            .collect(),
        _ => Vec::new(),
    }
}

/// `FROM image AS name`.
fn stage_name(rest: &[&str]) -> Option<String> {
    let position = rest.iter().position(|word| word.eq_ignore_ascii_case("as"))?;
    rest.get(position + 1).map(ToString::to_string)
}

/// Puts the defaults of `ARG`s in.
fn expand(reference: &str, arguments: &BTreeMap<&str, &str>) -> String {
    arguments.iter().fold(reference.to_owned(), |text, (name, value)| {
        text.replace(&format!("${{{name}}}"), value).replace(&format!("${name}"), value)
    })
}

#[test]
fn images_of_other_people_only() {
    let text = "# syntax=docker/dockerfile:1\nARG RELEASE=trixie\nFROM tool:1 AS uv\nFROM --platform=x \
                python:3.13-slim-${RELEASE} AS build\nCOPY --from=uv /uv /uv\nRUN --mount=type=bind,from=other:2,target=/x \
                \\\n  true\nFROM build\nCOPY --from=build --chmod=755 /a /b\n";
    assert_eq!(external_images(text), ["tool:1", "python:3.13-slim-trixie", "other:2"]);
}
