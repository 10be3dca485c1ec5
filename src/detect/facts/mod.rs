//! Everything about the chosen application beside its entry point.

mod account;
mod alembic;
mod assets;
mod build_environment;
mod celery;
mod celery_packages;
mod celery_processes;
mod completion;
mod databases;
mod debug;
mod django;
mod files;
mod fixed_address;
mod hosts;
mod image;
mod logs;
mod metrics;
mod opened;
mod own_workers;
mod packages;
mod pitfalls;
mod processes;
mod python;
mod queues;
mod running;
mod schedulers;
mod server;
mod server_file;
mod serving;
mod settings_module;
mod sqlalchemy_driver;
mod sqlite;
mod sqlite_file;
mod start;
mod stated;
mod stores;
mod tooling;
mod uploads;

use std::collections::BTreeSet;

use super::application::App;
use super::code::{Code, Source, is_serving_name};
use super::context::Context;
use super::deploy::Deployment;
use super::environment;
use super::manifest::{self, Manifest};
use super::project::{Evidence, Migrations, PackageManager, Project, Reach};
use super::routes;
use super::tree::{file_name, parent};
use crate::data::SCORES;
use crate::vocabulary::{Framework, Interface};
pub(crate) use serving::STATIC_FILES_NOT_SERVED;

/// Gathers the facts about `app`; what nothing of it leads to is left out.
pub(crate) fn gather(
    code: &Code<'_>,
    deployment: &Deployment,
    manifests: &[Manifest],
    app: &App<'_>,
    rest: &[App<'_>],
) -> Project {
    of_app(code, deployment, manifests, app, rest, true).0
}

/// As [`gather`] for the application that `app.toml` names, with what runs with it and what fails in it.
pub(crate) fn of_named(
    code: &Code<'_>,
    deployment: &Deployment,
    manifests: &[Manifest],
    app: &App<'_>,
    settings: Option<&str>,
) -> Project {
    let (mut project, context) = of_app(code, deployment, manifests, app, &[], false);
    project.reach = Some(reach(code, &project, app));
    pitfalls::find(&context, settings, &mut project);
    project
}

fn of_app<'a>(
    code: &'a Code<'_>,
    deployment: &'a Deployment,
    manifests: &[Manifest],
    app: &App<'a>,
    rest: &[App<'_>],
    leaves_out: bool,
) -> (Project, Context<'a>) {
    let modules = if app.framework == Framework::Django {
        BTreeSet::new()
    } else {
        running::left_out(code, deployment, &app.root, app.source)
    };
    let idle = Idle { modules, leaves_out };
    let mut project = Project::new(app.framework, app.interface, shown(&app.root));
    project.entrypoint = Some(app.entrypoint());
    project.because("entrypoint", app.source.evidence(app.line));
    project.because("framework", app.source.evidence(app.line));
    if let Some(place) = app.named_at.as_ref().filter(|place| !place.file.is_empty()) {
        project.because("entrypoint", place.clone());
    }
    others(&mut project, deployment, manifests, app, rest);
    completion::warn(app, &mut project);
    completion::warn_of_start(app, &mut project);
    let (mut project, context) = fill(code, deployment, manifests, project, app.root.clone(), Some(app.source), idle);
    project.serving.scheduler = schedulers::started(&context, || reach(code, &project, app));
    project.warnings.extend(project.serving.scheduler.as_ref().map(schedulers::sentence));
    (project, context)
}

/// A Django project that has no `wsgi.py`: its `manage.py` and settings still exist.
pub(crate) fn without_entry_point(code: &Code<'_>, deployment: &Deployment, manifests: &[Manifest]) -> Option<Project> {
    let is_plain =
        |path: &&&str| file_name(path) == "manage.py" && !super::code::is_test(path) && !super::code::is_aside(path);
    let path = code.paths().iter().find(is_plain)?;
    let source = code.source(path)?;
    let runs = source.mentions("DJANGO_SETTINGS_MODULE") && source.mentions("execute_from_command_line");
    let depends = manifests.iter().any(|manifest| manifest.main("django").is_some() && !manifest.is_package);
    if !runs || !depends {
        return None;
    }
    let root = parent(path).to_owned();
    let mut project = Project::new(Framework::Django, Interface::Wsgi, shown(&root));
    project.because("framework", source.evidence(1));
    project.warnings.push(format!(
        "no module creates a WSGI or ASGI application beside `{path}`; name one with --entrypoint or add a `wsgi.py`"
    ));
    Some(fill(code, deployment, manifests, project, root, None, Idle::default()).0)
}

/// Which modules run with `app`, its settings and its workers.
fn reach(code: &Code<'_>, project: &Project, app: &App<'_>) -> Reach {
    let mut starts = vec![app.source];
    if app.framework == Framework::Django {
        // Which settings are in force is for the environment to say: any of them may be.
        let is_settings = |source: &&Source| {
            code.is_own(&app.root, &source.path)
                && ["ROOT_URLCONF", "MIDDLEWARE", "INSTALLED_APPS"].iter().any(|name| source.names(name))
        };
        starts.extend(code.marked().filter(is_settings));
    }
    let celery = project.celery.as_ref().and_then(|celery| celery.app.split(':').next());
    let modules = celery.into_iter().chain(project.settings_module.as_deref());
    starts.extend(modules.filter_map(|module| code.source(code.module_in(&app.root, module)?)));
    super::code::reach(code, &app.root, &starts)
}

fn shown(root: &str) -> String {
    if root.is_empty() { ".".to_owned() } else { root.to_owned() }
}

/// Mentions the other interface of a Django project, and other applications that were passed over.
fn others(project: &mut Project, deployment: &Deployment, manifests: &[Manifest], app: &App<'_>, rest: &[App<'_>]) {
    let package = parent(&app.source.path);
    let pair = rest.iter().find(|other| {
        other.framework == Framework::Django
            && parent(&other.source.path) == package
            && other.interface != app.interface
    });
    project.other_entrypoint = pair.filter(|_| app.framework == Framework::Django).map(App::entrypoint);
    let close: Vec<String> = rest
        .iter()
        .filter(|other| {
            // A module that is made to be served counts as close from further away.
            let serves = !other.is_factory && is_serving_name(&other.source.path);
            let row = if serves { &SCORES.distance.close_server } else { &SCORES.distance.close };
            other.source.path != app.source.path && !other.is_aside() && other.score() + row.points >= app.score()
        })
        .filter(|other| !(other.framework == Framework::Django && parent(&other.source.path) == package))
        .filter(|other| !other.is_imported || other.is_named)
        .map(|other| format!("`{}`", other.entrypoint()))
        .take(3)
        .collect();
    if app.is_factory && !app.is_named && app.attribute != "create_app()" {
        project.warnings.push(format!(
            "`{}` is a factory that nothing in the repository refers to; pass --entrypoint to choose",
            app.entrypoint()
        ));
    }
    // What is named is settled, unless another one is named as well.
    let is_rivalled = rest.iter().any(|other| {
        other.is_named
            && other.score() + SCORES.distance.rival.points >= app.score()
            && other.module != app.module
            && parent(&other.source.path) != package
    });
    // Another folder with dependencies and an image of its own, or whose application is started as well: a second service.
    let has_image = |other: &App<'_>| {
        let home = home(manifests, other).unwrap_or_default();
        let mut images = deployment.images.iter().filter(|image| image.is_python);
        !home.is_empty() && images.any(|image| is_below(&image.file, home))
    };
    let beside: Vec<&App<'_>> = rest
        .iter()
        .filter(|other| (other.is_named || has_image(other)) && !other.is_aside())
        .filter(|other| !other.is_imported && !other.root.is_empty() && !other.attribute.starts_with('_'))
        .filter(|other| other.root != app.root && !close.contains(&format!("`{}`", other.entrypoint())))
        .filter(|other| is_apart(manifests, other, app))
        .take(3)
        .collect();
    if !beside.is_empty() {
        let named: Vec<String> =
            beside.iter().map(|other| format!("`{}` in `{}`", other.entrypoint(), other.root)).collect();
        project.warnings.push(format!(
            "this repository holds other services: {}; `{}` is used, give the folder of another to choose it",
            named.join(", "),
            app.entrypoint()
        ));
    }
    if !close.is_empty() && (!app.is_named || is_rivalled) {
        project.warnings.push(format!(
            "{} could be served too; `{}` is used; pass --entrypoint to choose another",
            close.join(", "),
            app.entrypoint()
        ));
    }
}

