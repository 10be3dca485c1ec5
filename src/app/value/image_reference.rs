//! References to container images.

use std::str::FromStr;

use super::checked_text;
use crate::kube::grammar::image_reference::{self as grammar, ImageReference as Parts};

/// Registry and repository of an image, without tag and digest.
/// Source: the grammar of <https://github.com/distribution/reference> (`reference.go`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageRepository(String);
checked_text!(ImageRepository);

impl ImageRepository {
    /// The registry's host, when the reference names one.
    #[must_use]
    pub fn registry(&self) -> Option<&str> {
        Parts::split(&self.0).registry()
    }
}

impl FromStr for ImageRepository {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if Parts::parse(text).is_none_or(|parts| parts.tag.is_some() || parts.digest.is_some()) {
            let last = text.rsplit('/').next().unwrap_or_default();
            if last.contains(':') || last.contains('@') {
                return Err("must be a repository without tag and digest; `tag` has its own key".into());
            }
            return Err("must be a repository such as `ghcr.io/acme/shop`, in lower case".into());
        }
        Ok(Self(text.to_owned()))
    }
}

/// Tag of an image: fixed, so never `latest`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag(String);
checked_text!(Tag);

impl FromStr for Tag {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "latest" {
            return Err("must name a version; `latest` is another image tomorrow".into());
        }
        if grammar::is_tag(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err("must be a tag: letters, digits, `_`, `.` and `-`, at most 128 characters".into())
        }
    }
}

/// Digest of an image: `sha256:` and 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest(String);
checked_text!(Digest);

impl FromStr for Digest {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with("sha256:") && grammar::is_digest(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err("must be `sha256:` and 64 hexadecimal digits".into())
        }
    }
}

/// An image that is run as it is: repository with a fixed tag, a digest, or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageReference(String);
checked_text!(ImageReference);

impl FromStr for ImageReference {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = Parts::split(text);
        parts.digest.map(str::parse::<Digest>).transpose()?;
        parts.tag.map(str::parse::<Tag>).transpose()?;
        parts.repository.parse::<ImageRepository>()?;
        if parts.tag.is_none() && parts.digest.is_none() {
            return Err("must name a fixed tag or a digest: without one it is another image every day".into());
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_those_of_the_grammar() {
        for good in [
            "ghcr.io/acme/shop",
            "python",
            "localhost:5000/a/b",
            "docker.io/library/python",
            "a.b/c__d",
            "[2001:db8::1]:5000/a",
        ] {
            assert!(good.parse::<ImageRepository>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "Ghcr.io/acme/Shop",
            "ghcr.io/acme/shop:1",
            "a//b",
            "ghcr.io/",
            "python:3.13,<3.14",
            "a@sha256:0",
            "acme/a-_b",
            "a_-b",
        ] {
            assert!(bad.parse::<ImageRepository>().is_err(), "{bad}");
        }
        for bad in ["latest", "", "-a", "a b", "1.0/2"] {
            assert!(bad.parse::<Tag>().is_err(), "{bad}");
        }
    }
}
