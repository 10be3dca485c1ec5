//! Why a render was refused: files that are not pykube's alone, with what is theirs, and the ways out.

use std::fmt;

use super::plan::{Change, Plan, Status};
use super::unified::hunks;
use crate::kube::compare::compare;
use crate::kube::display::shown;
use crate::kube::object::objects;

/// A render that would have overwritten what somebody else wrote. Nothing was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(Vec<Change>);

/// A hand edit is shown up to this many lines; `pykube diff` shows all of it.
const SHOWN_LINES: usize = 20;

impl Refusal {
    /// The refusal of `plan`, when something in it is in the way.
    pub fn of(plan: &Plan) -> Option<Self> {
        let conflicts: Vec<Change> = plan.conflicts().cloned().collect();
        (!conflicts.is_empty()).then_some(Self(conflicts))
    }

    /// The files that are in the way.
    pub fn files(&self) -> &[Change] {
        &self.0
    }

    fn paragraphs(&self) -> Vec<Paragraph<'_>> {
        let sorts = [
            ("was edited since pykube wrote it", "were edited since pykube wrote them"),
            ("has conflicts between your edits and the new text", "have conflicts between your edits and the new text"),
            ("already exists, and pykube did not write it", "already exist, and pykube did not write them"),
        ];
        let sort = |change: &Change| match (change.status, change.clashes.is_empty()) {
            (Status::Foreign, _) => 2,
            (_, false) => 1,
            _ => 0,
        };
        sorts
            .into_iter()
            .enumerate()
            .map(|(number, said)| (said, self.0.iter().filter(|change| sort(change) == number).collect::<Vec<_>>()))
            .filter(|(_, files)| !files.is_empty())
            .map(|(said, files)| Paragraph { said, files })
            .collect()
    }

    /// What to type, and what it does.
    fn ways(&self) -> Vec<(String, &'static str)> {
        let edited: Vec<&Change> = self.0.iter().filter(|change| change.status == Status::Edited).collect();
        let tried = edited.iter().any(|change| !change.clashes.is_empty());
        let mut ways = Vec::new();
        if let Some(change) = edited.iter().find(|change| change.path.is_manifest() && !tried) {
            ways.push((format!("pykube adopt {}", change.path), "keeps it, as a patch in app.toml"));
        }
        if !edited.is_empty() && !tried {
            ways.push(("pykube render --merge".to_owned(), "keeps it where the new text allows"));
        }
        if edited.is_empty() {
            ways.push(("pykube diff --format unified".to_owned(), "shows what would change in it"));
            ways.push(("pykube render --target DIR".to_owned(), "renders somewhere else"));
        }
        ways.push(("pykube render --force".to_owned(), "drops it"));
        ways
    }
}

/// Files with one reason.
struct Paragraph<'a> {
    /// The reason, for one file and for several.
    said: (&'static str, &'static str),
    files: Vec<&'a Change>,
}

impl fmt::Display for Paragraph<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.files.as_slice() {
            [one] => writeln!(f, "{} {}; nothing was written", one.path, self.said.0)?,
            many => writeln!(f, "{} files {}; nothing was written", many.len(), self.said.1)?,
        }
        for change in &self.files {
            if self.files.len() > 1 {
                writeln!(f, "  {}", change.path)?;
            }
            let indent = if self.files.len() > 1 { 5 } else { 3 };
            for line in theirs(change) {
                writeln!(f, "{:indent$}{line}", "")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, paragraph) in self.paragraphs().iter().enumerate() {
            let lead = if number == 0 { "" } else { "error: " };
            write!(f, "{lead}{paragraph}")?;
        }
        let ways = self.ways();
        let width = ways.iter().map(|(command, _)| command.len()).max().unwrap_or(0);
        for (number, (command, effect)) in ways.iter().enumerate() {
            let lead = if number == 0 { "" } else { "\n" };
            write!(f, "{lead}help: {command:width$}   {effect}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

/// What somebody else put into the file, compared with what pykube wrote when that is known.
fn theirs(change: &Change) -> Vec<String> {
    let Some(there) = change.before() else { return Vec::new() };
    if crate::conflict::marker(&there).is_some() {
        return vec!["it holds the markers of a merge conflict: resolve it first".to_owned()];
    }
    if !change.clashes.is_empty() {
        return cut(change.clashes.clone());
    }
    if change.status == Status::Foreign {
        return Vec::new();
    }
    let ours = change.base.as_deref().or(change.after.as_deref()).unwrap_or_default();
    let fields = if change.path.is_manifest() { fields(ours, &there) } else { None };
    cut(fields.unwrap_or_else(|| hunks(ours, &there).lines().map(str::to_owned).collect()))
}

/// The edited fields; none when the texts are not manifests with the same objects, or differ in comments only.
fn fields(ours: &str, there: &str) -> Option<Vec<String>> {
    let (ours, there) = (objects("", ours).ok()??, objects("", there).ok()??);
    let same = ours.len() == there.len() && ours.iter().zip(&there).all(|(a, b)| a.identity == b.identity);
    let mut rows: Vec<(String, &str)> = Vec::new();
    for (old, new) in ours.iter().zip(&there).filter(|_| same) {
        let kind = &old.identity.kind;
        for field in compare(kind, &old.value, &new.value) {
            let value = field.after.as_ref().map(|value| shown(kind, &field.path, value));
            let mark = if value.is_some() { "(yours)" } else { "(removed by you)" };
            rows.push((format!("{}: {}", field.path, value.unwrap_or_default()), mark));
        }
    }
    let width = rows.iter().map(|(text, _)| text.chars().count()).max()?;
    Some(rows.iter().map(|(text, mark)| format!("{text:width$}   {mark}")).collect())
}

fn cut(mut lines: Vec<String>) -> Vec<String> {
    if lines.len() > SHOWN_LINES {
        let more = lines.len() - SHOWN_LINES;
        lines.truncate(SHOWN_LINES);
        lines.push(format!("… {more} more lines: pykube diff --format unified"));
    }
    lines
}
