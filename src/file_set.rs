//! The rendered tree, in memory: a sorted map of relative path to text.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A path below the target directory: `/` between its parts on every platform, never absolute, never with `.` or `..`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelativePath(String);

impl RelativePath {
    /// Takes `path` over when it stays below the directory it is relative to.
    ///
    /// # Errors
    /// Says what is wrong with `path` in a clause that can follow its name.
    pub fn new(path: impl Into<String>) -> Result<Self, &'static str> {
        let path = path.into();
        if path.is_empty() {
            return Err("is empty");
        }
        if path.starts_with('/') || path.contains(':') {
            return Err("is absolute; it must be relative to the directory of app.toml");
        }
        if path.contains('\\') {
            return Err("holds a backslash; paths are written with `/`");
        }
        if path.chars().any(char::is_control) {
            return Err("holds a control character");
        }
        if path.split('/').any(|part| part == "..") {
            return Err("leaves the directory of app.toml");
        }
        if path.split('/').any(|part| part.is_empty() || part == ".") {
            return Err("has an empty part or a `.`");
        }
        Ok(Self(path))
    }

    /// The path as text, parts separated by `/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a part of the path is Git's or pykube's own folder, on any file system: nothing is ever rendered there,
    /// and hooks that Git runs are in one of them.
    ///
    /// Beside the case, macOS ignores some characters, and Windows dots and spaces at the end and has a second name.
    /// Source: `core.protectHFS` and `core.protectNTFS`, <https://git-scm.com/docs/git-config>
    pub fn is_reserved(&self) -> bool {
        self.0.split('/').any(|part| {
            let ignored = |c: char| matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}');
            let name: String = part.chars().filter(|c| !ignored(*c)).collect();
            let name = name.trim_end_matches(['.', ' ']).to_ascii_lowercase();
            [".git", "git~1", ".pykube"].contains(&name.as_str())
        })
    }

    /// The folder that the file is in; empty when it is the directory itself.
    pub fn folder(&self) -> &str {
        parent(&self.0)
    }

    /// The name of the file, without its folder.
    pub fn name(&self) -> &str {
        file_name(&self.0)
    }

    /// Whether the file is YAML.
    pub fn is_yaml(&self) -> bool {
        matches!(self.name().rsplit_once('.'), Some((_, "yaml" | "yml")))
    }

    /// Whether the file holds objects of Kubernetes: YAML, and not of a tool that keeps its files behind a dot.
    pub fn is_manifest(&self) -> bool {
        self.is_yaml() && !self.0.starts_with('.')
    }

    /// Whether the file is a workflow of GitHub Actions.
    pub fn is_workflow(&self) -> bool {
        let folder = self.folder();
        self.is_yaml() && (folder == ".github/workflows" || folder.ends_with("/.github/workflows"))
    }

    /// Whether the file is a Dockerfile by its name: `Dockerfile`, `Dockerfile.web`, `web.Dockerfile`.
    pub fn is_dockerfile(&self) -> bool {
        let name = self.name().to_ascii_lowercase();
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        ending == "dockerfile" || (name.starts_with("dockerfile") && ending != "dockerignore")
    }

    /// The path of `name` in the folder of this path.
    ///
    /// # Errors
    /// As [`RelativePath::new`].
    pub fn sibling(&self, name: &str) -> Result<Self, &'static str> {
        Self::new(in_folder(self.folder(), name))
    }
}

impl AsRef<str> for RelativePath {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RelativePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The folder of a path; the empty string for the root.
pub(crate) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The last part of a path.
pub(crate) fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// `folder/name`; an empty folder is the root.
pub(crate) fn in_folder(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// `folder` and `path` joined, `.` and `..` resolved; nothing when it would leave the root.
pub(crate) fn join(folder: &str, path: &str) -> Option<String> {
    if path.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Every file that one `app.toml` asks for, by path, in the order of the paths.
///
/// `render`, `diff`, `check` and `render --check` all work on this one value. Texts end in one line feed and
/// use line feeds only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileSet {
    texts: BTreeMap<RelativePath, String>,
    /// Files and folders of the project that the texts name, as they are in the kustomization.
    named: BTreeSet<String>,
}

impl FileSet {
    /// A set without files.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file, or gives the path back when the set already has it.
    ///
    /// # Errors
    /// The path, when it is there already, or differs only in case from one that is (file systems of macOS and
    /// Windows would take the two for one).
    pub fn add(&mut self, path: RelativePath, text: String) -> Result<(), RelativePath> {
        if self.texts.keys().any(|known| known.0.eq_ignore_ascii_case(&path.0)) {
            return Err(path);
        }
        self.texts.insert(path, text);
        Ok(())
    }

    /// Notes what the kustomization in `folder` names besides files of the set.
    pub fn name(&mut self, folder: &str, entry: &str) {
        self.named.insert(format!("{folder}/{entry}"));
    }

    /// Whether `entry` of the kustomization in `folder` is a part of the project, and not of the set.
    pub(crate) fn names(&self, folder: &str, entry: &str) -> bool {
        self.named.contains(&format!("{folder}/{entry}"))
    }

    /// The text at `path`.
    pub fn get(&self, path: &str) -> Option<&str> {
        let path = RelativePath::new(path).ok()?;
        self.texts.get(&path).map(String::as_str)
    }

    /// Paths and texts, sorted by path.
    pub fn iter(&self) -> impl Iterator<Item = (&RelativePath, &str)> {
        self.texts.iter().map(|(path, text)| (path, text.as_str()))
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there is no file.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_leave_the_target_are_refused() {
        for bad in ["", "/etc/passwd", "../x", "a/../../b", "C:/x", "a\\b", "a//b", "./a", "a\u{0}b"] {
            assert!(RelativePath::new(bad).is_err(), "{bad:?}");
        }
        assert_eq!(RelativePath::new("k8s/a.yaml").unwrap().sibling("b.yaml").unwrap().as_str(), "k8s/b.yaml");
    }

    #[test]
    fn the_folders_of_git_and_of_pykube_are_reserved_however_they_are_written() {
        for reserved in
            [".git/HEAD", "a/.GIT/x", ".Git.", "git~1/hooks/x", ".g\u{200c}it/x", ".pykube/lock.toml", "a/.git"]
        {
            assert!(RelativePath::new(reserved).unwrap().is_reserved(), "{reserved}");
        }
        for free in [".github/workflows/deploy.yml", "git/x", ".gitignore", "k8s/.gitkeep", "pykube/x"] {
            assert!(!RelativePath::new(free).unwrap().is_reserved(), "{free}");
        }
    }

    #[test]
    fn a_file_is_known_by_its_path() {
        let path = |text: &str| RelativePath::new(text).unwrap();
        for name in ["Dockerfile", "a/Dockerfile.web", "web.Dockerfile", "dockerfile"] {
            assert!(path(name).is_dockerfile(), "{name}");
        }
        for name in ["Dockerfile.dockerignore", "k8s/a.yaml", "x.py", ".dockerignore"] {
            assert!(!path(name).is_dockerfile(), "{name}");
        }
        assert!(path("k8s/a.yml").is_manifest() && !path(".github/dependabot.yml").is_manifest());
        assert!(path(".github/workflows/a.yml").is_workflow() && !path(".github/dependabot.yml").is_workflow());
    }

    #[test]
    fn names_that_differ_in_case_only_are_one_file() {
        let mut files = FileSet::new();
        files.add(RelativePath::new("Dockerfile").unwrap(), String::new()).unwrap();
        assert!(files.add(RelativePath::new("dockerfile").unwrap(), String::new()).is_err());
    }
}
