//! The newest Python that the pinned packages work with.

use super::Manifest;
use crate::data::{FirstRelease, PYTHON_SUPPORT, WHEELS, at_least};

/// The newest minor version of Python that the pinned packages work with, and the package that bounds it.
pub(crate) fn newest_python(manifest: &Manifest) -> Option<(u32, String)> {
    let tables = [&*PYTHON_SUPPORT, &*WHEELS];
    let packages = tables.into_iter().flat_map(|table| table.chunk_by(|one, other| one.package == other.package));
    packages.filter_map(|releases| bound(manifest, releases)).min()
}

/// The minor version that the pin or the range of a package allows, by its `releases`, the newest first.
fn bound(manifest: &Manifest, releases: &[FirstRelease]) -> Option<(u32, String)> {
    let name = releases.first()?.package;
    if let Some(pin) = manifest.pins.get(name) {
        let first = releases.iter().find(|first| at_least(pin, first.version))?;
        return Some((first.minor, format!("{name} {pin}")));
    }
    // What is installed is the newest release below the end of the range.
    let specifier = &manifest.at_runtime(name)?.specifier;
    let end = super::version::end(specifier)?;
    let first = releases.iter().find(|first| !at_least(first.version, &end))?;
    Some((
        first.minor,
        format!("{name}{}{specifier}", if specifier.starts_with(['<', '>', '=', '~']) { "" } else { " " }),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound_of(pins: &[(&str, &str)]) -> Option<(u32, String)> {
        let mut manifest = Manifest::default();
        manifest.pins.extend(pins.iter().map(|(name, version)| ((*name).to_owned(), (*version).to_owned())));
        newest_python(&manifest)
    }

    #[test]
    fn the_package_with_the_oldest_wheels_bounds_python() {
        assert_eq!(bound_of(&[("django", "5.2.8"), ("multidict", "6.0.4")]), Some((11, "multidict 6.0.4".to_owned())));
        assert_eq!(bound_of(&[("pillow", "11.3.0"), ("lxml", "5.3.0")]), Some((13, "lxml 5.3.0".to_owned())));
        assert_eq!(bound_of(&[("requests", "2.32.0")]), None);
    }

    #[test]
    fn the_end_of_a_range_bounds_as_a_pin_does() {
        for (specifier, minor) in [
            ("~=2.0", Some(9)),
            (">=2.0,<3", Some(9)),
            ("<3", Some(9)),
            ("==2.*", Some(9)),
            ("^2.2", Some(9)),
            ("~4.1.2", Some(11)),
            ("<=4.1.3", Some(11)),
            ("<2", Some(7)),
            ("==1.10.*", Some(5)),
            (">=2.0", None),
            ("", None),
        ] {
            let file = String::new();
            let dependency = super::super::Dependency {
                name: "django".to_owned(),
                specifier: specifier.to_owned(),
                extras: Vec::new(),
                file,
                line: 1,
                section: super::super::Section::Main,
            };
            let manifest = Manifest { dependencies: vec![dependency], ..Manifest::default() };
            assert_eq!(newest_python(&manifest).map(|(minor, _)| minor), minor, "{specifier}");
        }
    }

    #[test]
    fn versions_and_minors_fall_together_within_a_major_version() {
        for package in WHEELS.chunk_by(|one, other| one.package == other.package) {
            for pair in package.windows(2) {
                assert!(at_least(pair[0].version, pair[1].version) && pair[0].minor > pair[1].minor, "{pair:?}");
            }
        }
    }
}
