//! Whether the code behind a path asks anything outside of the process: followed over the whole call graph, with three
//! answers. What cannot be followed is not taken for harmless.

mod known;
mod names;

use std::collections::HashSet;

use known::Known;
use names::{Frame, is_literal, parameter};

use super::before::Step;
use super::{Route, View};
use crate::detect::code::{Code, Definition, Source};
use crate::detect::project::Reason;
use crate::detect::python::{Call, Class, Expr, ExprKind, Function, Stmt, StmtKind, walk};

/// Functions that are followed from one view.
const MAX_FUNCTIONS: usize = 400;
/// How many names are followed from a receiver to what it is.
const MAX_HOPS: usize = 8;

/// What the code behind a path does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asks {
    /// Every call was followed, and none asks anything.
    Nothing,
    /// It asks a database, a cache, a broker or another server.
    Something(Reason),
    /// It calls what cannot be followed, or its code was not found.
    Unknown(Option<Reason>),
}

/// What answering `route` asks.
pub(crate) fn asks(code: &Code<'_>, route: &Route<'_>) -> Asks {
    if let Some(asks) = route.asks {
        let library =
            || Reason { text: "runs the checks that a library is given".to_owned(), place: Some(route.place.clone()) };
        return if asks { Asks::Something(library()) } else { Asks::Nothing };
    }
    let Some(view) = route.body else { return Asks::Unknown(None) };
    let mut walker = Walker { code, seen: HashSet::new(), something: None, unknown: None };
    walker.view(view);
    for step in &route.before {
        match step {
            Step::Code(view, _) => walker.view(*view),
            Step::Depends(name, place) if known::known(name) != Known::Alone => {
                let reason = Reason { text: format!("depends on `{name}`"), place: Some(place.clone()) };
                if known::known(name) == Known::Asking {
                    walker.something.get_or_insert(reason);
                } else {
                    walker.unknown.get_or_insert(reason);
                }
            }
            // Middleware of libraries is not followed: see docs/detection.md.
            Step::Depends(..) | Step::Library(..) => {}
        }
    }
    match (walker.something, walker.unknown) {
        (Some(reason), _) => Asks::Something(reason),
        (None, Some(reason)) => Asks::Unknown(Some(reason)),
        (None, None) => Asks::Nothing,
    }
}

struct Walker<'a> {
    code: &'a Code<'a>,
    /// Bodies that were walked, by where they begin.
    seen: HashSet<*const Stmt>,
    something: Option<Reason>,
    unknown: Option<Reason>,
}

impl<'a> Walker<'a> {
    fn view(&mut self, view: View<'a>) {
        let frame = Frame {
            source: view.source,
            body: view.body,
            function: view.function,
            class: view.class.map(|class| (view.source, class)),
        };
        if let Some(lambda) = view.written.filter(|written| matches!(written.kind, ExprKind::Lambda(_))) {
            lambda.visit(&mut |expr| self.expr(frame, expr));
            return;
        }
        let wrapping = view.written.into_iter().flat_map(Expr::calls);
        let wrapping = wrapping.filter(|call| call.callee() != "as_view").map(|call| &call.function);
        for expr in view.decorators.iter().chain(wrapping) {
            self.decorator(frame, expr);
        }
        if let Some((place, class)) = frame.class {
            self.bases(place, class, MAX_HOPS);
        }
        self.body(frame);
    }

    /// What a class inherits runs too.
    fn bases(&mut self, place: &'a Source, class: &'a Class, hops: usize) {
        let Some(hops) = hops.checked_sub(1) else { return };
        for base in &class.bases {
            match self.code.resolve(place, base) {
                Some(Definition::Class(source, class)) => {
                    self.bases(source, class, hops);
                    self.body(Frame { source, body: &class.body, function: None, class: Some((source, class)) });
                }
                _ => {
                    let frame = Frame { source: place, body: &[], function: None, class: None };
                    if !base.as_name().is_some_and(known::is_builtin) {
                        self.named(frame, base, base.line);
                    }
                }
            }
        }
    }

    fn function(&mut self, source: &'a Source, function: &'a Function, class: Option<(&'a Source, &'a Class)>) {
        let frame = Frame { source, body: &function.body, function: Some(function), class };
        for decorator in &function.decorators {
            self.decorator(frame, decorator);
        }
        self.body(frame);
    }

