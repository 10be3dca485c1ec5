//! The scores of the candidates as text: `pykube detect --explain`.

use std::fmt::Write as _;

use super::project::{CandidateScore, Evidence, ScoreRow};

/// Candidates that are shown; JSON has all of them.
const SHOWN: usize = 10;

/// A list of the candidates with the rows of each, the one with the most points first.
pub fn scores_text(scores: &[CandidateScore]) -> String {
    let mut out = String::from("\nCandidates for the entry point, most points first:\n");
    if scores.is_empty() {
        out.push_str("  none\n");
    }
    for candidate in scores.iter().take(SHOWN) {
        let CandidateScore { entrypoint, file, line, score, .. } = candidate;
        let _ = writeln!(out, "  {score:>4}  {entrypoint:<28} {file}:{line}");
        for row in &candidate.rows {
            let ScoreRow { points, what, why, place } = row;
            let place = place.as_ref().map_or(String::new(), |place| format!(" ({})", shown(place)));
            let _ = writeln!(out, "    {points:>+4}  {what}{place}: {why}");
        }
    }
    if scores.len() > SHOWN {
        let _ = writeln!(out, "  and {} more, which --format json lists", scores.len() - SHOWN);
    }
    out
}

fn shown(place: &Evidence) -> String {
    match place.line {
        0 => place.file.clone(),
        line => format!("{}:{line}", place.file),
    }
}
