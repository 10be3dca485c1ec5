//! Probes of the web workload.

use super::super::pod::{Header, HttpGet, Probe, ProbeHandler};
use super::super::value::{HostName, UrlPath};
use super::Resolver;
use crate::config::section::{ProbeSection, ProbeTable};
use crate::diagnostic::Diagnostic;
use crate::vocabulary::Framework;

/// The probes of the web container.
#[derive(Clone, Debug)]
pub(in crate::app) struct Probes {
    pub(in crate::app) startup: Probe,
    pub(in crate::app) liveness: Probe,
    pub(in crate::app) readiness: Probe,
}

/// Name of the container's port that probes and Services meet.
pub(super) const HTTP: &str = "http";

/// Asks the server for anything and takes every answer below 500: a redirect to a login page is a sound answer too.
const ANY_ANSWER: &str = "import http.client, sys; c = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]), timeout=3); \
                          c.request('GET', '/', headers={'Host': sys.argv[2]}); sys.exit(c.getresponse().status >= 500)";

impl Resolver<'_> {
    pub(super) fn probes(&mut self) -> Option<Probes> {
        let section = &self.config.probes;
        let host = self.probe_host();
        let liveness = self.probe_table(section.liveness.as_ref(), "liveness");
        let readiness = self.probe_table(section.readiness.as_ref(), "readiness");
        let startup = self.probe_table(section.startup.as_ref(), "startup");
        let headers = self.probe_headers(host.as_deref());
        let live_path = self.probe_path(&liveness, "liveness");
        let ready_path = self.probe_path(&readiness, "readiness");
        let start_path = self.probe_path(&startup, "startup");
        let port = self.config.app.port.unwrap_or(8000);
        let any_answer = || {
            let host = host.clone().unwrap_or_else(|| "localhost".into());
            let command = ["python", "-c", ANY_ANSWER, &port.to_string(), &host];
            ProbeHandler::exec(command.iter().map(|word| super::super::value::escape_kubelet(word)).collect())
        };
        // One explanation is enough: the headers are the same in all three.
        let quiet: Vec<Header> = headers.iter().cloned().map(|header| Header { comment: None, ..header }).collect();
        let live_handler = http_or(live_path.clone(), &quiet, || ProbeHandler::tcp_socket(HTTP));
        let ready_handler = http_or(ready_path, &quiet, any_answer);
        let start_handler = http_or(start_path.or(live_path), &headers, || live_handler.clone());
        Some(Probes {
            startup: probe(&startup, start_handler, &Timing { period: 5, timeout: 3, seconds: 150 }, None),
            liveness: probe(
                &liveness,
                live_handler,
                &Timing { period: 10, timeout: 3, seconds: 60 },
                section.liveness.is_none().then_some("No health path is known: an open port counts as alive."),
            ),
            readiness: probe(
                &readiness,
                ready_handler,
                &Timing { period: 5, timeout: 3, seconds: 15 },
                section.readiness.is_none().then_some("No health path is known: any answer below 500 counts as ready."),
            ),
        })
    }

    fn probe_table(&mut self, section: Option<&ProbeSection>, key: &str) -> ProbeTable {
        let table = match section {
            None => ProbeTable::default(),
            Some(ProbeSection::Path(path)) => ProbeTable { path: Some(path.clone()), ..ProbeTable::default() },
            Some(ProbeSection::Table(table)) => table.clone(),
        };
        if let (Some(period), Some(timeout)) = (table.period, table.timeout)
            && timeout > period
        {
            let help = "a probe that is not answered within its period overlaps the next one";
            self.contradiction(
                &format!("`probes.{key}` waits longer than its period"),
                (&["probes", key, "timeout"], ""),
                (&["probes", key, "period"], ""),
                help,
            );
        }
        table
    }

    fn probe_path(&mut self, table: &ProbeTable, key: &str) -> Option<String> {
        let as_table = matches!(
            match key {
                "liveness" => &self.config.probes.liveness,
                "readiness" => &self.config.probes.readiness,
                _ => &self.config.probes.startup,
            },
            Some(ProbeSection::Table(_))
        );
        let path: &[&str] = if as_table { &["probes", key, "path"] } else { &["probes", key] };
        let text = table.path.as_deref()?;
        self.parse::<UrlPath>(text, path).map(|path| path.to_string())
    }

    /// The `Host` header: of `[probes]`, of `[expose]`, or one that Django allows by default.
    fn probe_host(&mut self) -> Option<String> {
        let (written, path): (Option<&str>, &[&str]) = match (&self.config.probes.host, &self.config.expose.host) {
            (Some(host), _) => (Some(host), &["probes", "host"]),
            (None, Some(host)) => (Some(host), &["expose", "host"]),
            (None, None) => (None, &[]),
        };
        let Some(written) = written else {
            return (self.config.app.framework == Framework::Django)
                .then(|| self.allowed_host().unwrap_or("localhost".into()));
        };
        let host: HostName = self.parse(written, path)?;
        self.agree_with_allowed_hosts(host.as_ref(), path);
        Some(host.to_string())
    }

    /// The first host that a variable such as `ALLOWED_HOSTS` names in full.
    fn allowed_host(&self) -> Option<String> {
        let (_, hosts) = self.allowed_hosts()?;
        hosts.into_iter().find(|host| host.parse::<HostName>().is_ok())
    }

    /// The variable of `[config]` that holds Django's `ALLOWED_HOSTS`, and its hosts.
    fn allowed_hosts(&self) -> Option<(String, Vec<String>)> {
        let (name, value) = self.config.config.iter().find(|(name, _)| name.ends_with("ALLOWED_HOSTS"))?;
        let hosts = value.split([',', ' ', ';']).map(|host| host.trim_matches(|c| "[]\"' ".contains(c)));
        Some((name.clone(), hosts.filter(|host| !host.is_empty()).map(ToString::to_string).collect()))
    }

    /// Django answers 400 to a probe whose `Host` it does not know, and the rollout hangs.
    fn agree_with_allowed_hosts(&mut self, host: &str, path: &[&str]) {
        if self.config.app.framework != Framework::Django {
            return;
        }
        let Some((name, hosts)) = self.allowed_hosts() else { return };
        let allowed =
            |known: &String| known == "*" || known == host || known.starts_with('.') && host.ends_with(known.as_str());
        if hosts.iter().any(allowed) {
            return;
        }
        let fault = Diagnostic::error(format!("Django would answer 400 to every probe: `{host}` is not in `{name}`"));
        let fault = self.document.at_value(fault, path, "the Host header of the probes");
        let fault = self.document.at_value(fault, &["config", &name], "");
        self.faults.push(fault.help(format!("add `{host}` to `{name}`, or set [probes] host")));
    }

    fn probe_headers(&self, host: Option<&str>) -> Vec<Header> {
        let mut headers = Vec::new();
        if let Some(host) = host {
            let comment = (self.config.app.framework == Framework::Django)
                .then_some("Without it the kubelet sends the pod's IP, which ALLOWED_HOSTS refuses with 400.");
            headers.push(Header { name: "Host", value: host.to_owned(), comment });
        }
        if self.config.app.framework == Framework::Django {
            let comment =
                Some("With SECURE_SSL_REDIRECT a plain request is only redirected and never reaches the view.");
            headers.push(Header { name: "X-Forwarded-Proto", value: "https".into(), comment });
        }
        headers
    }
}

/// Defaults of a probe's timing, in seconds.
struct Timing {
    period: u32,
    timeout: u32,
    seconds: u32,
}

fn probe(table: &ProbeTable, handler: ProbeHandler, timing: &Timing, comment: Option<&'static str>) -> Probe {
    let period = table.period.unwrap_or(timing.period.max(table.timeout.unwrap_or(0)));
    let seconds = table.seconds.unwrap_or(timing.seconds);
    Probe {
        handler,
        period_seconds: period,
        timeout_seconds: table.timeout.unwrap_or(timing.timeout.min(period)),
        failure_threshold: seconds.div_ceil(period).max(1),
        comment,
    }
}

fn http_or(path: Option<String>, headers: &[Header], otherwise: impl Fn() -> ProbeHandler) -> ProbeHandler {
    match path {
        Some(path) => ProbeHandler::http_get(HttpGet { path, port: HTTP.into(), http_headers: headers.to_vec() }),
        None => otherwise(),
    }
}
