//! Debian packages that Python packages need.

use std::sync::LazyLock;

use super::{rows, words};

/// What one Python package needs beside its wheel.
#[derive(Debug)]
pub(crate) struct SystemPackagesOf {
    /// Normalised name of the Python package.
    pub(crate) package: &'static str,
    /// In the final image.
    pub(crate) runtime: Vec<&'static str>,
    /// Where it is built; empty when there are wheels that bring their own libraries.
    pub(crate) build: Vec<&'static str>,
}

/// Name in an older release of Debian, and its name today.
pub(crate) static DEBIAN_RENAMES: LazyLock<Vec<[&str; 2]>> =
    LazyLock::new(|| rows(include_str!("../../data/debian-renames.csv")).collect());

pub(crate) static SYSTEM_PACKAGES: LazyLock<Vec<SystemPackagesOf>> = LazyLock::new(|| {
    let rows = rows(include_str!("../../data/debian-packages.csv"));
    rows.map(|[package, runtime, build]| SystemPackagesOf { package, runtime: words(runtime), build: words(build) })
        .collect()
});
