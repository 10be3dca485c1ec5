//! Workers with a `port`: processes of the same image that take requests, such as `daphne` beside gunicorn.

use super::super::component::Component;
use super::super::network::{Destination, IngressRule, Route, Service, ServicePort};
use super::super::object::{Kind, Object};
use super::super::pod::{Container, ContainerPort, HttpGet, Probe, ProbeHandler};
use super::super::value::{RoutePath, UrlPath};
use super::faults::Faults;
use super::names::Names;
use super::probes::HTTP;
use super::{ResolvedSections, SERVICE_PORT, network_policy};
use crate::config::section::{Config, ExposeKind, WorkerSection};

/// A process that takes requests.
#[derive(Clone, Debug)]
pub(super) struct Listener {
    component: Component,
    /// Name of its Service, and `app.kubernetes.io/instance` of its pods.
    name: String,
    port: u32,
    /// Prefix of the requests from outside that are for it.
    path: Option<String>,
    health: Option<String>,
}

/// The workers with a port; `web` says what routes to the web workload, and its path.
pub(super) fn resolve(
    config: &Config,
    names: &Names,
    web: (ExposeKind, &str),
    faults: &mut Faults<'_>,
) -> Vec<Listener> {
    let mut found: Vec<Listener> = Vec::new();
    for (worker, section) in &config.workers {
        let place = |key| ["workers", worker, key];
        if section.port.is_none() {
            for key in ["path", "health"] {
                if faults.has(&place(key)) {
                    faults.refuse(&place(key), "needs `port`: it is not known where the process listens");
                }
            }
            continue;
        }
        let component = Component::Worker(worker.clone());
        let health = faults.optional::<UrlPath>(section.health.as_ref(), &place("health"));
        if health.is_some() && section.heartbeat.is_some() {
            let message = format!("the liveness of the worker `{worker}` is probed in two ways");
            let help = "keep `health` for a process that answers requests, `heartbeat` for one that does not";
            faults.contradiction(&message, (&place("health"), ""), (&place("heartbeat"), ""), help);
        }
        let path = path(worker, section, web, &found, faults);
        let (name, port) = (names.of(&component), section.port.unwrap_or_default());
        found.push(Listener { component, name, port, path, health });
    }
    found
}

/// The prefix of the requests that are for the worker and for nobody else.
fn path(
    worker: &str,
    section: &WorkerSection,
    (kind, web_path): (ExposeKind, &str),
    others: &[Listener],
    faults: &mut Faults<'_>,
) -> Option<String> {
    let place = ["workers", worker, "path"];
    let path = faults.optional::<RoutePath>(section.path.as_ref(), &place)?;
    if !matches!(kind, ExposeKind::Ingress | ExposeKind::Gateway) {
        let expose: &[&str] = if faults.has(&["expose", "kind"]) { &["expose", "kind"] } else { &["expose"] };
        let message = format!("nothing routes `{path}` to the worker `{worker}`");
        let help = "paths belong to an Ingress or a Gateway: [expose] host";
        faults.contradiction(&message, (&place, "a path"), (expose, "no paths"), help);
    }
    let same = |one: &str| one.trim_end_matches('/') == path.trim_end_matches('/');
    if same(web_path) {
        let message = format!("`{path}` is the path of the web workload");
        let expose: &[&str] = if faults.has(&["expose", "path"]) { &["expose", "path"] } else { &["expose"] };
        faults.contradiction(
            &message,
            (&place, "to the worker"),
            (expose, "to the web workload"),
            "give it another path",
        );
    }
    if let Some(other) = others.iter().find(|other| other.path.as_deref().is_some_and(same)) {
        faults.refuse(&place, &format!("is the path of `{}` as well", other.name));
    }
    Some(path)
}

/// The listener that the worker called `component` is.
pub(super) fn of<'p>(parts: &'p ResolvedSections, component: &Component) -> Option<&'p Listener> {
    parts.listeners.iter().find(|listener| listener.component == *component)
}

impl Listener {
    /// Puts port, probes and a pause before the end on `container`: requests still come until every proxy knows.
    ///
    /// Started and alive is what answers on `health`, ready what takes connections: a restart mends a hang, and taking the
    /// pod out of its Service does not. Without `health`, the liveness probe of all workers stays.
    pub(super) fn listen(&self, parts: &ResolvedSections, container: &mut Container) {
        container.ports = vec![ContainerPort { name: HTTP.into(), container_port: self.port }];
        container.pre_stop_sleep = (parts.server.drain > 0).then_some(parts.server.drain);
        let open = ProbeHandler::TcpSocket { port: HTTP.into() };
        let probe = |handler: &ProbeHandler, period_seconds, failure_threshold| Probe {
            handler: handler.clone(),
            period_seconds,
            timeout_seconds: 3,
            failure_threshold,
            comment: None,
        };
        container.readiness_probe = Some(probe(&open, 5, 4));
        if let Some(path) = &self.health {
            let http_headers = parts.probes.headers.clone();
            let healthy = ProbeHandler::HttpGet(HttpGet { path: path.clone(), port: HTTP.into(), http_headers });
            // The start may take as long as that of the web workload.
            container.startup_probe = Some(probe(&healthy, 5, 30));
            container.liveness_probe = Some(probe(&healthy, 10, 6));
        }
    }

