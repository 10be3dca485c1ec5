//! Quantities and counts as Kubernetes writes them, to tell more from less.

use serde_json::Value;

/// Suffixes and their factors
/// (<https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>).
const SUFFIXES: &[(&str, f64)] = &[
    ("Ki", 1024.0),
    ("Mi", 1_048_576.0),
    ("Gi", 1_073_741_824.0),
    ("Ti", 1_099_511_627_776.0),
    ("Pi", 1_125_899_906_842_624.0),
    ("Ei", 1_152_921_504_606_846_976.0),
    ("m", 1e-3),
    ("k", 1e3),
    ("M", 1e6),
    ("G", 1e9),
    ("T", 1e12),
    ("P", 1e15),
    ("E", 1e18),
    ("%", 0.01),
];

/// The amount that a number or a quantity stands for; none for any other value. A per cent is a hundredth.
pub(crate) fn amount(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => {
            let plain = text.parse::<f64>().ok().filter(|number| number.is_finite());
            plain.or_else(|| {
                SUFFIXES.iter().find_map(|(suffix, factor)| {
                    text.strip_suffix(suffix)?.parse::<f64>().ok().map(|number| number * factor)
                })
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn more_and_less_are_told_apart_across_units() {
        let at = |text: &str| amount(&json!(text)).unwrap();
        assert!(at("512Mi") < at("1Gi") && at("1Gi") > at("1G") && at("900m") < at("1") && at("25%") < at("50%"));
        assert_eq!(amount(&json!(3)), Some(3.0));
        assert_eq!(amount(&json!("fast")), None);
        assert_eq!(amount(&json!("inf")), None);
    }
}
