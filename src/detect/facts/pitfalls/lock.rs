//! A lock file that does not hold what the project asks for: the build refuses it.

use std::collections::BTreeSet;

use super::fault;
use crate::detect::context::Context;
use crate::detect::manifest::{Section, normalised};
use crate::detect::project::CodeFault;
use crate::detect::tree::file_name;

/// Lock files that list every package as `name = "…"`, and what renews them.
const LOCKS: [(&str, &str); 3] = [("uv.lock", "uv lock"), ("poetry.lock", "poetry lock"), ("pdm.lock", "pdm lock")];

pub(super) fn find(context: &Context<'_>, faults: &mut Vec<CodeFault>) {
    let Some(lock) = &context.manifest.lockfile else { return };
    let Some((_, renew)) = LOCKS.iter().find(|(name, _)| *name == file_name(lock)) else { return };
    let Some(text) = context.code.tree.read(lock) else { return };
    let names = text.lines().filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
    let locked: BTreeSet<String> = names.map(normalised).collect();
    if locked.is_empty() {
        return;
    }
    for dependency in &context.manifest.dependencies {
        let is_plain = dependency.section == Section::Main && file_name(&dependency.file) == "pyproject.toml";
        if is_plain && !locked.contains(&dependency.name) {
            let place = dependency.evidence(dependency.name.clone());
            let message =
                format!("`{}` is not in `{lock}`: the build refuses a lock file that is out of date", dependency.name);
            faults.push(fault(place, message, format!("`{renew}`, and commit `{lock}`")));
        }
    }
}
