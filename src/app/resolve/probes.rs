//! Probes of the web workload.

use super::super::pod::{Header, HttpGet, Probe, ProbeHandler};
use super::super::value::{HostName, UrlPath, escape_kubelet};
use super::faults::Faults;
use super::server::Server;
use crate::config::section::{Config, ProbeSection, ProbeTable};
use crate::diagnostic::Diagnostic;
use crate::vocabulary::{Framework, allowed_hosts};

/// The probes of the web container.
#[derive(Clone, Debug)]
pub(super) struct Probes {
    pub(super) startup: Probe,
    pub(super) liveness: Probe,
    pub(super) readiness: Probe,
    /// Headers of each request of the kubelet.
    pub(super) headers: Vec<Header>,
}

/// Name of the container's port that probes and Services meet.
pub(super) const HTTP: &str = "http";

/// Seconds that one answer may take where `[probes]` does not say.
const PROBE_TIMEOUT: u32 = 3;

/// Asks the server for anything and takes every answer below 500: a login page and a missing one are sound answers too.
/// It gives up before the kubelet does, which would leave the process behind.
const ANY_ANSWER: &str = "import http.client, sys; c = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]), timeout=float(sys.argv[4])); \
                          c.request('GET', sys.argv[3], headers={'Host': sys.argv[2]}); sys.exit(c.getresponse().status >= 500)";

/// `[probes]`, with the hosts that `[expose]` and `[config]` name, of what `server` serves.
pub(super) fn resolve(config: &Config, server: &Server, faults: &mut Faults<'_>) -> Probes {
    let section = &config.probes;
    let host = probe_host(config, faults);
    let liveness = probe_table(section.liveness.as_ref(), "liveness", faults);
    let readiness = probe_table(section.readiness.as_ref(), "readiness", faults);
    let startup = probe_table(section.startup.as_ref(), "startup", faults);
    let headers = probe_headers(config.app.framework, host.as_deref());
    let any_answer = || {
        let host = host.clone().unwrap_or_else(|| "localhost".into());
        let (port, path) = (server.port.to_string(), server.path("/".into()));
        let patience = readiness.timeout.unwrap_or(PROBE_TIMEOUT).saturating_sub(1).max(1).to_string();
        // `-IS`: nothing of the project or of the installed packages is imported.
        let command = ["python", "-IS", "-c", ANY_ANSWER, &port, &host, &path, &patience];
        ProbeHandler::Exec { command: command.iter().map(|word| escape_kubelet(word)).collect() }
    };
    // One explanation is enough: the headers are the same in all three.
    let quiet: Vec<Header> = headers.iter().cloned().map(|header| Header { comment: None, ..header }).collect();
    let below_root = |path: &Option<String>| path.clone().map(|path| server.path(path));
    let live_handler = http_or(below_root(&liveness.path), &quiet, || ProbeHandler::TcpSocket { port: HTTP.into() });
    let ready_handler = http_or(below_root(&readiness.path), &quiet, any_answer);
    let start_handler =
        http_or(below_root(&startup.path).or(below_root(&liveness.path)), &headers, || live_handler.clone());
    Probes {
        startup: probe(&startup, start_handler, &Timing { period: 5, timeout: PROBE_TIMEOUT, seconds: 150 }, None),
        liveness: probe(
            &liveness,
            live_handler,
            &Timing { period: 10, timeout: PROBE_TIMEOUT, seconds: 60 },
            section.liveness.is_none().then_some("No health path is known: an open port counts as alive."),
        ),
        readiness: probe(
            &readiness,
            ready_handler,
            // A Python that starts costs 80 ms of CPU, a request of the kubelet's own hardly any.
            &Timing { period: if readiness.path.is_some() { 5 } else { 10 }, timeout: PROBE_TIMEOUT, seconds: 20 },
            section.readiness.is_none().then_some("No health path is known: any answer below 500 counts as ready."),
        ),
        headers: quiet,
    }
}