/// Whether two applications have manifests of their own, neither below the other.
fn is_apart(manifests: &[Manifest], one: &App<'_>, other: &App<'_>) -> bool {
    match (home(manifests, one), home(manifests, other)) {
        (Some(one), Some(other)) => one != other && !is_below(one, other) && !is_below(other, one),
        _ => false,
    }
}

/// The nearest folder above an application that lists dependencies.
fn home<'m>(manifests: &'m [Manifest], app: &App<'_>) -> Option<&'m str> {
    let folders = manifests.iter().filter(|manifest| !manifest.is_empty()).map(|manifest| manifest.folder.as_str());
    folders.filter(|folder| is_below(&app.source.path, folder)).max_by_key(|folder| folder.len())
}

fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// Modules that nothing of the application leads to.
#[derive(Default)]
struct Idle {
    modules: BTreeSet<String>,
    /// Whether what they do is left out; what they read always is.
    leaves_out: bool,
}

fn fill<'a>(
    code: &'a Code<'_>,
    deployment: &'a Deployment,
    manifests: &[Manifest],
    mut project: Project,
    root: String,
    entry: Option<&'a Source>,
    idle: Idle,
) -> (Project, Context<'a>) {
    let package = project.framework.package();
    let start = entry.map_or(root.as_str(), Source::folder);
    let mut manifest = manifest::governing(code.tree, start, &[package]);
    image::requirements(code.tree, image::own(deployment, &root), &mut manifest, package);
    // Other projects of the same repository, and what they read, do not concern this one.
    let here = entry.map_or(root.as_str(), |entry| entry.path.as_str());
    let others: Vec<String> = manifests
        .iter()
        .filter(|other| !other.is_empty() && !other.folder.is_empty() && manifest.folder != other.folder)
        .filter(|other| !here.starts_with(&format!("{}/", other.folder)))
        // Below the application's own root it takes a name that the application does not depend on.
        .filter(|other| {
            let depends = |name: &String| manifest.any(&manifest::normalised(name)).is_some();
            !other.folder.starts_with(&root)
                || other.is_package && other.name.as_ref().is_some_and(|name| !depends(name))
        })
        .map(|other| format!("{}/", other.folder))
        .collect();
    let is_other = |path: &str| others.iter().any(|folder| path.starts_with(folder)) || idle.modules.contains(path);
    let (environment, reads) = environment::read(code, if root == "src" { "" } else { &root }, &is_other);
    project.environment = environment;
    let attribute =
        project.entrypoint.as_deref().and_then(|found| found.split_once(':')).map(|(_, name)| name.to_owned());
    let left_out = if idle.leaves_out { idle.modules } else { BTreeSet::new() };
    let context = Context { code, deployment, manifest, root, reads, entry, attribute, left_out };
    manifest_facts(&context, &mut project);
    python::choose(&context, &mut project);
    server::find(&context, &mut project);
    server_file::find(&context, &mut project);
    server::port(&context, &mut project);
    start::find(&context, &mut project);
    image::packages(&context, &mut project);
    if project.framework == Framework::Django {
        let settings = django::find(&context, &mut project);
        build_environment::find(&context, &settings, &mut project);
    } else {
        hosts::find(&context, &mut project);
    }
    celery::find(&context, &mut project);
    databases::find(&context, &mut project);
    stores::find(&context, &mut project);
    sqlalchemy_driver::find(&context, &mut project);
    celery_packages::find(&context, &mut project);
    project.warnings.extend(fixed_address::warnings(&context, &project));
    debug::find(&context, &mut project);
    stated::find(&context, &mut project);
    stated::ini_files(&context, &mut project);
    files::find(&context, &mut project);
    sqlite_file::find(&context, &mut project);
    sqlite::find(&context, &mut project);
    opened::find(&context, &mut project);
    serving::find(&context, &mut project);
    processes::find(&context, &mut project);
    migrations(&context, &mut project);
    project.health = routes::health(&context, &mut project);
    metrics::find(&context, &mut project);
    packages::find(&context, &mut project);
    tooling::find(&context, &mut project);
    account::find(&context, &mut project);
    (project, context)
}

