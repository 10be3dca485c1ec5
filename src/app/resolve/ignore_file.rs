//! The ignore file beside the Dockerfile: what the project has decided, what we leave out, and what must be there
//! nevertheless.

use std::collections::BTreeSet;

use super::super::image_build::IgnoreFile;
use super::super::value::FilePath;
use super::faults::Faults;
use super::{Options, ResolvedSections, server};
use crate::config::OWN_IGNORE_FILE;
use crate::config::section::Config;

/// `[build] include`, the project's ignore file, and the files that the Dockerfile mounts.
pub(super) fn resolve(
    config: &Config,
    options: &Options,
    parts: &ResolvedSections,
    faults: &mut Faults<'_>,
) -> IgnoreFile {
    let include = faults.parse_all::<FilePath>(&config.build.include, &["build", "include"]);
    let text = options.files.optional_text(OWN_IGNORE_FILE).unwrap_or_else(|clause| {
        let clause = format!("keeps the project's `{OWN_IGNORE_FILE}`, which {clause}");
        faults.refuse(&["build", "dockerfile"], &clause);
        None
    });
    let project: Vec<String> = text.map(rules).unwrap_or_default();
    let mut needed = Vec::new();
    // Rules such as `*` would take what the build itself reads.
    if !project.is_empty() {
        needed.extend(parts.dependencies.all_files());
        needed.extend(server::config_file(parts).map(|file| file.path));
    }
    needed.extend(include.iter().map(ToString::to_string));
    let mut seen = BTreeSet::new();
    needed.retain(|path| seen.insert(path.clone()));
    IgnoreFile { project, include: needed }
}

/// The rules of an ignore file, without comments and what no rule can hold.
fn rules(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.filter(|line| !line.contains(char::is_control)).map(str::to_owned).collect()
}
