//! Django: modules that call `get_wsgi_application` or its like.

use super::App;
use crate::detect::code::{Code, Source};
use crate::detect::project::{Framework, Interface};
use crate::detect::python::{Expr, StmtKind, walk};

/// Adds the candidates of one module.
pub(crate) fn find<'a>(code: &Code<'_>, source: &'a Source, found: &mut Vec<App<'a>>) {
    let Some(made) = interface(source) else { return };
    let mut best: Option<(&str, u32, Interface)> = None;
    walk::scope(&source.module.body, &mut |stmt| {
        if let StmtKind::Assign { targets, value: Some(value), augmented: false, .. } = &stmt.kind
            && let Some(name) = targets.iter().find_map(Expr::as_name)
        {
            let direct = value.any(|expr| expr.as_call().is_some_and(|call| is_getter(call.callee())));
            let router = value
                .as_call()
                .is_some_and(|call| matches!(call.callee(), "ProtocolTypeRouter" | "get_default_application"));
            let wraps = best.is_some_and(|(known, ..)| value.any(|expr| expr.as_name() == Some(known)));
            if matches!(name, "application" | "app") && (direct || router || wraps || best.is_none()) {
                let interface = if router { Interface::Asgi } else { made };
                best = Some((name, stmt.line, interface));
            } else if direct && best.is_none_or(|(known, ..)| !matches!(known, "application" | "app")) {
                best = Some((name, stmt.line, made));
            }
        }
    });
    let _ = code;
    let (attribute, line, interface) = if let Some((name, line, interface)) = best {
        (name.to_owned(), line, interface)
    } else {
        // `def application(environ, start_response)` around the real one.
        let function = source.module.body.iter().find_map(|stmt| match &stmt.kind {
            StmtKind::Function(function) if matches!(function.name.as_str(), "application" | "app") => {
                Some((function.name.clone(), stmt.line))
            }
            _ => None,
        });
        let Some((name, line)) = function else { return };
        (name, line, made)
    };
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
        score: 0,
        is_named: false,
        named_at: None,
    });
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
    let calls = walk::calls(&source.module.body);
    let called = |name: &str| calls.iter().any(|(_, call)| call.callee() == name);
    let asgi = ["get_asgi_application", "get_default_application", "ASGIHandler"].iter().any(|name| called(name));
    let wsgi = ["get_wsgi_application", "WSGIHandler"].iter().any(|name| called(name));
    match (asgi, wsgi) {
        (true, _) => Some(Interface::Asgi),
        (false, true) => Some(Interface::Wsgi),
        (false, false) => None,
    }
}
