//! Whether Prometheus metrics of the process are served, and where.

use crate::detect::code::Source;
use crate::detect::context::Context;
use crate::detect::project::{Evidence, Project};
use crate::detect::python::{Expr, ExprKind, StmtKind, walk};
use crate::detect::routes;

pub(crate) fn find(context: &Context<'_>, project: &mut Project) {
    if let Some((path, place, switch)) = context.sources().find_map(|source| of_django_prometheus(context, source)) {
        match switch {
            Some(switch) => project
                .warnings
                .push(format!("metrics are served at {path} only with {switch} ({}:{})", place.file, place.line)),
            None => {
                project.metrics = true;
                project.metrics_path = Some(path);
                project.because("metrics", place);
            }
        }
        return;
    }
    let found = context.sources().find_map(|source| exporter(source).map(|(path, line)| (path, source, line)));
    if let Some((path, source, line)) = found {
        project.metrics = true;
        project.metrics_path = Some(path);
        project.because("metrics", source.evidence(line));
        return;
    }
    // Prometheus' own format written by hand, on a path without parameters.
    let is_metrics = |path: &str| {
        matches!(path.trim_end_matches('/').rsplit('/').next(), Some("metrics" | "_metrics" | "openmetrics"))
    };
    // The paths are known from the search for health; the routes themselves are put together again only if one fits.
    let has_path = project.served.iter().any(|served| is_metrics(&served.path));
    let routes = if has_path { routes::all(context, project.framework) } else { Vec::new() };
    let route = routes
        .into_iter()
        .find(|route| is_metrics(&route.path) && !route.has_parameters() && route.writes_exposition());
    if let Some(route) = route {
        project.metrics = true;
        project.because("metrics", route.place.clone());
        project.metrics_path = Some(route.path);
        return;
    }
    // Collectors of its own and a switch for them: a library serves what they collect.
    let collects = |source: &&Source| {
        source.imports_package("prometheus_client")
            && walk::calls(&source.module.body)
                .any(|(_, call)| matches!(call.callee(), "Counter" | "Gauge" | "Histogram" | "Summary"))
    };
    let switched =
        context.reads.iter().any(|read| read.name.starts_with("PROMETHEUS_") || read.name.starts_with("METRICS_"));
    if let Some(source) = context.sources().find(collects).filter(|_| switched) {
        project.metrics = true;
        project.because("metrics", source.evidence(0));
        project
            .warnings
            .push("Prometheus metrics are collected, but the path that serves them was not found".to_owned());
    }
}

/// `path("ops/", include("django_prometheus.urls"))`: the path below which the library serves `metrics`, and the condition that
/// it is behind.
/// Source: `django_prometheus/urls.py` of <https://github.com/korfuri/django-prometheus>.
fn of_django_prometheus(context: &Context<'_>, source: &Source) -> Option<(String, Evidence, Option<String>)> {
    if !source.mentions("django_prometheus.urls") {
        return None;
    }
    let is_urls = |expr: &Expr| expr.as_str() == Some("django_prometheus.urls");
    let mut found = None;
    for (line, call) in walk::calls(&source.module.body) {
        let includes = call.arguments.get(1).is_some_and(|view| view.any(is_urls));
        if includes && matches!(call.callee(), "path" | "re_path" | "url") {
            let prefix =
                call.arguments.first().and_then(|prefix| context.code.text(source, prefix)).unwrap_or_default();
            let prefix = prefix.trim_matches(['/', '^', '$']);
            let path = if prefix.is_empty() { "/metrics".to_owned() } else { format!("/{prefix}/metrics") };
            found = Some((path, source.evidence(line)));
        }
    }
    let (path, place) = found?;
    let mut switch = None;
    for stmt in walk::statements(&source.module.body) {
        let StmtKind::If { test, body, .. } = &stmt.kind else { continue };
        if walk::expressions(body).any(is_urls) {
            switch =
                test.last_name().or_else(|| test.as_str()).map(str::to_owned).or_else(|| Some("a setting".to_owned()));
        }
    }
    Some((path, place, switch))
}

/// What a module does to serve metrics: the path, and the line.
fn exporter(source: &Source) -> Option<(String, u32)> {
    let words =
        ["prometheus", "Instrumentator", "PrometheusMetrics", "starlette_exporter", "openmetrics", "gds_metrics"];
    if !words.iter().any(|word| source.mentions(word)) {
        return None;
    }
    let mut found = None;
    let mut mounted = None;
    for expr in walk::expressions(&source.module.body) {
        match &expr.kind {
            ExprKind::Call(call) => {
                let name = source.qualified(&call.function).unwrap_or_default();
                let serves = matches!(
                    name.as_str(),
                    "prometheus_client.make_asgi_app"
                        | "prometheus_client.make_wsgi_app"
                        | "prometheus_client.start_http_server"
                        | "prometheus_client.generate_latest"
                        | "prometheus_client.exposition.generate_latest"
                ) || name.starts_with("prometheus_flask_exporter.") && name.contains("PrometheusMetrics")
                    || name.starts_with("starlette_exporter.handle_metrics")
                    || name == "gds_metrics.GDSMetrics"
                    || (call.callee() == "expose" && source.mentions("Instrumentator"));
                if serves {
                    found = found.or(Some(expr.line));
                }
                if matches!(call.callee(), "mount" | "add_route" | "path" | "route") {
                    let path = call.arguments.first().and_then(Expr::as_str).filter(|path| path.contains("metrics"));
                    mounted = mounted.take().or_else(|| path.map(str::to_owned));
                }
            }
            ExprKind::Name(name) if name == "handle_metrics" && source.mentions("starlette_exporter") => {
                found = found.or(Some(expr.line));
            }
            _ => {}
        }
    }
    let line = found?;
    let path = mounted.map_or_else(|| "/metrics".to_owned(), |path| format!("/{}", path.trim_matches(['/', '^', '$'])));
    Some((path, line))
}
