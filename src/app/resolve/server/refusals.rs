//! What `[server]` must not say.

use super::super::faults::Faults;
use super::{Server, THREADED};
use crate::config::section::{Config, ExposeKind, ServerSection};
use crate::data::ServerFacts;
use crate::kube::grammar::shell::{self, Token};
use crate::vocabulary::{Interface, ServerKind};

/// What says that the interface is this one.
fn interface_place(faults: &Faults<'_>) -> [&'static str; 2] {
    if faults.has(&["app", "interface"]) { ["app", "interface"] } else { ["app", "framework"] }
}

fn server_speaks_interface(section: &ServerSection, kind: ServerKind, interface: Interface, faults: &mut Faults<'_>) {
    let (written, path) = match section.kind {
        Some(_) => ("this server", ["server", "kind"]),
        None => ("the default server", ["app", "interface"]),
    };
    let help = match (kind, interface) {
        (ServerKind::Uvicorn, Interface::Wsgi) => "uvicorn speaks ASGI only; gunicorn, granian and uwsgi serve WSGI",
        (ServerKind::Uwsgi, Interface::Asgi) => "uWSGI speaks WSGI only; uvicorn, hypercorn and granian serve ASGI",
        _ => return,
    };
    let other = interface_place(faults);
    faults.contradiction("server and interface do not fit", (&path, written), (&other, "the interface"), help);
}

/// Refuses keys that contradict each other, or mean nothing to the server.
pub(super) fn refuse_contradictions(config: &Config, kind: ServerKind, interface: Interface, faults: &mut Faults<'_>) {
    let section = &config.server;
    server_speaks_interface(section, kind, interface, faults);
    keys_beside_command(section, faults);
    threads_fit(section, interface, faults);
    workers_are_replaced(section, kind, faults);
    let kind_place = kind_place(faults);
    let mut refuse = |key: &str, why: &str, help: &str| {
        if faults.has(&["server", key]) {
            let message = format!("`server.{key}` means nothing to {kind}: {why}");
            faults.contradiction(&message, (&["server", key], ""), (&kind_place, "the server"), help);
        }
    };
    if !matches!(kind, ServerKind::Gunicorn | ServerKind::Uwsgi) {
        refuse("timeout", "it does not restart silent workers", "leave it out; the liveness probe restarts the pod");
    }
    if !matches!(kind, ServerKind::Gunicorn | ServerKind::Hypercorn) {
        refuse("worker-class", "its workers are of one class", "leave it out");
    }
    if !Server::takes_root_path(kind, interface) && !is_stripped(config, kind) {
        let help = "set it in the code: `FastAPI(root_path=\"/shop\")`, `FORCE_SCRIPT_NAME` for Django; for uvicorn also \
                    [expose] kind = \"gateway\" with the same `path`, whose route removes it";
        refuse("root-path", "it expects a proxy that removes the prefix, and an Ingress does not", help);
    }
    let known = ServerFacts::of(kind.as_str());
    if let (Some(longest), Some(written)) = (known.longest_keep_alive, section.keep_alive)
        && written > longest
    {
        let why = match longest {
            0 => format!("{} closes every connection", known.measured),
            longest => format!("{} keeps an idle connection {longest} s at most", known.measured),
        };
        refuse(
            "keep-alive",
            &why,
            "leave it out: each answer then closes its connection, and the proxy opens a new one",
        );
    }
}

/// Whether a rendered HTTPRoute removes the root path, as uvicorn expects.
fn is_stripped(config: &Config, kind: ServerKind) -> bool {
    let plain = |path: &Option<String>| path.as_deref().map(|path| path.trim_end_matches('/').to_owned());
    let is_same = plain(&config.server.root_path) == plain(&config.expose.path);
    let writes_command = kind == ServerKind::Uvicorn && config.server.command.is_none();
    writes_command && config.expose.kind == Some(ExposeKind::Gateway) && is_same
}

/// What says which server runs.
fn kind_place(faults: &Faults<'_>) -> [&'static str; 2] {
    if faults.has(&["server", "kind"]) { ["server", "kind"] } else { interface_place(faults) }
}

