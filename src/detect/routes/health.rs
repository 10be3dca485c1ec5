//! Which routes tell whether the application is well.

use super::asks::{Asks, asks};
use super::{DOCKERFLOW, Route, Served, View, all, login::login, urlconf};
use crate::detect::code::{Code, Source};
use crate::detect::context::Context;
use crate::detect::environment::is_one_of;
use crate::detect::project::{HealthPath, Project, Reason, ServedPath};
use crate::detect::python::{Expr, ExprKind, walk};
use crate::file_set::parent;
use crate::vocabulary::Framework;

/// Routes of which it is found out whether they ask for a login; `check` needs it for any path that a person wrote.
const MAX_LOGINS: usize = 100;

/// Last parts of a path that mean nothing but health.
const CERTAIN: &str = "health healthz healthcheck health-check health_check healthchecks _health _healthz _healthcheck \
    livez readyz liveness readiness liveliness __heartbeat__ __lbheartbeat__ lbheartbeat gtg -health \
    isalive is_alive is-alive liveness_probe readiness_probe k8s-health ht ping-health healthy \
    livenessprobe readinessprobe server-health api-health systemhealth";

/// Last parts that are names of product features too: the code behind them has to be small.
const LIKELY: &str = "ping pong up live alive ready heartbeat status _status probe monitor monitoring _ping _up lb-status \
    startup started check hc okay";

/// Those of `LIKELY` that mean a probe where a path of `CERTAIN` is beside them.
const PAIRED: &str = "ready live alive ping startup";

/// Most paths that are named.
const MAX_PATHS: usize = 6;

/// Words in a path below which nothing is for probes.
const ELSEWHERE: &str =
    "admin settings dashboard account accounts user users docs internal-admin profile posts post demo";

/// Parts above a word of `LIKELY` that say nothing of what it is about.
const NEUTRAL: &str = "api internal public system sys server service services app meta ops infra monitoring monitor management \
    backend core common utils rest _internal root web main check checks probe base misc general";

/// `v1`, `2`, `v2.1`.
fn is_version(part: &str) -> bool {
    part.trim_start_matches('v').chars().all(|c| c.is_ascii_digit() || c == '.')
}

