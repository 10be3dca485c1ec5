//! Packages that the code needs in any case and that no install brings: the process exits at startup.

use super::fault;
use super::settings::Settings;
use crate::detect::context::Context;
use crate::detect::facts::databases::DRIVERS;
use crate::detect::project::{CodeFault, Database, Evidence, PackageManager, Project};
use crate::detect::python::{Import, StmtKind};
use crate::detect::tree::{file_name, join, parent};
use crate::vocabulary::Framework;

/// Modules, and the packages that bring them: those that a project names itself, because hardly another package does.
const PACKAGES: [(&str, &[&str]); 30] = [
    ("allauth", &["django-allauth"]),
    ("anymail", &["django-anymail"]),
    ("boto3", &["boto3", "django-storages", "django-ses", "sagemaker", "aiobotocore"]),
    ("compressor", &["django-compressor"]),
    ("constance", &["django-constance"]),
    ("corsheaders", &["django-cors-headers"]),
    ("crispy_forms", &["django-crispy-forms"]),
    ("dj_database_url", &["dj-database-url", "environs", "django-heroku", "django-on-heroku"]),
    ("django_celery_beat", &["django-celery-beat"]),
    ("django_celery_results", &["django-celery-results"]),
    ("django_extensions", &["django-extensions"]),
    ("django_filters", &["django-filter"]),
    ("django_redis", &["django-redis"]),
    ("debug_toolbar", &["django-debug-toolbar"]),
    ("drf_spectacular", &["drf-spectacular"]),
    ("drf_yasg", &["drf-yasg"]),
    ("flask_cors", &["flask-cors"]),
    ("flask_limiter", &["flask-limiter"]),
    ("flask_login", &["flask-login"]),
    ("flask_mail", &["flask-mail"]),
    ("flask_migrate", &["flask-migrate"]),
    ("flask_session", &["flask-session"]),
    ("guardian", &["django-guardian"]),
    ("import_export", &["django-import-export"]),
    ("mptt", &["django-mptt"]),
    ("rest_framework", &["djangorestframework"]),
    ("sentry_sdk", &["sentry-sdk"]),
    ("storages", &["django-storages"]),
    ("stripe", &["stripe", "dj-stripe"]),
    ("whitenoise", &["whitenoise"]),
];

/// Beginnings of packages that bring those of `PACKAGES` along.
const BRINGERS: [&str; 14] = [
    "drf",
    "djangorestframework",
    "dj-rest-auth",
    "djoser",
    "wagtail",
    "django-cms",
    "django-oscar",
    "django-rest",
    "rest-framework",
    "flask-appbuilder",
    "flask-security",
    "apache-",
    "saleor",
    "cookiecutter",
];

/// Engines of Django, the database, and the driver to advise.
const ENGINES: [(&str, Database, &str, &str); 3] = [
    ("postgresql", Database::Postgresql, "PostgreSQL", "psycopg[binary]"),
    ("postgis", Database::Postgresql, "PostgreSQL", "psycopg[binary]"),
    ("mysql", Database::Mysql, "MySQL", "mysqlclient"),
];

/// Whether an install may bring one of `names`: unknown counts as yes.
fn may_have(context: &Context<'_>, names: &[&str]) -> bool {
    let manifest = &context.manifest;
    let is_there = |name: &&str| manifest.any(name).is_some() || manifest.pins.contains_key(*name);
    let is_brought = || {
        let dependencies = manifest.dependencies.iter().map(|dependency| dependency.name.as_str());
        dependencies.clone().any(|name| BRINGERS.iter().any(|start| name.starts_with(start)))
    };
    // A package of the project's own, or one that is not on an index, may bring anything.
    let is_open = || {
        manifest.is_empty()
            || manifest.manager == Some(PackageManager::Conda)
            || manifest.files.iter().chain(&manifest.requirements).any(|file| {
                context.code.tree.read(file).is_none_or(|text| {
                    ["git+", "git =", "file:", "path =", "-e ", "./", "workspace"]
                        .iter()
                        .any(|word| text.contains(word))
                })
            })
    };
    names.iter().any(is_there) || is_brought() || is_open()
}

