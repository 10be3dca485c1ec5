//! The one gate for text that leaves for a terminal, a pipe or the log of a CI job.
//!
//! What pykube prints holds names and texts from repositories that somebody else wrote. Behind the gate no character of
//! theirs moves the cursor, turns the direction of the text, hides itself or begins a command to the runner, and no
//! credential is readable.

use std::fmt::Write as _;
use std::io::{self, Write};

use serde_json::Value;

use crate::credential::redact;

/// Where a text goes, and what is done to it on its way.
#[derive(Debug)]
pub(crate) struct Screen {
    target: Target,
    form: Form,
    waiting: Vec<u8>,
}

/// What kind of text it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// For a person: credentials are taken out of the running text.
    Text,
    /// Workflow commands (`::warning file=…::`), whose values are escaped: their lines begin with `::`.
    WorkflowCommands,
    /// JSON, out of whose strings credentials were taken before.
    Json,
}

#[derive(Debug)]
enum Target {
    Output,
    Errors,
}

/// Standard output, for data; [`Write::flush`] says whether it arrived.
pub(crate) fn stdout() -> Screen {
    Screen { target: Target::Output, form: Form::Text, waiting: Vec::new() }
}

/// Standard error, for talk.
pub(crate) fn stderr() -> Screen {
    Screen { target: Target::Errors, form: Form::Text, waiting: Vec::new() }
}

/// Prints a text for a person.
pub(crate) fn print(text: &str) -> io::Result<()> {
    send(text, Form::Text)
}

/// Prints workflow commands (`::warning file=…::`), whose values are escaped already.
pub(crate) fn print_workflow_commands(text: &str) -> io::Result<()> {
    send(text, Form::WorkflowCommands)
}

/// Prints one value for programs.
pub(crate) fn print_json(value: &Value) -> io::Result<()> {
    send(&format!("{:#}\n", without_credentials(value)), Form::Json)
}

fn send(text: &str, form: Form) -> io::Result<()> {
    let mut screen = stdout();
    screen.form = form;
    screen.write_all(text.as_bytes())?;
    screen.flush()
}

/// `value` with every credential in its strings replaced.
pub(crate) fn without_credentials(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(redact(text).text),
        Value::Array(items) => Value::Array(items.iter().map(without_credentials).collect()),
        Value::Object(map) => {
            Value::Object(map.iter().map(|(key, value)| (key.clone(), without_credentials(value))).collect())
        }
        other => other.clone(),
    }
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.waiting.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let bytes = std::mem::take(&mut self.waiting);
        let text = String::from_utf8_lossy(&bytes);
        let text = match self.form {
            Form::Json => gated(&text, false),
            Form::Text => gated(&redact(&text).text, false),
            Form::WorkflowCommands => gated(&redact(&text).text, true),
        };
        let mut target: Box<dyn Write> = match self.target {
            Target::Output => Box::new(anstream::stdout().lock()),
            Target::Errors => Box::new(anstream::stderr().lock()),
        };
        target.write_all(text.as_bytes())?;
        target.flush()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // Who needs to know whether it arrived flushes; here there is nobody left to tell.
        let _ = self.flush();
    }
}

/// `text` on one line and without control characters: for a name from outside in a line of ours.
pub(crate) fn one_line(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, sign| {
        if matches!(sign, '\n' | '\t' | '\r') || is_hidden(sign) {
            escape(&mut out, sign);
        } else {
            out.push(sign);
        }
        out
    })
}

/// The text behind the gate.
fn gated(text: &str, has_commands: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        // The runner takes a line for a command that begins with `::` behind white space, or holds `##[`.
        // Source: github.com/actions/runner, src/Runner.Common/ActionCommand.cs.
        let body = line.trim_start();
        let mut rest = line;
        if !has_commands && body.starts_with("::") {
            out.push_str(&line[..line.len() - body.len()]);
            out.push_str("\\u003a");
            rest = &body[1..];
        }
        characters(&mut out, rest);
    }
    if has_commands || !out.contains("##[") { out } else { out.replace("##[", "#\\u0023[") }
}

