//! Lines for the user to add: exact, with their place. pykube itself never touches the user's code.

use std::fmt::Write as _;

use serde::Serialize;

use crate::detect::Source;

/// Lines to add, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Edit {
    /// Where; none when the place was not found.
    pub place: Option<Place>,
    /// The lines, with their spaces.
    pub lines: Vec<String>,
}

/// A place between two lines of a file, or some lines of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Place {
    /// Path below the folder of `app.toml`.
    pub file: String,
    /// The line that the new ones come after; 0 for the beginning of the file.
    pub after: u32,
    /// Number of lines after `after` that the new ones take the place of.
    pub replaced: u32,
    /// The text of the line `after`, to find it again when the file has changed.
    pub context: String,
}

impl Edit {
    /// Lines that come after the line `after` of `source`.
    pub(crate) fn after(source: &Source, after: u32, lines: Vec<String>) -> Self {
        Self::replacing(source, after, 0, lines)
    }

    /// Lines that take the place of `replaced` lines of `source` after the line `after`.
    pub(crate) fn replacing(source: &Source, after: u32, replaced: u32, lines: Vec<String>) -> Self {
        let context = if after == 0 { String::new() } else { source.line(after).to_owned() };
        Self { place: Some(Place { file: source.path.clone(), after, replaced, context }), lines }
    }

    /// Lines whose place was not found.
    pub(crate) fn unplaced(lines: Vec<String>) -> Self {
        Self { place: None, lines }
    }

    /// Whether `source` has all the lines already.
    pub(crate) fn is_done(&self, source: &Source) -> bool {
        let has = |line: &String| source.text().lines().any(|known| known.trim() == line.trim());
        self.lines.iter().filter(|line| !line.trim().is_empty()).all(has)
    }

    /// The edit as it is printed, without a line feed at its end.
    pub(crate) fn to_text(&self) -> String {
        let mut text = match &self.place {
            None => "add where the application is made (the place was not found):".to_owned(),
            Some(Place { file, after: 0, .. }) => format!("add to {file}, at its beginning:"),
            Some(Place { file, after, replaced: 0, context }) => {
                format!("add to {file}, after line {after} (`{}`):", shortened(context))
            }
            Some(Place { file, after, replaced: 1, .. }) => format!("in {file}, replacing line {}:", after + 1),
            Some(Place { file, after, replaced, .. }) => {
                format!("in {file}, replacing lines {} to {}:", after + 1, after + replaced)
            }
        };
        for line in &self.lines {
            // Writing into a String cannot fail.
            let _ = write!(text, "\n{line}");
        }
        text
    }
}

/// `text`, not longer than a line of talk should be.
fn shortened(text: &str) -> String {
    const SHOWN: usize = 48;
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(SHOWN - 1).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::fixture::with_files;
    use crate::vocabulary::Framework;

    #[test]
    fn the_place_is_told_with_its_line_and_text() {
        let files = [("shop/app.py", "import os\n\napp = Flask(__name__)\n")];
        with_files(Framework::Flask, &files, |code| {
            let source = code.module("shop.app").unwrap();
            let edit = Edit::after(source, 3, vec!["metrics.init_app(app)".into()]);
            assert_eq!(
                edit.to_text(),
                "add to shop/app.py, after line 3 (`app = Flask(__name__)`):\nmetrics.init_app(app)"
            );
            assert!(!edit.is_done(source));
            assert!(Edit::after(source, 0, vec!["import os".into()]).is_done(source));
        });
    }
}
