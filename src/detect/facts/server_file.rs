//! The project's own configuration file of its server: which it is, and what in it cannot work in a container.

use super::server::commands;
use crate::detect::context::Context;
use crate::detect::project::DetectedServer::Known;
use crate::detect::project::{Evidence, Project};
use crate::detect::python::walk;
use crate::detect::tree::{file_name, join};
use crate::vocabulary::{GUNICORN_CONFIG, ServerKind};

pub(crate) fn find(context: &Context<'_>, project: &mut Project) {
    let Some(server) = &mut project.server else { return };
    let tree = context.code.tree;
    // What a gunicorn file is called differs widely; what it sets is looked at below.
    let is_named = |name: &str| match server.kind {
        Known(ServerKind::Gunicorn) => name.contains("gunicorn") && name.ends_with(".py"),
        Known(ServerKind::Uwsgi) => name == "uwsgi.ini",
        Known(ServerKind::Hypercorn) => matches!(name, "hypercorn.toml" | "hypercorn_conf.py"),
        _ => false,
    };
    let ok = |path: &&str| {
        is_named(file_name(path)) && !crate::detect::code::is_test(path) && !crate::detect::code::is_aside(path)
    };
    let is_gunicorn = server.kind == Known(ServerKind::Gunicorn);
    let is_config = |path: &&str| !is_gunicorn || file_name(path) == GUNICORN_CONFIG || sets_gunicorn(context, path);
    // What a command names is it, whatever is in it.
    let commanded = commands(context).into_iter().find_map(|command| {
        let written = command.option(&["-c", "--config"]).filter(|_| is_gunicorn && command.runs("gunicorn"))?;
        let written = written.trim_start_matches("./").trim_start_matches("file:");
        let tails = written.match_indices('/').map(|(at, _)| &written[at + 1..]);
        let mut paths =
            std::iter::once(written).chain(tails).flat_map(|path| [join(&context.root, path), join("", path)]);
        paths.find_map(|path| path.filter(|path| tree.has(path)))
    });
    server.config = commanded.or_else(|| {
        tree.paths().filter(ok).filter(is_config).min_by_key(|path| path.matches('/').count()).map(str::to_owned)
    });
    server.worker_class =
        commands(context).iter().find_map(|command| command.option(&["-k", "--worker-class"])).map(str::to_owned);
    let Some(path) = server.config.clone() else { return };
    match server.kind {
        Known(ServerKind::Gunicorn) => {
            let Some(source) = context.code.source(&path) else { return };
            let classes = walk::scope(&source.module.body).filter_map(|stmt| stmt.assigned("worker_class"));
            let class = classes.filter_map(|class| context.code.text(source, class)).last();
            server.worker_class = class.or(server.worker_class.take());
            project.because("server", Evidence::of_file(path));
        }
        Known(ServerKind::Uwsgi) => project.warnings.extend(faults_of_uwsgi(context, &path)),
        _ => {}
    }
}

/// Whether a module sets anything that gunicorn reads from its configuration.
fn sets_gunicorn(context: &Context<'_>, path: &str) -> bool {
    const SETTINGS: [&str; 10] = [
        "bind",
        "workers",
        "worker_class",
        "threads",
        "timeout",
        "accesslog",
        "errorlog",
        "wsgi_app",
        "keepalive",
        "logconfig_dict",
    ];
    let Some(source) = context.code.source(path) else { return false };
    walk::scope(&source.module.body).any(|stmt| SETTINGS.iter().any(|name| stmt.assigned(name).is_some()))
}

/// Whether a path is one that a container cannot write: its root is read-only except for `/tmp` and devices.
fn is_unwritable(path: &str) -> bool {
    !(path.is_empty() || path == "-" || path.starts_with("/tmp/") || path.starts_with("/dev/"))
}

/// A sentence for each key of an ini file with which uWSGI ends at once in a container.
/// Source: <https://uwsgi-docs.readthedocs.io/en/latest/Options.html>
fn faults_of_uwsgi(context: &Context<'_>, path: &str) -> Vec<String> {
    let Some(text) = context.code.tree.read(path) else { return Vec::new() };
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let Some((key, value)) = line.split_once('=') else { continue };
        let (key, value) = (key.trim(), value.trim());
        let why = match key {
            "daemonize" | "daemonize2" => "the container ends as soon as its first process does: remove the line",
            "uid" | "gid" | "chown-socket" => "the container is not root, and cannot change it: remove the line",
            "pidfile" | "pidfile2" | "safe-pidfile" | "logto" | "logto2" if is_unwritable(value) => {
                "that file cannot be written, and uWSGI ends: without it the log goes to stdout"
            }
            // An address of these has a colon, a path has none.
            "master-fifo" | "stats" | "stats-server" if is_unwritable(value) && !value.contains(':') => {
                "it is made in a folder that cannot be written, and uWSGI ends: point it at /tmp"
            }
            "chdir" if value.starts_with('/') && !value.starts_with("/app") => {
                "there is no such folder in the image, where the code is in /app"
            }
            "virtualenv" | "venv" | "home" | "pyhome" if value != "/opt/venv" => {
                "the packages are in /opt/venv in the image"
            }
            _ => continue,
        };
        found.push(format!("{path}:{number} sets `{key}`: {why}"));
    }
    found
}
