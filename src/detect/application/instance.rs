//! Flask and `FastAPI`: objects, subclasses, factories, and modules that import what others made.

use std::collections::BTreeSet;

use super::App;
use super::class::{AppKind, FASTAPI, FLASK, kind_by_name, known_class};
use crate::detect::code::{Code, Definition, Source, is_serving_name};
use crate::detect::python::{Call, Class, Expr, ExprKind, Function, Import, StmtKind, walk};

/// How far factories are followed.
const MAX_HOPS: usize = 8;

/// Wrappers that keep what they wrap servable, by the last part of their name.
fn is_wrapper(name: &str) -> bool {
    name.ends_with("Middleware")
        || matches!(
            name,
            "ASGIApp"
                | "WSGIApp"
                | "ProxyFix"
                | "WhiteNoise"
                | "Sentry"
                | "DispatcherMiddleware"
                | "OpenTelemetryMiddleware"
        )
}

/// What application `expr` makes in `source`, if it makes one.
pub(crate) fn app_kind(code: &Code<'_>, source: &Source, expr: &Expr) -> Option<AppKind> {
    kind(code, source, expr, MAX_HOPS)
}

fn kind(code: &Code<'_>, source: &Source, expr: &Expr, hops: usize) -> Option<AppKind> {
    let hops = hops.checked_sub(1)?;
    code.tree.budget.spend(1)?;
    match &expr.kind {
        ExprKind::Call(call) => call_kind(code, source, call, hops),
        ExprKind::Name(_) => match code.resolve(source, expr)? {
            Definition::Value(place, _, value) => kind(code, place, value, hops),
            _ => None,
        },
        ExprKind::Attr(value, attribute) => match code.resolve(source, expr) {
            Some(Definition::Value(place, _, value)) => kind(code, place, value, hops),
            None => {
                let class = match value.as_call() {
                    Some(call) => code.class(source, &call.function),
                    None => code.class_of(source, value),
                };
                let held = class.and_then(|(place, class)| held(code, place, class, attribute, hops));
                held.or_else(|| is_inner(attribute).then(|| kind(code, source, value, hops))?)
            }
            _ => None,
        },
        ExprKind::Conditional { body, orelse, .. } => {
            kind(code, source, body, hops).or_else(|| kind(code, source, orelse, hops))
        }
        ExprKind::Or(parts) => parts.iter().find_map(|part| kind(code, source, part, hops)),
        _ => None,
    }
}

/// Attributes that hold the framework's own object: `connexion_app.app` and the like.
fn is_inner(attribute: &str) -> bool {
    matches!(attribute, "app" | "wsgi_app" | "asgi_app")
}

/// What application the methods of a class keep in `self.attribute`.
fn held(code: &Code<'_>, source: &Source, class: &Class, attribute: &str, hops: usize) -> Option<AppKind> {
    let is_wanted = |target: &Expr| match &target.kind {
        ExprKind::Attr(object, name) => name == attribute && object.as_name() == Some("self"),
        _ => false,
    };
    walk::statements(&class.body).find_map(|stmt| match &stmt.kind {
        StmtKind::Assign { targets, value: Some(value), .. } if targets.iter().any(is_wanted) => {
            kind(code, source, value, hops)
        }
        _ => None,
    })
}

fn call_kind(code: &Code<'_>, source: &Source, call: &Call, hops: usize) -> Option<AppKind> {
    if let Some(found) = source.qualified(&call.function).as_deref().and_then(known_class) {
        return Some(found);
    }
    if is_wrapper(call.callee()) {
        let wrapped = call.given();
        if let Some(found) = wrapped.into_iter().find_map(|argument| kind(code, source, argument, hops)) {
            return Some(found);
        }
    }
    // An object that stands for what a function makes when it is first used.
    if matches!(call.callee(), "Proxy" | "LocalProxy" | "SimpleLazyObject")
        && let Some(Definition::Function(place, function)) =
            call.arguments.first().and_then(|made| code.resolve(source, made))
    {
        return returned(code, place, function, hops);
    }
    let Some(definition) = code.resolve(source, &call.function) else { return kind_by_name(source, call) };
    match definition {
        Definition::Class(place, class) => {
            let is_of =
                |framework: &AppKind| code.inherits(place, class, &|name| known_class(name) == Some(*framework));
            [FASTAPI, FLASK].into_iter().find(is_of)
        }
        Definition::Function(place, function) => returned(code, place, function, hops),
        _ => None,
    }
}

