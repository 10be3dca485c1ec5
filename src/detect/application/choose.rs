//! Which of the candidates is the application.

use std::collections::BTreeSet;

use super::{App, Evidences};
use crate::detect::code::{Code, Source, is_aside, is_test};
use crate::detect::deploy::{Command, command};
use crate::detect::project::Evidence;
use crate::detect::python::{Expr, ExprKind, walk};
use crate::detect::tree::{file_name, parent};
use crate::vocabulary::{Framework, Interface};

/// The outcome of choosing.
pub(crate) enum Choice<'a> {
    /// One, the others in the order of their score.
    One(Box<App<'a>>, Vec<App<'a>>),
    /// Several projects.
    Several(Vec<App<'a>>),
    /// None worth deploying; those in examples are kept to be named.
    None(Vec<App<'a>>),
}

/// Scores the candidates and takes the best.
pub(crate) fn choose<'a>(code: &'a Code<'_>, mut apps: Vec<App<'a>>, evidences: &Evidences<'_>) -> Choice<'a> {
    let references = references(code, evidences);
    let mounted = mounted(code, &apps);
    for app in &mut apps {
        app.score = shape(app) + usage(app, &mounted) + reach(code, app);
        let mut best = 0;
        for reference in &references {
            let points = reference.points(app);
            if points > best {
                app.named_at = Some(reference.place.clone());
            }
            best = best.max(points);
        }
        // The most telling one counts: a helper that runs three times is no more the application than what runs once.
        app.score += best;
        app.is_named = best > 0;
        app.score += manifest_points(app, evidences);
    }
    apps.sort_by(|a, b| {
        b.score.cmp(&a.score).then_with(|| a.source.path.cmp(&b.source.path)).then(a.line.cmp(&b.line))
    });
    let Some(best) = apps.first() else { return Choice::None(apps) };
    let is_template = best.source.path.contains("{{");
    if best.is_aside() && (!best.is_named || is_template) {
        return Choice::None(apps);
    }
    if !best.is_named && (is_of_a_library(best, evidences) || best.attribute.starts_with('_')) {
        return Choice::None(apps);
    }
    // A package whose examples are what its own image runs is there to be built upon.
    let is_package = evidences.manifests.iter().any(|manifest| manifest.folder.is_empty() && manifest.is_package);
    let is_example = |app: &App<'_>| ["example", "demo", "tutorial"].iter().any(|word| app.source.path.contains(word));
    let of_examples = best.is_named && best.is_aside() && is_example(best);
    let beside_examples = !best.is_named && apps.iter().any(|app| app.is_aside() && app.is_named);
    if is_package && (of_examples || beside_examples) {
        return Choice::None(apps);
    }
    let several = several(&apps, evidences);
    if several.len() > 1 {
        return Choice::Several(several);
    }
    let mut chosen = best.clone();
    if chosen.framework == Framework::Django {
        chosen = django_interface(&apps, chosen, evidences);
    }
    let rest =
        apps.into_iter().filter(|app| app.entrypoint() != chosen.entrypoint() || app.root != chosen.root).collect();
    Choice::One(Box::new(chosen), rest)
}

/// Whether the repository is a package for others to build on, and the candidate lies beside that package.
fn is_of_a_library(app: &App<'_>, evidences: &Evidences<'_>) -> bool {
    let library = evidences.manifests.iter().any(|manifest| manifest.folder.is_empty() && manifest.is_library);
    library && !matches!(app.root.as_str(), "" | "src")
}

/// Points for what a candidate is called and where it lies.
fn shape(app: &App<'_>) -> i32 {
    let path = &app.source.path;
    let stem = app.source.stem();
    let package = file_name(parent(path));
    let mut score = match stem {
        "wsgi" | "asgi" => 22,
        stem if stem.ends_with("_wsgi") || stem.ends_with("_asgi") => 18,
        "main" => 16,
        "app" | "application" | "autoapp" => 14,
        "server" | "run" | "serve" | "webapp" | "web" | "api" => 12,
        "__init__" => 10,
        "__main__" => 8,
        stem if !package.is_empty() && stem == package => 10,
        _ => 4,
    };
    score += match app.attribute.as_str() {
        "app" | "application" => 6,
        "api" | "server" => 3,
        // A console program that also happens to return what it serves.
        "main()" | "run()" | "cli()" | "start()" | "serve()" => -14,
        "create_app()" | "make_app()" | "get_app()" | "app()" | "create_application()" => 4,
        _ => 0,
    };
    if app.is_factory {
        score -= 10;
    }
    if app.attribute.starts_with('_') {
        score -= 14;
    }
    if app.is_imported {
        score -= 3;
    }
    let depth = path.matches('/').count();
    score -= 2 * i32::try_from(depth.min(10)).unwrap_or_default();
    let words = path.trim_end_matches(".py").split(['/', '_', '-', '.']);
    for word in words {
        if matches!(
            word,
            "local"
                | "mock"
                | "mocks"
                | "fake"
                | "dev"
                | "debug"
                | "proxy"
                | "stub"
                | "stubs"
                | "testing"
                | "simulator"
                | "template"
                | "templates"
                | "tasks"
                | "worker"
                | "lambda"
                | "cli"
                | "commands"
                | "admin"
                | "sidecar"
                | "exporter"
                | "migrate"
                | "cron"
                | "jobs"
        ) {
            score -= 12;
        }
    }
    if app.is_aside() {
        score -= 60;
    }
    let tools = ["bin/", "scripts/", "script/", "tools/", "hack/", "misc/", "utils/"];
    if tools.iter().any(|folder| path.starts_with(folder))
        || path.contains("/scripts/")
        || path.contains("/management/commands/")
    {
        score -= 25;
    }
    score
}

/// Points for what the code does with a candidate.
fn usage(app: &App<'_>, mounted: &Mounted) -> i32 {
    let key = (app.source.path.clone(), app.attribute.clone());
    let mut score = 0;
    if mounted.hosts.contains(&key) {
        score += 14;
    }
    if mounted.guests.contains(&key) {
        score -= 25;
    }
    score
}

/// Points for how much of the project a candidate's module brings together.
fn reach(code: &Code<'_>, app: &App<'_>) -> i32 {
    let own = app.source.imports().filter(|import| code.imported_module(app.source, import).is_some());
    i32::try_from(own.take(18).count() / 3).unwrap_or_default()
}

/// Which applications are mounted on which, by file and attribute.
#[derive(Default)]
struct Mounted {
    hosts: BTreeSet<(String, String)>,
    guests: BTreeSet<(String, String)>,
}

/// Looks at `.mount(…)`, `.include_router(…)` and `.register_blueprint(…)` in the modules of the candidates.
fn mounted(code: &Code<'_>, apps: &[App<'_>]) -> Mounted {
    let mut found = Mounted::default();
    let mut seen = BTreeSet::new();
    for app in apps.iter().filter(|app| seen.insert(app.source.path.clone())) {
        for (_, call) in walk::calls(&app.source.module.body) {
            let ExprKind::Attr(host, method) = &call.function.kind else { continue };
            if !matches!(method.as_str(), "mount" | "include_router" | "register_blueprint") {
                continue;
            }
            if let Some(host) = host.as_name() {
                found.hosts.insert((app.source.path.clone(), host.to_owned()));
            }
            if method == "mount" {
                let guest = call.argument(1, "app").and_then(|guest| place_of(code, app.source, guest));
                found.guests.extend(guest);
            }
        }
    }
    found
}

