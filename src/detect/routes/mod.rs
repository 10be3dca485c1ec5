//! Paths that the code serves, prefixes put together over modules, and which of them tell about health.

mod asks;
mod before;
mod decorated;
mod graph;
mod health;
mod listed;
mod login;
mod urlconf;

use super::code::{Code, Definition, Source};
use super::context::Context;
use super::project::Evidence;
use super::python::{Call, Class, Expr, ExprKind, Function, Stmt, StmtKind, walk};
use crate::vocabulary::Framework;
use before::Step;
pub(crate) use health::health;

/// Paths, and whether the code behind each asks anything; nothing where that is for the project to say.
type Served = &'static [(&'static str, Option<bool>)];

/// What Dockerflow serves in every framework: <https://github.com/mozilla-services/Dockerflow>.
const DOCKERFLOW: Served = &[("__heartbeat__", Some(true)), ("__lbheartbeat__", Some(false))];

/// One served path.
#[derive(Clone, Debug)]
pub(crate) struct Route<'a> {
    /// The full path, `/` first; parameters as written.
    pub(crate) path: String,
    /// The last name of the view: function or class.
    pub(crate) view: String,
    /// The code behind it, if it was found.
    pub(crate) body: Option<View<'a>>,
    pub(crate) place: Evidence,
    pub(crate) answers_get: bool,
    /// What runs ahead of it.
    pub(crate) before: Vec<Step<'a>>,
    /// Whether it asks anything, where a library serves it and is known.
    pub(crate) asks: Option<bool>,
}

/// The code of a view.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    pub(crate) source: &'a Source,
    pub(crate) function: Option<&'a Function>,
    pub(crate) class: Option<&'a Class>,
    /// The statements, for a class those of its methods.
    pub(crate) body: &'a [Stmt],
    pub(crate) decorators: &'a [Expr],
    /// How the view is given, where calls are put around it, `login_required(view)`, or where it is a `lambda`.
    pub(crate) written: Option<&'a Expr>,
}

impl<'a> View<'a> {
    pub(crate) fn of_function(source: &'a Source, function: &'a Function) -> Self {
        let (body, decorators) = (function.body.as_slice(), function.decorators.as_slice());
        Self { source, function: Some(function), class: None, body, decorators, written: None }
    }

    pub(crate) fn of_class(source: &'a Source, class: &'a Class) -> Self {
        let (body, decorators) = (class.body.as_slice(), class.decorators.as_slice());
        Self { source, function: None, class: Some(class), body, decorators, written: None }
    }

    /// Statements that answer a path on their own, in a method of `class`.
    pub(crate) fn of_statements(source: &'a Source, class: Option<&'a Class>, body: &'a [Stmt]) -> Self {
        Self { source, function: None, class, body, decorators: &[], written: None }
    }

    pub(crate) fn name(&self) -> Option<&'a str> {
        self.function.map(|function| function.name.as_str()).or_else(|| self.class.map(|class| class.name.as_str()))
    }
}

impl Route<'_> {
    /// A path that answers GET, of which nothing else is known.
    pub(crate) fn new(path: String, place: Evidence) -> Self {
        Self { path, view: String::new(), body: None, place, answers_get: true, before: Vec::new(), asks: None }
    }

    /// Whether a probe would have to fill something in.
    pub(crate) fn has_parameters(&self) -> bool {
        self.path.contains(['<', '{', '(', '[', '*', '$', '\\'])
    }

    /// Whether the code behind it writes Prometheus' text format.
    pub(crate) fn writes_exposition(&self) -> bool {
        self.body.is_some_and(|view| {
            let source = view.source;
            let words =
                ["# HELP", "# TYPE", "openmetrics", "prometheus", "text/plain; version=0.0.4", "generate_latest"];
            let mut found = false;
            for expr in walk::expressions(view.body) {
                found |= match &expr.kind {
                    ExprKind::Str(text) => words.iter().any(|word| text.contains(word)),
                    ExprKind::Name(name) | ExprKind::Attr(_, name) => {
                        let lower = name.to_ascii_lowercase();
                        lower.contains("prometheus") || lower.contains("openmetrics") || lower == "generate_latest"
                    }
                    _ => false,
                };
            }
            found || (source.mentions("# HELP") && source.mentions("# TYPE"))
        })
    }
}

/// Whether a path or the name of its view has anything to do with health or metrics, and its code is worth a look.
pub(crate) fn may_tell(path: &str, view: &str) -> bool {
    const WORDS: [&str; 19] = [
        "health", "live", "ready", "readi", "alive", "ping", "pong", "status", "up", "beat", "monitor", "metric",
        "probe", "check", "hc", "gtg", "ok", "start", "ht",
    ];
    let (path, view) = (path.to_ascii_lowercase(), view.to_ascii_lowercase());
    WORDS.iter().any(|word| path.contains(word) || view.contains(word))
}

