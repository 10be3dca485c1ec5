//! Why a render was refused: files that are not pykube's alone, with what is theirs, and the ways out.

use std::fmt;

use super::plan::{Change, Plan, Status};
use super::unified::hunks;

/// A render that would have overwritten what somebody else wrote. Nothing was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(Vec<Change>);

/// A hand edit is shown up to this many lines; `pykube diff` shows all of it.
const SHOWN_LINES: usize = 20;

impl Refusal {
    /// The refusal of `plan`, when something in it is in the way.
    #[must_use]
    pub fn of(plan: &Plan) -> Option<Self> {
        let conflicts: Vec<Change> = plan.conflicts().cloned().collect();
        (!conflicts.is_empty()).then_some(Self(conflicts))
    }

    /// The files that are in the way.
    #[must_use]
    pub fn files(&self) -> &[Change] {
        &self.0
    }

    fn with(&self, status: Status) -> Vec<&Change> {
        self.0.iter().filter(|change| change.status == status).collect()
    }

    fn write_edited(f: &mut fmt::Formatter<'_>, edited: &[&Change]) -> fmt::Result {
        match edited {
            [one] => writeln!(f, "{} was edited since pykube wrote it; nothing was written", one.path)?,
            many => writeln!(f, "{} files were edited since pykube wrote them; nothing was written", many.len())?,
        }
        for change in edited {
            if edited.len() > 1 {
                writeln!(f, "  {}", change.path)?;
            }
            write!(f, "{}", own_lines(change))?;
        }
        Ok(())
    }

    fn write_foreign(f: &mut fmt::Formatter<'_>, foreign: &[&Change], first: bool) -> fmt::Result {
        if !first {
            write!(f, "error: ")?;
        }
        match foreign {
            [one] => writeln!(f, "{} is there already, and pykube did not write it; nothing was written", one.path),
            many => {
                writeln!(
                    f,
                    "{} files are there already, and pykube did not write them; nothing was written",
                    many.len()
                )?;
                many.iter().try_for_each(|change| writeln!(f, "  {}", change.path))
            }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (edited, foreign) = (self.with(Status::Edited), self.with(Status::Foreign));
        let mut ways: Vec<(String, &str)> = Vec::new();
        if !edited.is_empty() {
            Self::write_edited(f, &edited)?;
            let manifest = edited.iter().find(|change| is_manifest(change));
            if let Some(change) = manifest {
                ways.push((format!("pykube adopt {}", change.path), "keeps it, as a patch in app.toml"));
            }
            ways.push(("pykube render --merge".to_owned(), "keeps it where the new text allows"));
            ways.push(("pykube render --force".to_owned(), "drops it"));
        }
        if !foreign.is_empty() {
            Self::write_foreign(f, &foreign, edited.is_empty())?;
            ways.push(("pykube diff --format unified".to_owned(), "shows what would change in it"));
            if edited.is_empty() {
                ways.push(("pykube render --force".to_owned(), "replaces it; move it away first to keep it"));
                ways.push(("pykube render --target DIR".to_owned(), "renders somewhere else"));
            }
        }
        let width = ways.iter().map(|(command, _)| command.len()).max().unwrap_or(0);
        for (number, (command, effect)) in ways.iter().enumerate() {
            let lead = if number == 0 { "help: " } else { "\n      " };
            write!(f, "{lead}{command:width$}   {effect}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

/// Whether the file is one that `pykube adopt` takes.
fn is_manifest(change: &Change) -> bool {
    let path = change.path.as_str();
    !path.starts_with('.') && matches!(path.rsplit_once('.'), Some((_, "yaml" | "yml")))
}

/// What somebody else put into the file, compared with what pykube wrote when that is known, and with what it would
/// write otherwise.
fn own_lines(change: &Change) -> String {
    let Some(there) = change.before() else { return String::new() };
    let ours = change.base.as_deref().or(change.after.as_deref()).unwrap_or_default();
    let text = hunks(ours, &there);
    let mut shown: String = text.lines().take(SHOWN_LINES).fold(String::new(), |all, line| all + "   " + line + "\n");
    let more = text.lines().count().saturating_sub(SHOWN_LINES);
    if more > 0 {
        shown = shown + "   … " + &more.to_string() + " more lines: pykube diff --format unified\n";
    }
    shown
}
