//! Lengths of time as Go programs read them.

use std::str::FromStr;

use super::checked_text;

/// A length of time: whole numbers with units, such as `90s`, `1h` or `1h30m`; `0` needs no unit.
/// Source: <https://pkg.go.dev/time#ParseDuration>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duration(String);
checked_text!(Duration);

impl FromStr for Duration {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "0" || is_duration(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err("must be a length of time such as `30s`, `15m` or `1h`".into())
        }
    }
}

fn is_duration(mut rest: &str) -> bool {
    let mut parts = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let Some(unit) = ["ms", "h", "m", "s"].into_iter().find(|unit| rest[digits..].starts_with(unit)) else {
            return false;
        };
        if digits == 0 {
            return false;
        }
        rest = &rest[digits + unit.len()..];
        parts += 1;
    }
    parts > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_those_of_go() {
        for good in ["0", "30s", "1h", "1h30m", "500ms", "1h0m0s"] {
            assert!(good.parse::<Duration>().is_ok(), "{good}");
        }
        for bad in ["", "1", "h", "1d", "1 h", "-1s", "1.5h", "30 seconds"] {
            assert!(bad.parse::<Duration>().is_err(), "{bad}");
        }
    }
}
