//! The review as a person reads it in a terminal.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::delivery::Phase;
use super::effect::{Effect, Found};
use super::subject::{ChangeKind, Field, Review, Subject};
use crate::kube::compare::FieldChange;
use crate::kube::display::{arrow, is_secret, shown, word_changes};
use crate::kube::path::{FieldPath, Segment};
use crate::write::Status;

/// The column at which the effect of an object is.
const EFFECT_COLUMN: usize = 56;

/// Lines of a file without objects that are shown; `--format unified` shows all.
const SHOWN_LINES: usize = 12;

/// Objects that a phase names; of the others the number is given.
const NAMED_IN_PHASE: usize = 4;

/// The review in words: a paragraph an object, riskiest first, the summary last.
pub fn to_text(review: &Review, colour: bool) -> String {
    let page = Page { colour };
    let mut text = String::new();
    for warning in &review.warnings {
        let _ = writeln!(text, "warning: {warning}");
    }
    for subject in &review.subjects {
        page.subject(&mut text, subject);
    }
    page.phases(&mut text, review);
    page.files(&mut text, review);
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(&summary(review));
    text.push('\n');
    text
}

/// `3 objects change: 1 rolls pods, 1 cannot be applied`.
pub(crate) fn summary(review: &Review) -> String {
    let objects = review.subjects.iter().filter(|subject| subject.is_object()).count();
    let files = review.subjects.len() - objects;
    let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let verb = if objects + files == 1 { "changes" } else { "change" };
    let what = match (objects, files) {
        (0, 0) if review.files.iter().any(|(_, status)| status.is_difference()) => {
            return "no object changes; only the layout of files does".to_owned();
        }
        (0, 0) => return "nothing changes".to_owned(),
        (_, 0) => format!("{} {verb}", plural(objects, "object")),
        (0, _) => format!("{} {verb}", plural(files, "file")),
        _ => format!("{} and {} {verb}", plural(objects, "object"), plural(files, "file")),
    };
    let counts: Vec<String> = review
        .counts()
        .into_iter()
        .filter_map(|(effect, count)| effect.counted().map(|words| format!("{count} {words}")))
        .collect();
    if counts.is_empty() {
        format!("{what}: no effect on running pods")
    } else {
        format!("{what}: {}", counts.join(", "))
    }
}

/// The way to a field without what is the same for all fields of a pod.
pub(crate) fn short(path: &FieldPath) -> String {
    let full = path.to_string();
    ["spec.jobTemplate.spec.template.spec.", "spec.template.spec."]
        .iter()
        .find_map(|lead| full.strip_prefix(lead))
        .unwrap_or(&full)
        .to_owned()
}

/// The values of a change in one line: `+ new`, `- old`, `old → new`.
pub(crate) fn values(kind: &str, change: &FieldChange) -> (char, String) {
    let text = |value| shown(kind, &change.path, value);
    match (&change.before, &change.after) {
        (None, Some(after)) => ('+', item_text(change, after).unwrap_or_else(|| text(after))),
        (Some(before), None) => ('-', item_text(change, before).unwrap_or_else(|| text(before))),
        (Some(before), Some(after)) => {
            let (old, new) = (text(before), text(after));
            let by_word = || word_changes(before, after).filter(|_| !is_secret(kind, &change.path, after));
            let words = if before.is_array() || old == new { by_word() } else { None };
            (' ', words.unwrap_or_else(|| if old == new { format!("{old} → another") } else { arrow(&old, &new) }))
        }
        (None, None) => (' ', String::new()),
    }
}

/// Of a `{name, value}` pair the value alone: the name is in the path already.
fn item_text(change: &FieldChange, value: &serde_json::Value) -> Option<String> {
    let map = value.as_object().filter(|map| map.len() == 2 && map.contains_key("name"))?;
    let is_item = matches!(change.path.0.last(), Some(Segment::Item(_)));
    let inner = map.get("value").filter(|_| is_item)?;
    Some(shown("", &change.path.key("value"), inner))
}

struct Page {
    colour: bool,
}

impl Page {
    fn subject(&self, text: &mut String, subject: &Subject) {
        let worst = subject.worst();
        let title = match &subject.change_kind {
            ChangeKind::Added => format!("{} (new)", subject.identity),
            ChangeKind::Removed => format!("{} (removed)", subject.identity),
            ChangeKind::Renamed(was) => format!("{} (was {was})", subject.identity),
            ChangeKind::Changed => subject.identity.to_string(),
        };
        let gap = EFFECT_COLUMN.saturating_sub(title.chars().count()).max(2);
        let effects = subject.effects();
        let labels: Vec<String> = effects.iter().map(|effect| self.paint(effect.label(), style(*effect))).collect();
        let label = labels.join(", ");
        let _ = writeln!(text, "{}{:gap$}{label}", self.paint(&title, Style::new().bold()), "");
        for found in &subject.found {
            self.reason(text, found, worst, 2);
        }
        let plain = subject.identity.kind == "File";
        let limit = if plain { SHOWN_LINES } else { usize::MAX };
        let width = subject.fields.iter().map(|field| short(&field.change.path).chars().count()).max().unwrap_or(0);
        for field in subject.fields.iter().take(limit) {
            self.field(text, subject, field, width.min(44), worst);
        }
        if let Some(more) = subject.fields.len().checked_sub(limit).filter(|more| *more > 0) {
            let _ = writeln!(text, "  … {more} more lines: pykube diff --format unified");
        }
    }

