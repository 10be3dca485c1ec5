//! Celery: the application object that `celery -A` needs, and whether beat is used.

use crate::detect::application::{dotted, import_root};
use crate::detect::code::{Definition, Source};
use crate::detect::context::Context;
use crate::detect::project::{Celery, Evidence, Project};
use crate::detect::python::{Call, Expr, ExprKind, StmtKind, walk};
use crate::detect::tree::{file_name, parent};

/// A Celery object in the code.
struct Found<'a> {
    source: &'a Source,
    attribute: String,
    line: u32,
    score: i32,
}

pub(crate) fn find(context: &Context<'_>, project: &mut Project) {
    let is_listed = context.manifest.at_runtime("celery").is_some() || context.manifest.pins.contains_key("celery");
    // What the distribution's packages bring is in no manifest; that a script starts it is as good.
    if !is_listed && commanded(context).is_empty() {
        return;
    }
    let mut found: Vec<Found<'_>> = context
        .sources()
        .filter(|source| source.mentions("Celery"))
        .flat_map(|source| objects(context, source))
        .collect();
    let targets = commanded(context);
    for object in &mut found {
        let (_, module) = import_root(context.code, object.source);
        let package = module.rsplit_once('.').map_or("", |(package, _)| package);
        if targets.iter().any(|(target, _)| {
            let target = target.split(':').next().unwrap_or_default();
            target == module || target == package || module.strip_prefix(target).is_some_and(|rest| rest == ".celery")
        }) {
            object.score += 50;
        }
    }
    found.sort_by(|a, b| b.score.cmp(&a.score).then_with(|| a.source.path.cmp(&b.source.path)));
    let Some(best) = found.first() else {
        named(context, &targets, project);
        return;
    };
    let module = as_imported(context, best.source);
    // `celery -A pkg` finds `pkg.celery` and an attribute `app` or `celery` on its own; the full form says it plainly.
    let own = format!("{module}:{}", best.attribute);
    // A module that only imports the object may still be the one to name: it makes the Flask application first.
    let app = targets.iter().find_map(|(target, _)| imported(context, target, &found));
    let app = app.or_else(|| completed(context, best)).unwrap_or(own);
    project.because("celery", best.source.evidence(best.line));
    for (_, place) in targets.iter().take(1) {
        project.because("celery", place.clone());
    }
    let (needs_beat, scheduler) = beat(context, project);
    project.celery = Some(Celery { app, beat: needs_beat, scheduler });
}

/// The dotted name of a module from where the service starts.
pub(super) fn as_imported(context: &Context<'_>, source: &Source) -> String {
    let (_, module) = import_root(context.code, source);
    let is_below = source.path.strip_prefix(&context.root).is_some_and(|rest| rest.starts_with('/'));
    if is_below && !context.has_module(&module) { dotted(&context.root, &source.path) } else { module }
}

/// Whether a target of `celery -A` is a module that the service can import, or something in one.
pub(super) fn leads_here(context: &Context<'_>, target: &str) -> bool {
    let is_here = |module: &str| context.has_module(module);
    let module = target.split(':').next().unwrap_or_default();
    is_here(module) || module.rsplit_once('.').is_some_and(|(module, _)| is_here(module))
}

/// The application that the project's own commands name, where code that was not followed puts the object together.
fn named(context: &Context<'_>, targets: &[(String, Evidence)], project: &mut Project) {
    let Some((target, place)) = targets.iter().find(|(target, _)| leads_here(context, target)) else { return };
    project.because("celery", place.clone());
    let (needs_beat, scheduler) = beat(context, project);
    project.celery = Some(Celery { app: target.clone(), beat: needs_beat, scheduler });
}

/// `module:attribute` of a target whose module takes one of the objects from elsewhere.
fn imported(context: &Context<'_>, target: &str, found: &[Found<'_>]) -> Option<String> {
    let (module, attribute) = target.split_once(':').or_else(|| target.rsplit_once('.'))?;
    let source = context.module(module)?;
    let Some(Definition::Value(place, stmt, _)) = context.code.lookup(source, attribute) else { return None };
    let is_object = found.iter().any(|object| object.source.path == place.path && object.line == stmt.line);
    (is_object && place.path != source.path).then(|| format!("{module}:{attribute}"))
}