    /// The Service, and the policy that lets callers in.
    pub(super) fn objects(&self, parts: &ResolvedSections) -> Vec<Object> {
        let component = &self.component;
        let ports = vec![ServicePort::http(SERVICE_PORT, HTTP)];
        let service = Service::cluster_ip(parts.names.match_labels(component), ports);
        let file = format!("{component}-service");
        let mut objects = vec![parts.names.object(component, &file, Kind::Service(service))];
        let inside = IngressRule { port: HTTP, namespace: None, app: Some(parts.names.app.to_string()) };
        let proxy = IngressRule { port: HTTP, namespace: parts.exposure.from_namespace.clone(), app: None };
        let rules = if self.path.is_some() { vec![inside, proxy] } else { vec![inside] };
        objects.extend(network_policy::lets_in(parts, component, &format!("{component}-network-policy"), rules));
        objects
    }

    /// What brings requests from outside.
    pub(super) fn route(&self) -> Option<Route> {
        Some(Route { path: self.path.clone()?, service_name: self.name.clone() })
    }

    /// Where the application's other pods connect to.
    pub(super) fn destination(&self) -> Destination {
        Destination { comment: self.name.clone(), cidr: None, instance: Some(self.name.clone()), port: self.port }
    }
}

/// The routes of all workloads that are reached from outside: the web workload's first.
pub(super) fn routes(parts: &ResolvedSections) -> Vec<Route> {
    let web = Route { path: parts.exposure.path.clone(), service_name: parts.names.of(super::WEB) };
    std::iter::once(web).chain(parts.listeners.iter().filter_map(Listener::route)).collect()
}

#[cfg(test)]
mod tests {
    use crate::app::{Options, resolve};
    use crate::config::parse;

    /// The files of an application whose `app.toml` ends with `more`, or what is wrong with it.
    fn files(more: &str) -> Result<crate::file_set::FileSet, String> {
        let text = format!(
            "[app]\nname = \"shop\"\nframework = \"django\"\nentrypoint = \"shop:app\"\n\
             [image]\nrepository = \"ghcr.io/acme/shop\"\n{more}"
        );
        let (config, document) = parse("app.toml".into(), text).map_err(|faults| faults.render(false))?;
        let app = resolve(&config, &document, &Options::default()).map_err(|faults| faults.render(false))?;
        crate::render::render(&app).map_err(|error| error.to_string())
    }

    const HOST: &str = "[expose]\nhost = \"shop.example.com\"\nfrom-namespace = \"ingress\"\n";
    const WORKER: &str = "[workers.ws]\ncommand = \"daphne\"\n";

    #[test]
    fn requests_below_its_path_go_to_the_worker_and_all_others_to_the_web_workload() {
        let files = files(&format!("{HOST}{WORKER}port = 8001\npath = \"/ws\"\nhealth = \"/ws/livez\"\n")).unwrap();
        let ingress = files.get("k8s/ingress.yaml").unwrap();
        let (web, worker) = (ingress.find("path: /\n").unwrap(), ingress.find("path: /ws\n").unwrap());
        assert!(web < worker && ingress[worker..].contains("name: shop-worker-ws\n"), "{ingress}");
        let deployment = files.get("k8s/worker-ws-deployment.yaml").unwrap();
        for part in
            ["containerPort: 8001", "path: /ws/livez", "name: Host", "preStop", "terminationGracePeriodSeconds: 70"]
        {
            assert!(deployment.contains(part), "{part}: {deployment}");
        }
        let policy = files.get("k8s/worker-ws-network-policy.yaml").unwrap();
        assert!(policy.contains("kubernetes.io/metadata.name: ingress"), "{policy}");
    }

    #[test]
    fn without_a_path_only_the_application_reaches_it() {
        let files = files(&format!("{HOST}{WORKER}port = 5555\n")).unwrap();
        assert!(!files.get("k8s/ingress.yaml").unwrap().contains("worker"));
        let policy = files.get("k8s/worker-ws-network-policy.yaml").unwrap();
        assert!(
            policy.contains("app.kubernetes.io/name: shop") && !policy.contains("metadata.name: ingress"),
            "{policy}"
        );
    }

    #[test]
    fn what_contradicts_itself_is_refused_with_the_way_out() {
        for (more, message) in [
            (format!("{HOST}{WORKER}path = \"/ws\"\n"), "`workers.ws.path` needs `port`"),
            (format!("{WORKER}port = 1\npath = \"/ws\"\n"), "nothing routes `/ws` to the worker `ws`"),
            (format!("{HOST}{WORKER}port = 1\npath = \"/\"\n"), "is the path of the web workload"),
            (format!("{WORKER}port = 1\nhealth = \"/x\"\nheartbeat = true\n"), "is probed in two ways"),
            (
                format!(
                    "{HOST}{WORKER}port = 1\npath = \"/ws\"\n[workers.b]\ncommand = \"b\"\nport = 2\npath = \"/ws/\"\n"
                ),
                "is the path of",
            ),
        ] {
            let faults = files(&more).unwrap_err();
            assert!(faults.contains(message), "{more}: {faults}");
        }
    }
}
