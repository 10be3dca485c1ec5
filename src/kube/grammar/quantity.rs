//! `resource.Quantity`: `250m`, `512Mi`, `1e3`.
//!
//! Grammar: doc comment of `Quantity` in kubernetes/apimachinery, `pkg/api/resource/quantity.go` (2026). Strict schema
//! validators only ask for a string or a number and let `512MB` and `500mm` through.

use serde_json::Value;

use crate::kube::value::scalar;

/// A parsed quantity; ordered by its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Quantity {
    /// The value times 10⁹: the API server keeps no finer digit. Stops at the bounds instead of overflowing.
    nano: i128,
}

const NANO: i128 = 1_000_000_000;

/// The suffixes with the power that each stands for.
const DECIMAL: &[(&str, i32)] =
    &[("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];
const BINARY: &[(&str, u32)] = &[("Ki", 10), ("Mi", 20), ("Gi", 30), ("Ti", 40), ("Pi", 50), ("Ei", 60)];

impl Quantity {
    pub(crate) const ZERO: Self = Self { nano: 0 };
    /// One of whatever is counted.
    pub(crate) const ONE: Self = Self { nano: NANO };

    pub(crate) fn plus(self, other: Self) -> Self {
        Self { nano: self.nano.saturating_add(other.nano) }
    }

    /// So many of it.
    pub(crate) fn times(self, count: u64) -> Self {
        Self { nano: self.nano.saturating_mul(i128::from(count)) }
    }

    /// The quantity that `text` stands for, or nothing when the API server would refuse it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let end = unsigned.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(unsigned.len());
        let (number, suffix) = unsigned.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
            return None;
        }
        let nano = scaled(whole, fraction, suffix)?;
        Some(Self { nano: if negative { -nano } else { nano } })
    }

    /// The quantity that a field holds, be it a text or a number.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        Self::parse(&scalar(value)?)
    }

    /// The value times 1000, as near as a float comes to it.
    #[expect(clippy::cast_precision_loss, reason = "amounts of computers are far below 2^53 thousandths")]
    pub(crate) fn thousandths(self) -> f64 {
        self.nano as f64 / 1e6
    }

    /// Whether the value has a part below one: no byte count has.
    pub(crate) fn is_fractional(self) -> bool {
        self.nano % NANO != 0
    }

    /// Whether the value is below zero.
    pub(crate) fn is_negative(self) -> bool {
        self.nano < 0
    }

    /// Whether the value is zero.
    pub(crate) fn is_zero(self) -> bool {
        self.nano == 0
    }
}

/// The value in units of 10⁻⁹, rounded away from zero as the API server does; nothing for an unknown suffix.
fn scaled(whole: &str, fraction: &str, suffix: &str) -> Option<i128> {
    if let Some((_, power)) = BINARY.iter().find(|(known, _)| *known == suffix) {
        let factor = 1_i128 << power;
        return Some(shifted(whole, fraction, 9).saturating_mul(factor));
    }
    if let Some((_, power)) = DECIMAL.iter().find(|(known, _)| *known == suffix) {
        return Some(shifted(whole, fraction, 9 + power));
    }
    let exponent = suffix.strip_prefix(['e', 'E'])?;
    let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // An exponent that does not fit 32 bits is refused by the API server as well.
    let exponent: i32 = exponent.parse().ok()?;
    Some(shifted(whole, fraction, exponent.checked_add(9)?))
}

/// `whole.fraction` times ten to the `power`.
fn shifted(whole: &str, fraction: &str, power: i32) -> i128 {
    let mut value = 0_i128;
    let mut places = 0_i32;
    for digit in whole.bytes() {
        value = value.saturating_mul(10).saturating_add(i128::from(digit - b'0'));
    }
    // More than 30 places cannot change the nano digit of anything that fits.
    for digit in fraction.bytes().take(30) {
        value = value.saturating_mul(10).saturating_add(i128::from(digit - b'0'));
        places += 1;
    }
    let power = power - places;
    let factor = 10_i128.saturating_pow(power.unsigned_abs());
    if power >= 0 { value.saturating_mul(factor) } else { value / factor + i128::from(value % factor != 0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_the_grammar_parses() {
        for text in [
            "0", "1", "+1", "-1", "1.5", ".5", "5.", "250m", "512Mi", "1Gi", "1.5Gi", "1e3", "1E3", "1e-3", "2k",
            "8Ei", "100n",
        ] {
            assert!(Quantity::parse(text).is_some(), "{text}");
        }
    }

    #[test]
    fn what_the_api_server_refuses_is_refused() {
        for text in [
            "",
            "MB",
            "512MB",
            "500mm",
            "1K",
            "1 Gi",
            "1,5",
            "1.2.3",
            "0x10",
            "1e",
            "1e+",
            ".",
            "Mi",
            "1KiB",
            "１",
            "1e99999999999",
        ] {
            assert!(Quantity::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn values_compare_across_suffixes() {
        let value = |text| Quantity::parse(text).unwrap();
        assert_eq!(value("1000m"), value("1"));
        assert_eq!(value("1024Mi"), value("1Gi"));
        assert_eq!(value("1e3"), value("1k"));
        assert_eq!(value("1.5Gi"), value("1536Mi"));
        assert!(value("512M") < value("512Mi"));
        assert!(value("250m") < value("1"));
        assert!(value("-1") < value("0"));
        assert!(value("99999999999999999999999999999999999999999999Ei") > value("8Ei"));
        assert!(value("128m").is_fractional() && !value("128Mi").is_fractional());
    }

    #[test]
    fn finer_than_nano_is_rounded_away_from_zero() {
        assert_eq!(Quantity::parse("0.9n"), Quantity::parse("1n"));
        assert_eq!(Quantity::parse("1e-30"), Quantity::parse("1n"));
    }
}
