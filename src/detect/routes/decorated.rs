//! Flask and `FastAPI`: decorators on applications, routers and blueprints, and how those hang together.

use std::collections::BTreeMap;

use super::{Route, View, assigned, joined, view_of};
use crate::detect::application::app_kind;
use crate::detect::code::{Code, Definition, Source};
use crate::detect::context::Context;
use crate::detect::python::{Call, Expr, ExprKind, Function, Stmt, StmtKind, walk};

/// How many levels of routers are followed.
const MAX_LEVELS: usize = 8;
/// How many full paths one router may have.
const MAX_PREFIXES: usize = 8;

/// How many decorators of one function may be routes.
const MAX_DECORATORS: usize = 100;

/// A router, blueprint or application: the file that makes it and its name there.
type Key = (String, String);

/// How routers hang together.
#[derive(Default)]
struct Graph {
    /// Prefix given where the router is made.
    own: BTreeMap<Key, String>,
    /// Child to its parents, each with the prefix of the edge; a Flask prefix replaces the blueprint's own.
    parents: BTreeMap<Key, Vec<(Key, Option<String>)>>,
    apps: Vec<Key>,
    /// Whether prefixes replace (Flask) instead of adding up.
    blueprints: Vec<Key>,
}

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
    let mut found = Vec::new();
    let own = served(context, &graph);
    for Local { key, route } in local {
        // What another application of the repository serves, this one does not, unless that one is mounted on it.
        if own.as_ref().is_some_and(|own| graph.belongs_elsewhere(&key, own)) {
            continue;
        }
        for prefix in graph.prefixes(&key, MAX_LEVELS) {
            let path = joined(&prefix, &route.path);
            found.push(Route { path, ..route.clone() });
        }
    }
    found
}

/// The application that the entry point serves, where it is an object that a module makes.
fn served(context: &Context<'_>, graph: &Graph) -> Option<Key> {
    let entry = context.entry?;
    let name = context.attribute.as_deref().filter(|name| !name.ends_with(')'))?;
    let Definition::Value(place, stmt, _) = context.code.lookup(entry, name)? else { return None };
    let key = (place.path.clone(), assigned(stmt)?.to_owned());
    graph.apps.contains(&key).then_some(key)
}

impl Graph {
    /// Whether a router is an application of its own that hangs below nothing.
    fn belongs_elsewhere(&self, key: &Key, own: &Key) -> bool {
        key != own && self.apps.contains(key) && !self.parents.contains_key(key)
    }

    fn add(&mut self, code: &Code<'_>, source: &Source) {
        // An application that a function makes and returns is known by another name where it is served.
        walk::scope(&source.module.body, &mut |stmt| self.application(code, source, stmt));
        walk::statements(&source.module.body, &mut |stmt| {
            self.definition(code, source, stmt);
            match &stmt.kind {
                StmtKind::For { target, iter, body } => self.looped(code, source, target, iter, body),
                _ => {
                    for call in stmt.exprs().into_iter().flat_map(Expr::calls) {
                        self.edge(code, source, call, None);
                    }
                }
            }
        });
    }

    /// `x = APIRouter(prefix="/p")` and its like.
    fn definition(&mut self, code: &Code<'_>, source: &Source, stmt: &Stmt) {
        let StmtKind::Assign { value: Some(value), .. } = &stmt.kind else { return };
        let (Some(name), Some(call)) = (assigned(stmt), value.as_call()) else { return };
        let key = (source.path.clone(), name.to_owned());
        let keyword = |names: &[&str]| {
            names.iter().find_map(|name| call.keyword(name)).and_then(|value| code.text(source, value))
        };
        match call.callee() {
            "Blueprint" | "APIBlueprint" => {
                self.own.insert(key.clone(), keyword(&["url_prefix"]).unwrap_or_default());
                self.blueprints.push(key);
            }
            "Namespace" => {
                let name = call.arguments.first().and_then(Expr::as_str).unwrap_or_default();
                self.own.insert(key, keyword(&["path"]).unwrap_or_else(|| format!("/{name}")));
            }
            "Api" => {
                // flask-restful and flask-restx: an API on an application or a blueprint.
                self.own.insert(key.clone(), keyword(&["prefix"]).unwrap_or_default());
                let parent =
                    call.arguments.first().or_else(|| call.keyword("app")).or_else(|| call.keyword("blueprint"));
                if let Some(parent) = parent.and_then(|parent| Self::key(code, source, parent)) {
                    self.parents.entry(key).or_default().push((parent, None));
                }
            }
            callee if callee.ends_with("Router") => {
                self.own.insert(key, keyword(&["prefix"]).unwrap_or_default());
            }
            _ => {}
        }
    }