/// Whether a route with the arguments of `call` answers GET: Flask and Starlette read `methods` in either case.
pub(crate) fn answers_get(call: &Call) -> bool {
    let methods = call.keyword("methods").map(Expr::elements);
    let is_get = |method: &Expr| method.as_str().is_some_and(|method| method.eq_ignore_ascii_case("GET"));
    methods.is_none_or(|methods| methods.iter().any(is_get))
}

/// Every route that can be put together.
pub(crate) fn all<'a>(context: &'a Context<'_>, framework: Framework) -> Vec<Route<'a>> {
    match framework {
        Framework::Django => urlconf::routes(context),
        Framework::Flask | Framework::FastApi => decorated::routes(context),
    }
}

/// How many wrappers around a view are looked through: `view = decorator(view)` names itself.
const MAX_WRAPPERS: usize = 8;

/// The code that a view expression stands for.
pub(crate) fn view_of<'a>(code: &'a Code<'_>, source: &'a Source, expr: &'a Expr) -> Option<View<'a>> {
    let view = view_within(code, source, expr, MAX_WRAPPERS)?;
    Some(View { written: expr.as_call().map(|_| expr).or(view.written), ..view })
}

fn view_within<'a>(code: &'a Code<'_>, source: &'a Source, expr: &'a Expr, wrappers: usize) -> Option<View<'a>> {
    let wrappers = wrappers.checked_sub(1)?;
    // `lambda request: HttpResponse("ok")`.
    if matches!(expr.kind, ExprKind::Lambda(_)) {
        return Some(View { written: Some(expr), ..View::of_statements(source, None, &[]) });
    }
    let target = match expr.as_call() {
        // `View.as_view()`, `login_required(view)`, `csrf_exempt(view)`.
        Some(call) => match &call.function.kind {
            ExprKind::Attr(object, method) if method == "as_view" => object,
            _ => {
                let argument = call.arguments.first();
                // `user_passes_test(is_staff)(view)`: the outer call has the view.
                return argument.and_then(|argument| view_within(code, source, argument, wrappers));
            }
        },
        None => expr,
    };
    match code.resolve(source, target)? {
        Definition::Function(place, function) => Some(View::of_function(place, function)),
        Definition::Class(place, class) => Some(View::of_class(place, class)),
        Definition::Value(place, _, value) => {
            (!std::ptr::eq(value, expr)).then(|| value.as_call()).flatten().and_then(|call| {
                let wrapped = call.arguments.first().filter(|argument| argument.as_name().is_some())?;
                let view = view_within(code, place, wrapped, wrappers)?;
                Some(View { written: Some(value), ..view })
            })
        }
        Definition::Module(_) => None,
    }
}

/// `a` and `b` joined with exactly one slash between, `/` first.
pub(crate) fn joined(prefix: &str, path: &str) -> String {
    let mut text = String::from("/");
    text.push_str(prefix.trim_matches('/'));
    if !path.is_empty() {
        if !text.ends_with('/') {
            text.push('/');
        }
        text.push_str(path.trim_start_matches('/'));
    }
    text
}

/// The name that a statement assigns, if one.
pub(crate) fn assigned(stmt: &Stmt) -> Option<&str> {
    match &stmt.kind {
        StmtKind::Assign { targets, .. } => targets.iter().find_map(Expr::as_name),
        _ => None,
    }
}

/// `if request.path == "/healthz": return …` in middleware: paths that no router knows.
fn compared<'a>(code: &Code<'_>, source: &'a Source) -> Vec<Route<'a>> {
    let answers = |stmt: &Stmt| match &stmt.kind {
        StmtKind::Return(value) => value.is_some(),
        StmtKind::Expr(expr) => expr.as_call().is_some_and(|call| call.callee() == "send"),
        _ => false,
    };
    let mut found = Vec::new();
    for outer in &source.module.body {
        let class = match &outer.kind {
            StmtKind::Class(class) => Some(class),
            _ => None,
        };
        for stmt in walk::statements(std::slice::from_ref(outer)) {
            let StmtKind::If { test, body, .. } = &stmt.kind else { continue };
            if body.iter().any(answers) {
                for (path, view) in health::compared_paths(code, source, test) {
                    let body = Some(View::of_statements(source, class, body));
                    found.push(Route { view, body, ..Route::new(path, source.evidence(stmt.line)) });
                }
            }
        }
    }
    found
}