/// What the manifest says on its own.
fn manifest_facts(context: &Context<'_>, project: &mut Project) {
    let manifest = &context.manifest;
    project.name.clone_from(&manifest.name);
    project.package_manager = manifest.manager;
    project.lockfile.clone_from(&manifest.lockfile);
    project.dependency_files.clone_from(&manifest.files);
    project.requirements.clone_from(&manifest.requirements);
    project.warnings.extend(manifest.warnings.iter().cloned());
    let whole = |file: &str| Evidence::of_file(file.to_owned());
    if let Some(file) = manifest.lockfile.as_ref().or(manifest.files.first()) {
        project.because("package_manager", whole(file));
        project.because("lockfile", whole(file));
    }
    if manifest.files.is_empty() {
        project.warnings.push("no file lists the dependencies; write a requirements.txt or pyproject.toml".to_owned());
    }
    let package = project.framework.package();
    if let Some(dependency) = manifest.any(package) {
        let text = format!("{package}{}", dependency.specifier);
        project.because("framework", dependency.evidence(text));
    }
    project.framework_version =
        manifest.version(package).map(|version| version.split('.').take(2).collect::<Vec<_>>().join("."));
    project.install_project = manifest.is_package
        && matches!(project.package_manager, Some(PackageManager::Pip | PackageManager::Hatch | PackageManager::Uv))
        && context
            .sources()
            .any(|source| source.mentions("importlib.metadata") || source.mentions("importlib_metadata"));
}

