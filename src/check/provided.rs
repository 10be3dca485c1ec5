//! Which variables the container is given.

use crate::config::Config;
use crate::config::section::{ServiceKind, ServiceSection};

/// Whether the container, or one of a worker that alone may need it, is given the variable.
pub(super) fn provides(config: &Config, name: &str) -> bool {
    let of_service = |(service, section): (&String, &ServiceSection)| {
        let upper = service.to_ascii_uppercase().replace('-', "_");
        let by_kind = || match section.kind {
            Some(ServiceKind::Postgresql) => name == "DATABASE_URL",
            _ => name.strip_prefix(&upper).is_some_and(|rest| matches!(rest, "_URL" | "_HOST" | "_PORT")),
        };
        section.env.as_ref().map_or_else(by_kind, |env| env == name) || section.password_env.as_deref() == Some(name)
    };
    // The web container always has PORT, and the official images of Python say which one they have.
    matches!(name, "PORT" | "PYTHON_VERSION" | "HOSTNAME")
        || config.config.contains_key(name)
        || config.secrets.env.contains_key(name)
        || config.workers.values().any(|worker| worker.env.contains_key(name))
        || config.services.iter().any(of_service)
}