    /// `app = Flask(__name__)` and its like.
    fn application(&mut self, code: &Code<'_>, source: &Source, stmt: &Stmt) {
        let StmtKind::Assign { value: Some(value), .. } = &stmt.kind else { return };
        let (Some(name), Some(call)) = (assigned(stmt), value.as_call()) else { return };
        // What a call of any other name makes is not worth following.
        let lower = call.callee().to_ascii_lowercase();
        let may_be = ["app", "api", "flask", "server", "create", "make"].iter().any(|word| lower.contains(word));
        if may_be && lower != "api" && !lower.ends_with("router") && app_kind(code, source, value).is_some() {
            self.apps.push((source.path.clone(), name.to_owned()));
        }
    }

    /// `parent.include_router(child, prefix=…)` and its like.
    fn edge(&mut self, code: &Code<'_>, source: &Source, call: &Call, child: Option<&Expr>) {
        let ExprKind::Attr(parent, method) = &call.function.kind else { return };
        let (child_at, prefix) = match method.as_str() {
            "include_router" => (call.argument(0, "router"), call.keyword("prefix")),
            "register_blueprint" => (call.argument(0, "blueprint"), call.keyword("url_prefix")),
            "add_namespace" => (call.argument(0, "ns"), call.argument(1, "path")),
            "mount" => (call.argument(1, "app"), call.argument(0, "path")),
            _ => return,
        };
        let Some(child) = child.or(child_at).and_then(|child| Self::key(code, source, child)) else { return };
        let parent = Self::key(code, source, parent).unwrap_or_else(root);
        let prefix = prefix.map(|prefix| code.text(source, prefix).unwrap_or_else(|| "{}".to_owned()));
        self.parents.entry(child).or_default().push((parent, prefix));
    }

    /// `for blueprint in (a, b): app.register_blueprint(blueprint)`.
    fn looped(&mut self, code: &Code<'_>, source: &Source, target: &Expr, iter: &Expr, body: &[Stmt]) {
        for (_, call) in walk::calls(body) {
            let first = call.arguments.first().and_then(Expr::as_name);
            if first.is_some() && first == target.as_name() {
                for element in iter.elements() {
                    self.edge(code, source, call, Some(element));
                }
            }
        }
    }

    /// The router that an expression stands for: where it is made.
    fn key(code: &Code<'_>, source: &Source, expr: &Expr) -> Option<Key> {
        match code.resolve(source, expr) {
            Some(Definition::Value(place, stmt, value)) => {
                if let (Some(_), Some(name)) = (value.as_name().or(value.last_name()), assigned(stmt)) {
                    // `router = other.router`: the one it was taken from.
                    if let Some(Definition::Value(first, stmt, _)) = code.resolve(place, value) {
                        return assigned(stmt).map(|name| (first.path.clone(), name.to_owned()));
                    }
                    return Some((place.path.clone(), name.to_owned()));
                }
                assigned(stmt).map(|name| (place.path.clone(), name.to_owned()))
            }
            _ => expr.as_name().map(|name| (source.path.clone(), name.to_owned())),
        }
    }