/// What migrates the database.
fn migrations(context: &Context<'_>, project: &mut Project) {
    let tree = context.code.tree;
    if project.framework == Framework::Django {
        project.migrations = Some(Migrations::Django);
        project.migrate_command = Some("python manage.py migrate --noinput".to_owned());
        return;
    }
    if let Some(dependency) = context.manifest.at_runtime("flask-migrate") {
        project.migrations = Some(Migrations::FlaskMigrate);
        project.migrate_command = Some("flask db upgrade".to_owned());
        let text = "flask-migrate".to_owned();
        project.because("migrations", dependency.evidence(text));
        return;
    }
    let configuration = tree
        .paths()
        .filter(|path| file_name(path) == "alembic.ini" && !super::code::is_test(path) && !super::code::is_aside(path))
        .min_by_key(|path| path.matches('/').count());
    let governed = context.manifest.any("alembic").is_some() || context.manifest.any("flask-alembic").is_some();
    if let Some(path) = configuration {
        project.migrations = Some(Migrations::Alembic);
        let here = shown(&context.root);
        let below = if here == "." { Some(path) } else { path.strip_prefix(&format!("{here}/")) };
        project.migrate_command = Some(match below {
            Some("alembic.ini") => "alembic upgrade head".to_owned(),
            Some(relative) => format!("alembic -c {relative} upgrade head"),
            // The file names its folder of migrations as seen from where alembic is started.
            // Source: <https://alembic.sqlalchemy.org/en/latest/tutorial.html#editing-the-ini-file>
            None => {
                let up = "../".repeat(here.split('/').count());
                format!("cd {} && alembic upgrade head", format!("{up}{}", parent(path)).trim_end_matches('/'))
            }
        });
        project.because("migrations", Evidence::of_file((*path).to_owned()));
        project.warnings.extend(alembic::fixed_address(context, path, project));
    } else if governed
        && tree
            .paths()
            .any(|path| path.ends_with("/env.py") && tree.read(path).is_some_and(|text| text.contains("alembic")))
    {
        project.migrations = Some(Migrations::Alembic);
        project.migrate_command = Some("alembic upgrade head".to_owned());
    }
}
