//! The review as a pull-request comment, and as annotations of a workflow run.

use std::fmt::Write as _;

use super::effect::Effect;
use super::subject::{ChangeKind, Review, Subject};
use super::text::{short, summary, values};
use crate::write::Status;

/// GitHub takes comments up to 65 536 characters; this leaves room for what a workflow puts around the review.
const LONGEST: usize = 60_000;

/// Objects with more fields than this are folded even when they are risky.
const FOLDED_FROM: usize = 15;

/// The review as Markdown: the summary, risky objects open, the others folded.
pub fn to_markdown(review: &Review) -> String {
    let mut text = format!("### pykube diff\n\n**{}**\n", summary(review));
    for warning in &review.warnings {
        let _ = write!(text, "\n> {}\n", escape(warning));
    }
    let conflicts = review.files.iter().filter(|(_, status)| status.is_conflict());
    for (path, status) in conflicts {
        let words = if *status == Status::Edited { "was edited by hand" } else { "was not written by pykube" };
        let _ = write!(text, "\n> `{}` {words}: `pykube render` refuses to overwrite it\n", code(path));
    }
    let mut left = 0;
    for subject in &review.subjects {
        let part = section(subject);
        if text.len() + part.len() > LONGEST {
            left += 1;
            continue;
        }
        text.push_str(&part);
    }
    if left > 0 {
        let _ = write!(text, "\n… {left} more: run `pykube diff`\n");
    }
    text
}

fn section(subject: &Subject) -> String {
    let worst = subject.worst();
    let suffix = match &subject.change_kind {
        ChangeKind::Added => " (new)".to_owned(),
        ChangeKind::Removed => " (removed)".to_owned(),
        ChangeKind::Renamed(was) => format!(" (was `{}`)", code(was)),
        ChangeKind::Changed => String::new(),
    };
    let title = format!("`{}`{suffix}: {}", code(&subject.identity.to_string()), worst.label());
    let mut body = String::new();
    for found in subject.found.iter().filter(|found| !found.why.is_empty()) {
        let _ = writeln!(body, "- {}: {}", found.effect.label(), escape(&found.why));
    }
    if !subject.fields.is_empty() {
        body.push_str("\n| field | change | effect |\n| --- | --- | --- |\n");
        for field in &subject.fields {
            let (sign, values) = values(&subject.identity.kind, &field.change);
            let sign = if sign == ' ' { String::new() } else { format!("{sign} ") };
            let path = short(&field.change.path);
            let path = if path.is_empty() { String::new() } else { format!("`{}`", code(&path)) };
            let _ = writeln!(body, "| {path} | `{sign}{}` | {} |", code(&values), effects(field));
        }
    }
    let open = worst.is_risky() && subject.fields.len() < FOLDED_FROM;
    if open || body.is_empty() {
        let body = if body.is_empty() { String::new() } else { format!("\n{}\n", body.trim_end()) };
        return format!("\n#### {title}\n{body}");
    }
    let heading = format!(
        "<code>{}</code>{}: {}",
        html(&subject.identity.to_string()),
        html(&suffix.replace('`', "")),
        worst.label()
    );
    format!("\n<details><summary>{heading}</summary>\n\n{}\n\n</details>\n", body.trim())
}

fn effects(field: &super::Field) -> String {
    let parts: Vec<String> = field
        .found
        .iter()
        .filter(|found| found.effect != Effect::None || !found.why.is_empty())
        .map(|found| match (found.effect, found.why.as_ref()) {
            (Effect::None, why) => escape(why),
            (effect, "") => effect.label().to_owned(),
            (effect, why) => format!("{}: {}", effect.label(), escape(why)),
        })
        .collect();
    parts.join("<br>")
}

/// Inside backticks in a table.
fn code(text: &str) -> String {
    text.replace('`', "'").replace('|', "\\|").replace(['\n', '\r'], " ")
}

fn escape(text: &str) -> String {
    html(text).replace('|', "\\|").replace(['\n', '\r'], " ").replace('@', "&#64;")
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The review as workflow commands of GitHub Actions: one annotation a risky object and one a conflict
/// (<https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands>).
pub fn annotations(review: &Review) -> String {
    let mut text = String::new();
    for (path, status) in review.files.iter().filter(|(_, status)| status.is_conflict()) {
        let words = if *status == Status::Edited { "edited since pykube wrote it" } else { "not written by pykube" };
        let _ = writeln!(text, "::error file={},title=pykube::{}", property(path), data(words));
    }
    for warning in &review.warnings {
        let _ = writeln!(text, "::warning title=pykube::{}", data(warning));
    }
    for subject in &review.subjects {
        let worst = subject.worst();
        let level = match worst {
            Effect::DataLoss | Effect::Immutable => "error",
            effect if effect.is_risky() => "warning",
            _ => "notice",
        };
        let title = format!("{}: {}", subject.identity, worst.label());
        let lines: Vec<String> = subject
            .fields
            .iter()
            .filter(|field| field.found.iter().any(|found| found.effect == worst))
            .map(|field| {
                let (sign, values) = values(&subject.identity.kind, &field.change);
                format!("{sign} {} {values}", short(&field.change.path)).trim().to_owned()
            })
            .chain(subject.found.iter().filter(|found| !found.why.is_empty()).map(|found| found.why.to_string()))
            .collect();
        let message = if lines.is_empty() { title.clone() } else { lines.join("\n") };
        let _ =
            writeln!(text, "::{level} file={},title={}::{}", property(&subject.file), property(&title), data(&message));
    }
    let _ = writeln!(text, "::notice title=pykube diff::{}", data(&summary(review)));
    text
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
