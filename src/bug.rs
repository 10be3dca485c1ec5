//! What is said when pykube itself is wrong, not its input.

use std::fmt::Display;
use std::panic::Location;

/// Where bugs are reported: the repository that `Cargo.toml` names; empty while it names none.
const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");

/// The error for `what`, which no input should be able to cause, with the place in the source that found it.
#[track_caller]
pub(crate) fn bug(what: impl Display) -> anyhow::Error {
    let place = Location::caller();
    let to = if REPOSITORY.is_empty() { String::new() } else { format!(" at {REPOSITORY}/issues") };
    anyhow::anyhow!(
        "{what}; this is a bug in pykube {} ({}:{}); please report it{to}, with app.toml",
        env!("CARGO_PKG_VERSION"),
        place.file(),
        place.line(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bug_says_where_it_was_found_and_asks_for_a_report() {
        let said = bug("two outputs are called `x`").to_string();
        assert!(said.starts_with("two outputs are called `x`; this is a bug in pykube "), "{said}");
        assert!(said.contains("src/bug.rs:") && said.contains("please report it"), "{said}");
    }
}
