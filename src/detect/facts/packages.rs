//! Debian packages that Python packages need beside their wheels: by the table of `data/debian-packages.csv`.

use crate::data::{PLATFORMS, SYSTEM_PACKAGES};
use crate::detect::context::Context;
use crate::detect::manifest::{self, wheels};
use crate::detect::project::{Evidence, Project};

pub(crate) fn find(context: &Context<'_>, project: &mut Project) {
    let manifest = &context.manifest;
    let (mut runtime, mut build) = (Vec::new(), Vec::new());
    for entry in &*SYSTEM_PACKAGES {
        let Some(dependency) = manifest.at_runtime(entry.package) else { continue };
        // `psycopg[binary]` and `[c]` say how libpq comes in.
        let has = |extra: &str| dependency.extras.iter().any(|known| known == extra);
        if entry.package == "psycopg" && (has("binary") || manifest.at_runtime("psycopg-binary").is_some()) {
            continue;
        }
        if entry.package == "psycopg" && has("c") {
            build.extend(["gcc", "libpq-dev"]);
        }
        runtime.extend(&entry.runtime);
        build.extend(&entry.build);
        let text = format!("{}{}", entry.package, dependency.specifier);
        project.because("system_packages", Evidence { file: dependency.file.clone(), line: dependency.line, text });
    }
    source_builds(context, project, &mut runtime, &mut build);
    if project.databases.contains(&crate::detect::project::Database::Postgresql) && uses_gis(context) {
        runtime.extend(["gdal-bin", "libgdal36", "libgeos-c1t64", "libproj25"]);
    }
    if project.processes.iter().any(|process| process.command.contains("compilemessages")) {
        build.push("gettext");
    }
    // Requirements straight from a repository need git where they are installed.
    if manifest.files.iter().any(|file| {
        context.code.tree.read(file).is_some_and(|text| text.contains("git+https://") || text.contains("git = \""))
    }) {
        build.push("git");
    }
    // A compiler without the C library's headers compiles nothing on a slim image.
    if build.contains(&"gcc") || build.contains(&"g++") {
        build.push("libc6-dev");
    }
    for (list, target) in [(runtime, &mut project.system_packages.runtime), (build, &mut project.system_packages.build)]
    {
        *target = list.into_iter().map(str::to_owned).collect();
        target.sort();
        target.dedup();
    }
}

/// A compiler where a lock file shows that there is no wheel to install, or pins are older than the Python that is taken.
fn source_builds(
    context: &Context<'_>,
    project: &mut Project,
    runtime: &mut Vec<&'static str>,
    build: &mut Vec<&'static str>,
) {
    let manifest = &context.manifest;
    let oldest = PLATFORMS.python.images.oldest;
    let stated = project.python.as_deref().and_then(|python| python.strip_prefix("3.")?.parse().ok());
    let minor = stated.unwrap_or(oldest).max(oldest);
    let lock = manifest
        .lockfile
        .as_ref()
        .filter(|lock| ["uv.lock", "poetry.lock", "pdm.lock"].contains(&crate::detect::tree::file_name(lock)));
    let psycopg2 = match lock.and_then(|lock| Some((lock, context.code.tree.read(lock)?))) {
        Some((lock, text)) => {
            let names = wheels::built(&text, minor);
            let Some(first) = names.first() else { return };
            let text = format!("no wheel of {first}");
            project.because("system_packages", Evidence { file: lock.clone(), line: 0, text });
            names.iter().any(|name| name == "psycopg2-binary")
        }
        // Nothing tells which wheels there are, but pins that are older than the Python have none for it.
        None if manifest::newest_python(manifest).is_some_and(|(bound, _)| bound < minor) => {
            manifest.at_runtime("psycopg2-binary").is_some()
        }
        None => return,
    };
    build.push("build-essential");
    if psycopg2 {
        // Without a wheel it is built like psycopg2, and asks `pg_config`.
        runtime.push("libpq5");
        build.push("libpq-dev");
    }
}

fn uses_gis(context: &Context<'_>) -> bool {
    context.sources().any(|source| source.mentions("django.contrib.gis"))
}
