//! From [`Config`] to [`App`]: defaults applied, values checked, contradictions told with both their places.

mod autoscaler;
mod ci_services;
mod containers;
mod deployments;
mod environment;
mod expose;
mod image_build;
mod install;
mod migrations;
mod monitoring;
mod names;
mod network_policy;
mod output_paths;
mod patches;
mod pod;
mod probes;
mod rbac;
mod resilience;
mod resources;
mod runs;
mod scaling;
mod secrets;
mod server;
mod services;
mod stateful;
mod volumes;
mod web;
mod worker;
mod workflow;

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use super::App;
use super::object::Object;
use super::value::{DnsLabel, ImageRepository, Tag};
use crate::config::{Config, Document, ProjectFiles};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::kube::grammar::image_reference::ImageReference;

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

/// Resolves `config`; `document` tells where its values stand.
///
/// # Errors
/// [`Diagnostics`] with every value that is wrong and every pair that contradicts itself.
pub fn resolve(config: &Config, document: &Document, options: &Options) -> Result<App, Diagnostics> {
    let mut resolver =
        Resolver { config, document, options, components: BTreeSet::new(), faults: Diagnostics::default() };
    let app = resolver.app(options);
    let mut faults = Diagnostics::default();
    // A value that several objects are made from is checked for each of them.
    for fault in resolver.faults.0 {
        if !faults.0.contains(&fault) {
            faults.push(fault);
        }
    }
    match app {
        Some(app) if !faults.has_errors() => Ok(app),
        _ => Err(faults),
    }
}

/// The configuration under resolution and the faults found so far.
pub(super) struct Resolver<'a> {
    pub(super) config: &'a Config,
    pub(super) document: &'a Document,
    pub(super) options: &'a Options,
    /// Components that have pods.
    pub(super) components: BTreeSet<String>,
    pub(super) faults: Diagnostics,
}

impl Resolver<'_> {
    /// The value of `text`, which stands at `path`; a fault is noted when it is none.
    pub(super) fn parse<T: FromStr<Err = String>>(&mut self, text: &str, path: &[&str]) -> Option<T> {
        text.parse::<T>().map_err(|clause: String| self.fault(path, &clause)).ok()
    }

    /// The value of `text`, or of `default` when nothing is written.
    pub(super) fn parse_or<T: FromStr<Err = String>>(
        &mut self,
        text: Option<&str>,
        default: &str,
        path: &[&str],
    ) -> Option<T> {
        self.parse(text.unwrap_or(default), path)
    }

    /// All values of a list at `path`.
    pub(super) fn parse_all<T: FromStr<Err = String>>(&mut self, texts: &[String], path: &[&str]) -> Vec<T> {
        let numbered = texts.iter().enumerate();
        numbered.filter_map(|(index, text)| self.parse(text, &[path, &[index.to_string().as_str()]].concat())).collect()
    }

    /// The text of the file of the repository that the value at `place` names.
    pub(super) fn project_file(&mut self, path: &str, place: &[&str]) -> Option<String> {
        match self.options.files.text(path) {
            Ok(text) => Some(text.to_owned()),
            Err(clause) => {
                self.fault(place, &format!("names `{path}`, which {clause}"));
                None
            }
        }
    }

    /// Notes that the value at `path` is wrong; `clause` follows the key's name.
    pub(super) fn fault(&mut self, path: &[&str], clause: &str) {
        let shown: Vec<&str> = path.iter().copied().filter(|part| part.parse::<usize>().is_err()).collect();
        let fault = Diagnostic::error(format!("`{}` {clause}", shown.join(".")));
        self.faults.push(self.document.at_value(fault, path, ""));
    }

    /// Notes that the values at `one` and `other` contradict each other.
    pub(super) fn contradiction(&mut self, message: &str, one: (&[&str], &str), other: (&[&str], &str), help: &str) {
        let fault = self.document.at_key(Diagnostic::error(message), one.0, one.1);
        let fault = self.document.at_key(fault, other.0, other.1);
        self.faults.push(fault.help(help));
    }

    fn app(&mut self, options: &Options) -> Option<App> {
        let names = self.names();
        let image = self.image(options);
        let server = self.server();
        let environment = self.environment();
        let probes = self.probes();
        let exposure = self.exposure();
        let scaling = self.scaling();
        let paths = self.output_paths();
        let secret_files = self.secret_files();
        let faces = image.as_ref().and_then(|image| self.faces(image));
        let services = names.as_ref().map(|names| self.services(names)).unwrap_or_default();
        let monitoring = self.monitoring();
        self.kubernetes();
        self.egress_has_a_policy();
        let parts = match (names, image, server, environment, probes, exposure, scaling, faces) {
            (
                Some(names),
                Some(image),
                Some(server),
                Some(environment),
                Some(probes),
                Some(exposure),
                Some(scaling),
                Some(faces),
            ) => Parts {
                names,
                image,
                server,
                environment,
                secret_files,
                probes,
                exposure,
                scaling,
                faces,
                services,
                monitoring,
            },
            _ => {
                self.remaining_faults();
                return None;
            }
        };
        let mut objects = self.namespace_objects(&parts);
        let web = self.web_objects(&parts);
        let migration = self.migration_objects(&parts);
        let image_build = self.image_build(&parts);
        objects.extend(web.unwrap_or_default());
        objects.extend(migration.unwrap_or_default());
        objects.extend(self.worker_objects(&parts));
        objects.extend(self.run_objects(&parts));
        objects.extend(self.service_objects(&parts));
        objects.extend(self.monitor_objects(&parts));
        objects.extend(self.rbac_objects(&parts));
        objects.extend(self.resilience_objects(&parts));
        self.components_are_known();
        let secrets = self.secret_objects(&parts, &objects);
        objects.extend(secrets.unwrap_or_default());
        let server_config = self.server_config(&parts);
        let workflow = self.workflow(&parts, &objects);
        let patches = self.patches();
        objects.sort_by(|one, other| one.file.cmp(&other.file));
        Some(App {
            name: parts.names.app,
            paths: paths?,
            image_build: image_build?,
            server_config,
            objects,
            workflow: workflow?,
            patches,
        })
    }

    /// A component that has no pods is a misspelled one.
    fn components_are_known(&mut self) {
        let volumes = self.config.volumes.iter().map(|(name, section)| ("volumes", name, &section.on));
        let init = self.config.init.iter().map(|(name, section)| ("init", name, &section.on));
        let sidecars = self.config.sidecars.iter().map(|(name, section)| ("sidecars", name, &section.on));
        let rbac: Vec<_> =
            self.config.rbac.iter().enumerate().map(|(index, section)| (index.to_string(), &section.on)).collect();
        let rbac = rbac.iter().map(|(index, on)| ("rbac", index, *on));
        let mut known: Vec<&str> = self.components.iter().map(|name| volumes::without_colour(name)).collect();
        known.dedup();
        let mut faults = Vec::new();
        for (section, name, on) in volumes.chain(init).chain(sidecars).chain(rbac) {
            for (index, component) in on.iter().flatten().enumerate() {
                if !known.contains(&component.as_str()) {
                    let clause = format!("names no component; there are {}", known.join(", "));
                    faults.push(([section.to_owned(), name.clone(), "on".into(), index.to_string()], clause));
                }
            }
        }
        for (path, clause) in faults {
            self.fault(&path.each_ref().map(String::as_str), &clause);
        }
    }

    /// Checks what does not depend on the parts, so that its faults are told together with theirs.
    fn remaining_faults(&mut self) {
        self.resources(1);
        self.writable_folders();
        self.egress();
        self.migration_command();
        self.base_image();
        self.dependencies();
        self.build_steps();
        self.ci_faults();
    }

    /// The image that is run: of the call, or of `[image]`.
    fn image(&mut self, options: &Options) -> Option<Image> {
        let section = &self.config.image;
        let repository: ImageRepository = self.parse(&section.repository, &["image", "repository"])?;
        let tag: Tag = self.parse_or(section.tag.as_deref(), "0.1.0", &["image", "tag"])?;
        match &options.image {
            None => Some(Image { reference: format!("{repository}:{tag}"), repository, by_digest: false }),
            Some(reference) => match parse_image(reference, &repository) {
                Ok(image) => Some(image),
                Err(clause) => {
                    self.faults.push(Diagnostic::error(format!("`--image {reference}` {clause}")));
                    None
                }
            },
        }
    }
}

