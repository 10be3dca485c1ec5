//! A Dockerfile, instruction by instruction.

use std::borrow::Cow;

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::effect::{Effect, Found};
use crate::kube::compare::FieldChange;
use crate::kube::dockerfile::{Dockerfile, Instruction};
use crate::kube::path::FieldPath;

/// The instructions that differ. One that is replaced by another of the same sort is one change.
pub(crate) fn compare(before: &str, after: &str) -> Vec<FieldChange> {
    let read = |text| Dockerfile::new(text).instructions.iter().map(Instruction::text).collect::<Vec<String>>();
    let (old, new) = (read(before), read(after));
    let old: Vec<&str> = old.iter().map(String::as_str).collect();
    let new: Vec<&str> = new.iter().map(String::as_str).collect();
    let diff = TextDiff::from_slices(&old, &new);
    let mut changes: Vec<FieldChange> = Vec::new();
    let mut gone: Vec<(String, String)> = Vec::new();
    for change in diff.iter_all_changes() {
        let (keyword, rest) = split(change.value());
        match change.tag() {
            ChangeTag::Equal => changes.extend(gone.drain(..).map(|(keyword, rest)| one(&keyword, Some(rest), None))),
            ChangeTag::Delete => gone.push((keyword, rest)),
            ChangeTag::Insert => {
                let replaced = gone.iter().position(|(known, _)| *known == keyword);
                let before = replaced.map(|at| gone.remove(at).1);
                changes.push(one(&keyword, before, Some(rest)));
            }
        }
    }
    changes.extend(gone.drain(..).map(|(keyword, rest)| one(&keyword, Some(rest), None)));
    changes
}

fn split(instruction: &str) -> (String, String) {
    let (keyword, rest) = instruction.split_once(char::is_whitespace).unwrap_or((instruction, ""));
    (keyword.to_owned(), rest.trim().to_owned())
}

fn one(keyword: &str, before: Option<String>, after: Option<String>) -> FieldChange {
    FieldChange {
        path: FieldPath::default().key(keyword),
        before: before.map(Value::from),
        after: after.map(Value::from),
    }
}

/// What the change of an instruction does.
pub(crate) fn effects(change: &FieldChange) -> Vec<Found> {
    const DOCKER: &str = "https://docs.docker.com/build/building/best-practices/";
    let text = |value: &Option<Value>| value.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned();
    let (before, after) = (text(&change.before), text(&change.after));
    let weaker = |why: &'static str| Found { effect: Effect::WeakerSecurity, why: Cow::Borrowed(why), source: DOCKER };
    let mut found = vec![Found::new(Effect::NewImage, "")];
    let is_root = |user: &str| ["root", "0", ""].contains(&user.split(':').next().unwrap_or_default());
    match change.path.last_key() {
        Some("USER") if is_root(&after) && !is_root(&before) => found.push(weaker("runs as root")),
        Some("FROM") if before.contains("@sha256:") && !after.contains("@sha256:") && !after.is_empty() => {
            found.push(weaker("no longer pinned by digest"));
        }
        Some("FROM") if after.split(" AS ").next().unwrap_or_default().ends_with(":latest") => {
            found.push(weaker("whatever is newest"));
        }
        Some("ADD") if after.contains("://") && !after.contains("--checksum=") => {
            found.push(weaker("fetched without a checksum"));
        }
        _ => {}
    }
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(before: &str, after: &str) -> Vec<String> {
        let text =
            |value: &Option<Value>| value.as_ref().map_or("-".to_owned(), |value| value.as_str().unwrap().to_owned());
        compare(before, after)
            .iter()
            .map(|change| format!("{}: {} → {}", change.path, text(&change.before), text(&change.after)))
            .collect()
    }

    #[test]
    fn a_replaced_instruction_is_one_change() {
        let before = "# a comment\nFROM python:3.13 AS build\nRUN a \\\n    && b\nUSER app\n";
        let after = "FROM python:3.14 AS build\nRUN a \\\n  && b\nCOPY . .\nUSER root\n";
        assert_eq!(
            shown(before, after),
            ["FROM: python:3.13 AS build → python:3.14 AS build", "COPY: - → . .", "USER: app → root"]
        );
        let user = &compare(before, after)[2];
        assert_eq!(effects(user)[0].effect, Effect::WeakerSecurity);
    }

    #[test]
    fn what_is_fetched_without_a_checksum_is_weaker() {
        let added = |line: &str| effects(&compare("FROM a\n", &format!("FROM a\n{line}\n"))[0]);
        let is_weaker = |line: &str| added(line).iter().any(|found| found.effect == Effect::WeakerSecurity);
        assert!(is_weaker("ADD https://example.com/a.tar.gz /a"));
        assert!(!is_weaker("ADD --checksum=sha256:00 https://example.com/a.tar.gz /a"));
        assert!(!is_weaker("ADD a.tar.gz /a"));
    }

    #[test]
    fn a_here_document_belongs_to_its_instruction() {
        let before = "RUN <<EOF\nUSER x\nEOF\nCMD a\n";
        assert_eq!(shown(before, "RUN <<EOF\nUSER y\nEOF\nCMD a\n").len(), 1);
        assert_eq!(shown(before, before).len(), 0);
    }
}