/// The probe at `key`, its path checked.
fn probe_table(section: Option<&ProbeSection>, key: &str, faults: &mut Faults<'_>) -> ProbeTable {
    let (table, path): (ProbeTable, &[&str]) = match section {
        None => return ProbeTable::default(),
        Some(ProbeSection::Path(path)) => {
            (ProbeTable { path: Some(path.clone()), ..ProbeTable::default() }, &["probes", key])
        }
        Some(ProbeSection::Table(table)) => (table.clone(), &["probes", key, "path"]),
    };
    if let (Some(period), Some(timeout)) = (table.period, table.timeout)
        && timeout > period
    {
        let help = "a probe that is not answered within its period overlaps the next one";
        let message = format!("`probes.{key}` waits longer than its period");
        let period: (&[&str], &str) = (&["probes", key, "period"], "");
        faults.contradiction(&message, (&["probes", key, "timeout"], ""), period, help);
    }
    ProbeTable { path: faults.optional::<UrlPath>(table.path.as_ref(), path), ..table }
}

/// The `Host` header: of `[probes]`, of `[expose]`, or one that Django allows by default.
fn probe_host(config: &Config, faults: &mut Faults<'_>) -> Option<String> {
    let (written, path): (&str, &[&str]) = match (&config.probes.host, &config.expose.host) {
        (Some(host), _) => (host, &["probes", "host"]),
        (None, Some(host)) => (host, &["expose", "host"]),
        (None, None) => {
            let is_django = config.app.framework == Framework::Django;
            return is_django.then(|| allowed_host(config).unwrap_or("localhost".into()));
        }
    };
    let host: HostName = faults.parse(written, path)?;
    agree_with_allowed_hosts(config, host.as_ref(), path, faults);
    Some(host.to_string())
}

/// The first host that a variable such as `ALLOWED_HOSTS` names in full.
fn allowed_host(config: &Config) -> Option<String> {
    let (_, hosts) = hosts_of_django(config)?;
    hosts.into_iter().find(|host| host.parse::<HostName>().is_ok()).map(str::to_owned)
}

/// The variable of `[config]` that holds Django's `ALLOWED_HOSTS`, and its hosts.
fn hosts_of_django(config: &Config) -> Option<(&str, Vec<&str>)> {
    let (name, value) = config.config.iter().find(|(name, _)| name.ends_with("ALLOWED_HOSTS"))?;
    Some((name, allowed_hosts::words(value).collect()))
}

/// Django answers 400 to a probe whose `Host` it does not know, and the rollout hangs.
fn agree_with_allowed_hosts(config: &Config, host: &str, path: &[&str], faults: &mut Faults<'_>) {
    if config.app.framework != Framework::Django {
        return;
    }
    let Some((name, hosts)) = hosts_of_django(config) else { return };
    if allowed_hosts::hold(hosts, host) {
        return;
    }
    let fault = Diagnostic::error(format!("Django would answer 400 to every probe: `{host}` is not in `{name}`"));
    let fault = faults.document().at_value(fault, path, "the Host header of the probes");
    let fault = faults.document().at_value(fault, &["config", name], "");
    faults.push(fault.help(format!("add `{host}` to `{name}`, or set [probes] host")));
}

fn probe_headers(framework: Framework, host: Option<&str>) -> Vec<Header> {
    let is_django = framework == Framework::Django;
    let mut headers = Vec::new();
    if let Some(host) = host {
        let comment =
            is_django.then_some("Without it the kubelet sends the pod's IP, which ALLOWED_HOSTS refuses with 400.");
        headers.push(Header { name: "Host", value: host.to_owned(), comment });
    }
    if is_django {
        let comment = Some("With SECURE_SSL_REDIRECT a plain request is only redirected and never reaches the view.");
        headers.push(Header { name: "X-Forwarded-Proto", value: "https".into(), comment });
    }
    headers
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
        Some(path) => ProbeHandler::HttpGet(HttpGet { path, port: HTTP.into(), http_headers: headers.to_vec() }),
        None => otherwise(),
    }
}
