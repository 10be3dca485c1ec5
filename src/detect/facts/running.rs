//! Which modules belong to the service at all: what its entry point, its workers and the project's commands reach by imports, and
//! what is in the same packages as that.

use std::collections::BTreeSet;

use crate::detect::code::{self, Code, Source};
use crate::detect::deploy::Deployment;
use crate::detect::tree::join;

/// The parsed modules below `root` that nothing leads to: scripts beside the application, vendored trees. Empty where modules are
/// imported by names that only the running code knows.
pub(super) fn left_out(code: &Code<'_>, deployment: &Deployment, root: &str, entry: &Source) -> BTreeSet<String> {
    let mut starts = vec![entry];
    for source in code.marked().filter(|source| code.is_own(root, &source.path)) {
        let is_worker =
            source.mentions("Celery(") || source.stem().contains("worker") || source.stem().contains("celery");
        if is_worker || source.stem().starts_with("gunicorn") {
            starts.push(source);
        }
    }
    for word in deployment.commands.iter().flat_map(|command| &command.words) {
        let module = word.split(':').next().unwrap_or_default();
        let file = join(root, module).filter(|path| path.ends_with(".py"));
        let path = code.module_in(root, module).map(str::to_owned).or(file);
        starts.extend(path.and_then(|path| code.source(&path)));
    }
    let reach = code::reach(code, root, &starts);
    if reach.is_open {
        return BTreeSet::new();
    }
    let top = |path: &str| {
        let below =
            if root.is_empty() { Some(path) } else { path.strip_prefix(root).map(|rest| rest.trim_start_matches('/')) };
        below.and_then(|below| below.split_once('/')).map(|(top, _)| top.to_owned())
    };
    let reached: BTreeSet<String> = reach.imported.iter().filter_map(|path| top(path)).collect();
    let is_beside = |source: &&Source| {
        code.is_own(root, &source.path)
            && !reach.imported.contains(&source.path)
            && top(&source.path).is_some_and(|top| !reached.contains(&top))
    };
    code.marked().filter(is_beside).map(|source| source.path.clone()).collect()
}
