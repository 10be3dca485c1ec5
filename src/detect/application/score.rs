//! How many points speak for a candidate; the rows are those of `data/application-scores.toml`.

use std::collections::BTreeSet;

use super::reference::Reference;
use super::{App, Evidences};
use crate::data::{SCORES, Score};
use crate::detect::code::{Code, Definition, Source};
use crate::detect::project::{Evidence, ScoreRow};
use crate::detect::python::{Expr, ExprKind, StmtKind, walk};
use crate::detect::tree::{file_name, parent};
use crate::vocabulary::Framework;

/// Folders above an application that count.
const FOLDERS: usize = 10;

/// Modules of the project that count as brought together, and how many of them are worth one row.
const MODULES: usize = 18;
const MODULES_A_ROW: usize = 3;

/// Scores every candidate.
pub(super) fn score(code: &Code<'_>, apps: &mut [App<'_>], evidences: &Evidences<'_>, references: &[Reference]) {
    let mounted = Mounted::read(code, apps);
    for app in apps {
        app.add(module(app), 1, None);
        if let Some(row) = attribute(app) {
            app.add(row, 1, None);
        }
        shape(app);
        usage(app, &mounted);
        reach(code, app);
        named(app, references);
        manifest(app, evidences);
    }
}

impl App<'_> {
    pub(crate) fn score(&self) -> i32 {
        self.scored.iter().map(|row| row.points).sum()
    }

    /// Adds a row as often as it holds.
    fn add(&mut self, row: &'static Score, times: usize, place: Option<Evidence>) {
        if times > 0 {
            let points = row.points * i32::try_from(times).unwrap_or_default();
            self.scored.push(ScoreRow { points, what: &row.what, why: &row.why, place });
        }
    }
}

/// What the file is called.
fn module(app: &App<'_>) -> &'static Score {
    let rows = &SCORES.module;
    let stem = app.source.stem();
    let package = file_name(parent(&app.source.path));
    if rows.interface.is_about(stem) {
        &rows.interface
    } else if rows.of_an_interface.names.iter().any(|end| stem.ends_with(end)) {
        &rows.of_an_interface
    } else if let Some(row) = [&rows.main, &rows.application, &rows.server, &rows.package, &rows.script]
        .into_iter()
        .find(|row| row.is_about(stem))
    {
        row
    } else if !package.is_empty() && stem == package {
        &rows.same_as_package
    } else {
        &rows.other
    }
}

/// What the application is called.
fn attribute(app: &App<'_>) -> Option<&'static Score> {
    let rows = &SCORES.attribute;
    [&rows.application, &rows.server, &rows.program, &rows.factory].into_iter().find(|row| row.is_about(&app.attribute))
}

/// How it is made, and where.
fn shape(app: &mut App<'_>) {
    let rows = &SCORES.shape;
    let path = &app.source.path;
    let words = path.trim_end_matches(".py").split(['/', '_', '-', '.']);
    let in_folder = |folder: &String| path.starts_with(folder) || folder.starts_with('/') && path.contains(folder);
    let all = [
        (&rows.factory, usize::from(app.is_factory)),
        (&rows.private, usize::from(app.attribute.starts_with('_'))),
        (&rows.imported, usize::from(app.is_imported)),
        (&rows.folder, path.matches('/').count().min(FOLDERS)),
        (&rows.aside_word, words.filter(|word| rows.aside_word.is_about(word)).count()),
        (&rows.example, usize::from(app.is_aside())),
        (&rows.tool_folder, usize::from(rows.tool_folder.names.iter().any(in_folder))),
    ];
    for (row, times) in all {
        app.add(row, times, None);
    }
}

/// What the code does with it.
fn usage(app: &mut App<'_>, mounted: &Mounted) {
    let key = (app.source.path.clone(), app.attribute.clone());
    app.add(&SCORES.usage.host, usize::from(mounted.hosts.contains(&key)), None);
    app.add(&SCORES.usage.guest, usize::from(mounted.guests.contains(&key)), None);
}

/// How much of the project its module brings together.
fn reach(code: &Code<'_>, app: &mut App<'_>) {
    let own = app.source.imports().filter(|import| code.imported_module(app.source, import).is_some());
    let rows = own.take(MODULES).count() / MODULES_A_ROW;
    app.add(&SCORES.usage.reach, rows, None);
}

/// The most telling place that names it: a helper that runs three times is not more of an application than what runs once.
fn named(app: &mut App<'_>, references: &[Reference]) {
    let mut best: Option<&Reference> = None;
    for reference in references.iter().filter(|reference| reference.names(app)) {
        if best.is_none_or(|best| reference.row.points > best.row.points) {
            best = Some(reference);
        }
    }
    let Some(best) = best else { return };
    app.named_at = Some(best.place.clone());
    app.is_named = true;
    app.add(best.row, 1, Some(best.place.clone()).filter(|place| !place.file.is_empty()));
}

/// A manifest above it that requires the framework.
fn manifest(app: &mut App<'_>, evidences: &Evidences<'_>) {
    let package = match app.framework {
        Framework::Django => "django",
        Framework::Flask => "flask",
        Framework::FastApi => "fastapi",
    };
    let governs = |folder: &str| folder.is_empty() || app.source.path.starts_with(&format!("{folder}/"));
    let place = evidences.manifests.iter().filter(|manifest| governs(&manifest.folder)).find_map(|manifest| {
        let dependency = manifest.at_runtime(package)?;
        Some(dependency.evidence(package.to_owned()))
    });
    app.add(&SCORES.usage.manifest, usize::from(place.is_some()), place);
}

/// Which applications are mounted on which, by file and attribute.
#[derive(Default)]
struct Mounted {
    hosts: BTreeSet<(String, String)>,
    guests: BTreeSet<(String, String)>,
}

impl Mounted {
    /// Looks at `.mount(…)`, `.include_router(…)` and `.register_blueprint(…)` in the modules of the candidates.
    fn read(code: &Code<'_>, apps: &[App<'_>]) -> Self {
        let mut found = Self::default();
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
}

/// The file and name where an object is made.
fn place_of(code: &Code<'_>, source: &Source, expr: &Expr) -> Option<(String, String)> {
    let name = expr.last_name()?;
    match code.resolve(source, expr)? {
        Definition::Value(place, stmt, _) => {
            let bound = match &stmt.kind {
                StmtKind::Assign { targets, .. } => targets.iter().find_map(Expr::as_name),
                _ => None,
            };
            Some((place.path.clone(), bound.unwrap_or(name).to_owned()))
        }
        _ => None,
    }
}
