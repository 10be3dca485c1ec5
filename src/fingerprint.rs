//! A text's SHA-256, by which a file is known to be as pykube wrote it.

use std::fmt;

use sha2::{Digest, Sha256};

/// The SHA-256 of a file's bytes, as 64 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint(String);

impl Fingerprint {
    /// The fingerprint of `bytes`.
    pub(crate) fn of(bytes: impl AsRef<[u8]>) -> Self {
        use fmt::Write as _;
        let mut hex = String::with_capacity(64);
        for byte in Sha256::digest(bytes.as_ref()) {
            // Writing into a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
        }
        Self(hex)
    }

    /// Takes 64 lower-case hexadecimal digits over.
    pub(crate) fn from_hex(hex: &str) -> Option<Self> {
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (hex.len() == 64 && hex.bytes().all(digit)).then(|| Self(hex.to_owned()))
    }

    /// As many digits as stand behind the name of an object that is called after its content.
    pub(crate) fn short(&self) -> &str {
        &self.0[..10]
    }

    /// The digits.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digits_are_those_of_sha256() {
        // FIPS 180-2, appendix B.1: the digest of `abc`.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(Fingerprint::of("abc").as_str(), abc);
        assert_eq!(Fingerprint::from_hex(abc), Some(Fingerprint::of("abc")));
        assert_eq!(Fingerprint::from_hex(&abc.to_uppercase()), None);
        assert_eq!(Fingerprint::from_hex("ba78"), None);
    }
}