/// `module:attribute` of the module that makes the web application, which completes the object, and is there for the
/// worker by its name or its own words.
fn completed(context: &Context<'_>, best: &Found<'_>) -> Option<String> {
    let makes_application = |source: &Source| {
        walk::top_level(&source.module.body).any(|stmt| {
            let (StmtKind::Assign { value: Some(value), .. } | StmtKind::Expr(value)) = &stmt.kind else {
                return false;
            };
            value.as_call().map(Call::callee).is_some_and(|name| {
                name == "Flask" || name.starts_with("create_") || name.starts_with("make_") || name == "init_app"
            })
        })
    };
    let is_for_the_worker = |source: &Source| {
        source.stem().contains("celery") || source.stem().contains("worker") || source.mentions("celery -A")
    };
    let importer = |is_wanted: &dyn Fn(&Source) -> bool| {
        context.code.paths().iter().filter(|path| context.is_own(path)).find_map(|path| {
            context
                .code
                .tree
                .read(path)
                .filter(|text| text.contains(best.attribute.as_str()) && text.contains("import"))?;
            let source = context.code.source(path).filter(|source| source.path != best.source.path)?;
            if !is_wanted(source) || !makes_application(source) {
                return None;
            }
            let import = source.imports().find(|import| import.name.as_deref() == Some(best.attribute.as_str()))?;
            let Some(Definition::Value(place, stmt, _)) = context.code.lookup(source, &import.bound) else {
                return None;
            };
            let is_it = place.path == best.source.path && stmt.line == best.line;
            is_it.then(|| format!("{}:{}", import_root(context.code, source).1, import.bound))
        })
    };
    let is_entry = |source: &Source| context.entry.is_some_and(|entry| entry.path == source.path);
    importer(&is_for_the_worker).or_else(|| importer(&is_entry).filter(|_| is_bare(best)))
}

/// Whether the module of an object leaves all that it needs to another: `celery = Celery(__name__)`, which a factory completes.
fn is_bare(best: &Found<'_>) -> bool {
    const COMPLETES: [&str; 4] = ["config_from_object", "conf", "autodiscover_tasks", "config_from_envvar"];
    let mut is_bare = true;
    for stmt in walk::scope(&best.source.module.body) {
        for expr in stmt.exprs() {
            expr.visit(&mut |expr| match &expr.kind {
                ExprKind::Attr(object, name) if object.as_name() == Some(best.attribute.as_str()) => {
                    is_bare &= !COMPLETES.contains(&name.as_str());
                }
                ExprKind::Call(call) if stmt.line == best.line => {
                    let given = ["broker", "config_source", "include", "tasks"];
                    is_bare &= call.callee() == "Celery" && !given.iter().any(|name| call.keyword(name).is_some());
                }
                _ => {}
            });
        }
    }
    is_bare
}

/// Targets of `celery -A TARGET`.
fn commanded(context: &Context<'_>) -> Vec<(String, Evidence)> {
    let commands = context.deployment.commands.iter().filter(|command| command.runs("celery"));
    commands.filter_map(|command| Some((command.option(&["-A", "--app"])?.to_owned(), command.place.clone()))).collect()
}