/// The file and name where an object is made.
fn place_of(code: &Code<'_>, source: &Source, expr: &Expr) -> Option<(String, String)> {
    let name = expr.last_name()?;
    match code.resolve(source, expr)? {
        crate::detect::code::Definition::Value(place, stmt, _) => {
            let bound = match &stmt.kind {
                crate::detect::python::StmtKind::Assign { targets, .. } => targets.iter().find_map(Expr::as_name),
                _ => None,
            };
            Some((place.path.clone(), bound.unwrap_or(name).to_owned()))
        }
        _ => None,
    }
}

/// Something in the repository that names an application.
struct Reference {
    module: String,
    attribute: Option<String>,
    points: i32,
    place: Evidence,
    /// Folder of the file that names it.
    folder: String,
}

impl Reference {
    /// The points that this reference gives to a candidate; none when it names another.
    fn points(&self, app: &App<'_>) -> i32 {
        let path = app.source.path.trim_end_matches(".py").trim_end_matches("/__init__").replace('/', ".");
        let is_module = path == self.module || path.ends_with(&format!(".{}", self.module)) && self.module_fits(app);
        let attribute = app.attribute.trim_end_matches("()");
        let is_attribute = self.attribute.as_deref().is_none_or(|named| {
            let named = named.split('(').next().unwrap_or_default();
            named == attribute || named.split('.').next() == Some(attribute)
        });
        // What lies among examples is meant only by a file beside or above it.
        let is_near = !app.is_aside()
            || path == self.module
            || self.folder.is_empty()
            || app.source.path.starts_with(&format!("{}/", self.folder));
        if is_module && is_attribute && is_near { self.points } else { 0 }
    }

