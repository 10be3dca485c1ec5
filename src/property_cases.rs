//! How many cases the slow property tests draw.

/// All of `cases` with `CI=true`; a sixteenth at a desk, where each run draws other ones and the next run must be near.
pub(crate) fn property_cases(cases: u32) -> u32 {
    if std::env::var("CI").is_ok_and(|value| value == "true") { cases } else { cases.div_ceil(16) }
}
