//! Pods of the application's image: what is around the container, and the exceptions for validators.

use std::collections::BTreeMap;

use super::super::component::Component;
use super::super::pod::{Container, PodSettings, PodTemplate, Toleration, Volume, VolumeMount};
use super::super::value::HostName;
use super::faults::Faults;
use super::{ResolvedSections, containers, secrets};
use crate::config::defaults;
use crate::config::section::Config;
use crate::credential;
use crate::kube::grammar::name::{label_value, qualified_name};

/// Users below it are taken for those of the node.
const LOWEST_OWN_USER: u32 = 10_000;

/// The settings of every pod. A new key that ends in all of them is resolved here.
pub(super) fn resolve(config: &Config, faults: &mut Faults<'_>) -> PodSettings {
    let priority_class = config.app.priority_class.as_ref();
    let section = &config.pods;
    PodSettings {
        user: config.security.user.unwrap_or(defaults::security::USER),
        priority_class_name: priority_class.and_then(|name| faults.parse(name, &["app", "priority-class"])),
        own_labels: labels(&section.labels, "labels", faults),
        own_annotations: annotations(&section.annotations, "annotations", faults),
        node_selector: node_selector(config, faults),
        tolerations: tolerations(&section.tolerations, faults),
        host_aliases: host_aliases(&section.host_aliases, faults),
        dns_options: dns_options(&section.dns_options, faults),
    }
}

/// Label of a node that names the architecture of its processor.
/// Source: <https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-arch>
const ARCHITECTURE: &str = "kubernetes.io/arch";

/// Labels that a node must have; an image of one platform runs on nodes of its architecture only.
fn node_selector(config: &Config, faults: &mut Faults<'_>) -> BTreeMap<String, String> {
    let mut selector = labels(&config.pods.node_selector, "node-selector", faults);
    let platforms: Vec<&str> = config.image.platforms.iter().map(|platform| platform.architecture()).collect();
    let written = selector.get(ARCHITECTURE).cloned();
    match (&platforms[..], written) {
        ([], _) => {}
        (several, Some(written)) if !several.contains(&written.as_str()) => {
            let message = format!("the pods run on nodes of `{written}`, and the image is not built for them");
            let (one, other) = (["pods", "node-selector", ARCHITECTURE], ["image", "platforms"]);
            let help = format!("add \"linux/{written}\" to `platforms`, or choose other nodes");
            faults.contradiction(&message, (&one, "the nodes"), (&other, "the image"), &help);
        }
        ([one], None) => drop(selector.insert(ARCHITECTURE.into(), (*one).into())),
        _ => {}
    }
    selector
}

/// Labels of `[pods] KEY`.
fn labels(written: &BTreeMap<String, String>, of: &str, faults: &mut Faults<'_>) -> BTreeMap<String, String> {
    for (key, value) in written {
        let path = ["pods", of, key.as_str()];
        if let Err(clause) = qualified_name(key).and_then(|()| label_value(value)) {
            faults.refuse(&path, &format!("must be a label: {clause}"));
        } else if of == "labels" && key.starts_with("app.kubernetes.io/") {
            faults.refuse(&path, "is one of pykube's own labels, by which Services and policies select the pods");
        }
    }
    written.clone()
}

/// Annotations of `[pods] KEY`.
pub(super) fn annotations(
    written: &BTreeMap<String, String>,
    of: &str,
    faults: &mut Faults<'_>,
) -> BTreeMap<String, String> {
    for (key, value) in written {
        let path = ["pods", of, key.as_str()];
        faults.refuse_control_characters(value, &path);
        if qualified_name(key).is_err() {
            faults.refuse(&path, "must be the key of an annotation: `example.com/name`");
        }
        if credential::why(key, value).is_some() {
            faults.refuse_credential(key, value, &path);
        }
    }
    written.clone()
}

/// Taints as `kubectl taint` writes them.
/// Source: <https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/>
fn tolerations(written: &[String], faults: &mut Faults<'_>) -> Vec<Toleration> {
    let toleration = |text: &str| {
        let (taint, effect) = text.rsplit_once(':')?;
        let (key, value) = taint.split_once('=').map_or((taint, None), |(key, value)| (key, Some(value)));
        let is_known = ["NoSchedule", "PreferNoSchedule", "NoExecute"].contains(&effect);
        let is_label = qualified_name(key).is_ok() && value.is_none_or(|value| label_value(value).is_ok());
        let (key, value, effect) = (key.to_owned(), value.map(str::to_owned), effect.to_owned());
        (is_known && is_label).then_some(Toleration { key, value, effect })
    };
    let mut found = Vec::new();
    for (index, text) in written.iter().enumerate() {
        match toleration(text) {
            Some(toleration) => found.push(toleration),
            None => faults.refuse(
                &["pods", "tolerations", &index.to_string()],
                "must be `key=value:EFFECT` or `key:EFFECT`, the effect `NoSchedule`, `PreferNoSchedule` or `NoExecute`",
            ),
        }
    }
    found
}

fn host_aliases(written: &BTreeMap<String, Vec<String>>, faults: &mut Faults<'_>) -> BTreeMap<String, Vec<String>> {
    for (address, names) in written {
        let path = ["pods", "host-aliases", address.as_str()];
        if address.parse::<std::net::IpAddr>().is_err() {
            faults.refuse(&path, "must be an IP address");
        }
        if names.is_empty() {
            faults.refuse(&path, "needs a name");
        }
        faults.parse_all::<HostName>(names, &path);
    }
    written.clone()
}

