//! A text's SHA-256, by which a file is known to be as pykube wrote it.

use std::fmt;

use sha2::{Digest, Sha256};

/// Digits of the hash behind the name of an object that is called after its content.
const SHORT: usize = 10;

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

    /// As many digits as are behind the name of an object that is called after its content.
    pub(crate) fn short(&self) -> &str {
        &self.0[..SHORT]
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// `name` without a last `-` and ten lower-case hexadecimal digits.
pub(crate) fn without_hash(name: &str) -> &str {
    match name.rsplit_once('-') {
        Some((stem, hash))
            if !stem.is_empty()
                && hash.len() == SHORT
                && hash.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)) =>
        {
            stem
        }
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_ten_hexadecimal_digits_behind_a_hyphen() {
        assert_eq!(without_hash("shop-config-3f9c2a7b1d"), "shop-config");
        for name in ["shop-config", "shop-3F9C2A7B1D", "shop-3f9c2a7b1", "3f9c2a7b1d", "-3f9c2a7b1d", "shop3f9c2a7b1d"]
        {
            assert_eq!(without_hash(name), name);
        }
    }

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
