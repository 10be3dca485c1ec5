//! Classes of other packages that make an application.

use crate::detect::code::Source;
use crate::detect::python::{Call, Expr};
use crate::vocabulary::{Framework, Interface};

/// What kind of application an expression makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AppKind {
    pub(crate) framework: Framework,
    pub(crate) interface: Interface,
}

pub(super) const FLASK: AppKind = AppKind { framework: Framework::Flask, interface: Interface::Wsgi };
pub(super) const FASTAPI: AppKind = AppKind { framework: Framework::FastApi, interface: Interface::Asgi };

/// Classes that make an application, by full name: the frameworks' own and those that well-known packages derive.
pub(super) fn known_class(name: &str) -> Option<AppKind> {
    Some(match name {
        "flask.Flask"
        | "flask.app.Flask"
        | "apiflask.APIFlask"
        | "flask_openapi3.OpenAPI"
        | "eve.Eve"
        | "connexion.App"
        | "connexion.FlaskApp"
        | "connexion.apps.flask_app.FlaskApp"
        | "flask_unchained.FlaskUnchained" => FLASK,
        "fastapi.FastAPI" | "fastapi.applications.FastAPI" | "fastapi_offline.FastAPIOffline" => FASTAPI,
        _ => return None,
    })
}

/// What a class of an installed package makes, whose code is not here: one that derives the framework's own says so in its
/// name (`AcmeFastAPI`), or is imported from a package that does and given `__name__`, as `Flask` is.
pub(super) fn kind_by_name(source: &Source, call: &Call) -> Option<AppKind> {
    let name = source.qualified(&call.function)?;
    let (module, class) = name.rsplit_once('.')?;
    let is_class = class.starts_with(char::is_uppercase) && !class.contains("Blueprint");
    let given_name = call.arguments.first().and_then(Expr::as_name) == Some("__name__");
    let of_flask = class.ends_with("Flask") || module.split(['.', '_']).any(|word| word == "flask");
    if is_class && class.ends_with("FastAPI") {
        return Some(FASTAPI);
    }
    (is_class && of_flask && given_name).then_some(FLASK)
}
