//! Which releases of packages work with which Python.

use std::sync::LazyLock;

use super::rows;

/// The first release of a package that works with a minor version of Python 3.
#[derive(Debug)]
pub(crate) struct FirstRelease {
    /// Normalised name.
    pub(crate) package: &'static str,
    pub(crate) version: &'static str,
    /// The newest minor version that it works with.
    pub(crate) minor: u32,
}

/// Packages that are all Python and still bound it; of each package the newest release first.
pub(crate) static PYTHON_SUPPORT: LazyLock<Vec<FirstRelease>> =
    LazyLock::new(|| read(include_str!("../../data/python-support.csv")));

/// Packages with a compiled part that does not go without; of each package the newest release first.
pub(crate) static WHEELS: LazyLock<Vec<FirstRelease>> = LazyLock::new(|| read(include_str!("../../data/wheels.csv")));

fn read(text: &'static str) -> Vec<FirstRelease> {
    let releases = rows(text)
        .filter_map(|[package, version, minor]| Some(FirstRelease { package, version, minor: minor.parse().ok()? }));
    releases.collect()
}