/// Options of `resolv.conf`; one without a value has an empty text.
fn dns_options(written: &BTreeMap<String, String>, faults: &mut Faults<'_>) -> BTreeMap<String, String> {
    for (name, value) in written {
        let is_word = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if name.is_empty() || !is_word(name) || !is_word(value) {
            faults.refuse(&["pods", "dns-options", name], "must be an option of resolv.conf, such as `ndots = \"2\"`");
        }
    }
    written.clone()
}

/// A pod with one container of the application's image and what a read-only root needs.
pub(super) fn pod_template(
    parts: &ResolvedSections,
    component: &Component,
    container: Container,
    faults: &mut Faults<'_>,
) -> PodTemplate {
    let (mounts, mut volumes) = pod_volumes(parts, component, faults);
    let extra = containers::around(parts, component, &mounts, faults);
    volumes.extend(extra.volumes);
    let mut containers = vec![Container { volume_mounts: mounts, ..container }];
    containers.extend(extra.beside);
    PodTemplate {
        automount_service_account_token: parts.rbac.iter().any(|rule| component.is_on(rule.on.as_deref())),
        init_containers: extra.before,
        volumes,
        ..PodTemplate::new(parts.names.labels(component), parts.names.app.to_string(), parts.pod.clone(), containers)
    }
}

/// Mounts of the application's containers, and the volumes of their pod.
fn pod_volumes(
    parts: &ResolvedSections,
    component: &Component,
    faults: &mut Faults<'_>,
) -> (Vec<VolumeMount>, Vec<Volume>) {
    let (mut mounts, mut volumes) = parts.security.writable_folders();
    let (secret_mounts, secret_volumes) = secrets::volumes(parts);
    mounts.extend(secret_mounts);
    volumes.extend(secret_volumes);
    for shared in parts.volumes.iter().filter(|volume| component.is_on(volume.on.as_deref())) {
        if mounts.iter().any(|other| other.mount_path == shared.mount.mount_path) {
            faults.refuse(&["volumes", &shared.mount.name, "mount"], "is mounted already");
        }
        mounts.push(shared.mount.clone());
        volumes.push(shared.volume.clone());
    }
    (mounts, volumes)
}

/// Annotations that tell a validator why a rule of its is not met.
pub(super) fn exceptions(parts: &ResolvedSections, template: &PodTemplate) -> BTreeMap<String, String> {
    let containers = || template.containers.iter().chain(&template.init_containers);
    let mut reasons: Vec<(&str, &str)> = Vec::new();
    if containers().any(|container| container.resources.cpu_limit.is_none()) {
        reasons.push(("CKV_K8S_11", "app.toml asks for no CPU limit"));
    }
    if containers().flat_map(|container| &container.env).any(|variable| variable.secret_key_ref.is_some()) {
        reasons.push(("CKV_K8S_35", "the framework reads its secrets from variables; each is one named key"));
    }
    if template.automount_service_account_token {
        reasons.push(("CKV_K8S_38", "the application calls the Kubernetes API, with the rights of its Role only"));
    }
    if parts.web.len() > 1 {
        reasons.push(("CKV_K8S_43", "two versions run side by side, each by its tag"));
    } else if !parts.image.by_digest {
        reasons.push(("CKV_K8S_43", "the workflow deploys by digest"));
    } else if containers().any(|container| !container.image.contains('@')) {
        reasons.push(("CKV_K8S_43", "app.toml names the tag of another image"));
    }
    let users = containers().filter_map(|container| container.user).chain([template.settings.user]);
    if users.min().is_some_and(|user| user < LOWEST_OWN_USER) {
        reasons.push(("CKV_K8S_40", "app.toml sets the user"));
    }
    checkov_skips(&reasons)
}

/// Rules of checkov that are not met, each with its reason.
/// Source: <https://www.checkov.io/2.Concepts/Suppressing%20and%20Skipping%20Policies.html>
pub(super) fn checkov_skips(reasons: &[(&str, &str)]) -> BTreeMap<String, String> {
    let numbered = reasons.iter().enumerate();
    numbered
        .map(|(index, (rule, reason))| (format!("checkov.io/skip{}", index + 1), format!("{rule}={reason}")))
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::app::{Options, resolve};
    use crate::config::parse;

    /// The classes of the pods of an application and its Redis, or what is wrong with `key`.
    fn classes(key: &str) -> Result<Vec<Option<String>>, String> {
        let text = format!(
            "[app]\nname = \"shop\"\nframework = \"flask\"\nentrypoint = \"shop:app\"\n{key}\n\
             [image]\nrepository = \"ghcr.io/acme/shop\"\n\
             [cron.tidy]\nschedule = \"0 3 * * *\"\ncommand = \"tidy\"\n[services.cache]\nkind = \"redis\"\n"
        );
        let (config, document) = parse("app.toml".into(), text).map_err(|faults| faults.render(false))?;
        let app = resolve(&config, &document, &Options::default()).map_err(|faults| faults.render(false))?;
        let files = crate::render::render(&app).map_err(|error| error.to_string())?;
        let pods = files.iter().filter(|(_, text)| text.contains("enableServiceLinks"));
        Ok(pods
            .map(|(_, text)| {
                text.split("priorityClassName: ").nth(1).map(|rest| rest.lines().next().unwrap().to_owned())
            })
            .collect())
    }

    #[test]
    fn every_pod_has_the_priority_class_that_is_asked_for_and_none_otherwise() {
        assert_eq!(classes("").unwrap(), [None, None, None]);
        assert_eq!(classes("priority-class = \"high\"").unwrap(), vec![Some("high".to_owned()); 3]);
        let fault = classes("priority-class = \"High one\"").unwrap_err();
        assert!(fault.contains("`app.priority-class` must be a Kubernetes object name"), "{fault}");
    }
}