/// The Celery objects of one module: assigned at module level, or returned by a function that such a name is assigned from.
fn objects<'a>(context: &Context<'a>, source: &'a Source) -> Vec<Found<'a>> {
    let mut found = Vec::new();
    let base = match source.stem() {
        "celery" | "celeryconf" | "celery_app" | "celeryapp" => 12,
        "celery_init" | "celery_worker" | "worker" | "make_celery" => 9,
        "__init__" if file_name(parent(&source.path)) == "celery" => 10,
        _ => 3,
    };
    let configured = source.mentions("config_from_object") || source.mentions("autodiscover_tasks");
    for stmt in walk::scope(&source.module.body) {
        let StmtKind::Assign { targets, value: Some(value), annotation, .. } = &stmt.kind else { continue };
        let Some(name) = targets.iter().find_map(Expr::as_name) else { continue };
        // `celery: Celery = Proxy(make)`: the project itself says what it is.
        let annotated = annotation
            .as_ref()
            .and_then(|annotation| source.qualified(annotation))
            .is_some_and(|name| is_celery(&name));
        if !annotated && !value.as_call().is_some_and(|call| makes(context, source, call, 4)) && !holds(value, name) {
            continue;
        }
        let depth = i32::try_from(source.path.matches('/').count()).unwrap_or_default();
        let score =
            base + if configured { 6 } else { 0 } + if matches!(name, "app" | "celery" | "celery_app") { 3 } else { 0 }
                - depth;
        found.push(Found { source, attribute: name.to_owned(), line: stmt.line, score });
    }
    found
}

/// `celery = app.extensions["celery"]`, as Flask's own documentation has it.
fn holds(value: &Expr, _name: &str) -> bool {
    matches!(&value.kind, ExprKind::Index(object, key) if key.as_str() == Some("celery") && object.last_name() == Some("extensions"))
}

/// Classes of Celery objects, by full name.
fn is_celery(name: &str) -> bool {
    matches!(
        name,
        "celery.Celery"
            | "celery.app.Celery"
            | "celery.app.base.Celery"
            | "flask_celeryext.FlaskCeleryExt"
            | "tenant_schemas_celery.app.CeleryApp"
    )
    // A class of a library that says by its name what it is.
    || name.rsplit('.').next().is_some_and(|class| class.ends_with("Celery") && class.len() > 6) && !name.starts_with('.')
}

/// Whether a call makes a Celery object: the class, a subclass, or a function that returns one.
fn makes(context: &Context<'_>, source: &Source, call: &Call, hops: usize) -> bool {
    let Some(hops) = hops.checked_sub(1) else { return false };
    if source.qualified(&call.function).is_some_and(|name| is_celery(&name)) {
        return true;
    }
    match context.code.resolve(source, &call.function) {
        Some(Definition::Class(place, class)) => context.code.inherits(place, class, &is_celery),
        Some(Definition::Function(place, function)) => {
            let annotated = function
                .returns
                .as_ref()
                .and_then(|returns| place.qualified(returns))
                .is_some_and(|name| is_celery(&name));
            let mut returned = false;
            let mut names: Vec<&str> = Vec::new();
            for stmt in walk::scope(&function.body) {
                match &stmt.kind {
                    StmtKind::Assign { targets, value: Some(value), .. }
                        if value.as_call().is_some_and(|call| makes(context, place, call, hops)) =>
                    {
                        names.extend(targets.iter().filter_map(Expr::as_name));
                    }
                    StmtKind::Return(Some(value)) => {
                        // flask-celeryext's object holds Celery's own as an attribute.
                        let held = match &value.kind {
                            ExprKind::Attr(object, attribute) if attribute.contains("celery") => object.as_name(),
                            _ => value.as_name(),
                        };
                        returned |= held.is_some_and(|name| names.contains(&name))
                            || value.as_call().is_some_and(|call| makes(context, place, call, hops));
                    }
                    _ => {}
                }
            }
            annotated || returned
        }
        _ => false,
    }
}