    /// A short module name matches further down only when its file could mean it: below the naming file or the app's root.
    fn module_fits(&self, app: &App<'_>) -> bool {
        self.module == app.module
            || app.root.is_empty()
            || self.folder.is_empty()
            || app.source.path.starts_with(&self.folder)
    }
}

/// Collects what names an application: commands, settings of tools, scripts, calls of `uvicorn.run`.
fn references(code: &Code<'_>, evidences: &Evidences<'_>) -> Vec<Reference> {
    let mut found = Vec::new();
    for command in &evidences.deployment.commands {
        from_command(command, evidences, &mut found);
    }
    for (name, value, place) in &evidences.deployment.variables {
        if name == "FLASK_APP" {
            push(value, 40, place, &mut found);
        }
    }
    for image in &evidences.deployment.images {
        for (_, value, place) in image.variables.iter().filter(|(name, ..)| name == "FLASK_APP" || name == "APP_MODULE")
        {
            push(value, 40, place, &mut found);
        }
    }
    for manifest in evidences.manifests {
        if let Some((entrypoint, place)) = &manifest.fastapi_entrypoint {
            push(entrypoint, 70, place, &mut found);
        }
        for target in manifest.scripts.values() {
            let place = Evidence { file: String::new(), line: 0, text: target.clone() };
            push(target, 20, &place, &mut found);
        }
    }
    // An example that starts itself says nothing about the project.
    for source in code.marked().filter(|source| !is_aside(&source.path) && !is_test(&source.path)) {
        from_source(source, &mut found);
    }
    found
}

/// Whether a file is a variant (`Dockerfile.worker`) beside a plain Dockerfile that starts a server too.
fn is_variant(file: &str, evidences: &Evidences<'_>) -> bool {
    let Some((plain, _)) = file.split_once("Dockerfile.") else { return false };
    let plain = format!("{plain}Dockerfile");
    evidences.deployment.commands.iter().any(|command| command.place.file == plain && command.server().is_some())
}

fn from_command(command: &Command, evidences: &Evidences<'_>, found: &mut Vec<Reference>) {
    let is_server = command.server().is_some() || command.runs("flask") || command.runs("fastapi");
    if !is_server {
        return;
    }
    let points = match (command.is_development(), command.weight) {
        (true, _) | (_, 1) => 15,
        (_, 2) => 35,
        _ if is_variant(&command.place.file, evidences) => 45,
        _ => 60,
    };
    for target in command.targets() {
        push(&target, points, &command.place, found);
    }
}

/// `uvicorn.run("pkg.main:app")`, `WSGI_APPLICATION = "pkg.wsgi.application"`, and their like.
fn from_source(source: &Source, found: &mut Vec<Reference>) {
    for (line, call) in walk::calls(&source.module.body) {
        if call.callee() == "run" && source.qualified(&call.function).is_some_and(|name| name.starts_with("uvicorn")) {
            let Some(target) = call.argument(0, "app") else { continue };
            match &target.kind {
                ExprKind::Str(target) => push(target, 30, &source.evidence(line), found),
                ExprKind::Name(name) => {
                    let module = source.path.trim_end_matches(".py").trim_end_matches("/__init__").replace('/', ".");
                    push(&format!("{module}:{name}"), 12, &source.evidence(line), found);
                }
                _ => {}
            }
        }
    }
    // `serve("pkg.wsgi:application", …)`: a server that the project starts by its own function.
    walk::expressions(&source.module.body, &mut |expr| {
        let Some(call) = expr.as_call() else { return };
        for argument in call.arguments.iter().chain(call.keywords.iter().map(|(_, value)| value)) {
            if let Some(target) = argument.as_str().filter(|text| command::is_target(text) && text.contains('.')) {
                push(target, 12, &source.evidence(argument.line), found);
            }
        }
    });
    walk::scope(&source.module.body, &mut |stmt| {
        if let crate::detect::python::StmtKind::Assign { targets, value: Some(value), .. } = &stmt.kind
            && targets.iter().any(|target| matches!(target.as_name(), Some("WSGI_APPLICATION" | "ASGI_APPLICATION")))
            && let Some((module, attribute)) = value.as_str().and_then(|text| text.rsplit_once('.'))
        {
            // Channels' own setting names its router, which `asgi.py` serves.
            let is_wsgi = targets.iter().any(|target| target.as_name() == Some("WSGI_APPLICATION"));
            push(&format!("{module}:{attribute}"), if is_wsgi { 30 } else { 8 }, &source.evidence(stmt.line), found);
        }
    });
}

