//! The web workload: a Deployment, a StatefulSet, or a Deployment for each colour.

use super::super::network::IngressRule;
use super::super::object::{Kind, Object};
use super::super::pod::{PodTemplate, Spread};
use super::super::workload::Deployment;
use super::faults::Faults;
use super::network_policy;
use super::probes::HTTP;
use super::web_variant::WebVariant;
use super::{ResolvedSections, app_container, autoscaler, expose, migrations, monitoring, object, pod, stateful};

/// Everything that serves requests.
pub(super) fn objects(parts: &ResolvedSections, faults: &mut Faults<'_>) -> Vec<Object> {
    let mut objects = Vec::new();
    for variant in &parts.web {
        objects.extend(variant_objects(parts, variant, faults));
    }
    objects.extend(expose::objects(parts));
    objects
}

fn variant_objects(parts: &ResolvedSections, variant: &WebVariant, faults: &mut Faults<'_>) -> Vec<Object> {
    let component = &variant.component;
    let template = pod_template(parts, variant, faults);
    let mut metadata = parts.names.metadata(component);
    metadata.labels.extend(variant.labels(&parts.names));
    metadata.annotations = pod::exceptions(parts, &template);
    let mut objects = Vec::new();
    if let Some(stateful) = &parts.stateful {
        objects.extend(stateful::objects(parts, stateful, metadata, template, faults));
    } else {
        let deployment = Deployment {
            replicas: parts.scaling.fixed(),
            progress_deadline_seconds: parts.rollout_deadline,
            rolling_update: parts.scaling.rolling_update.clone(),
            match_labels: variant.match_labels(&parts.names),
            template,
        };
        let kind = Kind::Deployment(Box::new(deployment));
        objects.push(object(component, &variant.file("deployment"), metadata, kind));
    }
    objects.extend(parts.scaling.objects(parts, variant));
    objects.extend(autoscaler::vertical_object(parts, variant, faults));
    let rule = IngressRule { port: HTTP, namespace: parts.exposure.from_namespace.clone(), app: None };
    let rules = [vec![rule], monitoring::scraper_rules(parts)].concat();
    objects.extend(network_policy::lets_in(parts, component, &variant.file("network-policy"), rules));
    objects
}

fn pod_template(parts: &ResolvedSections, variant: &WebVariant, faults: &mut Faults<'_>) -> PodTemplate {
    let mut template = pod::pod_template(parts, &variant.component, app_container::web(parts), faults);
    let mounts = template.containers.first().map(|web| web.volume_mounts.clone()).unwrap_or_default();
    monitoring::monitor_pods(parts, &mut template);
    template.init_containers.extend(migrations::init_container(parts, mounts));
    if let Some(image) = &variant.image {
        for container in template.containers.iter_mut().take(1).chain(&mut template.init_containers) {
            if container.image == parts.image.reference {
                container.image.clone_from(&image.reference);
            }
        }
    }
    let revision = if parts.stateful.is_some() { "controller-revision-hash" } else { "pod-template-hash" };
    PodTemplate {
        labels: variant.labels(&parts.names),
        termination_grace_period_seconds: Some(parts.server.termination_grace_period()),
        spread: (parts.scaling.max > 1)
            .then(|| Spread { match_labels: variant.match_labels(&parts.names), match_label_keys: vec![revision] }),
        ..template
    }
}