/// The paths for probes, best first.
pub(crate) fn health(context: &Context<'_>, project: &mut Project) -> Vec<HealthPath> {
    let mut routes = all(context, project.framework);
    if let Some(entry) = context.entry {
        routes.extend(wrapped(entry));
    }
    for source in context.sources() {
        routes.extend(of_libraries(source));
    }
    if project.framework == Framework::Django {
        let ahead = urlconf::middleware_steps(context);
        for route in &mut routes {
            urlconf::put_ahead(context, route, &ahead);
        }
    }
    let mut known = 0;
    let mut logins: Vec<Option<Reason>> = Vec::new();
    for route in &routes {
        known += usize::from(route.answers_get);
        let is_near = known < MAX_LOGINS && route.path.matches('/').count() <= 2;
        let is_asked = route.answers_get && (is_near || super::may_tell(&route.path, &route.view));
        logins.push(if is_asked { login(context.code, route) } else { None });
    }
    let answered = routes.iter().zip(&logins).filter(|(route, _)| route.answers_get);
    project.served = answered.map(|(route, login)| served(route, login.as_ref())).collect();
    project.served.sort();
    project.served.dedup();
    let scripts = asked_by_scripts(context);
    let mut found: Vec<(u8, Route<'_>, Option<Reason>)> = routes
        .into_iter()
        .zip(logins)
        .filter(|(route, _)| route.answers_get && !route.has_parameters())
        .filter_map(|(route, login)| Some((rank(&route, &scripts)?, route, login)))
        .collect();
    found.sort_by(|(a, left, _), (b, right, _)| {
        a.cmp(b).then(left.path.len().cmp(&right.path.len())).then_with(|| left.path.cmp(&right.path))
    });
    beside_the_certain(&mut found);
    let mut paths: Vec<HealthPath> = Vec::new();
    for (rank, route, login) in found {
        let is_known = paths.iter().any(|known| known.path.trim_end_matches('/') == route.path.trim_end_matches('/'));
        if paths.len() == MAX_PATHS || is_known {
            continue;
        }
        if let Some(reason) = login {
            if rank < 2 {
                let place = reason.place.map_or(String::new(), |place| format!(" ({}:{})", place.file, place.line));
                project
                    .warnings
                    .push(format!("{} needs a login, so no probe uses it: {}{place}", route.path, reason.text));
            }
            continue;
        }
        let (deep, reason) = match asks(context.code, &route) {
            Asks::Nothing => (Some(false), None),
            Asks::Something(reason) => (Some(true), Some(reason)),
            Asks::Unknown(reason) => (None, reason),
        };
        project.because("health", route.place.clone());
        paths.push(HealthPath { path: route.path, deep, reason });
    }
    paths
}

fn served(route: &Route<'_>, login: Option<&Reason>) -> ServedPath {
    let login = login.map(|reason| match &reason.place {
        Some(place) => format!("{} ({}:{})", reason.text, place.file, place.line),
        None => reason.text.clone(),
    });
    ServedPath { path: route.path.clone(), file: route.place.file.clone(), line: route.place.line, login }
}

/// Names that mean other things too are only looked at when there is nothing better, or when they are beside it:
/// `/ready` beside `/health`.
fn beside_the_certain(found: &mut Vec<(u8, Route<'_>, Option<Reason>)>) {
    let best = found.iter().filter(|(.., login)| login.is_none()).map(|(rank, ..)| *rank).min().unwrap_or(u8::MAX);
    let folder = |path: &str| parent(path.trim_end_matches('/')).to_owned();
    let certain: Vec<String> =
        found.iter().filter(|(rank, ..)| *rank <= 1).map(|(_, route, _)| folder(&route.path)).collect();
    found.retain(|(rank, route, _)| {
        let last = route.path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        *rank <= best.max(1) || *rank == 2 && is_one_of(PAIRED, last) && certain.contains(&folder(&route.path))
    });
}

/// `application = health_check(application, "/health/")`: a wrapper that answers one path itself.
fn wrapped(entry: &Source) -> Vec<Route<'_>> {
    let calls = walk::calls(&entry.module.body);
    let wrappers = calls.filter(|(_, call)| is_health_name(call.callee()) && call.arguments.len() == 2);
    let routes = wrappers.filter_map(|(line, call)| {
        let path = call.arguments[1].as_str().filter(|path| path.starts_with('/'))?;
        Some(Route { view: call.callee().to_owned(), ..Route::new(path.to_owned(), entry.evidence(line)) })
    });
    routes.collect()
}

/// Libraries that serve health paths once the application takes their router or extension: the name as imported, the
/// prefix that the library uses on its own, and the paths below it with whether they ask anything; nothing where that
/// is for the project to say.
///
/// Sources: `dockerflow/{fastapi,flask,django}/views.py` of dockerflow 2026.3.4, `flask_healthz/blueprint.py` of flask-healthz 1.0.1.
const LIBRARIES: [(&str, &str, Served); 5] = [
    ("dockerflow.fastapi.router", "", DOCKERFLOW),
    ("dockerflow.flask.Dockerflow", "", DOCKERFLOW),
    ("dockerflow.flask.app.Dockerflow", "", DOCKERFLOW),
    ("flask_healthz.healthz", "healthz", &[("live", None), ("ready", None)]),
    ("flask_healthz.Healthz", "healthz", &[("live", None), ("ready", None)]),
];

/// The health paths that a library adds to an application of this module.
fn of_libraries<'a>(source: &Source) -> Vec<Route<'a>> {
    if !source.mentions("dockerflow") && !source.mentions("flask_healthz") {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (line, call) in walk::calls(&source.module.body) {
        let added = matches!(call.callee(), "include_router" | "register_blueprint");
        let given = if added { call.arguments.first() } else { Some(&call.function) };
        let Some(name) = given.and_then(|given| source.qualified(given)) else { continue };
        for (_, prefix, paths) in LIBRARIES.iter().filter(|(known, ..)| *known == name) {
            let prefix =
                call.keyword("url_prefix").or_else(|| call.keyword("prefix")).and_then(Expr::as_str).unwrap_or(prefix);
            found.extend(paths.iter().map(|(path, asks)| Route {
                view: (*path).to_owned(),
                asks: *asks,
                ..Route::new(super::joined(prefix, path), source.evidence(line))
            }));
        }
    }
    found
}

/// How good a route is for a probe, 0 best; nothing when it is not about health.
fn rank(route: &Route<'_>, scripts: &[String]) -> Option<u8> {
    let parts: Vec<&str> = route.path.split('/').filter(|part| !part.is_empty()).collect();
    if route.asks.is_some() {
        return Some(0);
    }
    if parts.iter().any(|part| is_one_of(ELSEWHERE, part)) {
        return None;
    }
    let last = parts
        .last()
        .map(|part| part.trim_end_matches(".json").trim_end_matches(".txt").to_ascii_lowercase())
        .unwrap_or_default();
    let asked = scripts.iter().any(|script| script.trim_matches('/') == route.path.trim_matches('/'));
    if is_one_of(CERTAIN, &last)
        || parts
            .iter()
            .rev()
            .take(2)
            .any(|part| matches!(*part, "health" | "healthz" | "healthcheck" | "probe" | "probes"))
            && parts.len() <= 4
    {
        return Some(0);
    }
    // `/shop-health-check`: the service's own name ahead of a word that means nothing else.
    if asked || ends_with_health(&last) && route.body.is_none_or(is_small) {
        return Some(1);
    }
    let named = is_health_name(&route.view);
    // `/api/v1/status` may be about the service, `/api/v1/imports/status` is about imports.
    let above = &parts[..parts.len().saturating_sub(1)];
    let is_neutral = above.iter().all(|part| is_one_of(NEUTRAL, part) || is_version(part));
    let of_service = is_neutral || parts.len() <= 2 && last != "status";
    if is_one_of(LIKELY, &last) && (named || of_service && route.body.is_none_or(is_small)) {
        return Some(2);
    }
    (named && !last.contains('.')).then_some(3)
}

/// `shop-healthz`, `service_health_check`.
fn ends_with_health(last: &str) -> bool {
    let plain = last.replace('_', "-");
    ["-health", "-healthz", "-health-check", "-healthcheck", "-liveness", "-readiness", "-livez", "-readyz"]
        .iter()
        .any(|end| plain.ends_with(end))
}

/// Whether a function or class is named for health checks.
fn is_health_name(name: &str) -> bool {
    let plain: String = name.to_ascii_lowercase().chars().filter(|c| *c != '_').collect();
    matches!(
        plain.as_str(),
        "health"
            | "healthz"
            | "healthcheck"
            | "healthcheckview"
            | "healthview"
            | "healthcheckapi"
            | "liveness"
            | "readiness"
            | "livenesscheck"
            | "readinesscheck"
            | "healthcheckendpoint"
            | "gethealth"
            | "checkhealth"
            | "readhealth"
            | "healthstatus"
            | "livez"
            | "readyz"
            | "heartbeat"
            | "isalive"
            | "livenessprobe"
            | "readinessprobe"
            | "performhealthcheck"
    )
}

/// Statements of a view that does nothing but answer.
const SMALL: usize = 25;

/// Whether the code behind a view is a few statements that render no page.
fn is_small(view: View<'_>) -> bool {
    // Many routes may share a long one, which is walked for none of them.
    if view.body.len() > SMALL {
        return false;
    }
    let mut count = 0;
    for _ in walk::statements(view.body) {
        count += 1;
    }
    let renders = walk::calls(view.body).any(|(_, call)| {
        matches!(
            call.callee(),
            "render" | "render_template" | "TemplateResponse" | "redirect" | "get_or_404" | "filter" | "all"
        )
    });
    count <= SMALL && !renders
}

/// Paths that scripts for health checks ask for.
fn asked_by_scripts(context: &Context<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let is_script = |path: &&&str| {
        let name = crate::detect::tree::file_name(path).to_ascii_lowercase();
        (name.contains("healthcheck") || name.contains("health_check") || name == "health.py")
            && !crate::detect::code::is_test(path)
    };
    for source in context.code.paths().iter().filter(is_script).take(8).filter_map(|path| context.code.source(path)) {
        if ["http.client", "urllib", "requests", "httpx", "urlopen"].iter().any(|word| source.mentions(word)) {
            literal_paths(source, &mut found);
        }
    }
    found
}

/// The path parts of addresses in a module.
fn literal_paths(source: &Source, found: &mut Vec<String>) {
    for expr in walk::expressions(&source.module.body) {
        let text = match &expr.kind {
            ExprKind::Str(text) => text.clone(),
            ExprKind::Format(parts) => parts.iter().filter_map(Expr::as_str).collect::<Vec<_>>().join("0"),
            _ => continue,
        };
        let path = match text.split_once("://") {
            Some((_, rest)) => rest.find('/').map(|at| rest[at..].to_owned()),
            None => text.starts_with('/').then_some(text),
        };
        found.extend(path.filter(|path| path.len() > 2 && path.len() < 80 && !path.contains(' ')));
    }
}

/// Health paths that a condition compares the request's path with, and the name to know them by.
pub(crate) fn compared_paths(code: &Code<'_>, source: &Source, test: &Expr) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let is_path = |expr: &Expr| match &expr.kind {
        ExprKind::Index(_, key) => matches!(key.as_str(), Some("path" | "PATH_INFO")),
        _ => matches!(expr.last_name(), Some("path" | "path_info")),
    };
    // Other paths than this one are not answered here.
    let mut negated: Vec<*const Expr> = Vec::new();
    test.visit(&mut |expr| {
        if let ExprKind::Not(inner) = &expr.kind {
            negated.push(&raw const **inner);
        }
        if negated.contains(&std::ptr::from_ref(expr)) {
            return;
        }
        let values: Vec<&Expr> = match &expr.kind {
            ExprKind::Equal(left, right) if is_path(left) => vec![right],
            ExprKind::Equal(left, right) if is_path(right) => vec![left],
            ExprKind::In(left, right) if is_path(left) => right.elements().iter().collect(),
            _ => return,
        };
        let texts = values.into_iter().filter_map(|value| code.text(source, value));
        for text in texts.filter(|text| text.starts_with('/')) {
            let last = text.trim_matches('/').rsplit('/').next().unwrap_or_default();
            if is_one_of(CERTAIN, last) || matches!(last, "ping" | "live" | "ready" | "up") {
                found.push((text, "health".to_owned()));
            }
        }
    });
    found
}
