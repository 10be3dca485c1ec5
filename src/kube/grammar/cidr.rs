//! `10.0.0.0/8`, `fd00::/8`: a block of addresses, in the notation of RFC 4632 and RFC 4291.

use std::fmt;
use std::net::IpAddr;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cidr {
    address: IpAddr,
    /// How many bits all addresses have in common.
    pub(crate) length: u32,
}

impl Cidr {
    /// Takes `text` apart as the API server does, which refuses a length with a zero in front.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, digits) = text.split_once('/')?;
        let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
        Self::new(address.parse().ok()?, Some(digits.parse().ok().filter(|_| is_plain)?))
    }

    /// The block around `address`; without a length that address alone.
    pub(crate) fn new(address: IpAddr, length: Option<u32>) -> Option<Self> {
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let length = length.unwrap_or(longest);
        (length <= longest).then_some(Self { address, length })
    }

    /// Whether every address of `part` is in it.
    pub(crate) fn holds(self, part: Self) -> bool {
        let shared = match (self.address, part.address) {
            (IpAddr::V4(whole), IpAddr::V4(part)) => (whole.to_bits() ^ part.to_bits()).leading_zeros(),
            (IpAddr::V6(whole), IpAddr::V6(part)) => (whole.to_bits() ^ part.to_bits()).leading_zeros(),
            _ => return false,
        };
        part.length >= self.length && shared >= self.length
    }

    /// The same block, named by its first address.
    pub(crate) fn first(self) -> Self {
        let address = match self.address {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(32 - self.length).unwrap_or(0);
                IpAddr::V4((address.to_bits() & mask).into())
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(128 - self.length).unwrap_or(0);
                IpAddr::V6((address.to_bits() & mask).into())
            }
        };
        Self { address, ..self }
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::Cidr;

    #[test]
    fn a_block_holds_what_begins_with_its_bits() {
        let cidr = |text| Cidr::parse(text).unwrap();
        for (whole, part, holds) in [
            ("10.0.0.0/8", "10.1.0.0/16", true),
            ("10.0.0.0/8", "10.0.0.0/8", true),
            ("10.1.0.0/16", "10.0.0.0/8", false),
            ("10.0.0.0/8", "11.0.0.0/16", false),
            ("0.0.0.0/0", "255.255.255.255/32", true),
            ("::/0", "fd00::/8", true),
            ("fd00::/8", "fe00::/16", false),
            ("0.0.0.0/0", "::/0", false),
        ] {
            assert_eq!(cidr(whole).holds(cidr(part)), holds, "{whole} {part}");
        }
        for bad in ["10.0.0.0", "10.0.0.0/33", "10.0.0.0/08", "10.0.0/8", "::/129", "10.0.0.0/+8"] {
            assert_eq!(Cidr::parse(bad), None, "{bad}");
        }
        assert_eq!(cidr("10.1.2.3/0").first().to_string(), "0.0.0.0/0");
        assert_eq!(cidr("10.1.2.3/30").first().to_string(), "10.1.2.0/30");
        assert_eq!(cidr("fd00::1/128").first().to_string(), "fd00::1/128");
    }
}
