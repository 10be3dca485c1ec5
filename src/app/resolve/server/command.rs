//! The arguments that start each server.

use std::fmt::Display;

use super::{GUNICORN_CONFIG, Server};
use crate::vocabulary::{Interface, ServerKind};

/// Words of a command; options that the installed version does not know are left out.
struct Words<'a> {
    server: &'a Server,
    words: Vec<String>,
}

impl Server {
    /// The arguments that start the server.
    pub(in super::super) fn command(&self) -> Vec<String> {
        if let Some(command) = &self.own_command {
            return command.0.clone();
        }
        let mut words = Words { server: self, words: self.wrapper.clone() };
        match self.kind {
            ServerKind::Gunicorn => words.gunicorn(),
            ServerKind::Uvicorn => words.uvicorn(),
            ServerKind::Hypercorn => words.hypercorn(),
            ServerKind::Granian => words.granian(),
            ServerKind::Uwsgi => words.uwsgi(),
        }
        if self.kind == ServerKind::Hypercorn && self.workers > 1 {
            // The first worker that ends after SIGTERM makes the master send SIGTERM to the others, in the middle of their
            // requests. One that ignores it ends on its own when they are answered.
            let shell = ["/bin/sh", "-c", "trap '' TERM; exec \"$@\"", "sh"].map(str::to_owned);
            return shell.into_iter().chain(words.words).collect();
        }
        words.words
    }
}

impl Words<'_> {
    fn add(&mut self, words: &[&str]) {
        self.words.extend(words.iter().map(ToString::to_string));
    }

    /// `name value`, where the version knows it.
    fn option(&mut self, name: &str, value: &dyn Display) {
        if self.server.knows(name) {
            self.words.extend([name.to_owned(), value.to_string()]);
        }
    }

    /// The user's own arguments, before the application.
    fn own_arguments(&mut self) {
        self.words.extend(self.server.arguments.iter().cloned());
    }

    /// `module:attribute`, with `--factory` before it for a function that makes the application.
    fn target(&mut self) {
        let target = &self.server.entry_point;
        if target.factory {
            self.add(&["--factory"]);
        }
        self.words.push(format!("{}:{}", target.module, target.attribute));
    }

    /// Source: <https://docs.gunicorn.org/en/stable/settings.html>
    fn gunicorn(&mut self) {
        let server = self.server;
        self.add(&["gunicorn", "--config"]);
        match &server.own_config {
            Some(file) => {
                self.add(&[file]);
                self.option("--bind", &server.address());
                if let Some(class) = &server.worker_class {
                    self.option("--worker-class", &class);
                }
            }
            None => self.add(&[GUNICORN_CONFIG]),
        }
        self.own_arguments();
        self.words.push(server.entry_point.to_string());
    }

    /// Source: <https://www.uvicorn.org/settings/>
    fn uvicorn(&mut self) {
        let server = self.server;
        self.add(&["uvicorn", "--host", "0.0.0.0"]);
        self.option("--port", &server.port);
        self.add(&["--proxy-headers"]);
        if let Some(path) = &server.root_path {
            self.option("--root-path", &path);
        }
        if let Some(seconds) = server.keep_alive {
            self.option("--timeout-keep-alive", &seconds);
        }
        self.option("--timeout-graceful-shutdown", &server.graceful_timeout);
        if server.workers > 1 {
            self.option("--workers", &server.workers);
        }
        if server.max_requests > 0 {
            self.option("--limit-max-requests", &server.max_requests);
            self.option("--limit-max-requests-jitter", &(server.max_requests / 10));
        }
        self.own_arguments();
        self.target();
    }

    /// Source: <https://hypercorn.readthedocs.io/en/latest/how_to_guides/configuring.html>
    fn hypercorn(&mut self) {
        let server = self.server;
        self.add(&["hypercorn"]);
        if let Some(file) = &server.own_config {
            let scheme = if file.ends_with(".py") { "file:" } else { "" };
            self.option("--config", &format!("{scheme}{file}"));
        }
        self.option("--bind", &server.address());
        self.option("--workers", &server.workers);
        if let Some(class) = &server.worker_class {
            self.option("--worker-class", &class);
        }
        if let Some(seconds) = server.keep_alive {
            self.option("--keep-alive", &seconds);
        }
        self.option("--graceful-timeout", &server.graceful_timeout);
        self.option("--access-logfile", &"-");
        if let Some(path) = &server.root_path {
            self.option("--root-path", &path);
        }
        self.own_arguments();
        self.words.push(server.entry_point.to_string());
    }

    /// Source: `granian --help`
    fn granian(&mut self) {
        let server = self.server;
        let interface = if server.interface == Interface::Asgi { "asgi" } else { "wsgi" };
        self.add(&["granian", "--interface", interface, "--host", "0.0.0.0"]);
        self.option("--port", &server.port);
        self.option("--workers", &server.workers);
        self.option("--workers-kill-timeout", &server.graceful_timeout);
        match server.keep_alive {
            Some(seconds) => self.option("--http1-header-read-timeout", &(seconds * 1_000)),
            None => self.add(&["--no-http1-keep-alive"]),
        }
        if server.interface == Interface::Wsgi {
            self.option("--blocking-threads", &server.threads);
        }
        if let Some(path) = &server.root_path {
            self.option("--url-path-prefix", &path);
        }
        self.own_arguments();
        self.target();
    }

    /// Source: <https://uwsgi-docs.readthedocs.io/en/latest/ThingsToKnow.html>,
    /// <https://uwsgi-docs.readthedocs.io/en/latest/Hooks.html>
    fn uwsgi(&mut self) {
        let server = self.server;
        self.add(&["uwsgi"]);
        if let Some(file) = &server.own_config {
            self.option("--ini", &file);
        }
        self.option("--http-socket", &server.address());
        match &server.root_path {
            Some(path) => {
                self.option("--mount", &format!("{path}={}", server.entry_point));
                self.add(&["--manage-script-name"]);
            }
            None => self.option("--module", &server.entry_point),
        }
        self.add(&["--master", "--need-app", "--enable-threads", "--vacuum"]);
        // uWSGI closes the connection; a proxy that does not know would send its next request into it.
        self.option("--add-header", &"Connection: close");
        self.option("--hook-master-start", &"unix_signal:15 gracefully_kill_them_all");
        self.option("--worker-reload-mercy", &server.graceful_timeout);
        self.option("--processes", &server.workers);
        self.option("--threads", &server.threads);
        self.option("--harakiri", &server.timeout);
        if server.max_requests > 0 {
            self.option("--max-requests", &server.max_requests);
        }
        self.own_arguments();
    }
}
