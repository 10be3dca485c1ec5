//! A Dockerfile as a list of instructions.
//!
//! Source: Dockerfile reference (docs.docker.com/reference/dockerfile): a backslash continues on the next line, comment
//! lines inside an instruction are dropped, `ARG`s before the first `FROM` are the only variables that `FROM` sees, and
//! `RUN`, `COPY` and `ADD` take here-documents (`<<EOF`) from the lines below them.

use std::borrow::Cow;
use std::collections::BTreeMap;

pub(crate) struct Dockerfile<'a> {
    /// Its instructions, in order.
    pub(crate) instructions: Vec<Instruction<'a>>,
}

pub(crate) struct Instruction<'a> {
    /// Line of its keyword, counted from 1.
    pub(crate) line: usize,
    /// Its keyword in upper case.
    pub(crate) keyword: String,
    /// What follows, lines joined by a blank, without its here-documents.
    pub(crate) arguments: Cow<'a, str>,
    /// Its here-documents, each with the line that ends it.
    pub(crate) documents: Vec<&'a str>,
}

/// A `FROM`.
pub(crate) struct Stage<'a> {
    /// Line of the instruction.
    pub(crate) line: usize,
    /// The image or the earlier stage, variables as written.
    pub(crate) base: &'a str,
    /// The name behind `AS`.
    pub(crate) name: Option<&'a str>,
}

impl<'a> Dockerfile<'a> {
    /// Splits `text` into instructions.
    pub(crate) fn new(text: &'a str) -> Self {
        let mut instructions: Vec<Instruction> = Vec::new();
        let mut goes_on = false;
        let mut lines = text.lines().enumerate();
        while let Some((number, line)) = lines.next() {
            let line = line.trim();
            if line.starts_with('#') || (line.is_empty() && goes_on) {
                continue;
            }
            let (part, next_goes_on) = match line.strip_suffix('\\') {
                Some(part) => (part.trim_end(), true),
                None => (line, false),
            };
            if goes_on && let Some(last) = instructions.last_mut() {
                let arguments = last.arguments.to_mut();
                arguments.push(' ');
                arguments.push_str(part);
            } else if !part.is_empty() {
                let (keyword, arguments) = part.split_once(char::is_whitespace).unwrap_or((part, ""));
                let keyword = keyword.to_ascii_uppercase();
                let arguments = Cow::Borrowed(arguments.trim_start());
                instructions.push(Instruction { line: number + 1, keyword, arguments, documents: Vec::new() });
            }
            goes_on = next_goes_on;
            if let (false, Some(last)) = (goes_on, instructions.last_mut()) {
                let ends: Vec<(String, bool)> =
                    if part.is_empty() { Vec::new() } else { last.here_documents().collect() };
                for (end, tabs) in ends {
                    for (_, line) in lines.by_ref() {
                        last.documents.push(line);
                        if end == if tabs { line.trim_start_matches('\t') } else { line } {
                            break;
                        }
                    }
                }
            }
        }
        Self { instructions }
    }

    pub(crate) fn all<'d>(&'d self, keyword: &'d str) -> impl DoubleEndedIterator<Item = &'d Instruction<'a>> {
        self.instructions.iter().filter(move |instruction| instruction.keyword == keyword)
    }

    /// The stages, in order.
    pub(crate) fn stages(&self) -> impl Iterator<Item = Stage<'_>> {
        self.all("FROM").map(|instruction| {
            let mut words = instruction.arguments.split_ascii_whitespace().filter(|word| !word.starts_with("--"));
            let base = words.next().unwrap_or_default();
            let name = words.next().filter(|word| word.eq_ignore_ascii_case("as")).and_then(|_| words.next());
            Stage { line: instruction.line, base, name }
        })
    }

    /// The instructions of the last stage: what the image is made of.
    pub(crate) fn runtime(&self) -> &[Instruction<'a>] {
        let start = self.instructions.iter().rposition(|instruction| instruction.keyword == "FROM");
        &self.instructions[start.unwrap_or(0)..]
    }

    /// The last instruction of that keyword in the last stage: the one that counts.
    pub(crate) fn effective(&self, keyword: &str) -> Option<&Instruction<'a>> {
        self.runtime().iter().rev().find(|instruction| instruction.keyword == keyword)
    }

    /// Defaults of the `ARG`s before the first `FROM`.
    fn global_arguments(&self) -> BTreeMap<&str, &str> {
        self.instructions
            .iter()
            .take_while(|instruction| instruction.keyword != "FROM")
            .filter(|instruction| instruction.keyword == "ARG")
            .flat_map(|instruction| instruction.arguments.split_ascii_whitespace())
            .filter_map(|word| word.split_once('='))
            .map(|(name, value)| (name, value.trim_matches('"')))
            .collect()
    }

    /// `text` with `$NAME` and `${NAME}` replaced by the defaults of the global `ARG`s; an unknown name is left out, as
    /// the builder does.
    pub(crate) fn expand(&self, text: &str) -> String {
        let known = self.global_arguments();
        let mut expanded = String::new();
        let mut rest = text;
        while let Some(dollar) = rest.find('$') {
            expanded.push_str(&rest[..dollar]);
            rest = &rest[dollar + 1..];
            let (name, after) = match rest.strip_prefix('{') {
                Some(braced) => braced.split_once('}').unwrap_or((braced, "")),
                None => {
                    rest.split_at(rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len()))
                }
            };
            expanded.push_str(known.get(name).copied().unwrap_or_default());
            rest = after;
        }
        expanded.push_str(rest);
        expanded
    }
}

