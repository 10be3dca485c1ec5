//! Whether a path is behind a login: a probe has no credentials, and what answers it 401 restarts the pod.

mod path;
mod words;

use words::{is_about_login, is_scheme};

use super::before::Step;
use super::{Route, View};
use crate::detect::code::{Code, Definition, Source};
use crate::detect::project::Reason;
use crate::detect::python::{Call, Class, Expr, ExprKind, Stmt, StmtKind};

/// How many functions are followed from what runs ahead of a view to where it turns somebody away.
const MAX_HOPS: usize = 4;

/// What makes the path of `route` ask for a login, if anything does.
pub(crate) fn login(code: &Code<'_>, route: &Route<'_>) -> Option<Reason> {
    let asks = Asking { code, path: &route.path, view: &route.view };
    let ahead = route.before.iter().find(|step| asks.is_guard(step));
    if let Some(step) = ahead {
        let name = match step {
            Step::Code(view, _) => view.name().unwrap_or("code").to_owned(),
            Step::Depends(name, _) | Step::Library(name, _) => name.clone(),
        };
        return Some(Reason { text: format!("`{name}` runs first"), place: Some(step.place().clone()) });
    }
    let view = route.body?;
    let text = asks.guard_of_view(view)?;
    Some(Reason { text, place: Some(route.place.clone()) })
}

struct Asking<'r> {
    code: &'r Code<'r>,
    path: &'r str,
    view: &'r str,
}

/// What code does with a request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// It turns away who has no credentials.
    Denies,
    /// It lets the request through before it comes to that.
    Passes,
    /// Neither.
    Goes,
}

