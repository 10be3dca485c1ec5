//! Resource quantities of the Kubernetes API.

use super::checked_text;
use crate::kube::grammar::quantity::Quantity as Amount;

checked_text!(
    /// A resource quantity: a number with an optional suffix.
    /// Source: <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>
    Quantity,
    |text| match Amount::parse(text) {
        Some(amount) if amount > Amount::ZERO => Ok(text.to_owned()),
        Some(_) => Err("must be more than zero".into()),
        None => Err(match text.strip_suffix('B') {
            Some(rest) => format!("must be a quantity such as `500m` or `512Mi`; did you mean `{rest}i`?"),
            None => "must be a quantity such as `500m`, `2` or `512Mi`".into(),
        }),
    }
);

impl Quantity {
    /// The amount, in thousandths of the unit (milli-CPU, or thousandths of a byte).
    pub(crate) fn thousandths(&self) -> f64 {
        Amount::parse(&self.0).map_or(0.0, Amount::thousandths)
    }

    /// A quantity that pykube itself writes; `text` is one of its own constants.
    #[must_use]
    pub(in crate::app) fn from_text(text: &'static str) -> Self {
        debug_assert!(Amount::parse(text).is_some(), "{text}");
        Self(text.to_owned())
    }

    /// A whole number of units.
    #[must_use]
    pub(crate) fn whole(number: u32) -> Self {
        Self(number.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_those_of_the_api() {
        for good in ["1", "0.5", "500m", "512Mi", "1Gi", "2k", "64Mi", "1e9", "1E", "100u", ".5", "5."] {
            assert!(good.parse::<Quantity>().is_ok(), "{good}");
        }
        for bad in ["", "512MB", "500mm", "1 Gi", "-1", "0", "1e3x", "Gi", "."] {
            assert!(bad.parse::<Quantity>().is_err(), "{bad}");
        }
        let amount = |text: &str| text.parse::<Quantity>().unwrap().thousandths();
        assert!(amount("1Gi") > amount("1G") && (amount("1500m") - amount("1.5")).abs() < f64::EPSILON);
    }
}
