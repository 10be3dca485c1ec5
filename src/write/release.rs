//! Releases of pykube: an older one does not write over what a newer one wrote.

use std::fmt;
use std::str::FromStr;

/// The version of a pykube.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Release([u32; 3]);

impl Release {
    /// The version of this pykube.
    pub(crate) const THIS: &str = env!("CARGO_PKG_VERSION");

    /// Whether it is newer than this pykube.
    pub(crate) fn is_newer(&self) -> bool {
        Self::THIS.parse::<Self>().is_ok_and(|this| *self > this)
    }
}

impl FromStr for Release {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut numbers = text.split('.').map(str::parse);
        let mut next = || numbers.next().and_then(Result::ok).ok_or(());
        let release = Self([next()?, next()?, next()?]);
        if numbers.next().is_some() { Err(()) } else { Ok(release) }
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self([major, minor, patch]) = self;
        write!(f, "{major}.{minor}.{patch}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_compared_by_their_numbers() {
        let release = |text: &str| text.parse::<Release>();
        assert!(release("0.10.0").unwrap() > release("0.9.3").unwrap());
        assert!(release("99.0.0").unwrap().is_newer());
        assert!(!release(Release::THIS).unwrap().is_newer());
        for wrong in ["", "1.2", "1.2.3.4", "1.2.x", "1.2.3-rc1"] {
            assert_eq!(release(wrong), Err(()), "{wrong}");
        }
    }
}
