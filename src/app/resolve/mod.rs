//! From [`Config`] to [`App`]: defaults applied, values checked, contradictions reported with both their places.
//!
//! Each section has a file with a function `(section, …, faults) -> value`, which gives a value whatever is written.
//! [`ResolvedSections`] holds all of them; objects are made from it and look into no section again.

mod app_container;
mod autoscaler;
mod ci_services;
mod containers;
mod deployments;
mod environment;
mod expose;
mod faults;
mod gitops;
mod ignore_file;
mod image;
mod image_build;
mod install;
mod listeners;
mod migrations;
mod monitoring;
mod names;
mod network_policy;
mod output_paths;
mod own_resources;
mod parts;
mod patches;
mod pod;
mod probes;
mod rbac;
mod repair;
mod resilience;
mod resources;
mod runs;
mod scaling;
mod secrets;
mod security;
mod server;
mod services;
mod stateful;
mod volumes;
mod web;
mod web_variant;
mod worker;
mod workflow;

use super::App;
use super::access;
use super::component::Component;
use super::object::{Kind, Object, ObjectMeta};
use crate::config::defaults;
use crate::config::section::Config;
use crate::config::{Document, ProjectFiles};
use crate::diagnostic::Diagnostics;
use crate::vocabulary::APP_FOLDER;
use faults::Faults;
use parts::ResolvedSections;

/// What a call adds to `app.toml`.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Image to run instead of `[image]`: `repository:tag`, `repository@digest` or both.
    pub image: Option<String>,
    /// Files of the repository that `app.toml` names, as they were read.
    pub files: ProjectFiles,
    /// Take all Secrets as given: no object that makes one is rendered, and none is missed.
    pub secrets_exist: bool,
}

impl Options {
    /// The text of the file of the repository that the value at `place` names.
    fn text(&self, path: &str, place: &[&str], faults: &mut Faults<'_>) -> Option<&str> {
        let text = self.files.text(path);
        text.map_err(|clause| faults.refuse(place, &format!("names `{path}`, which {clause}"))).ok()
    }
}

/// Resolves `config`; `document` tells where its values are.
///
/// # Errors
/// [`Diagnostics`] with every value that is wrong and every pair that contradicts itself.
pub fn resolve(config: &Config, document: &Document, options: &Options) -> Result<App, Diagnostics> {
    let mut faults = Faults::new(document);
    let parts = ResolvedSections::resolve(config, options, &mut faults);
    let app = assemble(config, options, parts, &mut faults);
    faults.into_result(app)
}

/// Everything that is rendered.
fn assemble(config: &Config, options: &Options, parts: ResolvedSections, faults: &mut Faults<'_>) -> App {
    let mut objects = names::namespace_objects(&config.app, &parts.names, faults);
    objects.extend(base_objects(config, &parts, faults));
    objects.extend(web::objects(&parts, faults));
    objects.extend(migrations::objects(&parts, faults));
    objects.extend(worker::objects(config, &parts, faults));
    objects.extend(runs::objects(config, &parts, faults));
    objects.extend(services::objects(config, &parts));
    objects.extend(monitoring::objects(&parts));
    objects.extend(rbac::objects(&parts));
    objects.extend(resilience::objects(&config.resilience, &parts.names, faults));
    components_are_known(config, &objects, faults);
    if !options.secrets_exist {
        let references = secrets::references(&objects);
        objects.extend(secrets::objects(config, options, &parts, &references, faults));
    }
    let workflow = workflow::resolve(config, options, &parts, faults);
    gitops::annotate(&mut objects, &gitops::operators(&workflow.deployments));
    objects.sort_by(|one, other| one.file.cmp(&other.file));
    App {
        image_build: image_build::resolve(config, &parts, faults),
        ignore_file: ignore_file::resolve(config, options, &parts, faults),
        server_config: server::config_file(&parts),
        followed: gitops::resolve(&config.ci, &parts, &workflow, &objects, faults),
        workflow: config.ci.enabled.unwrap_or(defaults::ci::ENABLED).then_some(workflow),
        patches: patches::resolve(&config.patches, faults),
        own_resources: own_resources::resolve(&config.cluster, options, &parts.paths, &objects, faults),
        name: parts.names.app,
        paths: parts.paths,
        objects,
    }
}

/// What every workload needs before it starts.
fn base_objects(config: &Config, parts: &ResolvedSections, faults: &mut Faults<'_>) -> Vec<Object> {
    let mut metadata = parts.names.metadata_named(&Component::Base, parts.names.app.to_string());
    let annotations = &config.pods.service_account_annotations;
    metadata.annotations = pod::annotations(annotations, "service-account-annotations", faults);
    let pull_secret = config.image.pull_secret.as_ref();
    let pull_secret = pull_secret.and_then(|name| faults.parse(name, &["image", "pull-secret"]));
    let account = Kind::ServiceAccount(access::ServiceAccount { pull_secret });
    let account = object(&Component::Base, "service-account", metadata, account);
    let volumes = parts.volumes.iter().filter_map(|volume| volume.object.clone());
    let sidecars = parts.sidecars.iter().filter_map(|sidecar| sidecar.config_map.clone());
    let config_map = parts.environment.config_map(&parts.names);
    std::iter::once(account)
        .chain(network_policy::of_application(parts))
        .chain(config_map)
        .chain(volumes)
        .chain(sidecars)
        .collect()
}

/// A component that has no pods is a misspelled one.
fn components_are_known(config: &Config, objects: &[Object], faults: &mut Faults<'_>) {
    let application = objects.iter().filter(|object| object.kind.pod_template().is_some());
    let application = application.filter(|object| !matches!(object.component, Component::Service(_)));
    let mut known: Vec<String> = application.map(|object| object.component.written()).collect();
    known.sort();
    known.dedup();
    let rbac: Vec<_> = config.rbac.iter().enumerate().map(|(index, rule)| (index.to_string(), &rule.on)).collect();
    let tables = (config.volumes.iter().map(|(name, section)| ("volumes", name, &section.on)))
        .chain(config.init.iter().map(|(name, section)| ("init", name, &section.on)))
        .chain(config.sidecars.iter().map(|(name, section)| ("sidecars", name, &section.on)))
        .chain(rbac.iter().map(|(index, on)| ("rbac", index, *on)));
    for (section, name, on) in tables {
        for (index, component) in on.iter().flatten().enumerate() {
            if !known.contains(component) {
                let clause = format!("is not a component; the components are {}", known.join(", "));
                faults.refuse(&[section, name, "on", &index.to_string()], &clause);
            }
        }
    }
}

/// An object of `component`, which is written to `file`.
fn object(component: &Component, file: &str, metadata: ObjectMeta, kind: Kind) -> Object {
    Object { component: component.clone(), file: file.to_owned(), metadata, kind }
}

/// Port of each Service that brings requests: the one that callers in the cluster need not name.
const SERVICE_PORT: u32 = 80;

/// Name of the application's own container.
const WEB: &str = "web";