    fn body(&mut self, frame: Frame<'a>) {
        let Some(first) = frame.body.first() else { return };
        if self.seen.len() >= MAX_FUNCTIONS || self.code.tree.budget.spend(1).is_none() {
            self.doubt(frame.source, first.line, "the rest was not followed: it is too much");
            return;
        }
        if !self.seen.insert(first) {
            return;
        }
        for parameter in frame.function.iter().flat_map(|function| &function.parameters) {
            for expr in parameter.annotation.iter().chain(&parameter.default) {
                self.depends(frame, expr, MAX_HOPS);
            }
            if matches!(parameter.name.as_str(), "db" | "session" | "db_session" | "redis") {
                let line =
                    parameter.annotation.as_ref().or(parameter.default.as_ref()).map_or(first.line, |expr| expr.line);
                self.finds(frame.source, line, &format!("takes `{}`", parameter.name));
            }
        }
        for expr in walk::expressions(frame.body) {
            self.expr(frame, expr);
        }
    }

    fn expr(&mut self, frame: Frame<'a>, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Call(call) => self.call(frame, call, expr.line),
            ExprKind::Str(text) if text.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("select 1")) => {
                self.finds(frame.source, expr.line, "asks for `SELECT 1`");
            }
            // A property is a call that does not look like one.
            ExprKind::Attr(object, name) => {
                if let Some((place, class)) = self.instance(frame, object, MAX_HOPS)
                    && let Some((source, function)) = self.method(place, class, name, MAX_HOPS)
                    && function
                        .decorators
                        .iter()
                        .any(|decorator| decorator.last_name().is_some_and(|name| name.contains("property")))
                {
                    self.function(source, function, Some((place, class)));
                }
            }
            _ => {}
        }
    }

    /// `Depends(get_db)`, and an annotation that stands for `Annotated[Session, Depends(get_db)]`.
    fn depends(&mut self, frame: Frame<'a>, expr: &'a Expr, hops: usize) {
        let Some(hops) = hops.checked_sub(1) else { return };
        for call in expr.calls() {
            if matches!(call.callee(), "Depends" | "Security") {
                self.arguments(frame, call);
                if let Some(given) = call.argument(0, "dependency") {
                    self.named(frame, given, expr.line);
                }
            }
        }
        if matches!(expr.kind, ExprKind::Name(_) | ExprKind::Attr(..))
            && let Some(Definition::Value(source, _, value)) = self.code.resolve(frame.source, expr)
        {
            self.depends(Frame { source, body: &[], function: None, class: None }, value, hops);
        }
    }

    fn decorator(&mut self, frame: Frame<'a>, decorator: &'a Expr) {
        let name =
            decorator.as_call().map_or_else(|| decorator.last_name(), |call| Some(call.callee())).unwrap_or_default();
        let is_route = matches!(
            name,
            "get"
                | "post"
                | "put"
                | "head"
                | "route"
                | "api_route"
                | "doc_get"
                | "websocket"
                | "middleware"
                | "before_request"
                | "before_app_request"
                | "exempt"
                | "wraps"
                | "abstractmethod"
                | "setter"
                | "task"
                | "shared_task"
                | "on_event"
                | "errorhandler"
        );
        if !is_route && !matches!(name, "property" | "staticmethod" | "classmethod") {
            self.named(frame, decorator.as_call().map_or(decorator, |call| &call.function), decorator.line);
        }
    }

    fn call(&mut self, frame: Frame<'a>, call: &'a Call, line: u32) {
        self.arguments(frame, call);
        self.named(frame, &call.function, line);
    }

    /// Functions that are handed on are called by whoever gets them: `run_in_threadpool(check)`.
    fn arguments(&mut self, frame: Frame<'a>, call: &'a Call) {
        for argument in call.given() {
            if matches!(argument.kind, ExprKind::Name(_) | ExprKind::Attr(..))
                && let Some(Definition::Function(source, function)) = self.code.resolve(frame.source, argument)
            {
                self.function(source, function, None);
            }
        }
    }

    /// What happens when `callee` is called.
    fn named(&mut self, frame: Frame<'a>, callee: &'a Expr, line: u32) {
        match &callee.kind {
            ExprKind::Name(name) => {
                if !self.local(frame, name) {
                    self.resolved(frame, callee, line);
                }
            }
            // What a class inherits was looked at with the class.
            ExprKind::Attr(object, _) if object.as_call().is_some_and(|call| call.callee() == "super") => {}
            ExprKind::Attr(object, method) => {
                if let Some((place, class)) = self.instance(frame, object, MAX_HOPS) {
                    match self.method(place, class, method, MAX_HOPS) {
                        Some((source, function)) => self.function(source, function, Some((place, class))),
                        None if object.as_name() == Some("self") => {}
                        None => self.bases(place, class, MAX_HOPS),
                    }
                } else {
                    self.resolved(frame, callee, line);
                }
            }
            ExprKind::Call(_) | ExprKind::Lambda(_) => {}
            _ => self.doubt(frame.source, line, "calls what only the running code knows"),
        }
    }

    /// Whether a plain name is bound in the function itself, to something whose own calls are looked at, or is the next in a
    /// chain of middleware.
    fn local(&self, frame: Frame<'a>, name: &str) -> bool {
        let is_nested = || {
            let mut found = false;
            for stmt in walk::statements(frame.body) {
                match &stmt.kind {
                    StmtKind::Function(function) => found |= function.name == name,
                    StmtKind::Class(class) => found |= class.name == name,
                    StmtKind::Assign { targets, value: Some(value), .. } => {
                        found |= matches!(value.kind, ExprKind::Lambda(_))
                            && targets.iter().any(|target| target.as_name() == Some(name));
                    }
                    _ => {}
                }
            }
            found
        };
        matches!(name, "call_next" | "get_response" | "handler" | "view_func" | "f" | "func" | "fn")
            && parameter(frame, name).is_some()
            || is_nested()
            || known::is_builtin(name) && self.code.lookup(frame.source, name).is_none()
    }

    fn resolved(&mut self, frame: Frame<'a>, callee: &'a Expr, line: u32) {
        match self.code.resolve(frame.source, callee) {
            Some(Definition::Function(source, function)) => return self.function(source, function, None),
            Some(Definition::Class(source, class)) => return self.construct(source, class),
            // `Session = sessionmaker()`, `check = HealthCheck()`: calling what a call made.
            Some(Definition::Value(source, _, value)) if !std::ptr::eq(value, callee) => {
                if matches!(value.kind, ExprKind::Lambda(_)) {
                    return;
                }
                let made = value.as_call().map_or(value, |call| &call.function);
                return self.judge(
                    Frame { source, body: &[], function: None, class: None },
                    made,
                    frame.source,
                    line,
                    callee,
                );
            }
            _ => {}
        }
        self.judge(frame, callee, frame.source, line, callee);
    }

    fn construct(&mut self, source: &'a Source, class: &'a Class) {
        self.bases(source, class, MAX_HOPS);
        for name in ["__init__", "__new__", "__post_init__", "__call__"] {
            if let Some((place, function)) = self.method(source, class, name, MAX_HOPS) {
                self.function(place, function, Some((source, class)));
            }
        }
    }

    /// Judges a name by where it comes from, at last by its words.
    fn judge(&mut self, frame: Frame<'a>, callee: &'a Expr, at: &Source, line: u32, shown: &Expr) {
        let text = format!("calls `{}`", shown.dotted().unwrap_or_else(|| shown.last_name().unwrap_or("…").to_owned()));
        match self.origin(frame, callee, MAX_HOPS) {
            Known::Asking => return self.finds(at, line, &text),
            Known::Alone if !is_beyond(callee) => return,
            Known::Alone | Known::Nothing => {}
        }
        let (object, method) = match &callee.kind {
            ExprKind::Attr(object, method) => (Some(&**object), method.as_str()),
            _ => (None, callee.last_name().unwrap_or_default()),
        };
        if object.and_then(Expr::last_name).is_some_and(known::is_logger) {
            return;
        }
        if object.is_some() && known::is_asking_method(method)
            || known::words(object.unwrap_or(callee)) == Some(Known::Asking)
        {
            return self.finds(at, line, &text);
        }
        if object.is_some_and(is_literal) || object.is_some() && known::is_plain_method(method) {
            return;
        }
        self.doubt(at, line, &format!("{text}, which was not followed"));
    }

    fn finds(&mut self, source: &Source, line: u32, text: &str) {
        self.something.get_or_insert_with(|| Reason { text: text.to_owned(), place: Some(source.evidence(line)) });
    }

    fn doubt(&mut self, source: &Source, line: u32, text: &str) {
        self.unknown.get_or_insert_with(|| Reason { text: text.to_owned(), place: Some(source.evidence(line)) });
    }
}

/// Whether a chain leaves what its first name stands for: anything may hang on the state of an application.
fn is_beyond(chain: &Expr) -> bool {
    chain.any(|expr| {
        matches!(expr.last_name(), Some("state" | "extensions" | "g"))
            || expr.last_name() == Some("app") && matches!(expr.kind, ExprKind::Attr(..))
    }) || matches!(&chain.kind, ExprKind::Attr(object, _) if matches!(object.kind, ExprKind::Attr(..)) && known::words(object).is_some())
}
