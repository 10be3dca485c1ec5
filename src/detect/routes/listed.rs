//! Routes that an application is given in a list: `FastAPI(routes=[Route("/ping", pong)])`.

use super::graph::{Key, root};
use super::{Route, answers_get, assigned, joined, view_of};
use crate::detect::code::{Code, Source};
use crate::detect::python::{Call, Expr, Stmt};

/// How deep `Mount` may be nested.
const MAX_DEPTH: usize = 4;

/// The routes of the list that a statement gives to what it makes, each with the object that serves it.
/// Source: <https://www.starlette.io/routing/>: `Route(path, endpoint, methods)`, `Mount(path, routes)`.
pub(super) fn routes<'a>(code: &'a Code<'_>, source: &'a Source, stmt: &'a Stmt) -> Vec<(Key, Route<'a>)> {
    let key = assigned(stmt).map_or_else(root, |name| (source.path.clone(), name.to_owned()));
    let mut found = Vec::new();
    for expr in stmt.exprs() {
        if let Some(list) = expr.as_call().and_then(|call| call.keyword("routes")) {
            add(code, source, list, "", MAX_DEPTH, &mut found);
        }
    }
    found.into_iter().map(|route| (key.clone(), route)).collect()
}

fn add<'a>(
    code: &'a Code<'_>,
    source: &'a Source,
    list: &'a Expr,
    prefix: &str,
    depth: usize,
    found: &mut Vec<Route<'a>>,
) {
    let Some(depth) = depth.checked_sub(1) else { return };
    let (source, list) = code.value(source, list);
    for element in list.elements() {
        let Some(call) = element.as_call() else { continue };
        let Some(path) = call.argument(0, "path").and_then(|path| code.text(source, path)) else { continue };
        match call.callee() {
            "Route" | "APIRoute" => found.push(route(code, source, call, joined(prefix, &path), element.line)),
            "Mount" => {
                if let Some(inner) = call.keyword("routes") {
                    add(code, source, inner, &joined(prefix, &path), depth, found);
                }
            }
            _ => {}
        }
    }
}

fn route<'a>(code: &'a Code<'_>, source: &'a Source, call: &'a Call, path: String, line: u32) -> Route<'a> {
    let endpoint = call.argument(1, "endpoint");
    Route {
        view: endpoint.and_then(Expr::last_name).unwrap_or_default().to_owned(),
        body: endpoint.and_then(|view| view_of(code, source, view)),
        answers_get: answers_get(call),
        ..Route::new(path, source.evidence(line))
    }
}