/// An image to run.
#[derive(Clone, Debug)]
pub(super) struct Image {
    /// As a container names it.
    pub(super) reference: String,
    /// Without tag and digest.
    pub(super) repository: ImageRepository,
    /// Whether the reference holds a digest.
    pub(super) by_digest: bool,
}

/// Reads `repository[:tag][@digest]`; a reference that is only `:tag` or `@digest` takes the repository of `app.toml`.
fn parse_image(reference: &str, repository: &ImageRepository) -> Result<Image, String> {
    let parts = ImageReference::split(reference);
    let digest = parts.digest.map(str::parse::<super::value::Digest>).transpose()?;
    let tag = parts.tag.map(str::parse::<Tag>).transpose()?;
    let repository = if parts.repository.is_empty() { repository.clone() } else { parts.repository.parse()? };
    if tag.is_none() && digest.is_none() {
        return Err("must name a tag or a digest".into());
    }
    let tag = tag.map(|tag| format!(":{tag}")).unwrap_or_default();
    let by_digest = digest.is_some();
    let digest = digest.map(|digest| format!("@{digest}")).unwrap_or_default();
    Ok(Image { reference: format!("{repository}{tag}{digest}"), repository, by_digest })
}

/// The resolved sections that objects are made from.
pub(super) struct Parts {
    pub(super) names: names::Names,
    pub(super) image: Image,
    pub(super) server: server::Server,
    pub(super) environment: environment::Environment,
    pub(super) secret_files: Vec<secrets::SecretFile>,
    pub(super) probes: probes::Probes,
    pub(super) exposure: expose::Exposure,
    pub(super) scaling: scaling::Scaling,
    /// The shapes of the web workload.
    pub(super) faces: Vec<web::Face>,
    /// The servers of `[services]`.
    pub(super) services: Vec<services::Service>,
    /// What Prometheus reads.
    pub(super) monitoring: Option<monitoring::Monitoring>,
}

impl Parts {
    /// Labels of the pods that requests go to.
    pub(super) fn live_labels(&self) -> BTreeMap<String, String> {
        self.faces.iter().find(|face| face.live).map(|face| face.match_labels(self)).unwrap_or_default()
    }
}

/// Puts the name and labels of `component` on an object.
pub(super) fn object(file: &str, metadata: super::object::ObjectMeta, kind: super::object::Kind) -> Object {
    Object { file: file.to_owned(), metadata, kind }
}

/// Name of the web workload's component.
pub(super) const WEB: &str = "web";

/// Longest name of the application: the longest suffix of an object's name must still fit in 63 characters.
const LONGEST_NAME: usize = 40;

/// Checks the application's name against what is appended to it.
fn short_enough(name: &DnsLabel) -> Result<(), String> {
    if name.as_ref().len() <= LONGEST_NAME {
        return Ok(());
    }
    Err(format!("must be at most {LONGEST_NAME} characters: names of objects are made from it"))
}
