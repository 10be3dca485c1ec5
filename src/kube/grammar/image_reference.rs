//! `registry.example.com:5000/team/app:1.2@sha256:…`: the name of an image.
//!
//! Grammar: `regexp.go` and `normalize.go` of distribution/reference, which containerd, BuildKit and the kubelet parse
//! with. hadolint takes `FROM python:3.13,<3.14` for a tag.

/// The parts of a reference, as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ImageReference<'a> {
    /// Registry and path, without tag and digest.
    pub(crate) repository: &'a str,
    /// What is behind the colon.
    pub(crate) tag: Option<&'a str>,
    /// What is behind the at sign, with its algorithm.
    pub(crate) digest: Option<&'a str>,
}

/// `NameTotalLengthMax` of the grammar.
const LONGEST_REPOSITORY: usize = 255;
const LONGEST_TAG: usize = 128;

impl<'a> ImageReference<'a> {
    /// Takes `text` apart, or gives nothing when a runtime would refuse it.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let parts = Self::split(text);
        let good =
            is_repository(parts.repository) && parts.tag.is_none_or(is_tag) && parts.digest.is_none_or(is_digest);
        good.then_some(parts)
    }

    /// The host of the registry, when the reference names one.
    pub(crate) fn registry(&self) -> Option<&'a str> {
        let (first, _) = self.repository.split_once('/')?;
        is_registry_by_its_look(first).then_some(first)
    }

    /// Whether it means the same image tomorrow, as far as its tag says.
    pub(crate) fn is_pinned(&self) -> bool {
        self.digest.is_some() || !matches!(self.tag, None | Some("latest"))
    }

    /// Takes `text` apart, good or not: who needs to say which part is bad asks each one.
    pub(crate) fn split(text: &'a str) -> Self {
        let (named, digest) = match text.split_once('@') {
            Some((named, digest)) => (named, Some(digest)),
            None => (text, None),
        };
        // A colon before the last slash belongs to the registry's port.
        let path_start = named.rfind('/').map_or(0, |slash| slash + 1);
        let (repository, tag) = match named[path_start..].find(':') {
            Some(colon) => (&named[..path_start + colon], Some(&named[path_start + colon + 1..])),
            None => (named, None),
        };
        Self { repository, tag, digest }
    }
}

/// The first part is a registry when it could not be a path, as `docker pull` decides it.
fn is_registry_by_its_look(first: &str) -> bool {
    first.contains(['.', ':']) || first == "localhost" || first.to_ascii_lowercase() != first
}

fn is_repository(text: &str) -> bool {
    if text.is_empty() || text.len() > LONGEST_REPOSITORY {
        return false;
    }
    match text.split_once('/') {
        Some((first, path)) if is_registry_by_its_look(first) => {
            is_registry(first) && path.split('/').all(is_path_component)
        }
        _ => text.split('/').all(is_path_component),
    }
}

fn is_registry(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let host_is_good = match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => !address.is_empty() && address.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':'),
        None => host.split('.').all(|part| {
            !part.is_empty()
                && !part.starts_with('-')
                && !part.ends_with('-')
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        }),
    };
    host_is_good && port.is_none_or(|port| port.parse::<u16>().is_ok())
}

/// Lower-case letters and digits, separated by one dot, one or two underscores, or any number of dashes.
fn is_path_component(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return false };
    if !is_word(*first) || !is_word(*last) {
        return false;
    }
    bytes
        .chunk_by(|left, right| is_word(*left) == is_word(*right))
        .all(|run| is_word(run[0]) || matches!(run, b"." | b"_" | b"__") || run.iter().all(|byte| *byte == b'-'))
}

/// Whether `text` can be a tag.
pub(crate) fn is_tag(text: &str) -> bool {
    text.len() <= LONGEST_TAG
        && text.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric() || first == b'_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
}

/// Only the registered algorithms have a known length; an unknown one needs 32 digits at least.
pub(crate) fn is_digest(text: &str) -> bool {
    let Some((algorithm, digits)) = text.split_once(':') else { return false };
    let length_is_good = match algorithm {
        "sha256" => digits.len() == 64,
        "sha384" => digits.len() == 96,
        "sha512" => digits.len() == 128,
        _ => digits.len() >= 32,
    };
    let algorithm_is_good = algorithm.split(['-', '_', '+', '.']).all(|part| {
        part.bytes().next().is_some_and(|first| first.is_ascii_alphabetic())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    });
    algorithm_is_good && length_is_good && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_taken_apart() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let text = format!("registry.example.com:5000/team/app:1.4.2@{digest}");
        let reference = ImageReference::parse(&text).unwrap();
        assert_eq!(reference.repository, "registry.example.com:5000/team/app");
        assert_eq!(reference.tag, Some("1.4.2"));
        assert_eq!(reference.digest, Some(digest.as_str()));
        assert_eq!(ImageReference::parse("localhost:5000/a").unwrap().tag, None);
    }

    #[test]
    fn what_runtimes_take_is_taken() {
        for text in [
            "python",
            "python:3.14-slim-trixie",
            "ghcr.io/astral-sh/uv:0.13.9",
            "a__b/c--d/e.f",
            "[2001:db8::1]:5000/app",
            "LOCALHOST/app",
        ] {
            assert!(ImageReference::parse(text).is_some(), "{text}");
        }
    }

    #[test]
    fn what_runtimes_refuse_is_refused() {
        let long = "a/".repeat(140) + "b";
        for text in [
            "",
            "python:3.13,<3.14",
            "Python",
            "ghcr.io/Acme/shop:1",
            "a:",
            "a:-x",
            "a@sha256:12",
            "a b",
            "a//b",
            "/a",
            "a/",
            "a..b",
            "a___b",
            "-a",
            "a:b:c",
            "registry.example.com:port/a",
            "a@",
            "https://ghcr.io/a",
            "a:$TAG",
            long.as_str(),
        ] {
            assert!(ImageReference::parse(text).is_none(), "{text}");
        }
    }
}
