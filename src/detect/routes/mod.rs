//! Paths that the code serves, prefixes put together over modules, and which of them tell about health.

mod decorated;
mod health;
mod urlconf;

use super::code::{Code, Definition, Source};
use super::context::Context;
use super::project::Evidence;
use super::python::{Expr, ExprKind, Function, Stmt, StmtKind, walk};
use crate::vocabulary::Framework;
pub(crate) use health::health;

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
    /// Whether it answers GET.
    pub(crate) answers_get: bool,
}

/// The code of a view.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    pub(crate) source: &'a Source,
    pub(crate) function: Option<&'a Function>,
    /// The statements, for a class those of its methods.
    pub(crate) body: &'a [Stmt],
    pub(crate) decorators: &'a [Expr],
}

impl Route<'_> {
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
            walk::expressions(view.body, &mut |expr| {
                found |= match &expr.kind {
                    ExprKind::Str(text) => words.iter().any(|word| text.contains(word)),
                    ExprKind::Name(name) | ExprKind::Attr(_, name) => {
                        let lower = name.to_ascii_lowercase();
                        lower.contains("prometheus") || lower.contains("openmetrics") || lower == "generate_latest"
                    }
                    _ => false,
                };
            });
            found || (source.mentions("# HELP") && source.mentions("# TYPE"))
        })
    }
}

/// Whether a path or the name of its view has anything to do with health or metrics, so that its code is worth a look.
pub(crate) fn may_tell(path: &str, view: &str) -> bool {
    const WORDS: [&str; 19] = [
        "health", "live", "ready", "readi", "alive", "ping", "pong", "status", "up", "beat", "monitor", "metric",
        "probe", "check", "hc", "gtg", "ok", "start", "ht",
    ];
    let (path, view) = (path.to_ascii_lowercase(), view.to_ascii_lowercase());
    WORDS.iter().any(|word| path.contains(word) || view.contains(word))
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
pub(crate) fn view_of<'a>(code: &'a Code<'_>, source: &'a Source, expr: &Expr) -> Option<View<'a>> {
    view_within(code, source, expr, MAX_WRAPPERS)
}

fn view_within<'a>(code: &'a Code<'_>, source: &'a Source, expr: &Expr, wrappers: usize) -> Option<View<'a>> {
    let wrappers = wrappers.checked_sub(1)?;
    let target = match expr.as_call() {
        // `View.as_view()`, `login_required(view)`, `csrf_exempt(view)`.
        Some(call) => match &call.function.kind {
            ExprKind::Attr(object, method) if method == "as_view" => object,
            _ => return call.arguments.first().and_then(|argument| view_within(code, source, argument, wrappers)),
        },
        None => expr,
    };
    match code.resolve(source, target)? {
        Definition::Function(place, function) => Some(View {
            source: place,
            function: Some(function),
            body: &function.body,
            decorators: &function.decorators,
        }),
        Definition::Class(place, class) => {
            Some(View { source: place, function: None, body: &class.body, decorators: &class.decorators })
        }
        Definition::Value(place, _, value) => {
            (!std::ptr::eq(value, expr)).then(|| value.as_call()).flatten().and_then(|call| {
                let wrapped = call.arguments.first().filter(|argument| argument.as_name().is_some())?;
                view_within(code, place, wrapped, wrappers)
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
