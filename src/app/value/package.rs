//! Names of packages and files that stand in the Dockerfile and the workflow.

use std::str::FromStr;

use super::checked_text;

/// Name of a Debian package.
/// Source: <https://www.debian.org/doc/debian-policy/ch-controlfields.html#source>
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DebianPackage(String);
checked_text!(DebianPackage);

impl FromStr for DebianPackage {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-.".contains(c);
        let first = text.chars().next().is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        if first && text.len() >= 2 && text.chars().all(fits) {
            Ok(Self(text.to_owned()))
        } else {
            Err("must be the name of a Debian package, such as `libpq5`".into())
        }
    }
}

/// Name of an extra, a dependency group or a build secret (PEP 685).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtraName(String);
checked_text!(ExtraName);

impl FromStr for ExtraName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        if edge(text.chars().next()) && edge(text.chars().next_back()) && text.chars().all(fits) {
            Ok(Self(text.to_owned()))
        } else {
            Err("must be a name of letters, digits, `-`, `_` and `.`".into())
        }
    }
}

/// A requirement pinned to one version (PEP 508 with `==`), such as `gunicorn==27.0.1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinnedRequirement(String);
checked_text!(PinnedRequirement);

impl FromStr for PinnedRequirement {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fault = || "must be a package pinned to one version, such as `gunicorn==27.0.1`".to_owned();
        let (name, version) = text.split_once("==").ok_or_else(fault)?;
        let (name, extras) = match name.split_once('[') {
            Some((name, extras)) => (name, extras.strip_suffix(']').ok_or_else(fault)?),
            None => (name, "all"),
        };
        let named =
            name.parse::<ExtraName>().is_ok() && extras.split(',').all(|extra| extra.parse::<ExtraName>().is_ok());
        let fits = |c: char| c.is_ascii_alphanumeric() || ".+!-_".contains(c);
        if named && !version.is_empty() && version.chars().all(fits) { Ok(Self(text.to_owned())) } else { Err(fault()) }
    }
}

/// A path below the folder of `app.toml` that needs no quoting in a Dockerfile, a shell or a workflow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FilePath(String);
checked_text!(FilePath);

impl FilePath {
    /// The folder that the file is in; empty when it is the folder of `app.toml` itself.
    #[must_use]
    pub fn folder(&self) -> &str {
        self.0.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// The last part.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.0.rsplit_once('/').map_or(&self.0, |(_, name)| name)
    }
}

impl FromStr for FilePath {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let trimmed = text.strip_prefix("./").unwrap_or(text).trim_end_matches('/');
        crate::file_set::RelativePath::new(trimmed).map_err(str::to_owned)?;
        let fits = |c: char| c.is_alphanumeric() || "._-+@/".contains(c);
        if trimmed.chars().all(fits) && !trimmed.starts_with('-') {
            Ok(Self(trimmed.to_owned()))
        } else {
            Err("must be a path of letters, digits, `.`, `_`, `-`, `+`, `@` and `/`".into())
        }
    }
}

/// Path of a URL: it begins with `/` and has neither query nor fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlPath(String);
checked_text!(UrlPath);

impl FromStr for UrlPath {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fits = |c: char| c.is_ascii_graphic() && !"\"<>\\^`{}|#".contains(c);
        if text.starts_with('/') && !text.starts_with("//") && text.chars().all(fits) {
            Ok(Self(text.to_owned()))
        } else {
            Err("must be a path that begins with `/`, with special characters percent-encoded".into())
        }
    }
}

/// Path of an Ingress and of an HTTPRoute.
/// Source: `path` of `HTTPPathMatch` and its rules, <https://gateway-api.sigs.k8s.io/reference/spec/#httppathmatch>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoutePath(String);
checked_text!(RoutePath);

/// Longest path of a route, in bytes.
const LONGEST_ROUTE: usize = 1024;

impl FromStr for RoutePath {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let path: UrlPath = text.parse()?;
        let fits = |c: char| c.is_ascii_alphanumeric() || "-/._~!$&'()*+,;=:@%".contains(c);
        let mut escapes = text.split('%').skip(1);
        let is_escape = |rest: &str| {
            let digits: String = rest.chars().take(2).collect();
            digits.len() == 2 && digits.chars().all(|c| c.is_ascii_hexdigit()) && !digits.eq_ignore_ascii_case("2f")
        };
        let parts: Vec<&str> = text.split('/').skip(1).collect();
        let is_empty = |part: &&str| part.is_empty();
        if parts.iter().any(|part| matches!(*part, "." | "..")) || parts[..parts.len() - 1].iter().any(is_empty) {
            Err("must not hold `//`, `/./` or `/../`".into())
        } else if !text.chars().all(fits) || !escapes.all(is_escape) {
            Err("must be of letters, digits, `-._~!$&'()*+,;=:@` and percent-encoded characters other than `/`".into())
        } else if text.len() > LONGEST_ROUTE {
            Err(format!("must not be longer than {LONGEST_ROUTE} characters"))
        } else {
            Ok(Self(path.to_string()))
        }
    }
}
