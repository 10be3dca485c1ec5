//! Files for browsers: whether they are collected, and whether they are there to be served.

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::django;
use crate::detect::code::Source;
use crate::detect::context::Context;
use crate::detect::project::{Project, WrittenPlace};
use crate::detect::python::{Expr, walk};
use crate::detect::tree::{join, parent};
use crate::vocabulary::Framework;

/// Adjusts `project` to what is committed, and warns of what is not; `place` works out a path of the repository.
pub(super) fn find(
    context: &Context<'_>,
    project: &mut Project,
    place: impl Fn(&Source, &Expr) -> Option<WrittenPlace>,
) {
    let ignored = ignored(context);
    let is_ignored = |path: &str, is_folder: bool| {
        ignored.as_ref().is_some_and(|rules| rules.matched_path_or_any_parents(path, is_folder).is_ignore())
    };
    let mut folders = Vec::new();
    if project.framework == Framework::Django {
        let module = project.settings_module.clone();
        let chain = module.map(|module| django::chain(context, &module)).unwrap_or_default();
        if let Some((source, _, value)) = django::setting(&chain, "STATIC_ROOT")
            && let Some(root) = place(source, value)
        {
            let manifest = format!("{}/staticfiles.json", root.path);
            if project.static_files && context.code.tree.has(&manifest) && !is_ignored(&manifest, false) {
                project.static_files = false;
                project.warnings.push(format!(
                    "{manifest} is committed with the files that it lists: no collectstatic in the build, which would rewrite it from fewer files"
                ));
            }
        }
        if let Some((source, _, value)) = django::setting(&chain, "STATICFILES_DIRS") {
            let parts = |entry: &Expr| entry.elements().last().and_then(|last| place(source, last));
            folders.extend(value.elements().iter().filter_map(|entry| place(source, entry).or_else(|| parts(entry))));
        }
    }
    for source in context.sources().filter(|source| source.mentions("static")) {
        for (_, call) in walk::calls(&source.module.body) {
            let argument = match call.callee() {
                "StaticFiles" => call.keyword("directory"),
                "Flask" => call.keyword("static_folder"),
                _ => None,
            };
            folders.extend(argument.and_then(|argument| place(source, argument)));
        }
    }
    let Some((manifest, line)) = front_end(context) else { return };
    let is_missing =
        |folder: &&WrittenPlace| !context.code.tree.has_folder(&folder.path) || is_ignored(&folder.path, true);
    if let Some(folder) = folders.iter().find(is_missing) {
        project.warnings.push(format!(
            "{} serves {}, which is not committed: `npm run build` of {manifest}:{line} builds it, and the image has no Node; build it before the image, or commit it",
            folder.place.place(), folder.path
        ));
    }
}

/// The rules of the repository's own `.gitignore`.
fn ignored(context: &Context<'_>) -> Option<Gitignore> {
    let text = context.code.tree.read(".gitignore")?;
    let mut builder = GitignoreBuilder::new("");
    for line in text.lines() {
        let _ = builder.add_line(None, line);
    }
    builder.build().ok()
}

/// The `package.json` with a build script that is nearest to the root, and the line of the script.
fn front_end(context: &Context<'_>) -> Option<(String, u32)> {
    let tree = context.code.tree;
    let near = ["", "frontend", "client", "assets", "web", "ui"];
    let own = near.iter().flat_map(|folder| [join(parent(&context.root), folder), join(&context.root, folder)]);
    own.flatten().filter_map(|folder| join(&folder, "package.json")).find_map(|path| {
        let text = tree.read(&path)?;
        let document: serde_json::Value = serde_json::from_str(&text).ok()?;
        document.get("scripts")?.get("build")?;
        Some((path, text.line_of("\"build\"")))
    })
}