/// What application a function returns.
fn returned(code: &Code<'_>, source: &Source, function: &Function, hops: usize) -> Option<AppKind> {
    let annotated = function.returns.as_ref().and_then(|returns| source.qualified(returns));
    if let Some(found) = annotated.as_deref().and_then(known_class) {
        return Some(found);
    }
    let mut names: Vec<(&str, AppKind)> = Vec::new();
    let mut objects: Vec<(&str, (&Source, &Class))> = Vec::new();
    let mut found = None;
    for stmt in walk::scope(&function.body) {
        match &stmt.kind {
            StmtKind::Assign { targets, value: Some(value), .. } => {
                if let Some(object) = value.as_call().and_then(|call| code.class(source, &call.function)) {
                    objects.extend(targets.iter().filter_map(|target| Some((target.as_name()?, object))));
                }
                let made = match value.as_name() {
                    Some(name) => last_of(&names, name),
                    None => kind_in(code, source, value, &names, hops),
                };
                if let Some(made) = made {
                    names.extend(targets.iter().filter_map(|target| Some((target.as_name()?, made))));
                }
            }
            StmtKind::Return(Some(value)) => {
                let made = match value.as_name() {
                    Some(name) => last_of(&names, name).or_else(|| kind(code, source, value, hops)),
                    None => kind_in(code, source, value, &names, hops).or_else(|| {
                        // `server = Server(); return server.app`.
                        let ExprKind::Attr(object, attribute) = &value.kind else { return None };
                        let name = object.as_name()?;
                        let (place, class) = last_of(&objects, name)?;
                        held(code, place, class, attribute, hops)
                    }),
                };
                found = found.or(made);
            }
            _ => {}
        }
    }
    found
}

/// What was last kept under a name.
fn last_of<T: Copy>(names: &[(&str, T)], name: &str) -> Option<T> {
    names.iter().rev().find(|(known, _)| *known == name).map(|(_, kept)| *kept)
}

/// Like `kind`, with the names that the function has made so far.
fn kind_in(code: &Code<'_>, source: &Source, value: &Expr, names: &[(&str, AppKind)], hops: usize) -> Option<AppKind> {
    kind(code, source, value, hops).or_else(|| {
        // `outer = connexion.App(…)`, then `app = outer.app`.
        if let ExprKind::Attr(object, attribute) = &value.kind {
            let name = object.as_name().filter(|_| is_inner(attribute))?;
            return last_of(names, name);
        }
        let call = value.as_call()?;
        let passes = |argument: &Expr| last_of(names, argument.as_name()?);
        // `app = configure(app)` returns what it was given; `db = SQLAlchemy(app)` does not.
        let takes = call.given().find_map(passes)?;
        let is_function = matches!(code.resolve(source, &call.function), Some(Definition::Function(..)));
        (is_wrapper(call.callee()) || (is_function && call.callee().contains("app"))).then_some(takes)
    })
}

/// Adds the candidates of one module.
pub(crate) fn find<'a>(code: &'a Code<'_>, source: &'a Source, found: &mut Vec<App<'a>>) {
    let mut seen = BTreeSet::new();
    let hangs_routes = ["register_blueprint", "include_router"].iter().any(|method| source.mentions(method));
    for stmt in walk::own_scope(&source.module.body) {
        match &stmt.kind {
            StmtKind::Assign { targets, value: Some(value), augmented: false, .. } => {
                let mut made = None;
                for name in targets.iter().filter_map(Expr::as_name) {
                    let known = made.get_or_insert_with(|| app_kind(code, source, value));
                    let Some(kind) = known.or_else(|| by_factory_given(code, source, name, value)) else { break };
                    if seen.insert(name.to_owned()) {
                        found.push(candidate(source, kind, name.to_owned(), stmt.line, false, false));
                    }
                }
            }
            StmtKind::Function(function) if takes_nothing(function) => {
                if let Some(kind) = returned(code, source, function, MAX_HOPS)
                    && seen.insert(function.name.clone())
                {
                    found.push(candidate(source, kind, format!("{}()", function.name), stmt.line, true, false));
                }
            }
            StmtKind::Import(imports) if is_serving_name(&source.path) || hangs_routes => {
                for import in imports {
                    let names: Vec<&str> = match import.name.as_deref() {
                        // A star brings the usual names along.
                        Some("*") => vec!["app", "application"],
                        Some(_) => vec![&import.bound],
                        None => Vec::new(),
                    };
                    let may_serve = |name: &str| is_serving_name(&source.path) || completes(source, name);
                    for name in names.into_iter().filter(|name| may_serve(name)) {
                        let Some(Definition::Value(place, _, value)) = code.lookup(source, name) else { continue };
                        if let Some(kind) = app_kind(code, place, value).filter(|_| seen.insert(name.to_owned())) {
                            // What gets its routes here is more than an import: without this module it serves nothing.
                            let is_imported = !(hangs_routes && completes(source, name));
                            found.push(candidate(source, kind, name.to_owned(), stmt.line, false, is_imported));
                        }
                    }
                }
            }
            _ => {}
        }
    }
}

