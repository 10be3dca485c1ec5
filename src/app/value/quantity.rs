//! Resource quantities of the Kubernetes API.

use std::str::FromStr;

use super::checked_text;

/// A resource quantity: a number with an optional suffix.
/// Source: <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quantity(String);
checked_text!(Quantity);

/// Suffix and its worth in thousandths.
const SUFFIXES: [(&str, f64); 13] = [
    ("m", 1.0),
    ("", 1e3),
    ("k", 1e6),
    ("M", 1e9),
    ("G", 1e12),
    ("T", 1e15),
    ("P", 1e18),
    ("Ki", 1_024e3),
    ("Mi", 1_048_576e3),
    ("Gi", 1_073_741_824e3),
    ("Ti", 1_099_511_627_776e3),
    ("Pi", 1_125_899_906_842_624e3),
    ("Ei", 1_152_921_504_606_847e6),
];

impl Quantity {
    /// The amount, in thousandths of the unit (milli-CPU, or thousandths of a byte).
    #[must_use]
    pub fn thousandths(&self) -> f64 {
        thousandths(&self.0).unwrap_or(0.0)
    }

    /// A quantity that pykube itself writes; `text` is one of its own constants.
    #[must_use]
    pub(in crate::app) fn from_text(text: &'static str) -> Self {
        debug_assert!(thousandths(text).is_some(), "{text}");
        Self(text.to_owned())
    }

    /// A whole number of units.
    #[must_use]
    pub fn whole(number: u32) -> Self {
        Self(number.to_string())
    }
}

impl FromStr for Quantity {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match thousandths(text) {
            Some(amount) if amount > 0.0 => Ok(Self(text.to_owned())),
            Some(_) => Err("must be more than zero".into()),
            None => Err(match text.strip_suffix('B') {
                Some(rest) => format!("must be a quantity such as `500m` or `512Mi`; did you mean `{rest}i`?"),
                None => "must be a quantity such as `500m`, `2` or `512Mi`".into(),
            }),
        }
    }
}

fn thousandths(text: &str) -> Option<f64> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, suffix) = text.split_at(digits);
    let (_, worth) = SUFFIXES.iter().find(|(known, _)| *known == suffix)?;
    if number.is_empty() || number.starts_with('.') || number.ends_with('.') {
        return None;
    }
    Some(number.parse::<f64>().ok()? * worth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_those_of_the_api() {
        for good in ["1", "0.5", "500m", "512Mi", "1Gi", "2k", "64Mi"] {
            assert!(good.parse::<Quantity>().is_ok(), "{good}");
        }
        for bad in ["", "512MB", "500mm", "1 Gi", "-1", "0", "1e3x", "Gi", ".5", "5."] {
            assert!(bad.parse::<Quantity>().is_err(), "{bad}");
        }
        let amount = |text: &str| text.parse::<Quantity>().unwrap().thousandths();
        assert!(amount("1Gi") > amount("1G") && (amount("1500m") - amount("1.5")).abs() < f64::EPSILON);
    }
}
