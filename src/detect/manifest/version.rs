//! Which Python a project may run on, and which it should: `3.N`, from constraints and statements.

/// Whether `3.minor` satisfies a specifier of PEP 440, Poetry or Pipenv; one that cannot be read allows everything.
pub(crate) fn allows(specifier: &str, minor: u32) -> bool {
    specifier.split("||").any(|alternative| {
        alternative.split(',').all(|clause| {
            clause
                .split_whitespace()
                .collect::<String>()
                .split_terminator(';')
                .next()
                .is_none_or(|clause| clause_allows(clause, minor))
        })
    })
}

fn clause_allows(clause: &str, minor: u32) -> bool {
    let split = clause.find(|c: char| c.is_ascii_digit() || c == '*').unwrap_or(clause.len());
    let (operator, version) = clause.split_at(split);
    let mut parts = version.split('.').map_while(|part| part.parse::<u32>().ok());
    let Some(major) = parts.next() else { return true };
    let (bound_minor, patch) = (parts.next(), parts.next());
    let bound = bound_minor.unwrap_or_default();
    match operator {
        ">=" => major < 3 || (major == 3 && minor >= bound),
        ">" => major < 3 || (major == 3 && (minor > bound || (minor == bound && patch.is_some()))),
        "<" => major > 3 || (major == 3 && (minor < bound || (minor == bound && patch.is_some_and(|patch| patch > 0)))),
        "<=" => major > 3 || (major == 3 && minor <= bound),
        "!=" => !(major == 3 && bound_minor == Some(minor) && patch.is_none()),
        "^" => major == 3 && minor >= bound,
        // `~=3.9` allows 3.10, `~=3.9.1` does not; Poetry's `~3.9` does not.
        "~=" => major == 3 && if patch.is_some() { minor == bound } else { minor >= bound },
        "" | "==" | "~" | "===" => major == 3 && bound_minor.is_none_or(|bound| bound == minor),
        _ => true,
    }
}

/// The first version that a specifier of PEP 440 or Poetry leaves out at its upper end; nothing when it has none.
pub(crate) fn end(specifier: &str) -> Option<String> {
    let clauses = specifier.split([',', ' ']).filter(|clause| !clause.is_empty());
    let ends = clauses.filter_map(|clause| {
        let split = clause.find(|c: char| c.is_ascii_digit())?;
        let (operator, version) = clause.split_at(split);
        let numbers: Vec<u32> = version.split('.').map_while(|part| part.parse().ok()).collect();
        // A first number that no version has says nothing.
        let last = numbers.len().checked_sub(1)?;
        let after = |length: usize| {
            let mut kept: Vec<u32> = numbers.iter().copied().take(length.max(1)).collect();
            let number = kept.last_mut()?;
            *number = number.checked_add(1)?;
            Some(kept.iter().map(ToString::to_string).collect::<Vec<_>>().join("."))
        };
        match operator.trim() {
            "<" => Some(numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(".")),
            "<=" => after(numbers.len()),
            "~=" => after(last),
            "~" => after(2.min(numbers.len())),
            "^" => after(numbers.iter().position(|number| *number > 0).unwrap_or(last) + 1),
            "" | "==" if version.contains('*') => after(numbers.len()),
            _ => None,
        }
    });
    // Of several ends the lowest counts.
    ends.min_by(
        |one, other| {
            if crate::data::at_least(one, other) { std::cmp::Ordering::Greater } else { std::cmp::Ordering::Less }
        },
    )
}

/// The first `3.N` in a text such as `python-3.12.1`, `cpython@3.12`, `3.12-slim`.
pub(crate) fn minor_in(text: &str) -> Option<u32> {
    let at = text.find("3.")?;
    let before = text[..at].chars().next_back();
    if before.is_some_and(|c| c.is_ascii_digit() || c == '.') {
        return None;
    }
    let digits: String = text[at + 2..].chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|minor| *minor < 30)
}

/// `N` of a text that begins with `3.N`.
pub(crate) fn minor_in_front(text: &str) -> Option<u32> {
    let digits: String = text.strip_prefix("3.")?.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|minor| *minor < 30)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn considered() -> std::ops::RangeInclusive<u32> {
        crate::data::PLATFORMS.python.detected.range()
    }

    fn allowed(specifier: &str) -> Vec<u32> {
        considered().filter(|minor| allows(specifier, *minor)).collect()
    }

    #[test]
    fn a_number_that_no_version_has_is_no_end() {
        for specifier in ["~=99999999999", "^99999999999.1", "<=4294967295", "~4294967295", "<99999999999"] {
            assert_eq!(end(specifier), None, "{specifier}");
        }
        assert_eq!(end("~=99999999999, <4").as_deref(), Some("4"));
    }

    #[test]
    fn specifiers_of_every_tool() {
        assert_eq!(allowed(">=3.11,<3.14"), [11, 12, 13]);
        assert_eq!(allowed("==3.12.*"), [12]);
        assert_eq!(allowed("^3.12"), [12, 13, 14]);
        assert_eq!(allowed("~3.10"), [10]);
        assert_eq!(allowed("~=3.12"), [12, 13, 14]);
        assert_eq!(allowed(">=3.12, !=3.13.*, <4"), [12, 14]);
        assert_eq!(allowed("3.9"), [9]);
        assert_eq!(allowed(">=3.12,<3.14.1"), [12, 13, 14]);
        assert_eq!(allowed("^3.7 || ^3.8").first(), Some(&7));
        assert_eq!(allowed("*").len(), considered().count());
    }

    #[test]
    fn statements() {
        assert_eq!(minor_in("python-3.12.1"), Some(12));
        assert_eq!(minor_in("ghcr.io/astral-sh/uv:0.8-python3.14-trixie"), Some(14));
        assert_eq!(minor_in("13.3"), None);
    }
}
