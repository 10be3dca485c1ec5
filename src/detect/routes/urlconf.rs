//! Django: `urlpatterns`, includes followed.

use super::before::Step;
use super::{DOCKERFLOW, Route, View, compared, joined, may_tell, view_of};
use crate::detect::code::{Code, Definition, Source};
use crate::detect::context::Context;
use crate::detect::python::{Call, Expr, ExprKind, Stmt, StmtKind, walk};
use crate::detect::tree::file_name;

/// How many includes are followed.
const MAX_LEVELS: usize = 8;
/// How many routes are looked at.
const MAX_ROUTES: usize = 20_000;

/// Libraries whose `urls` module serves health: what they serve below the place where they are included, and whether it asks
/// anything.
///
/// Sources: the README of each on PyPI (django-health-check, django-healthchecks), `views.py` of django-watchman 1.5.0,
/// django-alive 2.0.0 and django-deploy-probes 0.6.3.
const LIBRARIES: [(&str, &[(&str, bool)]); 5] = [
    ("health_check.urls", &[("", true)]),
    ("watchman.urls", &[("", true), ("ping/", false)]),
    ("django_alive.urls", &[("alive/", false), ("health/", true)]),
    ("django_healthchecks.urls", &[("", true)]),
    ("django_deploy_probes.urls", &[("healthz", false), ("readyz", true), ("startupz", true)]),
];

pub(crate) fn routes<'a>(context: &'a Context<'_>) -> Vec<Route<'a>> {
    let mut patterns = Patterns { code: context.code, seen: Vec::new(), found: Vec::new() };
    for source in roots(context) {
        patterns.module(source, "", MAX_LEVELS);
    }
    let mut found = patterns.found;
    let named = context.code.paths().iter().filter(|path| path.contains("middleware") && context.is_own(path));
    let named = named.filter_map(|path| context.code.source(path));
    let others =
        context.sources().filter(|source| !source.path.contains("middleware") && source.mentions("Middleware"));
    for source in named.chain(others) {
        found.extend(compared(context.code, source));
    }
    for source in context.sources().filter(|source| source.mentions("DockerflowMiddleware")) {
        for expr in walk::expressions(&source.module.body) {
            if expr.as_str() == Some("dockerflow.django.middleware.DockerflowMiddleware") {
                for (path, asks) in DOCKERFLOW {
                    let route = Route::new(joined("", path), source.evidence(expr.line));
                    found.push(Route { view: "heartbeat".to_owned(), asks: *asks, ..route });
                }
            }
        }
    }
    found
}

/// What `MIDDLEWARE` of any settings module names, in its order.
pub(super) fn middleware_steps<'a>(context: &'a Context<'_>) -> Vec<Step<'a>> {
    let mut found: Vec<(String, Step<'a>)> = Vec::new();
    for source in context.sources().filter(|source| source.mentions("MIDDLEWARE")) {
        for stmt in walk::top_level(&source.module.body) {
            let about = |expr: &Expr| matches!(expr.last_name(), Some("MIDDLEWARE" | "MIDDLEWARE_CLASSES"));
            if !stmt.exprs().iter().any(|expr| expr.any(about)) || !stmt.blocks().iter().all(|block| block.is_empty()) {
                continue;
            }
            for expr in stmt.exprs() {
                expr.visit(&mut |expr| {
                    let Some(name) = expr.as_str().filter(|name| name.contains('.')) else { return };
                    if !found.iter().any(|(known, _)| known == name) {
                        let at = source.evidence(expr.line);
                        let step = own_middleware(context, name).map_or_else(
                            || Step::Library(name.to_owned(), at.clone()),
                            |view| Step::Code(view, at.clone()),
                        );
                        found.push((name.to_owned(), step));
                    }
                });
            }
        }
    }
    found.into_iter().map(|(_, step)| step).collect()
}

fn own_middleware<'a>(context: &'a Context<'_>, name: &str) -> Option<View<'a>> {
    let (module, name) = name.rsplit_once('.')?;
    let source = context.module(module)?;
    match context.code.lookup(source, name)? {
        Definition::Class(place, class) => Some(View::of_class(place, class)),
        Definition::Function(place, function) => Some(View::of_function(place, function)),
        _ => None,
    }
}

/// Puts middleware, and the permission that REST framework asks of its views by default, ahead of a route.
pub(super) fn put_ahead<'a>(context: &'a Context<'_>, route: &mut Route<'a>, middleware: &[Step<'a>]) {
    // <https://docs.djangoproject.com/en/stable/ref/middleware/#django.contrib.auth.middleware.LoginRequiredMiddleware>
    let names = |view: View<'_>, name: &str| {
        let wrapped = view.written.is_some_and(|written| written.any(|expr| expr.last_name() == Some(name)));
        wrapped || view.decorators.iter().any(|decorator| decorator.any(|expr| expr.last_name() == Some(name)))
    };
    let is_open = route.body.is_some_and(|view| names(view, "login_not_required"));
    let is_ahead = |step: &&Step<'_>| {
        !is_open || !matches!(step, Step::Library(name, _) if name.ends_with("LoginRequiredMiddleware"))
    };
    // A middleware that answers the path itself goes into the branch of that path, which is the route's body.
    let answering = route.body.and_then(|view| view.class);
    let is_another = |step: &&Step<'_>| match (step, answering) {
        (Step::Code(view, _), Some(class)) => view.class.is_none_or(|other| !std::ptr::eq(other, class)),
        _ => true,
    };
    route.before.extend(middleware.iter().filter(is_ahead).filter(is_another).cloned());
    let Some(view) = route.body else { return };
    let of_class = |class| {
        let is_api = |name: &str| name.starts_with("rest_framework.");
        context.code.inherits(view.source, class, &is_api)
    };
    let is_rest = names(view, "api_view") || view.class.is_some_and(of_class);
    let says = |stmt: &Stmt| stmt.assigned("permission_classes").is_some();
    if is_rest && !names(view, "permission_classes") && !view.body.iter().any(says) {
        route.before.extend(default_permission(context));
    }
}

