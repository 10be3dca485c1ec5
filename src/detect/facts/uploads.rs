//! The folder of uploads: Django's `MEDIA_ROOT`, where the code keeps any and the file system is their storage.
//! Sources: <https://docs.djangoproject.com/en/6.0/topics/files/>, <https://docs.djangoproject.com/en/6.0/ref/settings/#storages>

use super::django;
use crate::detect::code::{Source, is_migration, is_test};
use crate::detect::context::Context;
use crate::detect::project::{Project, WrittenPlace};
use crate::detect::python::{Call, Expr, walk};
use crate::detect::tree::file_name;
use crate::vocabulary::Framework;

/// Adds the folder to what is written, with a sentence on what becomes of the files; `folder` works out a path.
pub(super) fn find(
    context: &Context<'_>,
    project: &mut Project,
    folder: impl Fn(&Source, &Expr) -> Option<WrittenPlace>,
) {
    let Some(module) = project.settings_module.clone().filter(|_| project.framework == Framework::Django) else {
        return;
    };
    let chain = django::chain(context, &module);
    let Some((source, _, value)) = django::setting(&chain, "MEDIA_ROOT") else { return };
    let Some(place) = folder(source, value).filter(|_| is_local(&chain) && keeps_files(context)) else { return };
    // A folder with files of the image cannot be an empty one for each pod.
    let has_files = context.code.tree.below(&place.path).any(|path| {
        let name = file_name(path);
        !name.starts_with('.') && !name.eq_ignore_ascii_case("readme.md")
    });
    let fate = if has_files {
        "where the image has files, so it is read-only and an upload fails"
    } else {
        "which each pod has for itself and loses when it ends"
    };
    project.warnings.push(format!(
        "{}: uploads go to {}, {fate}: mount a [volumes] claim there that all pods share, or use an object storage",
        place.place.place(),
        place.path
    ));
    project.written.push(place);
}

/// Whether the default storage is the file system; one that is named in another way may be anything.
fn is_local(chain: &[&Source]) -> bool {
    let is_file_system =
        |value: &Expr| value.any(|expr| expr.as_str().is_some_and(|text| text.ends_with(".FileSystemStorage")));
    ["STORAGES", "DEFAULT_FILE_STORAGE"].iter().all(|name| {
        let named = chain.iter().any(|source| source.mentions(name));
        !named || django::setting(chain, name).is_some_and(|(_, _, value)| is_file_system(value))
    })
}

/// Whether a model has a field of files, or the code saves one on its own.
fn keeps_files(context: &Context<'_>) -> bool {
    const NAMES: [&str; 4] = ["FileField", "ImageField", "FileSystemStorage", "default_storage"];
    let keeps = |source: &Source, call: &Call| match call.callee() {
        "FileField" | "ImageField" => {
            source.qualified(&call.function).is_some_and(|name| name.starts_with("django.db.models"))
        }
        "FileSystemStorage" => true,
        "save" => call.receiver().is_some_and(|object| object == "default_storage"),
        _ => false,
    };
    // Models are read for nothing else, and are not among the modules that say something.
    let paths =
        context.code.paths().iter().filter(|path| context.is_own(path) && !is_migration(path) && !is_test(path));
    let named = paths
        .filter(|path| context.code.tree.read(path).is_some_and(|text| NAMES.iter().any(|name| text.contains(name))));
    named
        .filter_map(|path| context.code.source(path))
        .any(|source| walk::calls(&source.module.body).any(|(_, call)| keeps(source, call)))
}
