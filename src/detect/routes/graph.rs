//! How applications, routers and blueprints hang together: the prefixes of their paths, and what runs ahead of them.

use std::collections::BTreeMap;

use super::before::{Step, dependencies, step};
use super::{View, assigned, joined};
use crate::detect::application::app_kind;
use crate::detect::code::{Code, Definition, Source};
use crate::detect::python::{Call, Expr, ExprKind, Stmt, StmtKind, walk};

/// How many levels of routers are followed.
pub(super) const MAX_LEVELS: usize = 8;
/// How many full paths one router may have.
const MAX_PREFIXES: usize = 8;

/// Decorators of functions that run ahead of a request.
const HOOKS: [&str; 3] = ["before_request", "before_app_request", "middleware"];

/// A router, blueprint or application: the file that makes it and its name there.
pub(super) type Key = (String, String);

/// A full prefix of a router, and what runs ahead of every path below it.
pub(super) type Prefix<'a> = (String, Vec<Step<'a>>);

/// What hangs a router on its parent: the prefix that is given there, and what is put ahead of it.
type Edge<'a> = (Option<String>, Vec<Step<'a>>);

/// How routers hang together.
#[derive(Default)]
pub(super) struct Graph<'a> {
    /// Prefix given where the router is made.
    own: BTreeMap<Key, String>,
    /// Child to its parents, each with the edge; a Flask prefix replaces the blueprint's own.
    parents: BTreeMap<Key, Vec<(Key, Edge<'a>)>>,
    pub(super) apps: Vec<Key>,
    /// What an application, a router or a blueprint puts ahead of its own paths.
    before: BTreeMap<Key, Vec<Step<'a>>>,
    /// What is put ahead of every path.
    everywhere: Vec<(Key, Step<'a>)>,
    /// Edges of a loop over routers that only the running code knows.
    unnamed: Vec<(Key, Edge<'a>)>,
    /// Whether prefixes replace (Flask) instead of adding up.
    blueprints: Vec<Key>,
}

impl<'a> Graph<'a> {
    /// Whether a router is an application of its own that hangs below nothing.
    pub(super) fn belongs_elsewhere(&self, key: &Key, own: &Key) -> bool {
        key != own && self.apps.contains(key) && !self.parents.contains_key(key)
    }

    pub(super) fn add(&mut self, code: &'a Code<'_>, source: &'a Source) {
        // An application that a function makes and returns is known by another name where it is served.
        for stmt in walk::scope(&source.module.body) {
            self.application(code, source, stmt);
        }
        for stmt in walk::statements(&source.module.body) {
            self.definition(code, source, stmt);
            self.hook(code, source, stmt);
            match &stmt.kind {
                StmtKind::For { target, iter, body } => self.looped(code, source, target, iter, body),
                _ => {
                    for call in stmt.exprs().into_iter().flat_map(Expr::calls) {
                        self.edge(code, source, call, None);
                        self.hooked(code, source, call);
                    }
                }
            }
        }
    }

    /// `@app.before_request` and `@app.middleware("http")` over a function; `app.wsgi_app = Auth(app.wsgi_app)`.
    fn hook(&mut self, code: &'a Code<'_>, source: &'a Source, stmt: &'a Stmt) {
        match &stmt.kind {
            StmtKind::Function(function) => {
                for decorator in &function.decorators {
                    let target = decorator.as_call().map_or(decorator, |call| &call.function);
                    let ExprKind::Attr(object, name) = &target.kind else { continue };
                    if HOOKS.contains(&name.as_str()) {
                        let step = Step::Code(View::of_function(source, function), source.evidence(decorator.line));
                        self.ahead(code, source, object, name, step);
                    }
                }
            }
            StmtKind::Assign { targets, value: Some(value), .. }
                if targets.iter().any(|target| target.last_name() == Some("wsgi_app")) =>
            {
                let step = step(code, source, value, source.evidence(stmt.line), Step::Library);
                self.everywhere.push((root(), step));
            }
            _ => {}
        }
    }

    /// `app.before_request(check)`, `app.add_middleware(Auth)`, `FastAPI(middleware=[Middleware(Auth)])`.
    fn hooked(&mut self, code: &'a Code<'_>, source: &'a Source, call: &'a Call) {
        let at = |expr: &Expr| source.evidence(expr.line);
        if let Some(listed) =
            call.keyword("middleware").filter(|_| call.callee().ends_with("FastAPI") || call.callee() == "Starlette")
        {
            for given in listed.elements().iter().filter_map(Expr::as_call).filter_map(|call| call.arguments.first()) {
                self.everywhere.push((root(), step(code, source, given, at(given), Step::Library)));
            }
        }
        let ExprKind::Attr(object, name) = &call.function.kind else { return };
        let given = match name.as_str() {
            "before_request" | "before_app_request" | "add_middleware" => call.arguments.first(),
            _ => None,
        };
        if let Some(given) = given {
            self.ahead(code, source, object, name, step(code, source, given, at(given), Step::Library));
        }
    }

    /// Puts a step ahead of what `object` serves: of a blueprint's paths, or of all.
    fn ahead(&mut self, code: &Code<'_>, source: &Source, object: &Expr, name: &str, step: Step<'a>) {
        let key = Self::key(code, source, object).unwrap_or_else(root);
        if name == "before_app_request" {
            self.everywhere.push((root(), step));
        } else {
            self.everywhere.push((key, step));
        }
    }

    /// What runs ahead of every path of the application that is served: hooks of blueprints and other applications are theirs.
    pub(super) fn everywhere(&mut self, own: Option<&Key>) -> Vec<Step<'a>> {
        let mut found = Vec::new();
        for (key, step) in std::mem::take(&mut self.everywhere) {
            if self.own.contains_key(&key) {
                self.before.entry(key).or_default().push(step);
            } else if own.is_none_or(|own| !self.belongs_elsewhere(&key, own)) {
                found.push(step);
            }
        }
        found
    }

    /// `for blueprint in blueprints: app.register_blueprint(blueprint, url_prefix="/v1")` with a list from elsewhere: those
    /// that nothing else registers.
    pub(super) fn hang_unnamed(&mut self) {
        let [edge] = self.unnamed.as_slice() else { return };
        let orphans = self.own.keys().filter(|key| !self.parents.contains_key(*key));
        let orphans: Vec<Key> = orphans.cloned().collect();
        for orphan in orphans {
            self.parents.entry(orphan).or_default().push(edge.clone());
        }
    }

    /// `x = APIRouter(prefix="/p")` and the like.
    fn definition(&mut self, code: &'a Code<'_>, source: &'a Source, stmt: &'a Stmt) {
        let StmtKind::Assign { value: Some(value), .. } = &stmt.kind else { return };
        let (Some(name), Some(call)) = (assigned(stmt), value.as_call()) else { return };
        let key = (source.path.clone(), name.to_owned());
        let mut ahead = Vec::new();
        dependencies(code, source, call, &mut ahead);
        if !ahead.is_empty() {
            self.before.entry(key.clone()).or_default().extend(ahead);
        }
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
                    self.parents.entry(key).or_default().push((parent, (None, Vec::new())));
                }
            }
            callee if callee.ends_with("Router") => {
                self.own.insert(key, keyword(&["prefix"]).unwrap_or_default());
            }
            _ => {}
        }
    }

    /// `app = Flask(__name__)` and the like.
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

    /// `parent.include_router(child, prefix=…)` and the like; `child` when a loop gives it, with its module.
    fn edge(&mut self, code: &'a Code<'_>, source: &'a Source, call: &'a Call, child: Option<(&Source, &Expr)>) {
        let Some((child_at, parent, edge)) = Self::link(code, source, call) else { return };
        let child = child.or(child_at.map(|child| (source, child)));
        if let Some(child) = child.and_then(|(place, child)| Self::key(code, place, child)) {
            self.parents.entry(child).or_default().push((parent, edge));
        }
    }

    /// The child that a call names, its parent, and what is between them.
    fn link(code: &'a Code<'_>, source: &'a Source, call: &'a Call) -> Option<(Option<&'a Expr>, Key, Edge<'a>)> {
        let ExprKind::Attr(parent, method) = &call.function.kind else { return None };
        let (child, prefix) = match method.as_str() {
            "include_router" => (call.argument(0, "router"), call.keyword("prefix")),
            "register_blueprint" => (call.argument(0, "blueprint"), call.keyword("url_prefix")),
            "add_namespace" => (call.argument(0, "ns"), call.argument(1, "path")),
            "mount" => (call.argument(1, "app"), call.argument(0, "path")),
            _ => return None,
        };
        let parent = Self::key(code, source, parent).unwrap_or_else(root);
        let prefix = prefix.map(|prefix| code.text(source, prefix).unwrap_or_else(|| "{}".to_owned()));
        let mut ahead = Vec::new();
        dependencies(code, source, call, &mut ahead);
        Some((child, parent, (prefix, ahead)))
    }

    /// `for blueprint in (a, b): app.register_blueprint(blueprint)`, and over pairs of a blueprint and its prefix.
    fn looped(&mut self, code: &'a Code<'_>, source: &'a Source, target: &'a Expr, iter: &'a Expr, body: &'a [Stmt]) {
        let (place, iter) = code.value(source, iter);
        let names: Vec<Option<&str>> = match target.as_name() {
            Some(name) => vec![Some(name)],
            None => target.elements().iter().map(Expr::as_name).collect(),
        };
        for (_, call) in walk::calls(body) {
            let Some((Some(child), parent, edge)) = Self::link(code, source, call) else { continue };
            let at = |wanted: &Expr| names.iter().position(|name| name.is_some() && *name == wanted.as_name());
            let Some(position) = at(child) else { continue };
            let prefix = call.keyword("url_prefix").or_else(|| call.keyword("prefix")).and_then(at);
            if iter.elements().is_empty() {
                self.unnamed.push((parent, edge));
                continue;
            }
            for element in iter.elements() {
                let part =
                    |position: usize| if names.len() > 1 { element.elements().get(position) } else { Some(element) };
                let Some(child) = part(position).and_then(|child| Self::key(code, place, child)) else { continue };
                let own = prefix.and_then(part).and_then(|prefix| code.text(place, prefix));
                let edge = (own.or_else(|| edge.0.clone()), edge.1.clone());
                self.parents.entry(child).or_default().push((parent.clone(), edge));
            }
        }
    }

    /// The router that an expression stands for: where it is made.
    pub(super) fn key(code: &Code<'_>, source: &Source, expr: &Expr) -> Option<Key> {
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
    pub(super) fn prefixes(&self, key: &Key, levels: usize) -> Vec<Prefix<'a>> {
        let own = self.own.get(key).cloned().unwrap_or_default();
        let ahead = self.before.get(key).cloned().unwrap_or_default();
        let parents = self.parents.get(key).filter(|_| levels > 0 && *key != root());
        let Some(parents) = parents else { return vec![(own, ahead)] };
        let replaces = self.blueprints.contains(key);
        let mut found: Vec<Prefix<'a>> = Vec::new();
        for (parent, (prefix, between)) in parents.iter().filter(|(parent, _)| parent != key) {
            if found.len() == MAX_PREFIXES {
                break;
            }
            let part = match prefix {
                Some(prefix) if replaces => prefix.clone(),
                Some(prefix) => format!("{}{own}", prefix.trim_end_matches('/')),
                None => own.clone(),
            };
            for (above, first) in self.prefixes(parent, levels - 1) {
                let full = joined(&above, &part);
                if !found.iter().any(|(known, _)| *known == full) && found.len() < MAX_PREFIXES {
                    found.push((full, first.into_iter().chain(between.clone()).chain(ahead.clone()).collect()));
                }
            }
        }
        if found.is_empty() { vec![(own, ahead)] } else { found }
    }
}

/// An application that only a function knows by a local name.
pub(super) fn root() -> Key {
    (String::new(), String::new())
}
