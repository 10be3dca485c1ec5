//! Lengths of time as Go programs read them.

use super::checked_text;

checked_text!(
    /// A length of time: whole numbers with units, the greatest first, such as `90s`, `1h` or `1h30m`; `0` needs no unit.
    /// Sources: <https://pkg.go.dev/time#ParseDuration>, and
    /// <https://prometheus.io/docs/prometheus/latest/configuration/configuration/> for their order.
    Duration,
    |text| text == "0" || is_duration(text),
    "must be a length of time such as `30s`, `15m` or `1h`"
);

/// The units, the greatest first.
const UNITS: [&str; 4] = ["h", "m", "s", "ms"];

fn is_duration(mut rest: &str) -> bool {
    // Units that are left: each one may come once, and none before a greater one.
    let mut left = &UNITS[..];
    while !rest.is_empty() {
        let number = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let after = &rest[number..];
        let unit = &after[..after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len())];
        let Some(at) = left.iter().position(|known| *known == unit).filter(|_| number > 0) else { return false };
        left = &left[at + 1..];
        rest = &after[unit.len()..];
    }
    left.len() < UNITS.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_those_of_go() {
        for good in ["0", "30s", "1h", "1h30m", "500ms", "1h0m0s"] {
            assert!(good.parse::<Duration>().is_ok(), "{good}");
        }
        for bad in ["", "1", "h", "1s1m", "1m1m", "1d", "1 h", "-1s", "1.5h", "30 seconds"] {
            assert!(bad.parse::<Duration>().is_err(), "{bad}");
        }
    }
}
