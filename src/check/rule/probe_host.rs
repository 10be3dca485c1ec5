//! Probes of a Django service carry a Host header: without one Django sees the pod's address, which no `ALLOWED_HOSTS`
//! holds, and answers 400 to every probe.

use serde_json::Value;

use super::Report;
use crate::check::tree::Bundle;
use crate::kube::value::{entries, items};
use crate::kube::workload::{Container, data_keys};
use crate::vocabulary::allowed_hosts;

/// The variable that only Django reads.
const MARK: &str = "DJANGO_SETTINGS_MODULE";

/// Commands that Django brings: a `manage.py` of Flask has others.
/// Source: <https://docs.djangoproject.com/en/stable/ref/django-admin/#available-commands>
const COMMANDS: [&str; 6] =
    ["migrate", "clearsessions", "collectstatic", "createcachetable", "loaddata", "sendtestemail"];

pub(super) fn check(bundle: &Bundle, report: &mut Report) {
    let containers =
        || bundle.workloads().flat_map(|workload| workload.containers().map(move |container| (workload, container)));
    let images: Vec<&Value> = containers()
        .filter(|(_, container)| runs_django(bundle, *container))
        .map(|(_, container)| &container.value["image"])
        .collect();
    let mut hosts: Vec<&str> = Vec::new();
    // A container beside the application answers whoever asks.
    for (workload, container) in containers().filter(|(_, container)| images.contains(&&container.value["image"])) {
        for (key, probe) in container.probes().filter(|(_, probe)| !probe["httpGet"].is_null()) {
            let header = items(&probe["httpGet"]["httpHeaders"])
                .find(|header| header["name"].as_str().is_some_and(|name| name.eq_ignore_ascii_case("host")));
            match header.and_then(|header| header["value"].as_str()) {
                None | Some("") => {
                    report.fault(workload.object, format!("{key} carries no Host header, and Django will answer 400"));
                }
                Some(host) => hosts.push(host),
            }
        }
    }
    hosts.sort_unstable();
    hosts.dedup();
    for map in bundle.of_kind("ConfigMap") {
        for (key, value) in entries(&map.value["data"]).filter(|(key, _)| key.ends_with("ALLOWED_HOSTS")) {
            let allowed = value.as_str().unwrap_or_default();
            for host in hosts.iter().filter(|host| !is_allowed(host, allowed)) {
                report.fault(map, format!("`{key}` does not allow `{host}`, which the probes ask for"));
            }
        }
    }
    if let ([first, second, ..], Some(workload)) = (hosts.as_slice(), bundle.workloads().next()) {
        report.policy(workload.object, format!("probes ask for different hosts, `{first}` and `{second}`"));
    }
}

/// Whether the text of `ALLOWED_HOSTS` holds `host`, which may have a port.
fn is_allowed(host: &str, allowed: &str) -> bool {
    let host = host.split(':').next().unwrap_or(host);
    allowed_hosts::hold(allowed_hosts::words(allowed), host)
}

/// Whether the container is given Django's variable, or runs a command of Django.
fn runs_django(bundle: &Bundle, container: Container) -> bool {
    // Several commands may be in one word of a shell.
    let words: Vec<&str> = container.words().flat_map(str::split_whitespace).collect();
    let is_command = |pair: &[&str]| pair[0].ends_with("manage.py") && COMMANDS.contains(&pair[1]);
    let mut variables = items(&container.value["env"]).filter_map(|variable| variable["name"].as_str());
    let says_so = words.windows(2).any(is_command) || variables.any(|name| name == MARK);
    says_so
        || items(&container.value["envFrom"])
            .filter_map(|source| bundle.find("ConfigMap", source["configMapRef"]["name"].as_str()?))
            .any(|map| data_keys(map).contains(&MARK))
}

#[cfg(test)]
mod tests {
    use crate::check::Level::{Fault, Policy};
    use crate::check::fixture::Sample;

    const RULE: &str = "probe-host";
    const DEPLOYMENT: &str = "k8s/deployment.yaml";
    const HEADER: &str =
        "              httpHeaders:\n                - name: Host\n                  value: shop.example.com\n";

    #[test]
    fn django_gets_a_host() {
        Sample::good().assert_silent(RULE);
        Sample::good().edit(DEPLOYMENT, HEADER, "").assert_finds(RULE, Fault, "startupProbe carries no Host header");
        Sample::good().edit(DEPLOYMENT, HEADER, &HEADER.replace("Host", "X-Forwarded-Proto")).assert_finds(
            RULE,
            Fault,
            "no Host header",
        );
        Sample::good().edit(DEPLOYMENT, HEADER, &HEADER.replace("shop.", "www.")).assert_finds(
            RULE,
            Policy,
            "different hosts",
        );
    }

    #[test]
    fn the_host_is_allowed() {
        let with = |hosts: &str| {
            Sample::good().edit("k8s/config-map.yaml", "LOG_LEVEL: info", &format!("DJANGO_ALLOWED_HOSTS: \"{hosts}\""))
        };
        for good in [
            "shop.example.com",
            "a.example.com,shop.example.com",
            "localhost .example.com",
            "*",
            "['shop.example.com']",
        ] {
            with(good).assert_silent(RULE);
        }
        for bad in ["", "example.com", "www.example.com", ".shop.example.org"] {
            with(bad).assert_finds(RULE, Fault, "does not allow `shop.example.com`");
        }
    }

    #[test]
    fn a_container_beside_it_needs_none() {
        let beside = "          ports:\n            - name: metrics\n              containerPort: 2020\n          livenessProbe:\n            httpGet:\n              path: /\n              port: metrics\n";
        let image = "          image: cr.fluentbit.io/fluent/fluent-bit:4.1.1\n";
        Sample::good().edit(DEPLOYMENT, image, &format!("{image}{beside}")).assert_silent(RULE);
    }

    #[test]
    fn others_need_none() {
        let of_flask =
            [("manage.py, migrate", "manage.py, db, upgrade"), ("manage.py, clearsessions", "manage.py, work")];
        for [(migrate, other), (clear, another)] in [[("manage.py", "alembic"), ("manage.py", "job.py")], of_flask] {
            Sample::good()
                .edit("k8s/config-map.yaml", "DJANGO_SETTINGS_MODULE", "SETTINGS")
                .edit("k8s/migrate.yaml", migrate, other)
                .edit("k8s/clear-sessions.yaml", clear, another)
                .edit(DEPLOYMENT, HEADER, "")
                .assert_silent(RULE);
        }
    }
}
