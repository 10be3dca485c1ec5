//! Names of packages and files that are in the Dockerfile and the workflow.

use super::checked_text;
use crate::file_set::{RelativePath, file_name, parent};

checked_text!(
    /// Name of a Debian package.
    /// Source: <https://www.debian.org/doc/debian-policy/ch-controlfields.html#source>
    DebianPackage,
    |text| {
        let is_small = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        text.len() >= 2 && text.starts_with(is_small) && text.chars().all(|c| is_small(c) || "+-.".contains(c))
    },
    "must be the name of a Debian package, such as `libpq5`"
);

checked_text!(
    /// Name of an extra, a dependency group or a build secret (PEP 685).
    ExtraName,
    |text| {
        let is_edge = |c: char| c.is_ascii_alphanumeric();
        let fits = text.chars().all(|c| is_edge(c) || "-_.".contains(c));
        fits && text.starts_with(is_edge) && text.ends_with(is_edge)
    },
    "must be a name of letters, digits, `-`, `_` and `.`"
);

checked_text!(
    /// A requirement pinned to one version (PEP 508 with `==`), such as `gunicorn==27.0.1`.
    PinnedRequirement,
    |text| is_pinned(text).unwrap_or_default(),
    "must be a package pinned to one version, such as `gunicorn==27.0.1`"
);

checked_text!(
    /// The version of a package (PEP 440), such as `0.21.1`.
    Release,
    |text| {
        let fits = |c: char| c.is_ascii_alphanumeric() || ".+!-_".contains(c);
        text.starts_with(|c: char| c.is_ascii_digit()) && text.chars().all(fits)
    },
    "must be a version, such as `0.21.1`"
);

checked_text!(
    /// Class of a server's workers: a short name, or a class of a module.
    WorkerClass,
    |text| {
        let fits = |c: char| c.is_ascii_alphanumeric() || "._-:#".contains(c);
        text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(fits)
    },
    "must be the name of a class, such as `gevent` or `uvicorn_worker.UvicornWorker`"
);

fn is_pinned(text: &str) -> Option<bool> {
    let (name, version) = text.split_once("==")?;
    let (name, extras) = match name.split_once('[') {
        Some((name, extras)) => (name, extras.strip_suffix(']')?),
        None => (name, "all"),
    };
    let named = std::iter::once(name).chain(extras.split(',')).all(|name| name.parse::<ExtraName>().is_ok());
    let fits = |c: char| c.is_ascii_alphanumeric() || ".+!-_".contains(c);
    Some(named && !version.is_empty() && version.chars().all(fits))
}

checked_text!(
    /// A path below the folder of `app.toml` that needs no quoting in a Dockerfile, a shell or a workflow.
    FilePath,
    |text| {
        let trimmed = text.strip_prefix("./").unwrap_or(text).trim_end_matches('/');
        if RelativePath::new(trimmed)?.is_reserved() {
            return Err("is in the folder of Git or of pykube itself, which holds nothing of the project".into());
        }
        let fits = |c: char| c.is_alphanumeric() || "._-+@/".contains(c);
        if !trimmed.chars().all(fits) || trimmed.starts_with('-') {
            return Err("must be a path of letters, digits, `.`, `_`, `-`, `+`, `@` and `/`".into());
        }
        Ok(trimmed.to_owned())
    }
);

impl FilePath {
    /// The folder that the file is in; empty when it is the folder of `app.toml` itself.
    pub(crate) fn folder(&self) -> &str {
        parent(&self.0)
    }

    /// The last part.
    pub(crate) fn file_name(&self) -> &str {
        file_name(&self.0)
    }
}

checked_text!(
    /// Path of a URL: it begins with `/` and has neither query nor fragment.
    UrlPath,
    |text| {
        let fits = |c: char| c.is_ascii_graphic() && !"\"<>\\^`{}|#".contains(c);
        text.starts_with('/') && !text.starts_with("//") && text.chars().all(fits)
    },
    "must be a path that begins with `/`, with special characters percent-encoded"
);

/// Longest path of a route, in bytes.
const LONGEST_ROUTE: usize = 1024;

checked_text!(
    /// Path of an Ingress and of an HTTPRoute.
    /// Source: `path` of `HTTPPathMatch` and its rules, <https://gateway-api.sigs.k8s.io/reference/spec/#httppathmatch>
    RoutePath,
    |text| {
        text.parse::<UrlPath>()?;
        let fits = |c: char| c.is_ascii_alphanumeric() || "-/._~!$&'()*+,;=:@%".contains(c);
        let is_escape = |rest: &str| {
            let digits: String = rest.chars().take(2).collect();
            digits.len() == 2 && digits.chars().all(|c| c.is_ascii_hexdigit()) && !digits.eq_ignore_ascii_case("2f")
        };
        let parts: Vec<&str> = text.split('/').skip(1).collect();
        let is_empty = |part: &&str| part.is_empty();
        if parts.iter().any(|part| matches!(*part, "." | "..")) || parts[..parts.len() - 1].iter().any(is_empty) {
            Err("must not hold `//`, `/./` or `/../`".into())
        } else if !text.chars().all(fits) || !text.split('%').skip(1).all(is_escape) {
            Err("must be of letters, digits, `-._~!$&'()*+,;=:@` and percent-encoded characters other than `/`".into())
        } else if text.len() > LONGEST_ROUTE {
            Err(format!("must not be longer than {LONGEST_ROUTE} characters"))
        } else {
            Ok(text.to_owned())
        }
    }
);
