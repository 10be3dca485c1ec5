//! The server listens on all addresses, at the port that the image exposes and the containers declare.

use super::Report;
use crate::check::tree::{Bundle, Tree};
use crate::file_set::{file_name, in_folder, parent};
use crate::kube::dockerfile::{Dockerfile, exec_form};
use crate::kube::workload::Workload;

/// Options that name an address with its port, by server.
///
/// Sources: gunicorn settings, hypercorn configuration, uWSGI options.
const ADDRESS: &[&str] = &["--bind", "-b", "--http", "--http-socket", "--socket"];
/// Options that name the port alone, and those that name the host alone: uvicorn, granian, fastapi, flask.
const PORT: &[&str] = &["--port"];
const HOST: &[&str] = &["--host"];
/// Options that name a file in which gunicorn finds `bind`.
const CONFIG: &[&str] = &["--config", "-c"];

pub(super) fn check(tree: &Tree, report: &mut Report) {
    for (path, dockerfile) in &tree.dockerfiles {
        let Some(exposed) = dockerfile.effective("EXPOSE") else { continue };
        let port = exposed.arguments.split('/').next().unwrap_or_default();
        if let Some(listening) = listening(tree, path, dockerfile) {
            if listening.port.as_deref().is_some_and(|bound| bound != port) {
                let bound = listening.port.unwrap_or_default();
                report.fault_in(path, format!("exposes port {port}, and its server listens on {bound}"));
            }
            if listening.host.as_deref().is_some_and(|host| !matches!(host, "0.0.0.0" | "[::]" | "::" | "")) {
                let host = listening.host.unwrap_or_default();
                report.fault_in(
                    path,
                    format!("its server listens on `{host}` only, where no probe can reach it: it needs 0.0.0.0"),
                );
            }
        }
        let declares = |bundle: &Bundle| bundle.workloads().any(|workload| workload.has_port(port));
        let has_ports = |bundle: &Bundle| bundle.workloads().any(has_http_port);
        if tree.dockerfiles.len() == 1 && tree.bundles.iter().any(|bundle| has_ports(bundle) && !declares(bundle)) {
            report.fault_in(path, format!("exposes port {port}, which no container declares"));
        }
    }
}

/// Whether the workload serves HTTP from an image of ours: it has a probe or port called `http`.
fn has_http_port(workload: Workload) -> bool {
    workload.has_port("http")
}

/// Where the server listens, as far as it is said.
#[derive(Default)]
struct Listening {
    host: Option<String>,
    port: Option<String>,
}

/// What command line and gunicorn's configuration say; nothing when neither does.
fn listening(tree: &Tree, path: &str, dockerfile: &Dockerfile) -> Option<Listening> {
    let mut words = Vec::new();
    for keyword in ["ENTRYPOINT", "CMD"] {
        words.extend(dockerfile.effective(keyword).and_then(exec_form).into_iter().flatten());
    }
    let mut listening = Listening::default();
    for (place, word) in words.iter().enumerate() {
        let (option, value) = match word.split_once('=') {
            Some((option, value)) => (option, Some(value)),
            None => (word.as_str(), words.get(place + 1).map(String::as_str)),
        };
        let Some(value) = value else { continue };
        if ADDRESS.contains(&option) {
            listening.take_address(value);
        } else if PORT.contains(&option) {
            listening.port = Some(value.to_owned());
        } else if HOST.contains(&option) {
            listening.host = Some(value.to_owned());
        } else if CONFIG.contains(&option) {
            listening.take_gunicorn_config(tree, path, value);
        }
    }
    (listening.host.is_some() || listening.port.is_some()).then_some(listening)
}

impl Listening {
    fn take_address(&mut self, address: &str) {
        if let Some((host, port)) = address.rsplit_once(':') {
            self.host = Some(host.to_owned());
            self.port = Some(port.to_owned());
        }
    }

    /// `bind = "…"` in a generated configuration of gunicorn, found beside the Dockerfile by the end of its path.
    fn take_gunicorn_config(&mut self, tree: &Tree, dockerfile: &str, config: &str) {
        let beside = in_folder(parent(dockerfile), file_name(config));
        let Some(text) = tree.files.get(&beside) else { return };
        let bind = text.lines().find_map(|line| line.strip_prefix("bind = "));
        if let Some(address) = bind.and_then(|value| value.trim().strip_prefix('"')?.strip_suffix('"')) {
            self.take_address(address);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Level::Fault;
    use crate::check::fixture::Sample;

    const RULE: &str = "bind-address";
    const COMMAND: &str = "\"gunicorn\", \"--config\", \"/app/gunicorn.conf.py\", \"config.wsgi:application\"";

    #[test]
    fn the_configuration_of_gunicorn_agrees() {
        Sample::good().assert_silent(RULE);
        Sample::good().edit("gunicorn.conf.py", ":8000", ":8080").assert_finds(RULE, Fault, "listens on 8080");
        Sample::good().edit("gunicorn.conf.py", "0.0.0.0", "127.0.0.1").assert_finds(RULE, Fault, "`127.0.0.1` only");
        Sample::good().without("gunicorn.conf.py").assert_silent(RULE);
    }

    #[test]
    fn the_command_line_agrees() {
        let with = |command: &str| Sample::good().edit("Dockerfile", COMMAND, command);
        with("\"uvicorn\", \"a:b\", \"--host\", \"0.0.0.0\", \"--port\", \"8000\"").assert_silent(RULE);
        with("\"uvicorn\", \"a:b\", \"--host\", \"0.0.0.0\", \"--port=9000\"").assert_finds(
            RULE,
            Fault,
            "listens on 9000",
        );
        with("\"uvicorn\", \"a:b\", \"--host=localhost\"").assert_finds(RULE, Fault, "`localhost` only");
        with("\"gunicorn\", \"-b\", \"[::]:8000\", \"a:b\"").assert_silent(RULE);
        with("\"hypercorn\", \"--bind\", \"0.0.0.0:81\", \"a:b\"").assert_finds(RULE, Fault, "listens on 81");
    }

    #[test]
    fn a_container_declares_what_is_exposed() {
        Sample::good().edit("k8s/deployment.yaml", "containerPort: 8000", "containerPort: 8001").assert_finds(
            RULE,
            Fault,
            "which no container declares",
        );
    }
}