impl Instruction<'_> {
    /// The words that end its here-documents, and whether the tabs in front of them are left out.
    ///
    /// Source: `reHeredoc` and `heredocDirectives` of BuildKit, `frontend/dockerfile/parser/parser.go`.
    fn here_documents(&self) -> impl Iterator<Item = (String, bool)> {
        let takes_some = matches!(self.keyword.as_str(), "RUN" | "COPY" | "ADD");
        let words = self.arguments.split_ascii_whitespace().filter(move |_| takes_some);
        words.filter_map(|word| {
            let word = word.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix("<<")?;
            let (word, tabs) = word.strip_prefix('-').map_or((word, false), |word| (word, true));
            let word = word.trim_matches(['"', '\'']);
            (!word.is_empty() && !word.contains('<')).then(|| (word.to_owned(), tabs))
        })
    }

    /// All of it in one text: two that are equal do the same.
    pub(crate) fn text(&self) -> String {
        let head = format!("{} {}", self.keyword, self.arguments);
        std::iter::once(head.trim_end()).chain(self.documents.iter().copied()).collect::<Vec<_>>().join("\n")
    }
}

/// The words of an exec form, or nothing for a shell form.
pub(crate) fn exec_form(instruction: &Instruction) -> Option<Vec<String>> {
    serde_json::from_str(&instruction.arguments).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# syntax=docker/dockerfile:1\nARG V=3.14\nFROM python:${V}-slim AS build\nRUN a \\\n    # why\n    && b\n\nFROM --platform=linux/amd64 python:$V\nCMD [\"x\", \"y\"]\ncmd x y\n";

    #[test]
    fn lines_are_joined_and_comments_dropped() {
        let file = Dockerfile::new(TEXT);
        let run = file.all("RUN").next().unwrap();
        assert_eq!((run.line, run.arguments.as_ref()), (4, "a && b"));
        assert_eq!(file.instructions.len(), 6);
    }

    #[test]
    fn here_documents_belong_to_their_instruction() {
        let text = "RUN <<EOF\nUSER x\n\tEOF\nEOF\nCOPY <<-\"A\" <<B /x/\n\tone\n\tA\ntwo\nB\nCMD a << 1\nUSER 1\n";
        let file = Dockerfile::new(text);
        let read: Vec<_> = file.instructions.iter().map(|one| (one.keyword.as_str(), one.documents.len())).collect();
        assert_eq!(read, [("RUN", 3), ("COPY", 4), ("CMD", 0), ("USER", 0)]);
        assert_eq!(file.instructions[0].text(), "RUN <<EOF\nUSER x\n\tEOF\nEOF");
    }

    #[test]
    fn stages_have_bases_and_names() {
        let file = Dockerfile::new(TEXT);
        let stages: Vec<_> = file.stages().map(|stage| (file.expand(stage.base), stage.name)).collect();
        assert_eq!(stages, [("python:3.14-slim".to_owned(), Some("build")), ("python:3.14".to_owned(), None)]);
        assert_eq!(file.runtime().len(), 3);
        assert_eq!(file.expand("a$NOPE-b"), "a-b");
    }

    #[test]
    fn only_a_json_list_is_an_exec_form() {
        let file = Dockerfile::new(TEXT);
        let forms: Vec<_> = file.all("CMD").map(exec_form).collect();
        assert_eq!(forms, [Some(vec!["x".to_owned(), "y".to_owned()]), None]);
    }
}
