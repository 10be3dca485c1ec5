//! Reads files of `NAME=value` lines, as `docker run --env-file`, systemd and python-dotenv write them.
//!
//! No message holds a value, or any part of a line but the name in it.

use std::collections::BTreeMap;

/// Values by name.
pub(super) type Values = BTreeMap<String, String>;

/// Reads `text`; `path` is what messages call it.
///
/// A value may be in single quotes (taken as it is) or double quotes (with `\n`, `\t`, `\r`, `\"`, `\\` and `\$`),
/// and then span lines. `export` before a name and ` #` after an unquoted value are ignored. Nothing is expanded.
pub(super) fn parse(text: &str, path: &str) -> Result<Values, Vec<String>> {
    let mut reader = Reader { rest: text.strip_prefix('\u{feff}').unwrap_or(text), line: 1 };
    let (mut values, mut lines, mut faults) = (Values::new(), BTreeMap::new(), Vec::new());
    while !reader.rest.is_empty() {
        let line = reader.line;
        match reader.entry() {
            Ok(None) => {}
            Ok(Some((name, value))) => {
                if let Some(first) = lines.insert(name.clone(), line) {
                    faults.push(format!("{path}:{line}: `{name}` is set a second time, after line {first}"));
                }
                values.insert(name, value);
            }
            Err(clause) => {
                faults.push(format!("{path}:{line}: {clause}"));
                reader.skip_line();
            }
        }
    }
    if faults.is_empty() { Ok(values) } else { Err(faults) }
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

impl Reader<'_> {
    /// The next line's name and value; none for an empty line or a comment.
    fn entry(&mut self) -> Result<Option<(String, String)>, String> {
        let line = self.rest.split('\n').next().unwrap_or_default();
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            self.skip_line();
            return Ok(None);
        }
        let Some(equals) = line.find('=') else { return Err("this line is not `NAME=value`".into()) };
        let name = line[..equals].trim();
        let name = name.strip_prefix("export ").unwrap_or(name).trim();
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty() || !name.chars().all(fits) || name.starts_with(|c: char| c.is_ascii_digit()) {
            // What is before the sign may be part of a value that was broken over lines.
            return Err("the text before `=` is not a variable name".into());
        }
        let name = name.to_owned();
        self.rest = self.rest[equals + 1..].trim_start_matches([' ', '\t']);
        let value = match self.rest.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                self.quoted(quote).map_err(|clause| format!("the value of `{name}` {clause}"))?
            }
            _ => self.unquoted(),
        };
        Ok(Some((name, value)))
    }

    fn unquoted(&mut self) -> String {
        let line = self.rest.split('\n').next().unwrap_or_default();
        let end = [" #", "\t#"].into_iter().filter_map(|comment| line.find(comment)).min().unwrap_or(line.len());
        let value = line[..end].trim().to_owned();
        self.skip_line();
        value
    }

    fn quoted(&mut self, quote: char) -> Result<String, String> {
        let mut value = String::new();
        let mut letters = self.rest.char_indices().skip(1);
        let mut end = None;
        while let Some((at, c)) = letters.next() {
            match c {
                c if c == quote => {
                    end = Some(at + 1);
                    break;
                }
                '\\' if quote == '"' => match letters.next() {
                    Some((_, 'n')) => value.push('\n'),
                    Some((_, 't')) => value.push('\t'),
                    Some((_, 'r')) => value.push('\r'),
                    Some((_, next @ ('"' | '\\' | '$' | '`'))) => value.push(next),
                    Some((_, next)) => value.extend(['\\', next]),
                    None => break,
                },
                c => value.push(c),
            }
        }
        let end = end.ok_or("has a quote that is not closed")?;
        self.line += self.rest[..end].matches('\n').count();
        self.rest = &self.rest[end..];
        let after = self.rest.split('\n').next().unwrap_or_default().trim();
        if !after.is_empty() && !after.starts_with('#') {
            return Err("continues after its closing quote".into());
        }
        self.skip_line();
        Ok(value)
    }

    fn skip_line(&mut self) {
        self.rest = self.rest.split_once('\n').map_or("", |(_, rest)| rest);
        self.line += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<(String, String)> {
        parse(text, ".env").unwrap().into_iter().collect()
    }

    #[test]
    fn the_forms_of_python_dotenv_are_read() {
        let text = "# comment\n\nA=1\nexport B = two words # note\nC='a # $b'\nD=\"x\\ny \\\"z\\\"\"\nE=\nF=a#b\r\nG=\"l1\nl2\"\nH=p=q\n";
        let expected = [
            ("A", "1"),
            ("B", "two words"),
            ("C", "a # $b"),
            ("D", "x\ny \"z\""),
            ("E", ""),
            ("F", "a#b"),
            ("G", "l1\nl2"),
            ("H", "p=q"),
        ];
        let expected: Vec<_> = expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        assert_eq!(values(text), expected);
    }

    #[test]
    fn faults_name_the_line_and_never_the_value() {
        let faults = parse("A=1\nhunter2\nB='hunter2\nA=hunter2\n", ".env").unwrap_err();
        assert_eq!(faults[0], ".env:2: this line is not `NAME=value`");
        assert_eq!(faults[1], ".env:3: the value of `B` has a quote that is not closed");
        assert_eq!(faults[2], ".env:4: `A` is set a second time, after line 1");
        let faults = parse("hunter2 hunter3=x\nC=\"hunter2\" hunter3\n", ".env").unwrap_err();
        assert!(faults.len() == 2 && !faults.concat().contains("hunter"), "{faults:?}");
    }

    proptest::proptest! {
        #[test]
        fn nothing_makes_the_reader_panic_or_hang(text in "[A-B='\"\\\\#\n $é]{0,60}") {
            let _ = parse(&text, ".env");
        }
    }
}
