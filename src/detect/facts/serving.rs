//! How the code and a kept configuration get on with the server that pykube starts: as another user, below a read-only
//! root, behind a proxy, probed by the kubelet.

use crate::detect::context::Context;
use crate::detect::project::DetectedServer::Known;
use crate::detect::project::{DetectedServer, Project, Serving};
use crate::detect::python::{Expr, ExprKind, StmtKind};
use crate::vocabulary::ServerKind;

/// Words of code that believes a proxy's headers on its own.
const TRUSTS_PROXY: [&str; 5] =
    ["ProxyFix", "ProxyHeadersMiddleware", "with_proxy_headers", "SECURE_PROXY_SSL_HEADER", "HTTP_X_FORWARDED_PROTO"];

/// Words of code that knows the prefix that it is served under.
const KNOWS_PREFIX: [&str; 4] = ["root_path", "FORCE_SCRIPT_NAME", "SCRIPT_NAME", "APPLICATION_ROOT"];

/// Words of code, or packages, that serve collected files or send them elsewhere.
const SERVES_STATIC: [&str; 6] =
    ["WhiteNoise", "whitenoise", "staticfiles.views", "static.serve", "storages.", "servestatic"];

pub(crate) fn find(context: &Context<'_>, project: &mut Project) {
    let mentions = |words: &[&str]| context.sources().any(|source| words.iter().any(|word| source.mentions(word)));
    let pin = |server: DetectedServer| {
        let name = server.as_str();
        Some((name.to_owned(), context.manifest.pins.get(name)?.clone()))
    };
    let mut serving = Serving {
        versions: DetectedServer::ALL.into_iter().filter_map(pin).collect(),
        trusts_proxy: mentions(&TRUSTS_PROXY),
        knows_prefix: mentions(&KNOWS_PREFIX),
        serves_static: mentions(&SERVES_STATIC),
        ..Serving::default()
    };
    kept_configuration(context, project, &mut serving);
    for (place, why) in &serving.config_faults {
        project.warnings.push(format!("{}:{}: {why}", place.file, place.line));
    }
    if project.static_files && !serving.serves_static {
        project.warnings.push(STATIC_FILES_NOT_SERVED.to_owned());
    }
    project.serving = serving;
}

/// What is said where static files are collected and nothing serves them.
pub(crate) const STATIC_FILES_NOT_SERVED: &str =
    "collectstatic fills STATIC_ROOT, and nothing serves it: add WhiteNoise, or a storage or proxy that does";

/// What a kept configuration of gunicorn sets that does not work in a container of pykube's.
fn kept_configuration(context: &Context<'_>, project: &Project, serving: &mut Serving) {
    let Some(server) = project.server.as_ref().filter(|server| server.kind == Known(ServerKind::Gunicorn)) else {
        return;
    };
    let Some(source) = server.config.as_ref().and_then(|path| context.code.source(path)) else { return };
    // Source: <https://docs.gunicorn.org/en/stable/settings.html#threads>
    serving.config_threads = (!source.mentions("threads")).then_some(1);
    // What a branch sets may be for a developer's machine: nothing is said of it.
    for stmt in &source.module.body {
        let StmtKind::Assign { targets, value: Some(value), .. } = &stmt.kind else { continue };
        for name in targets.iter().filter_map(Expr::as_name) {
            if let ExprKind::Int(number) = &value.kind {
                let count = u32::try_from(*number).ok().filter(|count| *count > 0);
                match name {
                    "workers" => serving.config_workers = count,
                    "threads" => serving.config_threads = count,
                    _ => {}
                }
            }
            if let Some(why) = unbearable(name, value) {
                serving.config_faults.push((source.evidence(stmt.line), why));
            }
        }
    }
}

/// Why gunicorn would end with `name = value` in a container without root and with a read-only root, or lose its logs.
fn unbearable(name: &str, value: &Expr) -> Option<String> {
    let text = value.as_str();
    let is_on = matches!(value.kind, ExprKind::Bool(true));
    match name {
        "daemon" if is_on => Some("`daemon` puts gunicorn into the background, and the container ends".into()),
        "reload" if is_on => Some("`reload` is for development".into()),
        "user" | "group" if text.is_some() => {
            Some(format!("`{name}` needs root, which the process does not have: gunicorn ends; remove it"))
        }
        "chdir" if text.is_some_and(|path| path.starts_with('/') && !path.starts_with("/app")) => {
            Some("`chdir` names a folder that the image does not have: gunicorn ends; remove it".into())
        }
        "pidfile" | "accesslog" | "errorlog" | "worker_tmp_dir" => {
            let path = text.filter(|path| *path != "-" && !path.starts_with("/tmp/") && !path.starts_with("/dev/"))?;
            Some(format!(
                "`{name}` writes `{path}`, and the root is read-only: gunicorn ends; use `-` or a file in /tmp"
            ))
        }
        _ => None,
    }
}