/// Applications, middleware and drivers that Django's settings name.
pub(super) fn of_settings(context: &Context<'_>, settings: &Settings<'_>, faults: &mut Vec<CodeFault>) {
    for name in ["INSTALLED_APPS", "MIDDLEWARE"] {
        for (source, text) in settings.listed(name) {
            let module = text.as_str().and_then(|text| text.split('.').next()).unwrap_or_default();
            faults
                .extend(missing(context, module).map(|packages| without(source.evidence(text.line), module, packages)));
        }
    }
    let Some((source, value)) = settings.plain("DATABASES") else { return };
    value.visit(&mut |expr| {
        let engine = expr.as_str().filter(|text| text.contains(".backends.")).and_then(|text| text.rsplit('.').next());
        let row = ENGINES.iter().find(|(name, ..)| Some(*name) == engine);
        let drivers = |wanted: Database| -> Vec<&str> {
            let of_django = DRIVERS.iter().filter(|(_, database, is_djangos)| *database == wanted && *is_djangos);
            of_django.map(|(name, ..)| *name).collect()
        };
        if let Some((_, _, database, add)) = row.filter(|(_, wanted, ..)| !may_have(context, &drivers(*wanted))) {
            faults.push(fault(
                source.evidence(expr.line),
                format!("no driver for {database} is among the dependencies"),
                format!("add `{add}` to them"),
            ));
        }
    });
}

/// The packages of which none is there, for a module of `PACKAGES` that is not the project's own.
fn missing(context: &Context<'_>, module: &str) -> Option<&'static [&'static str]> {
    let (_, packages) = PACKAGES.iter().find(|(name, _)| *name == module)?;
    let is_own = context.has_module(module) || context.code.is_package(module);
    (!is_own && !may_have(context, packages)).then_some(*packages)
}

fn without(place: Evidence, module: &str, packages: &[&str]) -> CodeFault {
    let message = format!("`{module}` is not among the dependencies: the process exits at startup");
    fault(place, message, format!("add `{}` to them", packages[0]))
}

/// Imports that run whenever their module does.
pub(super) fn of_imports(context: &Context<'_>, project: &Project, faults: &mut Vec<CodeFault>) {
    let Some(reach) = project.reach.as_ref().filter(|reach| !reach.is_open) else { return };
    for source in context.sources().filter(|source| reach.imported.contains(&source.path)) {
        for stmt in &source.module.body {
            let StmtKind::Import(imports) = &stmt.kind else { continue };
            for import in imports.iter().filter(|import| import.level == 0) {
                let module = import.module.split('.').next().unwrap_or_default();
                let packages = missing(context, module);
                faults.extend(packages.map(|packages| without(source.evidence(stmt.line), module, packages)));
                if project.framework == Framework::FastApi && takes_forms(import) && !reads_forms(context) {
                    let message = "`python-multipart` is not among the dependencies, and FastAPI ends without it where forms are read";
                    faults.push(fault(source.evidence(stmt.line), message, "add `python-multipart` to them"));
                }
            }
        }
    }
}

/// Source: <https://fastapi.tiangolo.com/tutorial/request-forms/>
fn takes_forms(import: &Import) -> bool {
    import.module.starts_with("fastapi")
        && matches!(import.name.as_deref(), Some("Form" | "File" | "UploadFile" | "OAuth2PasswordRequestForm"))
}

/// Whether an install may bring what reads forms; the extras of FastAPI and starlette do.
fn reads_forms(context: &Context<'_>) -> bool {
    let extras = ["fastapi", "starlette"].iter().filter_map(|name| context.manifest.any(name));
    may_have(context, &["python-multipart", "fastapi-users", "gradio", "mcp", "fastapi-cli"])
        || extras.into_iter().any(|dependency| !dependency.extras.is_empty())
}

/// Files that the requirements lead to and that are not there.
/// Source: <https://pip.pypa.io/en/stable/reference/requirements-file-format/>
pub(super) fn of_requirements(context: &Context<'_>, faults: &mut Vec<CodeFault>) {
    const OPTIONS: [&str; 4] = ["-r", "--requirement", "-c", "--constraint"];
    let manifest = &context.manifest;
    let installed = manifest.files.iter().take(1).chain(&manifest.requirements);
    for file in installed.filter(|file| matches!(file_name(file).rsplit('.').next(), Some("txt" | "in" | "pip"))) {
        let Some(text) = context.code.tree.read(file) else { continue };
        for (number, line) in (1..).zip(text.lines()) {
            let Some((option, name)) = line.trim().split_once([' ', '=']) else { continue };
            let name = name.split(" #").next().unwrap_or_default().trim();
            if !OPTIONS.contains(&option) || name.contains("://") || name.contains('$') {
                continue;
            }
            let path = join(parent(file), name);
            if path.is_some_and(|path| !context.code.tree.has(&path)) {
                let place = Evidence { file: file.clone(), line: number, text: line.to_owned() };
                let message = format!("`{name}` is not there, and the install of `{file}` fails at it");
                faults.push(fault(place, message, "commit it, or remove the line"));
            }
        }
    }
}
