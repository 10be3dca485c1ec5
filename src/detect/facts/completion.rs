//! An application that an import leaves unfinished: its routes are hung on it by a function that somebody has to call.

use crate::detect::application::App;
use crate::detect::project::Project;
use crate::detect::python::{Call, Expr, ExprKind, Function, StmtKind, walk};

/// Methods that hang routes on an application.
const HANGS: [&str; 5] = ["register_blueprint", "include_router", "add_url_rule", "add_api_route", "mount"];
/// Decorators that do.
const ROUTES: [&str; 9] = ["route", "get", "post", "put", "patch", "delete", "websocket", "api_route", "errorhandler"];

/// Warns of a function beside the application that completes it, needs arguments and is not called by the module.
pub(super) fn warn(app: &App<'_>, project: &mut Project) {
    let body = &app.source.module.body;
    let mut called: Vec<&str> = Vec::new();
    let mut found: Vec<&Function> = Vec::new();
    for stmt in walk::own_scope(body) {
        match &stmt.kind {
            StmtKind::Function(function) => {
                if !function.callable_without_arguments() && completes(function, &app.attribute) {
                    found.push(function);
                }
            }
            _ => called.extend(stmt.exprs().iter().flat_map(|expr| expr.calls()).map(Call::callee)),
        }
    }
    for function in found.iter().filter(|function| !called.contains(&function.name.as_str())) {
        let parameters: Vec<&str> = function.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
        project.warnings.push(format!(
            "`{}` gets routes in `{}({})`, which nothing in `{}` calls: a server that imports it serves none of them; \
             write a module that calls it, and name that with --entrypoint",
            app.entrypoint(),
            function.name,
            parameters.join(", "),
            app.source.path
        ));
    }
}

/// Warns of a module that starts a server of its own while it is imported: the application's server never gets it.
pub(super) fn warn_of_start(app: &App<'_>, project: &mut Project) {
    let name = app.attribute.trim_end_matches("()");
    for stmt in &app.source.module.body {
        let StmtKind::Expr(expr) = &stmt.kind else { continue };
        let Some(call) = expr.as_call() else { continue };
        let is_own = call.callee() == "run" && call.receiver().as_deref() == Some(name);
        let origin = app.source.qualified(&call.function).unwrap_or_default();
        if is_own || matches!(origin.as_str(), "uvicorn.run" | "waitress.serve" | "werkzeug.serving.run_simple") {
            project.warnings.push(format!(
                "{} starts a server while the module is imported, and the import never ends: put it under `if __name__ == \"__main__\":`",
                app.source.evidence(stmt.line).place()
            ));
        }
    }
}

/// Whether the function hangs routes on the application that the module knows as `name`.
fn completes(function: &Function, name: &str) -> bool {
    // A parameter or local of that name is another object.
    if function.parameters.iter().any(|parameter| parameter.name == name) {
        return false;
    }
    let mut found = false;
    for stmt in walk::statements(&function.body) {
        let decorators = match &stmt.kind {
            StmtKind::Function(inner) => inner.decorators.as_slice(),
            _ => &[],
        };
        let of_app = |method: &[&str], expr: &Expr| {
            expr.calls().iter().any(|call| match &call.function.kind {
                ExprKind::Attr(object, attribute) => {
                    object.as_name() == Some(name) && method.contains(&attribute.as_str())
                }
                _ => false,
            })
        };
        found |= decorators.iter().any(|decorator| of_app(&ROUTES, decorator));
        found |= matches!(&stmt.kind, StmtKind::Expr(expr) if of_app(&HANGS, expr));
    }
    found
}
