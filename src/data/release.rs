//! Versions of packages, compared.

/// Whether `version` is not before `bound`, by their dotted numbers.
pub(crate) fn at_least(version: &str, bound: &str) -> bool {
    let numbers = |text: &str| -> Vec<u32> {
        let parts = text.split('.').map_while(|part| {
            let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().ok()
        });
        let mut numbers: Vec<u32> = parts.collect();
        // `6.0` and `6.0.0` are the same version (PEP 440).
        while numbers.last() == Some(&0) {
            numbers.pop();
        }
        numbers
    };
    numbers(version) >= numbers(bound)
}

#[cfg(test)]
mod tests {
    use super::at_least;

    #[test]
    fn numbers_are_compared_and_not_texts() {
        assert!(at_least("2.10", "2.9.10"));
        assert!(!at_least("2.9.9", "2.9.10"));
        assert!(at_least("6.0", "6.0.0"));
    }
}
