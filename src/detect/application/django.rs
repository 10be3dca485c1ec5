//! Django: modules that call `get_wsgi_application` or the like.

use super::App;
use crate::detect::code::Source;
use crate::detect::python::{Expr, StmtKind, walk};
use crate::vocabulary::{Framework, Interface};

/// Adds the candidates of one module.
pub(crate) fn find<'a>(source: &'a Source, found: &mut Vec<App<'a>>) {
    let Some(made) = interface(source) else { return };
    let mut best: Option<(&str, u32, Interface)> = None;
    for stmt in walk::scope(&source.module.body) {
        if let StmtKind::Assign { targets, value: Some(value), augmented: false, .. } = &stmt.kind
            && let Some(name) = targets.iter().find_map(Expr::as_name)
        {
            let direct = value.any(|expr| expr.as_call().is_some_and(|call| makes(source, call.callee())));
            let router = value.as_call().is_some_and(|call| call.callee() == "ProtocolTypeRouter");
            let wraps = best.is_some_and(|(known, ..)| value.any(|expr| expr.as_name() == Some(known)));
            if !(direct || router || wraps) || best.is_some_and(|(known, ..)| is_usual(known) && !is_usual(name)) {
                continue;
            }
            best = Some((name, stmt.line, if router { Interface::Asgi } else { made }));
        }
    }
    // `def application(environ, start_response)` around the real one.
    let function = source.module.body.iter().find_map(|stmt| match &stmt.kind {
        StmtKind::Function(function) if is_usual(&function.name) => Some((function.name.as_str(), stmt.line, made)),
        _ => None,
    });
    let Some((attribute, line, interface)) =
        best.filter(|(name, ..)| is_usual(name) || function.is_none()).or(function)
    else {
        return;
    };
    let attribute = attribute.to_owned();
    found.push(App {
        framework: Framework::Django,
        interface,
        source,
        attribute,
        line,
        is_factory: false,
        is_imported: false,
        root: String::new(),
        module: String::new(),
        scored: Vec::new(),
        is_named: false,
        named_at: None,
    });
}

/// The names that servers look for on their own.
fn is_usual(name: &str) -> bool {
    matches!(name, "application" | "app")
}

/// Whether a call of `name` gives Django's handler: by a function of Django, or by a class or function of the module.
fn makes(source: &Source, name: &str) -> bool {
    is_getter(name)
        || source.module.body.iter().any(|stmt| match &stmt.kind {
            StmtKind::Class(class) if class.name == name => {
                class.bases.iter().any(|base| base.last_name().is_some_and(is_getter))
            }
            StmtKind::Function(function) if function.name == name => {
                walk::calls(&function.body).any(|(_, call)| is_getter(call.callee()))
            }
            _ => false,
        })
}

fn is_getter(name: &str) -> bool {
    matches!(
        name,
        "get_wsgi_application"
            | "get_asgi_application"
            | "get_default_application"
            | "WSGIHandler"
            | "ASGIHandler"
            | "DjangoWhiteNoise"
    )
}

/// The interface of the getter that a module calls.
fn interface(source: &Source) -> Option<Interface> {
    let body = &source.module.body;
    let derives = |name: &str| {
        body.iter().any(|stmt| match &stmt.kind {
            StmtKind::Class(class) => class.bases.iter().any(|base| base.last_name() == Some(name)),
            _ => false,
        })
    };
    let called = |name: &str| walk::calls(body).any(|(_, call)| call.callee() == name) || derives(name);
    let asgi = ["get_asgi_application", "get_default_application", "ASGIHandler"].iter().any(|name| called(name));
    let wsgi = ["get_wsgi_application", "WSGIHandler"].iter().any(|name| called(name));
    match (asgi, wsgi) {
        (true, _) => Some(Interface::Asgi),
        (false, true) => Some(Interface::Wsgi),
        (false, false) => None,
    }
}