    fn field(&self, text: &mut String, subject: &Subject, field: &Field, width: usize, worst: Effect) {
        let (sign, values) = values(&subject.identity.kind, &field.change);
        let lead = match sign {
            '+' => self.paint("+", AnsiColor::Green.on_default()),
            '-' => self.paint("-", AnsiColor::Red.on_default()),
            _ => " ".to_owned(),
        };
        let path = short(&field.change.path);
        let line = if path.is_empty() { values } else { format!("{path:width$}  {values}") };
        let _ = writeln!(text, " {lead} {}", line.trim_end());
        for found in &field.found {
            self.reason(text, found, worst, 6);
        }
    }

    /// The reason for an effect, with the effect itself where it is not the first of the heading.
    fn reason(&self, text: &mut String, found: &Found, worst: Effect, indent: usize) {
        let is_heading = found.effect == worst;
        let mut words: Vec<&str> = Vec::new();
        if !found.why.is_empty() {
            words.push(&found.why);
        }
        if is_heading {
            words.extend(found.effect.advice().filter(|_| !found.why.contains("recreate")));
        }
        let words = words.join("; ");
        if words.is_empty() {
            // The heading names every effect; a line more would say nothing.
        } else if is_heading || found.effect == Effect::None {
            let _ = writeln!(text, "{:indent$}{}", "", self.paint(&words, Style::new().dimmed()));
        } else {
            let label = self.paint(found.effect.label(), style(found.effect));
            let _ = writeln!(text, "{:indent$}{label}: {words}", "");
        }
    }

    /// Which phase of the release does what, when there is more to it than to bring up what is new.
    fn phases(&self, text: &mut String, review: &Review) {
        let mut all: BTreeMap<Phase, Vec<String>> = BTreeMap::new();
        for subject in &review.subjects {
            for phase in &subject.phases {
                all.entry(*phase).or_default().push(subject.identity.to_string());
            }
        }
        if all.keys().all(|phase| *phase == Phase::BringUp) {
            return;
        }
        let _ = writeln!(text, "\n{}", self.paint("phases of the release", Style::new().bold()));
        for (phase, names) in all {
            let more = names.len().saturating_sub(NAMED_IN_PHASE);
            let mut line = names[..names.len() - more].join(", ");
            if more > 0 {
                let _ = write!(line, " and {more} more");
            }
            let _ = writeln!(text, "  {:12}  {line}", phase.word());
        }
    }

    /// Files of which there is more to say than that they change.
    fn files(&self, text: &mut String, review: &Review) {
        let mut first = true;
        for (path, status) in &review.files {
            let words = match status {
                Status::Edited => "CONFLICT: edited since pykube wrote it; render refuses",
                Status::Foreign => "CONFLICT: pykube did not write it; render refuses",
                Status::Kept => "no longer asked for, but edited: kept",
                Status::Unreadable => "no longer asked for, but it cannot be read: stays",
                Status::Merged => "merged with your edit",
                Status::Reflowed => "formatted differently, same meaning: left as it is",
                _ => continue,
            };
            if std::mem::take(&mut first) && !text.is_empty() {
                text.push('\n');
            }
            let style = if status.is_conflict() { AnsiColor::Red.on_default() } else { Style::new() };
            let _ = writeln!(text, "{path}  {}", self.paint(words, style));
        }
    }

    fn paint(&self, words: &str, style: Style) -> String {
        if self.colour && style != Style::new() { format!("{style}{words}{style:#}") } else { words.to_owned() }
    }
}

fn style(effect: Effect) -> Style {
    match effect {
        Effect::DataLoss | Effect::Immutable => AnsiColor::Red.on_default().bold(),
        Effect::MayBeRefused | Effect::Downtime | Effect::WeakerSecurity | Effect::Opens => AnsiColor::Red.on_default(),
        Effect::LessResilient | Effect::Stays | Effect::RollsPods => AnsiColor::Yellow.on_default(),
        Effect::MovesTraffic | Effect::RunsJob | Effect::Scales | Effect::NewImage | Effect::Pipeline => {
            AnsiColor::Cyan.on_default()
        }
        Effect::None => Style::new().dimmed(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weight_of_an_effect_is_its_colour() {
        let page = Page { colour: true };
        for (effect, codes) in [
            (Effect::DataLoss, "\u{1b}[1m\u{1b}[31m"),
            (Effect::Immutable, "\u{1b}[1m\u{1b}[31m"),
            (Effect::Downtime, "\u{1b}[31m"),
            (Effect::Opens, "\u{1b}[31m"),
            (Effect::LessResilient, "\u{1b}[33m"),
            (Effect::Stays, "\u{1b}[33m"),
            (Effect::NewImage, "\u{1b}[36m"),
            (Effect::None, "\u{1b}[2m"),
        ] {
            assert_eq!(page.paint("x", style(effect)), format!("{codes}x\u{1b}[0m"), "{effect:?}");
        }
    }
}
