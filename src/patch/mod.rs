//! Patches over rendered objects, and the YAML they come back as.

mod scalar;

pub use scalar::{is_ambiguous, scalar};
