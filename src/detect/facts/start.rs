//! How the project starts its server: options that decide about behaviour, a program around it, and variables of the image.

use super::image;
use super::server::commands;
use crate::credential;
use crate::detect::context::Context;
use crate::detect::deploy::{Command, command};
use crate::detect::project::{DetectedServer, Evidence, ImageVariable, Project, StartOption};
use crate::vocabulary::ServerKind;

/// Options of servers, and the keys of `[server]` that mean the same.
/// Sources: the settings of gunicorn 27, uvicorn 0.54, hypercorn 0.18, granian 2.8 and waitress 3 (`--help`).
const OPTIONS: [(&str, &[&str]); 5] = [
    ("workers", &["-w", "--workers", "--processes"]),
    ("threads", &["--threads", "--blocking-threads"]),
    ("timeout", &["-t", "--timeout"]),
    ("graceful-timeout", &["--graceful-timeout", "--timeout-graceful-shutdown"]),
    ("max-requests", &["--max-requests", "--limit-max-requests"]),
];

/// Programs that start another one and watch it.
const WRAPPERS: [&str; 4] = ["ddtrace-run", "opentelemetry-instrument", "newrelic-admin", "sentry-run"];

pub(crate) fn find(context: &Context<'_>, project: &mut Project) {
    variables(context, project);
    let kind = project.server.as_ref().map(|server| server.kind);
    let own = commands(context).into_iter().find(|command| command.server() == kind && kind.is_some());
    let Some((command, server)) = own.zip(project.server.as_mut()) else { return };
    let gunicorn = kind == Some(DetectedServer::Known(ServerKind::Gunicorn));
    for (key, names) in OPTIONS {
        // `-t` is gunicorn's alone, and uvicorn has no threads.
        let names: Vec<&str> = names.iter().copied().filter(|name| gunicorn || *name != "-t").collect();
        let value = command.option(&names).and_then(|value| value.parse::<u32>().ok());
        let fits = if key == "max-requests" { 0..=10_000_000 } else { 1..=64 * if key == "workers" { 1 } else { 4 } };
        if let Some(value) =
            value.filter(|value| fits.contains(value) || key.contains("timeout") && (1..=3_600).contains(value))
        {
            server.options.push(StartOption { key, value, place: command.place.clone() });
        }
    }
    server.wrapper = wrapper(command);
}

/// The words before the server, where they are a program that starts it.
fn wrapper(command: &Command) -> Option<String> {
    let at = command.words.iter().position(|word| WRAPPERS.contains(&command::program(word)))?;
    let name = command::program(&command.words[at]);
    Some(if name == "newrelic-admin" { "newrelic-admin run-program".to_owned() } else { name.to_owned() })
}

/// The variables of the project's own image and start script, as far as the running program has a use for them.
fn variables(context: &Context<'_>, project: &mut Project) {
    let of_image = image::own(context.deployment, &context.root).into_iter().flat_map(|image| &image.variables);
    let written: Vec<&(String, String, Evidence)> = of_image.chain(&context.deployment.start_variables).collect();
    for (name, value, place) in written {
        let left = why_left(context, name, value);
        let known = project.image_variables.iter_mut().find(|known| known.name == *name);
        let variable = ImageVariable { name: name.clone(), value: value.clone(), left, place: place.clone() };
        match known {
            // What a script sets before the server outweighs the image.
            Some(known) => *known = variable,
            None => project.image_variables.push(variable),
        }
    }
}

/// Why a variable of the image is not set in the pods.
fn why_left(context: &Context<'_>, name: &str, value: &str) -> Option<&'static str> {
    const OF_THE_BUILD: [&str; 12] = [
        "PIP_",
        "UV_",
        "POETRY_",
        "PDM_",
        "PIPENV_",
        "DEBIAN_FRONTEND",
        "VIRTUAL_ENV",
        "NODE_",
        "NPM_",
        "YARN_",
        "CFLAGS",
        "LDFLAGS",
    ];
    const OURS: [&str; 9] = [
        "PATH",
        "PYTHONPATH",
        "PYTHONUNBUFFERED",
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONFAULTHANDLER",
        "HOME",
        "PORT",
        "DJANGO_SETTINGS_MODULE",
        "FLASK_APP",
    ];
    const OF_OTHERS: [&str; 15] = [
        "LANG",
        "LC_",
        "LANGUAGE",
        "TZ",
        "FLASK_",
        "DJANGO_CONFIGURATION",
        "DJANGO_ALLOW_ASYNC_UNSAFE",
        "OTEL_",
        "DD_",
        "NEW_RELIC_",
        "SENTRY_",
        "MALLOC_",
        "OMP_",
        "PYTHON",
        "PROMETHEUS_",
    ];
    let begins =
        |list: &[&str]| list.iter().any(|start| name == *start || start.ends_with('_') && name.starts_with(start));
    let is_read = || context.reads.iter().any(|read| read.name == name);
    if OURS.contains(&name) {
        Some("pykube sets its own")
    } else if begins(&OF_THE_BUILD) {
        Some("it is for the build")
    } else if value.contains('$') || value.chars().any(char::is_control) {
        Some("its value is only known while the image is built")
    } else if credential::why(name, value).is_some() {
        Some("it looks like a credential, which belongs in a Secret")
    } else if !is_read() && !begins(&OF_OTHERS) && !name.starts_with("PYTHON") {
        Some("no code here reads it")
    } else {
        None
    }
}