/// The grace period of the pod is made from `graceful-timeout`, so it keeps its meaning beside a command, and so does
/// `root-path`, which the probes follow.
fn keys_beside_command(section: &ServerSection, faults: &mut Faults<'_>) {
    const KEYS: [&str; 10] = [
        "config",
        "workers",
        "threads",
        "worker-class",
        "timeout",
        "keep-alive",
        "max-requests",
        "wrapper",
        "arguments",
        "version",
    ];
    if section.command.is_some() {
        let message = |key: &str| format!("`{key}` is not used together with `server.command`");
        let help = "put it in the command, or leave the command to pykube";
        let command: (&[&str], &str) = (&["server", "command"], "the whole command");
        faults.without_meaning((&["server"], &KEYS), command, message, help);
    }
}

fn threads_fit(section: &ServerSection, interface: Interface, faults: &mut Faults<'_>) {
    if section.threads.is_some() && interface == Interface::Asgi {
        let other = interface_place(faults);
        let help = "an ASGI application runs in one event loop: leave `threads` out";
        let message = "`server.threads` has no meaning for ASGI";
        faults.contradiction(message, (&["server", "threads"], ""), (&other, "ASGI"), help);
    }
    if let Some(class) = section.worker_class.as_deref().filter(|class| section.threads.is_some() && *class != THREADED)
    {
        let message = format!("`server.threads` has no meaning for `{class}` workers");
        let class: (&[&str], &str) = (&["server", "worker-class"], "without threads");
        faults.contradiction(&message, (&["server", "threads"], ""), class, "keep one of them");
    }
}

/// A worker may only be replaced while another one answers.
fn workers_are_replaced(section: &ServerSection, kind: ServerKind, faults: &mut Faults<'_>) {
    if section.max_requests.is_none_or(|requests| requests == 0) || section.command.is_some() {
        return;
    }
    let key: (&[&str], &str) = (&["server", "max-requests"], "a worker is replaced");
    if !ServerFacts::of(kind.as_str()).replaces_workers {
        let place = kind_place(faults);
        let message = format!("{kind} cannot replace a worker while the others answer");
        let help = "leave it out: the memory limit restarts a pod that leaks";
        faults.contradiction(&message, key, (&place, ""), help);
    } else if section.workers.unwrap_or(1) == 1 {
        let workers: &[&str] = if faults.has(&["server", "workers"]) { &["server", "workers"] } else { &["server"] };
        faults.contradiction(
            "nobody answers while the only worker is replaced",
            key,
            (workers, "one worker"),
            "workers = 2, or leave `max-requests` out: the memory limit restarts a pod that leaks",
        );
    }
}

/// The words of `text`, which no shell expands: they become arguments.
pub(super) fn plain_words(text: &str, key: &str, faults: &mut Faults<'_>) -> Option<Vec<String>> {
    let line = shell::split(text);
    if line.needs_shell || !line.is_complete || line.tokens.is_empty() || text.contains(char::is_control) {
        faults.refuse(&["server", key], "must be plain words: no shell reads them");
        return None;
    }
    Some(line.tokens.into_iter().map(Token::into_text).collect())
}

/// Options that a key of `[server]` or `[app]` sets, as the servers spell them.
const TAKEN: [(&str, &str); 30] = [
    ("--bind", "app.port"),
    ("-b", "app.port"),
    ("--port", "app.port"),
    ("-p", "app.port"),
    ("--host", "app.port"),
    ("--http-socket", "app.port"),
    ("--config", "server.config"),
    ("-c", "server.config"),
    ("--ini", "server.config"),
    ("--workers", "server.workers"),
    ("-w", "server.workers"),
    ("--processes", "server.workers"),
    ("--threads", "server.threads"),
    ("--blocking-threads", "server.threads"),
    ("--worker-class", "server.worker-class"),
    ("-k", "server.worker-class"),
    ("--timeout", "server.timeout"),
    ("-t", "server.timeout"),
    ("--harakiri", "server.timeout"),
    ("--graceful-timeout", "server.graceful-timeout"),
    ("--timeout-graceful-shutdown", "server.graceful-timeout"),
    ("--workers-kill-timeout", "server.graceful-timeout"),
    ("--worker-reload-mercy", "server.graceful-timeout"),
    ("--keep-alive", "server.keep-alive"),
    ("--timeout-keep-alive", "server.keep-alive"),
    ("--max-requests", "server.max-requests"),
    ("--limit-max-requests", "server.max-requests"),
    ("--root-path", "server.root-path"),
    ("--url-path-prefix", "server.root-path"),
    ("--factory", "app.entrypoint"),
];