impl Asking<'_> {
    fn is_guard(&self, step: &Step<'_>) -> bool {
        match step {
            Step::Code(view, _) => {
                self.verdict_of_view(*view, MAX_HOPS) == Verdict::Denies
                    || self.guard_by_parameter(*view, MAX_HOPS).is_some()
            }
            Step::Depends(name, _) => is_scheme(name) || is_about_login(name),
            // Django's and Starlette's own say who it is and turn nobody away.
            Step::Library(name, _) => {
                let last = name.rsplit('.').next().unwrap_or(name);
                last == "LoginRequiredMiddleware"
                    || is_about_login(last) && last != "AuthenticationMiddleware" && !last.contains("Remote")
            }
        }
    }

    /// What of a view asks for a login.
    fn guard_of_view(&self, view: View<'_>) -> Option<String> {
        let wrapping = view
            .written
            .into_iter()
            .flat_map(Expr::calls)
            .filter(|call| call.callee() != "as_view")
            .map(|call| &call.function);
        for decorator in view.decorators.iter().chain(wrapping) {
            if self.guards(view.source, decorator) {
                let name = decorator.as_call().map_or(decorator, |call| &call.function).dotted().unwrap_or_default();
                return Some(format!("`@{name}`"));
            }
        }
        if let Some(name) = self.guard_by_parameter(view, MAX_HOPS) {
            return Some(format!("depends on `{name}`"));
        }
        if let Some(name) = view.class.and_then(|class| self.guard_of_class(view.source, class, MAX_HOPS)) {
            return Some(name);
        }
        (self.verdict_of_view(view, MAX_HOPS) == Verdict::Denies).then(|| "its code answers 401 or 403".to_owned())
    }

    /// A decorator by its name, or by what the project's own does.
    fn guards(&self, source: &Source, decorator: &Expr) -> bool {
        let function = decorator.as_call().map_or(decorator, |call| &call.function);
        let method = function.last_name().unwrap_or_default();
        if matches!(method, "get" | "route" | "api_route" | "head" | "doc_get" | "post" | "put" | "websocket")
            && matches!(function.kind, ExprKind::Attr(..))
        {
            return false;
        }
        if decorator.any(|expr| matches!(expr.last_name(), Some("AllowAny" | "allow_any"))) {
            return false;
        }
        if decorator.any(|expr| expr.dotted().is_some_and(|name| is_about_login(&name))) {
            return true;
        }
        match self.code.resolve(source, function) {
            Some(Definition::Function(place, function)) => {
                self.verdict(place, &function.body, MAX_HOPS) == Verdict::Denies
            }
            _ => false,
        }
    }

    /// `user = Depends(get_current_user)`, and annotations that stand for it; the name of what is asked.
    fn guard_by_parameter(&self, view: View<'_>, hops: usize) -> Option<String> {
        let hops = hops.checked_sub(1)?;
        let function = view.function?;
        let exprs =
            function.parameters.iter().flat_map(|parameter| parameter.annotation.iter().chain(&parameter.default));
        exprs.into_iter().find_map(|expr| self.guard_in(view.source, expr, hops))
    }

    fn guard_in(&self, source: &Source, expr: &Expr, hops: usize) -> Option<String> {
        let hops = hops.checked_sub(1)?;
        for call in expr.calls().into_iter().filter(|call| matches!(call.callee(), "Depends" | "Security")) {
            let Some(asked) = call.argument(0, "dependency") else { continue };
            let step = super::before::step(self.code, source, asked, source.evidence(0), Step::Depends);
            let is_guard = match &step {
                Step::Code(view, _) => {
                    view.name().is_some_and(is_about_login)
                        || self.verdict_of_view(*view, hops) == Verdict::Denies
                        || self.guard_by_parameter(*view, hops).is_some()
                        || view.class.is_some_and(|class| self.code.inherits(view.source, class, &is_scheme))
                }
                Step::Depends(name, _) | Step::Library(name, _) => is_scheme(name) || is_about_login(name),
            };
            if is_guard {
                return Some(asked.dotted().or_else(|| Some(asked.as_call()?.callee().to_owned())).unwrap_or_default());
            }
        }
        if !matches!(expr.kind, ExprKind::Name(_) | ExprKind::Attr(..)) {
            return None;
        }
        if let Some(Definition::Value(place, _, value)) = self.code.resolve(source, expr) {
            return self.guard_in(place, value, hops);
        }
        expr.last_name().filter(|name| name.contains("CurrentUser")).map(str::to_owned)
    }

    /// Mix-ins, `permission_classes` and `decorators` of a class view.
    fn guard_of_class(&self, source: &Source, class: &Class, hops: usize) -> Option<String> {
        let hops = hops.checked_sub(1)?;
        for stmt in &class.body {
            let StmtKind::Assign { targets, value: Some(value), .. } = &stmt.kind else { continue };
            let Some(name) = targets.iter().find_map(Expr::as_name) else { continue };
            let words = |expr: &Expr| expr.dotted().is_some_and(|name| is_about_login(&name));
            let is_guard = match name {
                "permission_classes" => value.any(|expr| {
                    expr.last_name().is_some_and(|name| name.starts_with("Is") || name.contains("Permission"))
                }),
                "decorators" | "method_decorators" => value.any(words),
                _ => false,
            };
            if is_guard {
                return Some(format!("`{name}` of `{}`", class.name));
            }
        }
        for stmt in &class.body {
            if let StmtKind::Function(function) = &stmt.kind
                && matches!(function.name.as_str(), "get" | "dispatch" | "head")
                && let Some(decorator) = function.decorators.iter().find(|decorator| self.guards(source, decorator))
            {
                return Some(format!(
                    "`@{}`",
                    decorator.as_call().map_or(decorator, |call| &call.function).dotted().unwrap_or_default()
                ));
            }
        }
        class.bases.iter().find_map(|base| {
            let name = base.last_name().unwrap_or_default();
            let is_mixin = [
                "LoginRequired",
                "PermissionRequired",
                "UserPassesTest",
                "StaffRequired",
                "SuperuserRequired",
                "Protected",
                "Authenticated",
            ]
            .iter()
            .any(|word| name.contains(word));
            if is_mixin {
                return Some(format!("`{name}`"));
            }
            match self.code.resolve(source, base)? {
                Definition::Class(place, class) => self.guard_of_class(place, class, hops),
                _ => None,
            }
        })
    }

    fn verdict_of_view(&self, view: View<'_>, hops: usize) -> Verdict {
        match view.class {
            // The methods that are asked ahead of every view; others of the class are reached from those.
            Some(class) => {
                let methods = class.body.iter().filter_map(|stmt| match &stmt.kind {
                    StmtKind::Function(function)
                        if matches!(
                            function.name.as_str(),
                            "__call__" | "dispatch" | "process_request" | "process_view" | "get" | "before_request"
                        ) =>
                    {
                        Some(self.verdict_in(view.source, Some(class), &function.body, hops))
                    }
                    _ => None,
                });
                methods.into_iter().find(|verdict| *verdict != Verdict::Goes).unwrap_or(Verdict::Goes)
            }
            None => self.verdict(view.source, view.body, hops),
        }
    }

    fn verdict(&self, source: &Source, body: &[Stmt], hops: usize) -> Verdict {
        self.verdict_in(source, None, body, hops)
    }

    /// Reads statements in their order, as the request with this path goes through them.
    fn verdict_in(&self, source: &Source, class: Option<&Class>, body: &[Stmt], hops: usize) -> Verdict {
        if hops == 0 || self.code.tree.budget.spend(1 + body.len() as u64).is_none() {
            return Verdict::Goes;
        }
        for stmt in body {
            let verdict = match &stmt.kind {
                StmtKind::If { test, body, orelse } => match self.about_path(source, class, test, MAX_HOPS * 2) {
                    Some(true) => match self.verdict_in(source, class, body, hops) {
                        Verdict::Goes if leaves(body) => Verdict::Passes,
                        verdict => verdict,
                    },
                    Some(false) => self.verdict_in(source, class, orelse, hops),
                    None => [body, orelse]
                        .iter()
                        .map(|body| self.verdict_in(source, class, body, hops))
                        .find(|verdict| *verdict == Verdict::Denies)
                        .unwrap_or(Verdict::Goes),
                },
                // A decorator's or a factory's inner function is what runs.
                StmtKind::Function(function) => self.verdict_in(source, class, &function.body, hops),
                _ if stmt.exprs().iter().any(|expr| self.denies(source, class, expr, hops)) => Verdict::Denies,
                _ => {
                    let [first, second] = stmt.blocks();
                    let verdicts = [first, second].map(|body| self.verdict_in(source, class, body, hops));
                    verdicts.into_iter().find(|verdict| *verdict != Verdict::Goes).unwrap_or(Verdict::Goes)
                }
            };
            if verdict != Verdict::Goes {
                return verdict;
            }
        }
        Verdict::Goes
    }

    /// Whether an expression answers 401 or 403, or leads to a login, itself or in a function of the project.
    fn denies(&self, source: &Source, class: Option<&Class>, expr: &Expr, hops: usize) -> bool {
        let is_status = |expr: &Expr| match &expr.kind {
            ExprKind::Int(401 | 403) => true,
            ExprKind::Name(name) | ExprKind::Attr(_, name) => {
                matches!(name.as_str(), "HTTP_401_UNAUTHORIZED" | "HTTP_403_FORBIDDEN" | "UNAUTHORIZED" | "FORBIDDEN")
            }
            _ => false,
        };
        if expr.any(is_status) {
            return true;
        }
        expr.calls().into_iter().any(|call| {
            let name = call.callee();
            matches!(
                name,
                "HttpResponseForbidden"
                    | "PermissionDenied"
                    | "NotAuthenticated"
                    | "AuthenticationFailed"
                    | "Unauthorized"
                    | "Forbidden"
                    | "redirect_to_login"
                    | "unauthorized"
            ) || matches!(name, "redirect" | "RedirectResponse" | "HttpResponseRedirect") && leads_to_login(call)
                || self.denies_inside(source, class, call, hops)
        })
    }

    fn denies_inside(&self, source: &Source, class: Option<&Class>, call: &Call, hops: usize) -> bool {
        if let (ExprKind::Attr(object, method), Some(class)) = (&call.function.kind, class)
            && object.as_name() == Some("self")
        {
            return class.body.iter().any(|stmt| match &stmt.kind {
                StmtKind::Function(function) => {
                    function.name == *method
                        && self.verdict_in(source, Some(class), &function.body, hops - 1) == Verdict::Denies
                }
                _ => false,
            });
        }
        match self.code.resolve(source, &call.function) {
            Some(Definition::Function(place, function)) => {
                self.verdict(place, &function.body, hops - 1) == Verdict::Denies
            }
            _ => false,
        }
    }
}

/// Whether a body ends by leaving the function.
fn leaves(body: &[Stmt]) -> bool {
    body.last().is_some_and(|stmt| matches!(stmt.kind, StmtKind::Return(_)))
}

fn leads_to_login(call: &Call) -> bool {
    call.arguments.iter().any(|argument| {
        argument.any(|expr| {
            let text = expr.as_str().or_else(|| expr.last_name()).unwrap_or_default().to_ascii_lowercase();
            ["login", "signin", "sign_in", "sign-in"].iter().any(|word| text.contains(word))
        })
    })
}
