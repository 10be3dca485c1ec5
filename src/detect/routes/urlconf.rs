//! Django: `urlpatterns`, includes followed.

use super::{Route, joined, may_tell, view_of};
use crate::detect::code::{Code, Definition, Source};
use crate::detect::context::Context;
use crate::detect::python::{Call, Expr, ExprKind, StmtKind, walk};
use crate::detect::tree::file_name;

/// How many includes are followed.
const MAX_LEVELS: usize = 8;
/// How many routes are looked at.
const MAX_ROUTES: usize = 20_000;

/// Libraries whose `urls` module serves health: what they serve below the place where they are included.
///
/// Source: the README of each on PyPI (django-health-check, django-alive, django-healthchecks, django-deploy-probes) and
/// `watchman/urls.py` of django-watchman, November 2026.
const LIBRARIES: [(&str, &[&str]); 5] = [
    ("health_check.urls", &[""]),
    ("watchman.urls", &["", "ping/"]),
    ("django_alive.urls", &["alive/", "health/"]),
    ("django_healthchecks.urls", &[""]),
    ("django_deploy_probes.urls", &["healthz", "readyz", "startupz"]),
];

pub(crate) fn routes<'a>(context: &'a Context<'_>) -> Vec<Route<'a>> {
    let mut found = Vec::new();
    let mut seen = Vec::new();
    for source in roots(context) {
        module(context.code, source, "", MAX_LEVELS, &mut seen, &mut found);
    }
    let named = context.code.paths().iter().filter(|path| path.contains("middleware") && context.is_own(path));
    let named = named.filter_map(|path| context.code.source(path));
    let others =
        context.sources().filter(|source| !source.path.contains("middleware") && source.mentions("Middleware"));
    for source in named.chain(others) {
        middleware(context.code, source, &mut found);
    }
    for source in context.sources().filter(|source| source.mentions("DockerflowMiddleware")) {
        walk::expressions(&source.module.body, &mut |expr| {
            if expr.as_str() == Some("dockerflow.django.middleware.DockerflowMiddleware") {
                for path in ["/__lbheartbeat__", "/__heartbeat__"] {
                    let place = source.evidence(expr.line);
                    found.push(Route {
                        path: path.to_owned(),
                        view: "heartbeat".to_owned(),
                        body: None,
                        place,
                        answers_get: true,
                    });
                }
            }
        });
    }
    found
}

/// The modules that `ROOT_URLCONF` names; without one, the `urls.py` nearest to the root.
fn roots<'a>(context: &'a Context<'_>) -> Vec<&'a Source> {
    let mut found: Vec<&Source> = Vec::new();
    for source in context.sources().filter(|source| source.mentions("ROOT_URLCONF")) {
        walk::scope(&source.module.body, &mut |stmt| {
            if let StmtKind::Assign { targets, value: Some(value), .. } = &stmt.kind
                && targets.iter().any(|target| target.as_name() == Some("ROOT_URLCONF"))
                && let Some(name) = context.code.text(source, value)
                && let Some(urls) = context
                    .code
                    .module_in(&context.root, &name)
                    .and_then(|path| context.code.source(path))
                    .or_else(|| context.code.module_of(source, 0, &name))
                && !found.iter().any(|known| known.path == urls.path)
            {
                found.push(urls);
            }
        });
    }
    if found.is_empty() {
        let urls = context.code.paths().iter().filter(|path| file_name(path) == "urls.py" && context.is_own(path));
        found.extend(urls.min_by_key(|path| path.matches('/').count()).and_then(|path| context.code.source(path)));
    }
    found
}

fn module<'a>(
    code: &'a Code<'_>,
    source: &'a Source,
    prefix: &str,
    levels: usize,
    seen: &mut Vec<(String, String)>,
    found: &mut Vec<Route<'a>>,
) {
    let key = (source.path.clone(), prefix.to_owned());
    if levels == 0 || seen.contains(&key) || seen.len() > 2_000 {
        return;
    }
    seen.push(key);
    walk::scope(&source.module.body, &mut |stmt| {
        let (targets, value) = match &stmt.kind {
            StmtKind::Assign { targets, value: Some(value), .. } => (targets.as_slice(), value),
            // `urlpatterns.append(path(…))`.
            StmtKind::Expr(value)
                if value.as_call().is_some_and(|call| matches!(call.callee(), "append" | "extend")) =>
            {
                (&[][..], value)
            }
            _ => return,
        };
        let about =
            targets.iter().any(|target| {
                target
                    .as_name()
                    .is_some_and(|name| name.ends_with("urlpatterns") || name.ends_with("_urls") || name == "urls")
            }) || value.as_call().is_some_and(|call| call.function.any(|expr| expr.as_name() == Some("urlpatterns")));
        if about && (targets.is_empty() || targets.iter().any(|target| target.as_name() == Some("urlpatterns"))) {
            patterns(code, source, value, prefix, levels, seen, found);
        }
    });
}