/// Whether a module hangs blueprints or routers on the application that it knows as `name`.
fn completes(source: &Source, name: &str) -> bool {
    walk::own_scope(&source.module.body).any(|stmt| {
        let StmtKind::Expr(expr) = &stmt.kind else { return false };
        expr.as_call().is_some_and(|call| match &call.function.kind {
            ExprKind::Attr(object, method) => {
                object.as_name() == Some(name) && matches!(method.as_str(), "register_blueprint" | "include_router")
            }
            _ => false,
        })
    })
}

/// `app = load(…, "create_app")`, `app = instrument(create_app)`: a call of something unknown that is given this module's
/// factory, kept under a name that servers are pointed at.
fn by_factory_given(code: &Code<'_>, source: &Source, name: &str, value: &Expr) -> Option<AppKind> {
    let call = value.as_call().filter(|_| matches!(name, "app" | "application" | "api"))?;
    let given = call.given();
    given.filter_map(|argument| argument.as_str().or_else(|| argument.as_name())).find_map(|given| {
        match code.lookup(source, given)? {
            Definition::Function(place, function) if place.path == source.path => {
                returned(code, place, function, MAX_HOPS)
            }
            _ => None,
        }
    })
}

/// What a module's imports say that an object is which nothing else explains.
fn imported_kind(source: &Source) -> Option<AppKind> {
    [("fastapi", FASTAPI), ("flask", FLASK)].into_iter().find(|(name, _)| source.imports_package(name)).map(|(_, k)| k)
}

/// Adds what a command names and no rule found: a name that the module imports from elsewhere.
pub(crate) fn named<'a>(code: &'a Code<'_>, target: &str, found: &mut Vec<App<'a>>) {
    let Some((module, attribute)) = target.split_once(':') else { return };
    let relative = module.trim_end_matches(".py").replace('.', "/");
    let ends = [format!("{relative}.py"), format!("{relative}/__init__.py")];
    let attribute = attribute.split(['(', '.']).next().unwrap_or_default();
    let fits = |path: &&&str| ends.iter().any(|end| **path == end || path.ends_with(&format!("/{end}")));
    for source in code.paths().iter().filter(fits).take(4).filter_map(|path| code.source(path)) {
        let known =
            |app: &App<'_>| app.source.path == source.path && app.attribute.split('(').next() == Some(attribute);
        if found.iter().any(known) || code.is_test(&source.path) {
            continue;
        }
        if let Some(Definition::Value(place, stmt, value)) = code.lookup(source, attribute)
            && let Some(kind) = app_kind(code, place, value).or_else(|| {
                let call = value.as_call()?;
                if is_missing(code, place, &call.function) { None } else { imported_kind(place) }
            })
        {
            let line = if place.path == source.path { stmt.line } else { 1 };
            found.push(candidate(source, kind, attribute.to_owned(), line, false, true));
        }
    }
}

/// Whether a name is imported from a module of the project that has no such name: left over, and fails when it is run.
fn is_missing(code: &Code<'_>, source: &Source, function: &Expr) -> bool {
    let Some(name) = function.as_name() else { return false };
    let import = source.imports().find(|import| import.bound == name && import.name.is_some());
    import.is_some_and(|import| {
        let module = code.imported_module(source, import);
        // A star from a module of the project has been looked through; one from elsewhere may bring anything.
        let is_open = |module: &Source, import: &Import| {
            let top = import.module.split('.').next().unwrap_or_default();
            let is_own = import.level > 0
                || code.imported_module(module, import).is_some()
                || code.paths().iter().any(|path| path.split('/').any(|part| part == top));
            import.name.as_deref() == Some("*") && !is_own
        };
        let is_closed = |module: &Source| !module.imports().any(|import| is_open(module, import));
        module.is_some_and(is_closed) && code.lookup(source, name).is_none()
    })
}

/// Whether a server can call it: no required parameter. One that begins with `_` is nobody's entry point.
fn takes_nothing(function: &Function) -> bool {
    function.callable_without_arguments()
        && !function.name.starts_with('_')
        && !function.is_async
        && !function
            .decorators
            .iter()
            .any(|decorator| decorator.any(|expr| expr.last_name().is_some_and(|name| name == "fixture")))
}

fn candidate(
    source: &Source,
    kind: AppKind,
    attribute: String,
    line: u32,
    is_factory: bool,
    is_imported: bool,
) -> App<'_> {
    App {
        framework: kind.framework,
        interface: kind.interface,
        source,
        attribute,
        line,
        is_factory,
        is_imported,
        root: String::new(),
        module: String::new(),
        scored: Vec::new(),
        is_named: false,
        named_at: None,
    }
}