/// Whether a beat process is needed, and its scheduler class.
fn beat(context: &Context<'_>, project: &mut Project) -> (bool, Option<String>) {
    const DATABASE: &str = "django_celery_beat.schedulers:DatabaseScheduler";
    let by_command = context.deployment.commands.iter().find(|command| {
        command.runs("celery") && command.words.iter().any(|word| matches!(word.as_str(), "beat" | "-B" | "--beat"))
    });
    if let Some(command) = by_command {
        project.because("celery", command.place.clone());
    }
    // Any command that names one does, a task of the developers' as well.
    let beats = context.deployment.commands.iter().filter(|command| command.runs("celery") && command.runs("beat"));
    let stated = beats
        .filter_map(|command| command.option(&["-S", "--scheduler"]))
        .find(|scheduler| !scheduler.contains('$'))
        .map(|scheduler| if scheduler == "django" { DATABASE.to_owned() } else { scheduler.to_owned() })
        .or_else(|| own_scheduler(context));
    let database = context.manifest.at_runtime("django-celery-beat").is_some();
    if database || by_command.is_some() {
        return (true, stated.or_else(|| database.then(|| DATABASE.to_owned())));
    }
    if context.manifest.at_runtime("celery-redbeat").is_some() {
        return (true, stated.or(Some("redbeat.RedBeatScheduler".to_owned())));
    }
    let words = ["beat_schedule", "BEAT_SCHEDULE", "CELERYBEAT_SCHEDULE", "periodic_task", "beat_scheduler"];
    let source = context.sources().find(|source| words.iter().any(|word| source.mentions(word)) && schedules(source));
    if let Some(source) = source {
        project.because("celery", source.evidence(0));
    }
    (source.is_some(), stated)
}

/// The project's own scheduler: a class that builds on one of the known ones.
fn own_scheduler(context: &Context<'_>) -> Option<String> {
    const KNOWN: [&str; 5] = [
        "django_celery_beat.schedulers.DatabaseScheduler",
        "celery.beat.Scheduler",
        "celery.beat.PersistentScheduler",
        "redbeat.RedBeatScheduler",
        "redbeat.schedulers.RedBeatScheduler",
    ];
    let own = context.code.paths().iter().filter(|path| context.is_own(path));
    let named = own.filter(|path| context.code.tree.read(path).is_some_and(|text| text.contains("Scheduler")));
    named.filter_map(|path| context.code.source(path)).find_map(|source| {
        let class = source.module.body.iter().find_map(|stmt| match &stmt.kind {
            StmtKind::Class(class) if context.code.inherits(source, class, &|name| KNOWN.contains(&name)) => {
                Some(class)
            }
            _ => None,
        })?;
        Some(format!("{}.{}", import_root(context.code, source).1, class.name))
    })
}

/// `app.conf.beat_schedule` of `app.conf.beat_schedule["name"] = {…}`, which adds one entry.
fn indexed(target: &Expr) -> &Expr {
    match &target.kind {
        ExprKind::Index(object, _) => object,
        _ => target,
    }
}

/// Settings that only beat reads.
const SETTINGS: [&str; 7] = [
    "beat_schedule",
    "CELERY_BEAT_SCHEDULE",
    "CELERYBEAT_SCHEDULE",
    "BEAT_SCHEDULE",
    "CELERY_BEAT_SCHEDULER",
    "CELERYBEAT_SCHEDULER",
    "beat_scheduler",
];

/// Whether a schedule is set with something in it.
fn schedules(source: &Source) -> bool {
    let mut found = false;
    for stmt in walk::statements(&source.module.body) {
        if let StmtKind::Assign { targets, value: Some(value), .. } = &stmt.kind {
            let key = |target: &Expr| match &target.kind {
                ExprKind::Index(_, key) => key.as_str().map(str::to_owned),
                _ => None,
            };
            let names = targets.iter().flat_map(|target| [key(target), indexed(target).last_name().map(str::to_owned)]);
            let target = names.flatten().any(|name| SETTINGS.contains(&name.as_str()));
            found |= target && !matches!(&value.kind, ExprKind::Dict(items) if items.is_empty());
        }
    }
    for expr in walk::expressions(&source.module.body) {
        match &expr.kind {
            ExprKind::Call(call) => {
                found |= matches!(call.callee(), "add_periodic_task" | "periodic_task")
                    || call.keyword("beat_schedule").is_some();
            }
            ExprKind::Dict(items) => {
                found |= items.iter().any(|(key, value)| {
                    key.as_ref().and_then(Expr::as_str) == Some("beat_schedule")
                        && !matches!(&value.kind, ExprKind::Dict(items) if items.is_empty())
                });
            }
            _ => {}
        }
    }
    found
}