    /// Every full prefix of a router.
    fn prefixes(&self, key: &Key, levels: usize) -> Vec<String> {
        let own = self.own.get(key).cloned().unwrap_or_default();
        let parents = self.parents.get(key).filter(|_| levels > 0 && *key != root());
        let Some(parents) = parents else { return vec![own] };
        let replaces = self.blueprints.contains(key);
        let mut found = Vec::new();
        for (parent, prefix) in parents.iter().filter(|(parent, _)| parent != key) {
            if found.len() == MAX_PREFIXES {
                break;
            }
            let part = match prefix {
                Some(prefix) if replaces => prefix.clone(),
                Some(prefix) => format!("{}{own}", prefix.trim_end_matches('/')),
                None => own.clone(),
            };
            for above in self.prefixes(parent, levels - 1) {
                let full = joined(&above, &part);
                if !found.contains(&full) && found.len() < MAX_PREFIXES {
                    found.push(full);
                }
            }
        }
        if found.is_empty() { vec![own] } else { found }
    }
}

/// An application that only a function knows by a local name.
fn root() -> Key {
    (String::new(), String::new())
}

/// Routes of one module: decorators, `add_url_rule`, `add_resource`, Starlette's `Route`.
fn statements<'a>(code: &'a Code<'_>, source: &'a Source, found: &mut Vec<Local<'a>>) {
    walk::statements(&source.module.body, &mut |stmt| {
        match &stmt.kind {
            StmtKind::Function(function) => decorated(code, source, function, stmt.line, found),
            StmtKind::Class(class) => {
                for call in class.decorators.iter().filter_map(Expr::as_call).filter(|call| call.callee() == "route") {
                    let view = View { source, function: None, body: &class.body, decorators: &class.decorators };
                    push(code, source, call, 0, &class.name, Some(view), stmt.line, found);
                }
            }
            _ => {}
        }
        for expr in stmt.exprs() {
            expr.visit(&mut |expr| {
                let ExprKind::Call(call) = &expr.kind else { return };
                added(code, source, call, expr.line, found);
            });
        }
        compared(code, source, stmt, found);
    });
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
            let view =
                View { source, function: Some(function), body: &function.body, decorators: &function.decorators };
            push(code, source, call, 0, &function.name, Some(view), line, found);
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
                push(code, source, call, position, name, view, line, found);
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
    push(code, source, call, 0, name.unwrap_or_default(), body, line, found);
}

#[allow(clippy::too_many_arguments)]
fn push<'a>(
    code: &'a Code<'_>,
    source: &'a Source,
    call: &Call,
    position: usize,
    view: &str,
    body: Option<View<'a>>,
    line: u32,
    found: &mut Vec<Local<'a>>,
) {
    let Some(path) = call.argument(position, if position == 0 { "path" } else { "" }).or_else(|| call.keyword("rule"))
    else {
        return;
    };
    let Some(path) = code.text(source, path) else { return };
    let ExprKind::Attr(object, _) = &call.function.kind else { return };
    let methods = call.keyword("methods").map(|methods| {
        methods.elements().iter().filter_map(Expr::as_str).any(|method| matches!(method, "GET" | "get"))
    });
    let key = Graph::key(code, source, object).unwrap_or_else(root);
    let route =
        Route { path, view: view.to_owned(), body, place: source.evidence(line), answers_get: methods.unwrap_or(true) };
    found.push(Local { key, route });
}

/// `if request.path == "/healthz": return …` in middleware: a path that no router knows.
fn compared(code: &Code<'_>, source: &Source, stmt: &Stmt, found: &mut Vec<Local<'_>>) {
    let StmtKind::If { test, body, .. } = &stmt.kind else { return };
    if !body.iter().any(|stmt| {
        matches!(stmt.kind, StmtKind::Return(Some(_)))
            || matches!(&stmt.kind, StmtKind::Expr(expr) if expr.as_call().is_some_and(|call| call.callee() == "send"))
    }) {
        return;
    }
    for (path, view) in super::health::compared_paths(code, source, test) {
        let place = source.evidence(stmt.line);
        found.push(Local { key: root(), route: Route { path, view, body: None, place, answers_get: true } });
    }
}