fn push(target: &str, points: i32, place: &Evidence, found: &mut Vec<Reference>) {
    let (module, attribute) = match target.split_once(':') {
        Some((module, attribute)) => (module, Some(attribute.to_owned())),
        None => (target, None),
    };
    let module = module.trim_start_matches("./").trim_end_matches(".py").replace('/', ".");
    if !module.is_empty() {
        let folder = parent(&place.file).to_owned();
        found.push(Reference { module, attribute, points, place: place.clone(), folder });
    }
}

/// Points for a manifest that names the framework, more where it lies beside the code.
fn manifest_points(app: &App<'_>, evidences: &Evidences<'_>) -> i32 {
    let package = app.framework.package();
    let names = evidences.manifests.iter().filter(|manifest| manifest.at_runtime(package).is_some());
    let governs = |folder: &str| folder.is_empty() || app.source.path.starts_with(&format!("{folder}/"));
    names.filter(|manifest| governs(&manifest.folder)).map(|_| 8).max().unwrap_or_default()
}

/// The projects that are equally good, one candidate each; fewer than two when one stands out.
fn several<'a>(apps: &[App<'a>], evidences: &Evidences<'_>) -> Vec<App<'a>> {
    let Some(best) = apps.first() else { return Vec::new() };
    let home = |app: &App<'_>| {
        let folders =
            evidences.manifests.iter().filter(|manifest| !manifest.is_empty()).map(|manifest| manifest.folder.as_str());
        let governing =
            folders.filter(|folder| folder.is_empty() || app.source.path.starts_with(&format!("{folder}/")));
        governing.max_by_key(|folder| folder.len()).map(str::to_owned)
    };
    let Some(best_home) = home(best).filter(|home| !home.is_empty()) else { return Vec::new() };
    let mut homes = vec![best_home];
    let mut found = vec![best.clone()];
    for app in &apps[1..] {
        if app.is_aside() || app.score + 12 < best.score {
            continue;
        }
        let Some(here) = home(app) else { continue };
        // An application of the root is the main one, whatever lies below it.
        if here.is_empty() {
            return Vec::new();
        }
        let nested =
            homes.iter().any(|home| here.starts_with(&format!("{home}/")) || home.starts_with(&format!("{here}/")));
        if !nested && !homes.contains(&here) {
            homes.push(here);
            found.push(app.clone());
        }
    }
    found
}

/// Of a Django project's two modules the one that its commands or its use of Channels ask for.
fn django_interface<'a>(apps: &[App<'a>], chosen: App<'a>, evidences: &Evidences<'_>) -> App<'a> {
    let package = parent(&chosen.source.path);
    let of = |interface: Interface| {
        apps.iter().find(|app| {
            app.framework == Framework::Django && app.interface == interface && parent(&app.source.path) == package
        })
    };
    let (Some(wsgi), Some(asgi)) = (of(Interface::Wsgi), of(Interface::Asgi)) else { return chosen };
    let commanded = |app: &App<'_>| {
        let strong =
            evidences.deployment.commands.iter().filter(|command| command.weight > 1 && !command.is_development());
        strong
            .filter(|command| {
                command.targets().iter().any(|target| target.split(':').next() == Some(app.module.as_str()))
            })
            .count()
    };
    let channels = evidences.manifests.iter().any(|manifest| manifest.at_runtime("channels").is_some());
    let routes = |source: &Source| source.mentions("ProtocolTypeRouter") || source.mentions("get_default_application");
    let websockets = routes(asgi.source) && (channels || asgi.source.mentions("websocket"));
    // A router under a name of its own is what Channels' worker is given, not what a server loads by itself.
    let usual = |app: &App<'_>| matches!(app.attribute.as_str(), "application" | "app");
    match (commanded(wsgi), commanded(asgi)) {
        (0, 0) if websockets && (usual(asgi) || !usual(wsgi)) => asgi.clone(),
        (wsgi_count, asgi_count) if asgi_count > wsgi_count => asgi.clone(),
        _ => wsgi.clone(),
    }
}
