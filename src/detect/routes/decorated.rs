//! Flask and `FastAPI`: decorators on applications, routers and blueprints, and how those hang together.

use super::before::dependencies;
use super::graph::{Graph, Key, MAX_LEVELS, root};
use super::{Route, View, answers_get, assigned, compared, joined, listed, view_of};
use crate::detect::code::{Code, Definition, Source};
use crate::detect::context::Context;
use crate::detect::python::{Call, Expr, ExprKind, Function, StmtKind, walk};

/// How many decorators of one function may be routes.
const MAX_DECORATORS: usize = 100;

/// A route before its prefix is known.
struct Local<'a> {
    key: Key,
    route: Route<'a>,
}

pub(crate) fn routes<'a>(context: &'a Context<'_>) -> Vec<Route<'a>> {
    let code = context.code;
    let mut graph = Graph::default();
    let mut local = Vec::new();
    for source in context.sources() {
        graph.add(code, source);
        statements(code, source, &mut local);
    }
    graph.hang_unnamed();
    let mut found = Vec::new();
    let own = served(context, &graph);
    let everywhere = graph.everywhere(own.as_ref());
    for Local { key, route } in local {
        // What another application of the repository serves, this one does not, unless that one is mounted on it.
        if own.as_ref().is_some_and(|own| graph.belongs_elsewhere(&key, own)) {
            continue;
        }
        for (prefix, above) in graph.prefixes(&key, MAX_LEVELS) {
            let path = joined(&prefix, &route.path);
            let before = everywhere.iter().chain(&above).chain(&route.before).cloned().collect();
            found.push(Route { path, before, ..route.clone() });
        }
    }
    found
}

/// The application that the entry point serves, where it is an object that a module makes.
fn served(context: &Context<'_>, graph: &Graph<'_>) -> Option<Key> {
    let entry = context.entry?;
    let name = context.attribute.as_deref().filter(|name| !name.ends_with(')'))?;
    let Definition::Value(place, stmt, _) = context.code.lookup(entry, name)? else { return None };
    let key = (place.path.clone(), assigned(stmt)?.to_owned());
    graph.apps.contains(&key).then_some(key)
}

/// Routes of one module: decorators, `add_url_rule`, `add_resource`, lists of Starlette's `Route`.
fn statements<'a>(code: &'a Code<'_>, source: &'a Source, found: &mut Vec<Local<'a>>) {
    for stmt in walk::statements(&source.module.body) {
        match &stmt.kind {
            StmtKind::Function(function) => decorated(code, source, function, stmt.line, found),
            StmtKind::Class(class) => {
                for call in class.decorators.iter().filter_map(Expr::as_call).filter(|call| call.callee() == "route") {
                    let view = View::of_class(source, class);
                    found.extend(local(code, source, call, 0, &class.name, Some(view), stmt.line));
                }
            }
            _ => {}
        }
        found.extend(listed::routes(code, source, stmt).into_iter().map(|(key, route)| Local { key, route }));
        for expr in stmt.exprs() {
            expr.visit(&mut |expr| {
                if let ExprKind::Call(call) = &expr.kind {
                    added(code, source, call, expr.line, found);
                }
            });
        }
    }
    found.extend(compared(code, source).into_iter().map(|route| Local { key: root(), route }));
}

/// `@router.get("/x")` and `@app.route("/x", methods=[…])`.
fn decorated<'a>(
    code: &'a Code<'_>,
    source: &'a Source,
    function: &'a Function,
    line: u32,
    found: &mut Vec<Local<'a>>,
) {
    for call in function.decorators.iter().filter_map(Expr::as_call).take(MAX_DECORATORS) {
        let ExprKind::Attr(..) = &call.function.kind else { continue };
        if matches!(call.callee(), "get" | "route" | "api_route" | "head" | "doc_get") {
            let view = View::of_function(source, function);
            found.extend(local(code, source, call, 0, &function.name, Some(view), line));
        }
    }
}

/// Routes that a call adds.
fn added<'a>(code: &'a Code<'_>, source: &'a Source, call: &'a Call, line: u32, found: &mut Vec<Local<'a>>) {
    let view = match call.callee() {
        "add_url_rule" => call.argument(2, "view_func"),
        "add_api_route" | "add_route" => call.argument(1, "endpoint"),
        "add_resource" => {
            let view = call.arguments.first().and_then(|view| view_of(code, source, view));
            for position in 1..call.arguments.len() {
                let name = call.arguments.first().and_then(Expr::last_name).unwrap_or_default();
                found.extend(local(code, source, call, position, name, view, line));
            }
            return;
        }
        _ => return,
    };
    let name = view.and_then(|view| {
        view.as_call().map_or_else(
            || view.last_name(),
            |call| match &call.function.kind {
                ExprKind::Attr(object, _) => object.last_name(),
                _ => call.function.last_name(),
            },
        )
    });
    let body = view.and_then(|view| view_of(code, source, view));
    found.extend(local(code, source, call, 0, name.unwrap_or_default(), body, line));
}

/// The route of a call that is given its path at `position`.
fn local<'a>(
    code: &'a Code<'_>,
    source: &'a Source,
    call: &'a Call,
    position: usize,
    view: &str,
    body: Option<View<'a>>,
    line: u32,
) -> Option<Local<'a>> {
    let name = if position == 0 { "path" } else { "" };
    let path = code.text(source, call.argument(position, name).or_else(|| call.keyword("rule"))?)?;
    let ExprKind::Attr(object, _) = &call.function.kind else { return None };
    let key = Graph::key(code, source, object).unwrap_or_else(root);
    let mut before = Vec::new();
    dependencies(code, source, call, &mut before);
    let (view, answers_get) = (view.to_owned(), answers_get(call));
    Some(Local { key, route: Route { view, body, answers_get, before, ..Route::new(path, source.evidence(line)) } })
}
