//! Names that a new `app.toml` needs: of the application and of its image.

use std::path::Path;

use crate::config::section::PLACEHOLDER_OWNER;

/// Longest name of an application.
const LONGEST: usize = 40;

/// `name` as a DNS label that begins with a letter: what is not a letter or digit becomes `-`.
pub(super) fn dns_label(name: &str) -> String {
    let mut label = String::new();
    for c in name.chars() {
        match c {
            c if c.is_ascii_alphanumeric() => label.push(c.to_ascii_lowercase()),
            _ if !label.is_empty() && !label.ends_with('-') => label.push('-'),
            _ => {}
        }
    }
    let label: String = label.trim_start_matches(|c: char| !c.is_ascii_lowercase()).chars().take(LONGEST).collect();
    let label = label.trim_end_matches('-');
    if label.is_empty() { "app".to_owned() } else { label.to_owned() }
}

/// What stands for the repository until the user puts in their own; `pykube check` knows it by its owner.
pub(super) fn placeholder_repository(name: &str) -> String {
    format!("ghcr.io/{PLACEHOLDER_OWNER}/{name}")
}

/// `ghcr.io/OWNER/NAME` by the git remote called `origin`; none when it is not on GitHub.
pub(super) fn ghcr_repository(root: &Path, name: &str) -> Option<String> {
    let config = super::read_text(root, ".git/config")?;
    let (_, origin) = config.split_once("[remote \"origin\"]")?;
    let url = origin
        .lines()
        .map(str::trim)
        .take_while(|line| !line.starts_with('['))
        .find_map(|line| line.strip_prefix("url = "))?;
    let (_, path) = url.split_once("github.com")?;
    let owner = path.trim_start_matches([':', '/']).split('/').next().filter(|owner| is_owner(owner))?;
    Some(format!("ghcr.io/{}/{name}", owner.to_ascii_lowercase()))
}

/// Whether a text can be the name of an account; anything else would end up in the name of an image.
/// Source: <https://docs.github.com/en/enterprise-cloud@latest/admin/managing-iam/iam-configuration-reference/username-considerations-for-external-authentication>
fn is_owner(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_dns_labels() {
        for (name, label) in
            [("My_Shop", "my-shop"), ("2048 game", "game"), ("___", "app"), ("a.b", "a-b"), ("ß", "app")]
        {
            assert_eq!(dns_label(name), label);
        }
        assert!(dns_label(&"x-".repeat(60)).len() <= LONGEST);
    }

    #[test]
    fn the_owner_is_that_of_the_github_remote() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join(".git")).unwrap();
        let config = "[core]\n\tbare = false\n[remote \"origin\"]\n\turl = git@github.com:Acme/shop.git\n";
        std::fs::write(root.path().join(".git/config"), config).unwrap();
        assert_eq!(ghcr_repository(root.path(), "shop").as_deref(), Some("ghcr.io/acme/shop"));
        assert_eq!(ghcr_repository(Path::new("/nonexistent"), "shop"), None);
    }
}
