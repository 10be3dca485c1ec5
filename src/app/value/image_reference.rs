//! References to container images.

use super::checked_text;
use crate::kube::grammar::image_reference::{self as grammar, ImageReference as Parts};

checked_text!(
    /// Registry and repository of an image, without tag and digest.
    ImageRepository,
    |text| match Parts::parse(text) {
        Some(Parts { tag: None, digest: None, .. }) => Ok(text.to_owned()),
        _ if text.rsplit('/').next().unwrap_or_default().contains([':', '@']) => {
            Err("must be a repository without tag and digest; `tag` has its own key".into())
        }
        _ => Err("must be a repository such as `ghcr.io/acme/shop`, in lower case".into()),
    }
);

impl ImageRepository {
    /// The registry's host, when the reference names one.
    pub(crate) fn registry(&self) -> Option<&str> {
        Parts::split(&self.0).registry()
    }
}

checked_text!(
    /// Tag of an image: fixed, so never `latest`.
    Tag,
    |text| match text {
        "latest" => Err("must name a version; `latest` may point to another image at any time".into()),
        _ if grammar::is_tag(text) => Ok(text.to_owned()),
        _ => Err("must be a tag: letters, digits, `_`, `.` and `-`, at most 128 characters".into()),
    }
);

checked_text!(
    /// Digest of an image: `sha256:` and 64 hexadecimal digits.
    Digest,
    |text| text.starts_with("sha256:") && grammar::is_digest(text),
    "must be `sha256:` and 64 hexadecimal digits"
);

checked_text!(
    /// An image that is run as it is: repository with a fixed tag, a digest, or both.
    ImageReference,
    |text| {
        let parts = Parts::split(text);
        parts.digest.map(str::parse::<Digest>).transpose()?;
        parts.tag.map(str::parse::<Tag>).transpose()?;
        parts.repository.parse::<ImageRepository>()?;
        if parts.tag.is_none() && parts.digest.is_none() {
            return Err("must name a fixed tag or a digest: without one the image can change under you".into());
        }
        Ok(text.to_owned())
    }
);

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
