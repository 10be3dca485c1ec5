//! Members of a uv workspace: <https://docs.astral.sh/uv/concepts/projects/workspaces/>.

use std::collections::BTreeSet;
use std::path::Path;

use crate::detect::normalised;
use crate::file_set::{in_folder, parent};

/// Patterns of one list, and folders that one of them names; more is not a workspace that anybody keeps.
const MAX_PATTERNS: usize = 200;
const MAX_FOLDERS: usize = 2_000;

pub(super) struct Member {
    /// Its folder below the root of the repository.
    pub(super) folder: String,
    /// `[project] name` of its `pyproject.toml`.
    pub(super) name: Option<String>,
}

/// The members of the workspace whose `pyproject.toml` is in `folder` below `root`, sorted by folder.
pub(super) fn members(root: &Path, folder: &str) -> Vec<Member> {
    let workspace = root.join(folder);
    let Some(pyproject) = table(&workspace, "") else { return Vec::new() };
    let settings = pyproject.get("tool").and_then(|tool| tool.get("uv")).and_then(|uv| uv.get("workspace"));
    let patterns = |key: &str| -> Vec<String> {
        let list = settings.and_then(|settings| settings.get(key)).and_then(toml::Value::as_array);
        list.into_iter().flatten().filter_map(|pattern| pattern.as_str().map(ToString::to_string)).collect()
    };
    let named = |key: &str| -> BTreeSet<String> {
        patterns(key).iter().take(MAX_PATTERNS).flat_map(|pattern| folders(&workspace, pattern)).collect()
    };
    let (members, excluded) = (named("members"), named("exclude"));
    let members = members.difference(&excluded).filter_map(|member| {
        let own = table(&workspace, member)?;
        let name = own.get("project").and_then(|project| project.get("name")).and_then(toml::Value::as_str);
        Some(Member { folder: in_folder(folder, member), name: name.map(ToString::to_string) })
    });
    members.collect()
}

/// The manifest of the workspace that `folder`, below `root`, is a member of: alone, the member has no siblings.
pub(super) fn manifest_above(root: &Path, folder: &str) -> Option<String> {
    let ends = folder.match_indices('/').map(|(at, _)| at).rev();
    let mut above = ends.chain(std::iter::once(0)).map(|end| &folder[..end]);
    let workspace = above.find(|above| members(root, above).iter().any(|member| member.folder == folder))?;
    Some(if workspace.is_empty() { "pyproject.toml".to_owned() } else { format!("{workspace}/pyproject.toml") })
}

/// Whether `member`, of the workspace in `folder`, takes one of the others from it.
/// Source: <https://docs.astral.sh/uv/concepts/projects/workspaces/#workspace-sources>
pub(super) fn depends_on_sibling(root: &Path, folder: &str, member: &Member, members: &[Member]) -> bool {
    let Some(own) = table(root, &member.folder) else { return false };
    let workspace = table(root, folder);
    let sources = |table: &toml::Table| table.get("tool")?.get("uv")?.get("sources")?.as_table().cloned();
    let mut sources_of_both = workspace.as_ref().and_then(sources).unwrap_or_default();
    sources_of_both.extend(sources(&own).unwrap_or_default());
    let from_workspace = |name: &str| {
        let is_true = |value: &toml::Value| value.get("workspace").and_then(toml::Value::as_bool) == Some(true);
        sources_of_both.iter().any(|(source, value)| {
            normalised(source) == name && (is_true(value) || value.as_array().into_iter().flatten().any(is_true))
        })
    };
    let project = own.get("project");
    let listed = project.and_then(|project| project.get("dependencies")).and_then(toml::Value::as_array);
    let extras = project.and_then(|project| project.get("optional-dependencies")).and_then(toml::Value::as_table);
    let extras = extras.into_iter().flat_map(|extras| extras.values()).filter_map(toml::Value::as_array);
    let names = listed.into_iter().chain(extras).flatten().filter_map(toml::Value::as_str);
    let name = |entry: &str| {
        normalised(entry.split(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).next().unwrap_or(entry))
    };
    names.map(name).any(|name| {
        from_workspace(&name)
            && members.iter().any(|other| other.name.as_deref().is_some_and(|other| normalised(other) == name))
    })
}

fn table(root: &Path, folder: &str) -> Option<toml::Table> {
    super::read_text(root, &in_folder(folder, "pyproject.toml"))?.parse().ok()
}

/// The folders below `root` that `pattern` names; `*` stands for one part, as the documentation's examples have it. One
/// that leaves `root` on its way names nothing.
fn folders(root: &Path, pattern: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::from([String::new()]);
    for part in pattern.trim_end_matches('/').split('/') {
        found = found.iter().flat_map(|folder| below(root, folder, part)).take(MAX_FOLDERS).collect();
    }
    found
}

fn below(root: &Path, folder: &str, part: &str) -> Vec<String> {
    match part {
        "" | "." => return vec![folder.to_owned()],
        ".." if folder.is_empty() => return Vec::new(),
        ".." => return vec![parent(folder).to_owned()],
        _ => {}
    }
    let is_folder = |folder: &str| root.join(folder).symlink_metadata().is_ok_and(|metadata| metadata.is_dir());
    let Some((start, end)) = part.split_once('*') else {
        return Some(in_folder(folder, part)).filter(|folder| is_folder(folder)).into_iter().collect();
    };
    let Ok(entries) = std::fs::read_dir(root.join(folder)) else { return Vec::new() };
    let folders = entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let names = folders.filter_map(|entry| entry.file_name().into_string().ok());
    let fits = |name: &String| {
        name.starts_with(start) && name.ends_with(end.trim_start_matches('*')) && !name.starts_with('.')
    };
    names.filter(fits).take(MAX_FOLDERS).map(|name| in_folder(folder, &name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_by_their_patterns() {
        let root = tempfile::tempdir().unwrap();
        for (folder, name) in [("packages/api", "api"), ("packages/old", "old"), ("web", "site")] {
            std::fs::create_dir_all(root.path().join(folder)).unwrap();
            let text = format!("[project]\nname = \"{name}\"\n");
            std::fs::write(root.path().join(folder).join("pyproject.toml"), text).unwrap();
        }
        std::fs::create_dir_all(root.path().join("packages/empty")).unwrap();
        let text = "[tool.uv.workspace]\nmembers = [\"packages/*\", \"web\"]\nexclude = [\"packages/old\"]\n";
        std::fs::write(root.path().join("pyproject.toml"), text).unwrap();
        let names: Vec<String> = members(root.path(), "").into_iter().filter_map(|member| member.name).collect();
        assert_eq!(names, ["api", "site"]);
    }

    #[test]
    fn no_pattern_leaves_the_repository_or_multiplies() {
        let root = tempfile::tempdir().unwrap();
        for folder in ["outside/victim", "repo/a", "repo/b", "repo/c", "repo/d"] {
            std::fs::create_dir_all(root.path().join(folder)).unwrap();
            std::fs::write(root.path().join(folder).join("pyproject.toml"), "[project]\nname = \"x\"\n").unwrap();
        }
        let repo = root.path().join("repo");
        std::os::unix::fs::symlink("../outside/victim", repo.join("link")).unwrap();
        let up = "*/../".repeat(30) + "*";
        let text =
            format!("[tool.uv.workspace]\nmembers = [\"../outside/*\", \"link\", \"a/../../outside/*\", \"{up}\"]\n");
        std::fs::write(repo.join("pyproject.toml"), text).unwrap();
        let folders: Vec<String> = members(&repo, "").into_iter().map(|member| member.folder).collect();
        assert_eq!(folders, ["a", "b", "c", "d"]);
    }
}