/// `DEFAULT_PERMISSION_CLASSES` of `REST_FRAMEWORK`, where it asks for a login.
/// Source: <https://www.django-rest-framework.org/api-guide/permissions/#setting-the-permission-policy>
fn default_permission<'a>(context: &'a Context<'_>) -> Option<Step<'a>> {
    let mut found = None;
    for source in context.sources().filter(|source| source.mentions("DEFAULT_PERMISSION_CLASSES")) {
        for expr in walk::expressions(&source.module.body) {
            let Some(classes) = expr.entry("DEFAULT_PERMISSION_CLASSES") else { continue };
            classes.visit(&mut |expr| {
                let name = expr.as_str().and_then(|name| name.rsplit('.').next());
                if let Some(name) =
                    name.filter(|name| matches!(*name, "IsAuthenticated" | "IsAdminUser" | "DjangoModelPermissions"))
                {
                    found = Some(Step::Depends(
                        name.replace("IsAdminUser", "IsAuthenticated").replace("DjangoModel", ""),
                        source.evidence(expr.line),
                    ));
                }
            });
        }
    }
    found
}

/// The modules that `ROOT_URLCONF` names; without one, the `urls.py` nearest to the root.
fn roots<'a>(context: &'a Context<'_>) -> Vec<&'a Source> {
    let mut found: Vec<&Source> = Vec::new();
    for source in context.sources().filter(|source| source.mentions("ROOT_URLCONF")) {
        for stmt in walk::scope(&source.module.body) {
            if let Some(value) = stmt.assigned("ROOT_URLCONF")
                && let Some(name) = context.code.text(source, value)
                && let Some(urls) = context.module(&name).or_else(|| context.code.module_of(source, 0, &name))
                && !found.iter().any(|known| known.path == urls.path)
            {
                found.push(urls);
            }
        }
    }
    if found.is_empty() {
        let urls = context.code.paths().iter().filter(|path| file_name(path) == "urls.py" && context.is_own(path));
        found.extend(urls.min_by_key(|path| path.matches('/').count()).and_then(|path| context.code.source(path)));
    }
    found
}

/// What reads the patterns of a project.
struct Patterns<'a> {
    code: &'a Code<'a>,
    /// Modules, each with the prefix that it was read below.
    seen: Vec<(String, String)>,
    found: Vec<Route<'a>>,
}

impl<'a> Patterns<'a> {
    fn module(&mut self, source: &'a Source, prefix: &str, levels: usize) {
        let key = (source.path.clone(), prefix.to_owned());
        if levels == 0 || self.seen.contains(&key) || self.seen.len() > 2_000 {
            return;
        }
        self.seen.push(key);
        let adds = |call: &Call| {
            matches!(call.callee(), "append" | "extend")
                && call.function.any(|expr| expr.as_name() == Some("urlpatterns"))
        };
        for stmt in walk::scope(&source.module.body) {
            let value = match &stmt.kind {
                // `urlpatterns.append(path(…))`.
                StmtKind::Expr(value) => Some(value).filter(|value| value.as_call().is_some_and(adds)),
                _ => stmt.assigned("urlpatterns"),
            };
            if let Some(value) = value {
                self.patterns(source, value, prefix, levels);
            }
        }
    }