fn characters(out: &mut String, text: &str) {
    let mut from = 0;
    for (at, sign) in text.char_indices() {
        let is_line_end = sign == '\r' && text[at + 1..].starts_with('\n');
        if at < from || !is_hidden(sign) || is_line_end {
            if at >= from {
                out.push(sign);
            }
            continue;
        }
        match style(&text[at..]) {
            Some(length) => {
                out.push_str(&text[at..at + length]);
                from = at + length;
            }
            None => escape(out, sign),
        }
    }
}

/// Length of one of our own styles at the start of `text`: `ESC [ numbers m` of bold, dim, underlined and colours.
/// Those that hide text (8, and black on black) are left out.
fn style(text: &str) -> Option<usize> {
    let inner = text.strip_prefix("\u{1b}[")?;
    let end = inner.find('m').filter(|end| *end <= 16)?;
    let is_ours = |number: &str| {
        matches!(number.parse::<u8>(), Ok(0 | 1 | 2 | 3 | 4 | 22 | 24 | 31..=39 | 90..=97 | 5)) || number.is_empty()
    };
    // `38;5;N`: a colour of the palette.
    let numbers: Vec<&str> = inner[..end].split(';').collect();
    let is_palette =
        matches!(numbers.as_slice(), ["38", "5", colour] if colour.parse::<u8>().is_ok_and(|colour| colour > 0));
    (is_palette || numbers.iter().all(|number| is_ours(number))).then_some(2 + end + 1)
}

/// Characters that a reader does not see and that act on the terminal or on the order of the text: controls, marks of
/// direction (Unicode Standard Annex 9), separators of lines, joiners without a width, and tags.
pub(crate) fn is_hidden(sign: char) -> bool {
    (sign.is_control() && !matches!(sign, '\n' | '\t'))
        || matches!(sign, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
        || matches!(sign, '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// `\u202e`, in units of UTF-16 as JSON has it: inside a string of JSON it is the same character.
fn escape(out: &mut String, sign: char) {
    for unit in sign.encode_utf16(&mut [0; 2]) {
        let _ = write!(out, "\\u{unit:04x}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_acts_on_a_terminal_passes() {
        let hostile = "a\u{1b}]0;title\u{7}b\u{9b}31m\u{202e}c\u{200b}\u{2028}\u{e0001}\u{1b}[8mx\u{1b}[2J\rz\u{7f}";
        let shown = gated(hostile, false);
        assert!(shown.chars().all(|sign| !is_hidden(sign)), "{shown:?}");
        assert!(shown.contains("a\\u001b]0;title\\u0007b\\u009b31m\\u202ec"), "{shown}");
    }

    #[test]
    fn our_styles_and_ordinary_text_pass() {
        let ours = "\u{1b}[1m\u{1b}[31merror\u{1b}[0m: größer als 1\r\n\tIPv6 fd00::1 \u{1b}[38;5;9mx\u{1b}[39m\n";
        assert_eq!(gated(ours, false), ours);
    }

    #[test]
    fn no_line_is_a_command_to_the_runner_unless_it_is_ours() {
        let text = "name\n  ::add-mask::x\n##[group]y\n::warning::z";
        let shown = gated(text, false);
        assert!(!shown.lines().any(|line| line.trim_start().starts_with("::") || line.contains("##[")), "{shown}");
        assert_eq!(gated("::warning::z\n", true), "::warning::z\n");
    }

    #[test]
    fn what_is_escaped_in_json_stays_the_same_value() {
        let value = serde_json::json!({ "name": "a\u{202e}b\u{9b}c\u{e0041}\u{1b}" });
        let back: serde_json::Value = serde_json::from_str(&gated(&format!("{value:#}\n"), false)).unwrap();
        assert_eq!(back, value);
    }

    #[test]
    fn a_name_from_outside_stays_on_its_line() {
        assert_eq!(one_line("a\n::add-mask::b\u{1b}[0m"), "a\\u000a::add-mask::b\\u001b[0m");
    }
}