/// The patterns in a list, in sums of lists and in `i18n_patterns(…)`.
fn patterns<'a>(
    code: &'a Code<'_>,
    source: &'a Source,
    value: &'a Expr,
    prefix: &str,
    levels: usize,
    seen: &mut Vec<(String, String)>,
    found: &mut Vec<Route<'a>>,
) {
    if found.len() > MAX_ROUTES || levels == 0 {
        return;
    }
    match &value.kind {
        ExprKind::Sequence(entries) => {
            for entry in entries {
                patterns(code, source, entry, prefix, levels, seen, found);
            }
        }
        ExprKind::Add(left, right) => {
            patterns(code, source, left, prefix, levels, seen, found);
            patterns(code, source, right, prefix, levels, seen, found);
        }
        ExprKind::Conditional { body, orelse, .. } => {
            patterns(code, source, body, prefix, levels, seen, found);
            patterns(code, source, orelse, prefix, levels, seen, found);
        }
        ExprKind::Starred(inner) => patterns(code, source, inner, prefix, levels, seen, found),
        ExprKind::Name(_) | ExprKind::Attr(..) => {
            if let Some(Definition::Value(place, _, value)) = code.resolve(source, value)
                && matches!(value.kind, ExprKind::Sequence(_))
            {
                patterns(code, place, value, prefix, levels - 1, seen, found);
            }
        }
        ExprKind::Call(call) => match call.callee() {
            "path" | "re_path" | "url" => pattern(code, source, call, value.line, prefix, levels, seen, found),
            "append" | "extend" => {
                call.arguments.iter().for_each(|entry| patterns(code, source, entry, prefix, levels, seen, found));
            }
            _ => {}
        },
        _ => {}
    }
}

#[allow(clippy::too_many_arguments)]
fn pattern<'a>(
    code: &'a Code<'_>,
    source: &'a Source,
    call: &'a Call,
    line: u32,
    prefix: &str,
    levels: usize,
    seen: &mut Vec<(String, String)>,
    found: &mut Vec<Route<'a>>,
) {
    let Some(written) = call.arguments.first().and_then(|path| code.text(source, path)) else { return };
    let written = if call.callee() == "path" { written } else { plain(&written) };
    let Some(view) = call.argument(1, "view") else { return };
    let full = joined(prefix, &written);
    match view.as_call() {
        Some(include) if include.callee() == "include" => {
            let Some(mut target) = include.arguments.first() else { return };
            // `include((patterns, "app"))`.
            if let [first, ..] = target.elements()
                && matches!(
                    first.kind,
                    ExprKind::Str(_) | ExprKind::Name(_) | ExprKind::Attr(..) | ExprKind::Sequence(_)
                )
                && first.as_call().is_none()
                && target.elements().len() == 2
            {
                target = first;
            }
            included(code, source, target, line, &full, levels, seen, found);
        }
        _ => {
            let name = match view.as_call().map(|call| &call.function.kind) {
                Some(ExprKind::Attr(object, method)) if method == "as_view" => object.last_name(),
                Some(_) => view.as_call().and_then(|call| call.arguments.first()).and_then(Expr::last_name),
                None => view.last_name(),
            };
            found.push(Route {
                view: name.unwrap_or_default().to_owned(),
                // Finding the code behind every view would read most of the project; few paths are about health.
                body: may_tell(&full, name.unwrap_or_default()).then(|| view_of(code, source, view)).flatten(),
                place: source.evidence(line),
                path: full,
                answers_get: true,
            });
        }
    }
}

#[allow(clippy::too_many_arguments)]
fn included<'a>(
    code: &'a Code<'_>,
    source: &'a Source,
    target: &'a Expr,
    line: u32,
    prefix: &str,
    levels: usize,
    seen: &mut Vec<(String, String)>,
    found: &mut Vec<Route<'a>>,
) {
    if let Some(name) = code.text(source, target).filter(|name| !name.is_empty()) {
        if let Some((_, paths)) = LIBRARIES.iter().find(|(library, _)| *library == name) {
            for path in *paths {
                found.push(Route {
                    path: joined(prefix, path),
                    view: "health_check".to_owned(),
                    body: None,
                    place: source.evidence(line),
                    answers_get: true,
                });
            }
        } else if let Some(next) = code.module_of(source, 0, &name) {
            module(code, next, prefix, levels - 1, seen, found);
        }
        return;
    }
    match code.resolve(source, target) {
        Some(Definition::Module(next)) => module(code, next, prefix, levels - 1, seen, found),
        Some(Definition::Value(place, _, value)) => patterns(code, place, value, prefix, levels - 1, seen, found),
        _ => patterns(code, source, target, prefix, levels - 1, seen, found),
    }
}

/// A regular expression without its anchors and the escapes of ordinary characters.
fn plain(pattern: &str) -> String {
    let text = pattern.trim_start_matches('^').trim_end_matches("\\Z").trim_end_matches('$');
    text.replace("\\.", ".").replace("\\-", "-").replace("\\/", "/").trim_end_matches("/?").to_owned()
}

/// Paths that a middleware answers itself.
fn middleware(code: &Code<'_>, source: &Source, found: &mut Vec<Route<'_>>) {
    walk::statements(&source.module.body, &mut |stmt| {
        let StmtKind::If { test, body, .. } = &stmt.kind else { return };
        if !body.iter().any(|stmt| matches!(stmt.kind, StmtKind::Return(Some(_)))) {
            return;
        }
        for (path, view) in super::health::compared_paths(code, source, test) {
            found.push(Route { path, view, body: None, place: source.evidence(stmt.line), answers_get: true });
        }
    });
}
