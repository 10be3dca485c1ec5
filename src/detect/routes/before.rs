//! What runs ahead of a view: dependencies of applications, routers and routes, hooks before a request, middleware.

use super::View;
use crate::detect::code::{Code, Definition, Source};
use crate::detect::project::Evidence;
use crate::detect::python::{Call, Expr, ExprKind};

/// One thing that runs ahead of a view.
#[derive(Clone, Debug)]
pub(crate) enum Step<'a> {
    /// Code of the project, and where it is put ahead.
    Code(View<'a>, Evidence),
    /// A dependency that comes from a library, by its dotted name.
    Depends(String, Evidence),
    /// A middleware of a library.
    Library(String, Evidence),
}

impl Step<'_> {
    pub(crate) fn place(&self) -> &Evidence {
        match self {
            Step::Code(_, place) | Step::Depends(_, place) | Step::Library(_, place) => place,
        }
    }
}

/// What `dependencies=[Depends(…)]` of an application, a router or a route puts ahead.
pub(crate) fn dependencies<'a>(code: &'a Code<'_>, source: &'a Source, call: &'a Call, found: &mut Vec<Step<'a>>) {
    let Some(given) = call.keyword("dependencies") else { return };
    let (place, given) = code.value(source, given);
    for element in given.elements() {
        // `AUTH = Depends(check)`, named in the list.
        let (place, element) = code.value(place, element);
        let asked = element.as_call().and_then(|call| call.argument(0, "dependency")).unwrap_or(element);
        found.push(step(code, place, asked, place.evidence(element.line), Step::Depends));
    }
}

/// The code that an expression names, or what `library` makes of its dotted name.
pub(crate) fn step<'a>(
    code: &'a Code<'_>,
    source: &'a Source,
    expr: &'a Expr,
    at: Evidence,
    library: fn(String, Evidence) -> Step<'a>,
) -> Step<'a> {
    let target = expr.as_call().map_or(expr, |call| &call.function);
    let view = match code.resolve(source, target) {
        Some(Definition::Function(place, function)) => Some(View::of_function(place, function)),
        Some(Definition::Class(place, class)) => Some(View::of_class(place, class)),
        // `signed_in = JWTBearer()`.
        Some(Definition::Value(..)) => code.class_of(source, target).map(|(place, class)| View::of_class(place, class)),
        _ => None,
    };
    if let Some(view) = view {
        return Step::Code(
            View { written: Some(expr).filter(|expr| matches!(expr.kind, ExprKind::Call(_))), ..view },
            at,
        );
    }
    let made = match code.resolve(source, target) {
        Some(Definition::Value(place, _, value)) => value.as_call().and_then(|call| code.origin(place, &call.function)),
        _ => None,
    };
    let name =
        made.or_else(|| code.origin(source, target)).or_else(|| target.dotted()).unwrap_or_else(|| "…".to_owned());
    let name = if is_lenient(expr) { format!("{name}(auto_error=False)") } else { name };
    library(name, at)
}

/// `HTTPBearer(auto_error=False)` lets everybody through.
/// Source: <https://fastapi.tiangolo.com/reference/security/>
fn is_lenient(expr: &Expr) -> bool {
    let value = expr.as_call().and_then(|call| call.keyword("auto_error"));
    value.is_some_and(|value| matches!(value.kind, ExprKind::Bool(false)))
}
