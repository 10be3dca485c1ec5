//! Which of the candidates is the application.

use std::collections::BTreeMap;

use super::{App, Evidences, reference, score};
use crate::data::SCORES;
use crate::detect::code::{Code, Definition, Source};
use crate::detect::deploy::Command;
use crate::detect::project::CandidateScore;
use crate::detect::python::{ExprKind, StmtKind};
use crate::detect::tree::parent;
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

/// Scores the candidates and takes the best; with the score of each, the highest first.
pub(crate) fn choose<'a>(
    code: &'a Code<'_>,
    mut apps: Vec<App<'a>>,
    evidences: &Evidences<'_>,
) -> (Choice<'a>, Vec<CandidateScore>) {
    score::score(code, &mut apps, evidences, &reference::references(code, evidences));
    apps.sort_by(|a, b| {
        b.score().cmp(&a.score()).then_with(|| a.source.path.cmp(&b.source.path)).then(a.line.cmp(&b.line))
    });
    let scores = apps.iter().map(App::candidate_score).collect();
    (take(code, apps, evidences), scores)
}

/// The best of the candidates, unless it is not one or several are as good.
fn take<'a>(code: &Code<'_>, apps: Vec<App<'a>>, evidences: &Evidences<'_>) -> Choice<'a> {
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
    let beside = started_beside(&apps, evidences);
    if beside.len() > 1 {
        return Choice::Several(beside);
    }
    let mut chosen = prepared(code, &apps, best).unwrap_or(best).clone();
    if chosen.framework == Framework::Django {
        chosen = django_interface(&apps, chosen, evidences);
    }
    let rest =
        apps.into_iter().filter(|app| app.entrypoint() != chosen.entrypoint() || app.root != chosen.root).collect();
    Choice::One(Box::new(chosen), rest)
}

/// The module that gives the variables of the surroundings the names that a factory reads, and then calls it: started without it
/// the factory finds none of them.
fn prepared<'s, 'a>(code: &Code<'_>, apps: &'s [App<'a>], best: &App<'a>) -> Option<&'s App<'a>> {
    let factory = best.attribute.strip_suffix("()").filter(|_| best.is_factory)?;
    let sets_variables = |app: &App<'_>| {
        app.source.mentions("environ")
            && app.source.module.body.iter().any(|stmt| match &stmt.kind {
                StmtKind::Assign { targets, .. } => targets.iter().any(|target| match &target.kind {
                    ExprKind::Index(object, _) => app.source.qualified(object).as_deref() == Some("os.environ"),
                    _ => false,
                }),
                _ => false,
            })
    };
    let calls_it = |app: &App<'_>| {
        let made = app.source.assignment(&app.attribute).and_then(|assignment| assignment.value.as_call());
        made.is_some_and(|call| match code.resolve(app.source, &call.function) {
            Some(Definition::Function(place, function)) => place.path == best.source.path && function.name == factory,
            _ => false,
        })
    };
    apps.iter()
        .find(|app| !app.is_factory && !app.is_aside() && app.root == best.root && sets_variables(app) && calls_it(app))
}

/// Whether the repository is a package for others to build on, and the candidate is beside that package.
fn is_of_a_library(app: &App<'_>, evidences: &Evidences<'_>) -> bool {
    let library = evidences.manifests.iter().any(|manifest| manifest.folder.is_empty() && manifest.is_library);
    library && !matches!(app.root.as_str(), "" | "src")
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
        if app.is_aside() || app.score() + SCORES.distance.several.points < best.score() {
            continue;
        }
        let Some(here) = home(app) else { continue };
        // An application of the root is the main one, whatever is below it.
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

/// The applications that one file of the project starts side by side, each by a server of its own; none when it says which
/// of them is the web.
fn started_beside<'a>(apps: &[App<'a>], evidences: &Evidences<'_>) -> Vec<App<'a>> {
    let Some(best) = apps.first() else { return Vec::new() };
    let mut files: BTreeMap<&str, Vec<(&App<'a>, Option<&str>)>> = BTreeMap::new();
    let starts = |command: &&Command| {
        command.weight > 1 && command.server().is_some() && !command.is_development() && command.process.is_some()
    };
    for command in evidences.deployment.commands.iter().filter(starts) {
        let targets = command.targets();
        let named = |app: &&App<'a>| {
            targets.iter().any(|target| {
                let (module, attribute) = target
                    .split_once(':')
                    .map_or((target.as_str(), None), |(module, attribute)| (module, Some(attribute)));
                module == app.module && attribute.is_none_or(|attribute| attribute == app.attribute)
            })
        };
        let file = command.place.file.as_str();
        let is_unit = [".service", ".conf"].iter().any(|ending| file.ends_with(ending));
        let file = if is_unit { parent(file) } else { file };
        files.entry(file).or_default().extend(apps.iter().find(named).map(|app| (app, command.process.as_deref())));
    }
    for started in files.into_values() {
        let mut found: Vec<App<'a>> = Vec::new();
        for (app, _) in &started {
            // The two modules of a Django project are one application.
            let is_known = |known: &App<'_>| {
                known.module == app.module
                    || app.framework == Framework::Django && parent(&known.source.path) == parent(&app.source.path)
            };
            if app.root == best.root && !app.is_aside() && !found.iter().any(is_known) {
                found.push((*app).clone());
            }
        }
        let is_settled = started.iter().any(|(_, process)| *process == Some("web"));
        if found.len() > 1 && !is_settled && found.iter().any(|app| app.module == best.module) {
            return found;
        }
    }
    Vec::new()
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
    // Servers that all speak ASGI alone leave no choice.
    let installs = |names: &[&str]| {
        evidences.manifests.iter().any(|manifest| names.iter().any(|name| manifest.at_runtime(name).is_some()))
    };
    let is_asgi_alone = installs(&["daphne", "uvicorn", "hypercorn"])
        && !installs(&[
            "gunicorn", "uwsgi", "pyuwsgi", "waitress", "granian", "mod-wsgi", "cherrypy", "cheroot", "bjoern",
        ]);
    let commanded = |app: &App<'_>| {
        let strong =
            evidences.deployment.commands.iter().filter(|command| command.weight > 1 && !command.is_development());
        // A file of a server's own does not prove that anybody starts it.
        strong
            .filter(|command| !command.place.file.ends_with(".ini") || !is_asgi_alone)
            .filter(|command| {
                command.targets().iter().any(|target| target.split(':').next() == Some(app.module.as_str()))
            })
            .count()
    };
    let channels = evidences.manifests.iter().any(|manifest| manifest.at_runtime("channels").is_some());
    let routes = |source: &Source| source.mentions("ProtocolTypeRouter") || source.mentions("get_default_application");
    let websockets = routes(asgi.source) && (channels || asgi.source.mentions("websocket"));
    // A router under a name of its own is what Channels' worker is given, not what a server loads on its own.
    let usual = |app: &App<'_>| matches!(app.attribute.as_str(), "application" | "app");
    match (commanded(wsgi), commanded(asgi)) {
        (0, 0) if websockets && (usual(asgi) || !usual(wsgi)) => asgi.clone(),
        (0, 0) if is_asgi_alone && usual(asgi) => asgi.clone(),
        (wsgi_count, asgi_count) if asgi_count > wsgi_count => asgi.clone(),
        _ => wsgi.clone(),
    }
}
