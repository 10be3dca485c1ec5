//! References to container images.

use std::str::FromStr;

use super::checked_text;

/// Registry and repository of an image, without tag and digest.
/// Source: the grammar of <https://github.com/distribution/reference> (`reference.go`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageRepository(String);
checked_text!(ImageRepository);

impl ImageRepository {
    /// The registry's host, when the reference names one.
    #[must_use]
    pub fn registry(&self) -> Option<&str> {
        let (first, _) = self.0.split_once('/')?;
        (first.contains('.') || first.contains(':') || first == "localhost").then_some(first)
    }
}

impl FromStr for ImageRepository {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (registry, path) = match text.split_once('/') {
            Some((first, rest)) if first.contains('.') || first.contains(':') || first == "localhost" => {
                (Some(first), rest)
            }
            _ => (None, text),
        };
        if text.len() > 255 || !path.split('/').all(is_path_component) || !registry.is_none_or(is_registry) {
            let last = path.rsplit('/').next().unwrap_or_default();
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
        let fits = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        let first = text.chars().next().is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
        if first && text.len() <= 128 && text.chars().all(fits) {
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
        let hex = text.strip_prefix("sha256:").unwrap_or_default();
        if hex.len() == 64 && hex.bytes().all(|c| c.is_ascii_digit() || (b'a'..=b'f').contains(&c)) {
            Ok(Self(text.to_owned()))
        } else {
            Err("must be `sha256:` and 64 hexadecimal digits".into())
        }
    }
}

fn is_registry(text: &str) -> bool {
    let (host, port) = text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port)));
    let part = |label: &str| {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        !label.is_empty() && label.chars().all(fits) && !label.starts_with('-') && !label.ends_with('-')
    };
    host.split('.').all(part) && port.is_none_or(|port| port.parse::<u16>().is_ok())
}

/// Lower-case letters and digits, separated by `.`, `_`, `__` or dashes.
fn is_path_component(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    edge(text.chars().next())
        && edge(text.chars().next_back())
        && text.chars().all(fits)
        && !["..", "___", "._", "_.", ".-", "-."].iter().any(|pair| text.contains(pair))
}

/// An image that is run as it is: repository with a fixed tag, a digest, or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageReference(String);
checked_text!(ImageReference);

impl FromStr for ImageReference {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest.parse::<Digest>()?)),
            None => (text, None),
        };
        let (repository, tag) = match rest.rsplit_once(':') {
            Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag.parse::<Tag>()?)),
            _ => (rest, None),
        };
        repository.parse::<ImageRepository>()?;
        if tag.is_none() && digest.is_none() {
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
        for good in ["ghcr.io/acme/shop", "python", "localhost:5000/a/b", "docker.io/library/python", "a.b/c__d"] {
            assert!(good.parse::<ImageRepository>().is_ok(), "{good}");
        }
        for bad in
            ["", "Ghcr.io/acme/Shop", "ghcr.io/acme/shop:1", "a//b", "ghcr.io/", "python:3.13,<3.14", "a@sha256:0"]
        {
            assert!(bad.parse::<ImageRepository>().is_err(), "{bad}");
        }
        for bad in ["latest", "", "-a", "a b", "1.0/2"] {
            assert!(bad.parse::<Tag>().is_err(), "{bad}");
        }
    }
}