    /// The patterns in a list, in sums of lists and in `i18n_patterns(…)`.
    fn patterns(&mut self, source: &'a Source, value: &'a Expr, prefix: &str, levels: usize) {
        if self.found.len() > MAX_ROUTES || levels == 0 {
            return;
        }
        match &value.kind {
            ExprKind::Sequence(entries) => {
                for entry in entries {
                    self.patterns(source, entry, prefix, levels);
                }
            }
            ExprKind::Add(left, right) => {
                self.patterns(source, left, prefix, levels);
                self.patterns(source, right, prefix, levels);
            }
            ExprKind::Conditional { body, orelse, .. } => {
                self.patterns(source, body, prefix, levels);
                self.patterns(source, orelse, prefix, levels);
            }
            ExprKind::Starred(inner) => self.patterns(source, inner, prefix, levels),
            ExprKind::Name(_) | ExprKind::Attr(..) => {
                if let Some(Definition::Value(place, _, value)) = self.code.resolve(source, value)
                    && matches!(value.kind, ExprKind::Sequence(_) | ExprKind::Conditional { .. } | ExprKind::Add(..))
                {
                    self.patterns(place, value, prefix, levels - 1);
                }
            }
            ExprKind::Call(call) => match call.callee() {
                "path" | "re_path" | "url" => self.pattern(source, call, value.line, prefix, levels),
                "append" | "extend" => {
                    call.arguments.iter().for_each(|entry| self.patterns(source, entry, prefix, levels));
                }
                _ => {}
            },
            _ => {}
        }
    }

    fn pattern(&mut self, source: &'a Source, call: &'a Call, line: u32, prefix: &str, levels: usize) {
        let Some(written) = call.arguments.first().and_then(|path| self.code.text(source, path)) else { return };
        let written = if call.callee() == "path" { written } else { plain(&written) };
        let Some(view) = call.argument(1, "view") else { return };
        let full = joined(prefix, &written);
        match view.as_call() {
            Some(include) if include.callee() == "include" => {
                let Some(mut target) = include.arguments.first() else { return };
                // `include((patterns, "app"))`.
                if let [first, _] = target.elements()
                    && matches!(
                        first.kind,
                        ExprKind::Str(_) | ExprKind::Name(_) | ExprKind::Attr(..) | ExprKind::Sequence(_)
                    )
                {
                    target = first;
                }
                self.included(source, target, line, &full, levels);
            }
            _ => {
                let name = match view.as_call().map(|call| &call.function.kind) {
                    Some(ExprKind::Attr(object, method)) if method == "as_view" => object.last_name(),
                    Some(_) => view.as_call().and_then(|call| call.arguments.first()).and_then(Expr::last_name),
                    None => view.last_name(),
                };
                let name = name.unwrap_or_default();
                // Finding the code behind every view would read most of the project; few paths are about health.
                let body = may_tell(&full, name).then(|| view_of(self.code, source, view)).flatten();
                self.found.push(Route { view: name.to_owned(), body, ..Route::new(full, source.evidence(line)) });
            }
        }
    }

    fn included(&mut self, source: &'a Source, target: &'a Expr, line: u32, prefix: &str, levels: usize) {
        if let Some(name) = self.code.text(source, target).filter(|name| !name.is_empty()) {
            if let Some((_, paths)) = LIBRARIES.iter().find(|(library, _)| *library == name) {
                for (path, asks) in *paths {
                    // What a library serves at the place itself keeps the slash that it is included with.
                    let full = joined(prefix, path)
                        + if path.is_empty() && prefix.len() > 1 && prefix.ends_with('/') { "/" } else { "" };
                    let route = Route::new(full, source.evidence(line));
                    self.found.push(Route { view: "health_check".to_owned(), asks: Some(*asks), ..route });
                }
            } else if let Some(next) = self.code.module_of(source, 0, &name) {
                self.module(next, prefix, levels - 1);
            }
            return;
        }
        match self.code.resolve(source, target) {
            Some(Definition::Module(next)) => self.module(next, prefix, levels - 1),
            Some(Definition::Value(place, _, value)) => self.patterns(place, value, prefix, levels - 1),
            _ => self.patterns(source, target, prefix, levels - 1),
        }
    }
}

/// A regular expression without its anchors and the escapes of ordinary characters.
fn plain(pattern: &str) -> String {
    let text = pattern.trim_start_matches('^').trim_end_matches("\\Z").trim_end_matches('$');
    text.replace("\\.", ".").replace("\\-", "-").replace("\\/", "/").trim_end_matches("/?").to_owned()
}