/// An option that is said twice means what the server makes of it.
pub(super) fn refuse_taken_arguments(server: &Server, faults: &mut Faults<'_>) {
    for word in &server.arguments {
        let option = word.split('=').next().unwrap_or(word);
        let key = TAKEN.iter().find(|(taken, _)| *taken == option).map(|(_, key)| *key);
        // With uvicorn a root path has no key: a proxy that removes it may be in front.
        let is_key =
            key.filter(|key| *key != "server.root-path" || Server::takes_root_path(server.kind, server.interface));
        if let Some(key) = is_key {
            faults.refuse(&["server", "arguments"], &format!("holds `{option}`, which `{key}` sets"));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::app::{Options, resolve};
    use crate::config::parse;

    /// The command of an application whose `[server]` is this, or what is wrong with it.
    fn command(framework: &str, server: &str) -> Result<String, String> {
        let text = format!(
            "[app]\nname = \"shop\"\nframework = \"{framework}\"\nentrypoint = \"shop:app\"\n\
             [image]\nrepository = \"ghcr.io/acme/shop\"\n[server]\n{server}\n"
        );
        let (config, document) = parse("app.toml".into(), text).map_err(|faults| faults.render(false))?;
        let app = resolve(&config, &document, &Options::default()).map_err(|faults| faults.render(false))?;
        Ok(app.image_build.command.join(" "))
    }

    fn refused(framework: &str, server: &str, why: &str) {
        let fault = command(framework, server).expect_err(server);
        assert!(fault.contains(why), "{server}: {fault}");
    }

    #[test]
    fn a_worker_is_replaced_only_while_another_one_answers() {
        refused("flask", "max-requests = 500", "nobody answers while the only worker is replaced");
        refused("flask", "kind = \"granian\"\nworkers = 2\nmax-requests = 500", "granian cannot replace a worker");
        let replaced = command("fastapi", "workers = 2\nmax-requests = 1000").unwrap();
        assert!(replaced.contains("--limit-max-requests 1000 --limit-max-requests-jitter 100"), "{replaced}");
        let old = command("fastapi", "workers = 2\nmax-requests = 1000\nversion = \"0.40.0\"").unwrap();
        assert!(old.contains("--limit-max-requests 1000") && !old.contains("jitter"), "{old}");
        let before = "workers = 2\nmax-requests = 1000\nversion = \"0.29.0\"";
        for server in ["", "workers = 2", "workers = 2\nmax-requests = 0", before] {
            let command = command("fastapi", server).unwrap();
            assert!(!command.contains("--limit-max-requests"), "{command}");
        }
    }

    #[test]
    fn keys_that_mean_nothing_to_the_server_are_refused() {
        refused("fastapi", "timeout = 60", "`server.timeout` means nothing to uvicorn");
        refused("fastapi", "worker-class = \"gevent\"", "`server.worker-class` means nothing to uvicorn");
        refused("fastapi", "root-path = \"/shop\"", "`server.root-path` means nothing to uvicorn");
        refused("flask", "threads = 4\nworker-class = \"gevent\"", "no meaning for `gevent` workers");
        refused("flask", "kind = \"granian\"\nkeep-alive = 90", "60 s at most");
        refused("flask", "kind = \"uwsgi\"\nkeep-alive = 5", "closes every connection");
        refused("flask", "command = \"gunicorn shop:app\"\nwrapper = \"ddtrace-run\"", "is not used together with");
        refused("flask", "version = \"newest\"", "must be a version");
    }

    #[test]
    fn arguments_are_plain_words_that_no_key_sets() {
        refused("flask", "arguments = \"--workers=4\"", "holds `--workers`, which `server.workers` sets");
        refused("flask", "arguments = \"--preload $MORE\"", "must be plain words");
        let kept = command("flask", "wrapper = \"ddtrace-run\"\narguments = \"--preload\"").unwrap();
        assert_eq!(kept, "ddtrace-run gunicorn --config gunicorn.conf.py --preload shop:app");
    }

    #[test]
    fn an_old_release_gets_no_option_that_it_does_not_know() {
        let old = command("fastapi", "version = \"0.21.1\"").unwrap();
        assert!(!old.contains("--timeout-graceful-shutdown") && old.contains("--timeout-keep-alive 120"), "{old}");
        assert!(command("fastapi", "").unwrap().contains("--timeout-graceful-shutdown 25"));
    }
}
