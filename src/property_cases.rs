//! How many cases the slow property tests draw.

/// All of `cases` with `CI=true`; a sixteenth in a local run, where each draws other ones and must be quick.
pub(crate) fn property_cases(cases: u32) -> u32 {
    if std::env::var("CI").is_ok_and(|value| value == "true") { cases } else { cases.div_ceil(16) }
}
