//! What the user sees when something is wrong: message, place, help. One renderer for all of them.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::credential::{Redacted, redact, redact_app_toml};

/// Names that are less alike than this are not mistaken for each other (Jaro-Winkler similarity).
const ALIKE: f64 = 0.75;

/// `names` with their likeness to `name`, the most alike first.
pub(crate) fn by_likeness<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<(f64, &'a str)> {
    let mut scored: Vec<_> = names.into_iter().map(|known| (strsim::jaro_winkler(name, known), known)).collect();
    scored.sort_by(|one, other| other.0.total_cmp(&one.0));
    scored
}

/// The one of `names` that `name` was probably meant to be.
pub(crate) fn nearest<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    by_likeness(name, names).first().filter(|(score, _)| *score >= ALIKE).map(|(_, known)| *known)
}

/// A text that the user wrote, and the path to show for it.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// Path as the user would type it.
    pub path: String,
    pub text: String,
}

/// A place in a [`Source`] with what is to be said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The text that the place is in.
    pub source: Arc<Source>,
    /// The place, in bytes.
    pub span: Range<usize>,
    /// What is behind the mark; may be empty.
    pub text: String,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is written.
    Error,
    /// Said, and the work continues.
    Warning,
}

/// One thing that is wrong: what, where, and how to put it right.
///
/// Messages are lower case, without a full stop, with backticks round what the user wrote, and never hold the value
/// of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one line.
    pub message: String,
    /// The places: the first is where the fault is, the others are what it contradicts.
    pub labels: Vec<Label>,
    /// What to do about it, one line each.
    pub help: Vec<String>,
}

impl Diagnostic {
    /// An error without a place yet.
    pub fn error(message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, message: message.into(), labels: Vec::new(), help: Vec::new() }
    }

    /// A warning without a place yet.
    pub fn warning(message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(message) }
    }

    /// Adds a place; the first one added is the fault's own.
    #[must_use]
    pub fn at(mut self, source: &Arc<Source>, span: Range<usize>, text: impl Into<String>) -> Self {
        self.labels.push(Label { source: Arc::clone(source), span, text: text.into() });
        self
    }

    /// Adds a line that says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// The diagnostic as it is shown, without a line feed at its end and without the values of secrets. Without a place
    /// there is no frame that the help could be in: each line of it begins with `help:`, as after a refused render.
    pub fn render(&self, colour: bool) -> String {
        self.render_with(colour, &mut Shown::default())
    }

    fn render_with(&self, colour: bool, shown: &mut Shown) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        for label in &self.labels {
            shown.read(&label.source);
        }
        let message = self.without_secrets(&self.message, shown);
        let help: Vec<String> = self.help.iter().map(|help| self.without_secrets(help, shown)).collect();
        let texts: Vec<String> = self.labels.iter().map(|label| self.without_secrets(&label.text, shown)).collect();
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        if self.labels.is_empty() {
            let title = renderer.render(&[Group::with_title(level.primary_title(&message))]);
            let help = help.iter().map(|help| renderer.render(&[Group::with_title(Level::HELP.primary_title(help))]));
            return std::iter::once(title).chain(help).collect::<Vec<_>>().join("\n");
        }
        let mut group = level.primary_title(&message).elements(self.snippets(shown, &texts));
        for help in &help {
            group = group.element(Level::HELP.message(help));
        }
        renderer.render(&[group])
    }

    /// `text` without what looks like a credential, and without what is hidden in the sources that it speaks of.
    fn without_secrets(&self, text: &str, shown: &Shown) -> String {
        let hidden = self.labels.iter().filter_map(|label| shown.get(&label.source));
        let text = hidden.fold(text.to_owned(), |text, source| source.without_hidden(&text));
        redact(&text).text
    }

    /// One snippet for each source, in the order in which the labels name them.
    fn snippets<'a>(
        &'a self,
        shown: &'a Shown,
        texts: &'a [String],
    ) -> Vec<Snippet<'a, annotate_snippets::Annotation<'a>>> {
        let mut sources: Vec<&Arc<Source>> = Vec::new();
        for label in &self.labels {
            if !sources.contains(&&label.source) {
                sources.push(&label.source);
            }
        }
        let first = self.labels.first();
        let with_source = |source: &'a Arc<Source>| {
            let redacted = shown.get(source)?;
            let of_source = self.labels.iter().zip(texts).filter(move |(label, _)| label.source == *source);
            let marks = of_source.map(move |(label, text)| {
                let kind = if Some(label) == first { AnnotationKind::Primary } else { AnnotationKind::Context };
                kind.span(redacted.span(&label.span)).label((!text.is_empty()).then_some(text.as_str()))
            });
            Some(Snippet::source(redacted.text.as_str()).path(&source.path).annotations(marks))
        };
        sources.into_iter().filter_map(with_source).collect()
    }
}

/// The texts of sources as they may be shown: each is read once, however many diagnostics name it.
#[derive(Default)]
struct Shown(Vec<(Arc<Source>, Redacted)>);

impl Shown {
    fn read(&mut self, source: &Arc<Source>) {
        if self.get(source).is_none() {
            self.0.push((Arc::clone(source), redact_app_toml(&source.text)));
        }
    }

    fn get(&self, source: &Arc<Source>) -> Option<&Redacted> {
        self.0.iter().find(|(known, _)| Arc::ptr_eq(known, source)).map(|(_, redacted)| redacted)
    }
}

/// Everything that is wrong, reported in one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostics {
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// All of them as they are shown, an empty line between two.
    pub fn render(&self, colour: bool) -> String {
        let mut shown = Shown::default();
        self.0.iter().map(|diagnostic| diagnostic.render_with(colour, &mut shown)).collect::<Vec<_>>().join("\n\n")
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Diagnostics {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_and_a_contradicted_place_are_both_shown() {
        let source = Arc::new(Source { path: "app.toml".into(), text: "min = 3\n\n[volumes.media]\n".into() });
        let shown = Diagnostic::error("a ReadWriteOnce volume cannot be shared by 3 replicas")
            .at(&source, 9..24, "ReadWriteOnce by default")
            .at(&source, 0..7, "three replicas")
            .help("access = \"ReadWriteMany\"")
            .render(false);
        assert!(shown.starts_with("error: a ReadWriteOnce volume cannot be shared by 3 replicas"), "{shown}");
        assert!(shown.contains("--> app.toml:3:1"), "{shown}");
        assert!(shown.contains("------- three replicas"), "{shown}");
        assert!(shown.contains("help: access = \"ReadWriteMany\""), "{shown}");
    }
}
