//! The web workload: a Deployment, a StatefulSet, or a Deployment for each colour.

use std::collections::BTreeMap;

use super::super::network::IngressRule;
use super::super::object::{Kind, Object};
use super::super::pod::{Container, PodTemplate, Spread};
use super::super::value::Tag;
use super::super::workload::Deployment;
use super::pod::{BASE, config_map};
use super::probes::HTTP;
use super::{Image, Parts, Resolver, WEB, object};
use crate::config::section::{Colour, MigrationRun, RolloutStrategy};

/// Label that tells the two versions of a blue-green rollout apart.
const COLOUR: &str = "colour";

/// One shape of the web workload: the only one, or one of the two colours.
#[derive(Clone, Debug)]
pub(in crate::app) struct Face {
    /// Component by which its objects are called.
    pub(in crate::app) component: String,
    /// What follows the name of its files.
    pub(in crate::app) suffix: String,
    /// The image instead of the application's.
    pub(in crate::app) image: Option<Image>,
    /// The colour.
    pub(in crate::app) colour: Option<Colour>,
    /// The version, where two run side by side.
    pub(in crate::app) version: Option<String>,
    /// Whether requests from outside go to it.
    pub(in crate::app) live: bool,
}

impl Face {
    fn only() -> Self {
        Self { component: WEB.into(), suffix: String::new(), image: None, colour: None, version: None, live: true }
    }

    /// Labels of its selector.
    pub(super) fn match_labels(&self, parts: &Parts) -> BTreeMap<String, String> {
        let mut labels = parts.names.match_labels(&self.component);
        labels.extend(self.colour.map(|colour| (COLOUR.to_owned(), colour.word().to_owned())));
        labels
    }

    /// Labels of its pods.
    fn labels(&self, parts: &Parts) -> BTreeMap<String, String> {
        let mut labels = parts.names.labels(&self.component);
        labels.extend(self.match_labels(parts));
        let version = self.version.as_ref().filter(|version| is_label_value(version));
        let version = version.map(|version| ("app.kubernetes.io/version".to_owned(), version.clone()));
        labels.extend(version);
        labels
    }
}

impl Resolver<'_> {
    /// The shapes of the web workload.
    pub(super) fn faces(&mut self, image: &Image) -> Option<Vec<Face>> {
        let rollout = &self.config.rollout;
        let Some(section) = &rollout.blue_green else {
            if rollout.strategy == RolloutStrategy::BlueGreen {
                self.fault(&["rollout", "strategy"], "needs `[rollout.blue-green]` with `live`, `blue` and `green`");
                return None;
            }
            return Some(vec![Face::only()]);
        };
        self.keys_fit_blue_green();
        let tags = [("blue", &section.blue), ("green", &section.green)];
        let [blue, green] = tags.map(|(key, tag)| self.parse::<Tag>(tag, &["rollout", "blue-green", key]));
        let (blue, green) = (blue?, green?);
        self.tag_is_of_a_colour(&blue, &green);
        let faces: Vec<Face> = Colour::ALL
            .into_iter()
            .map(|colour| {
                let tag = if colour == Colour::Blue { &blue } else { &green };
                let live = colour == section.live;
                // The image of a call is a new one: it takes the place of the version that nobody sees.
                let from_call = self.options.image.is_some() && !live;
                let tagged = Image {
                    reference: format!("{}:{tag}", image.repository),
                    repository: image.repository.clone(),
                    by_digest: false,
                };
                Face {
                    component: format!("{WEB}-{}", colour.word()),
                    suffix: format!("-{}", colour.word()),
                    image: Some(if from_call { image.clone() } else { tagged }),
                    colour: Some(colour),
                    version: Some(tag.to_string()),
                    live,
                }
            })
            .collect();
        Some(faces)
    }

    fn keys_fit_blue_green(&mut self) {
        let place = ["rollout", "blue-green"];
        if self.config.rollout.strategy != RolloutStrategy::BlueGreen {
            let strategy = ["rollout", "strategy"];
            let other: &[&str] = if self.document.has(&strategy) { &strategy } else { &["rollout"] };
            let help = "[rollout] strategy = \"blue-green\"";
            self.contradiction("`rollout.blue-green` is not used by this strategy", (&place, ""), (other, ""), help);
        }
        if self.config.migrations.run == MigrationRun::InitContainer {
            let message = "an init container would migrate the database for the old version as well";
            let run = ["migrations", "run"];
            let help = "run = \"job\": once, with the image of [image] tag";
            self.contradiction(message, (&run, "in every pod"), (&["rollout", "strategy"], "two versions"), help);
        }
        if self.config.stateful.is_some() {
            let message = "a StatefulSet cannot be rolled out blue-green: the new version would have other volumes";
            let strategy: &[&str] = &["rollout", "strategy"];
            let help = "leave one of the two out; data that both versions need belongs into a database";
            self.contradiction(
                message,
                (&["stateful"], "a StatefulSet"),
                (strategy, "two versions side by side"),
                help,
            );
        }
    }

    /// Migrations and workers run one version, which must be one of the two.
    fn tag_is_of_a_colour(&mut self, blue: &Tag, green: &Tag) {
        let place = ["image", "tag"];
        let tag = self.config.image.tag.as_deref();
        if self.options.image.is_some() || tag == Some(blue.as_ref()) || tag == Some(green.as_ref()) {
            return;
        }
        let help = "the newer of the two: migrations run with it before requests reach it";
        if tag.is_none() {
            self.fault(&["rollout", "blue-green"], &format!("needs [image] tag = \"{blue}\" or \"{green}\": {help}"));
        } else {
            let message = format!("`image.tag` is neither the blue version `{blue}` nor the green one `{green}`");
            self.contradiction(&message, (&place, "runs the migrations"), (&["rollout", "blue-green"], ""), help);
        }
    }

    /// Everything that serves requests.
    pub(super) fn web_objects(&mut self, parts: &Parts) -> Option<Vec<Object>> {
        let mut objects = vec![object(
            "service-account",
            parts.names.metadata_named(BASE, parts.names.app.to_string()),
            Kind::ServiceAccount,
        )];
        objects.extend(config_map(parts));
        objects.extend(self.volume_objects(parts));
        objects.extend(self.sidecar_objects(parts));
        self.keys_fit_stateful();
        for face in &parts.faces {
            objects.extend(self.face_objects(parts, face)?);
        }
        objects.extend(self.exposure_objects(parts));
        Some(objects)
    }

    fn face_objects(&mut self, parts: &Parts, face: &Face) -> Option<Vec<Object>> {
        let mut objects = Vec::new();
        let container = self.web_container(parts)?;
        let container = match &face.image {
            Some(image) => Container { image: image.reference.clone(), ..container },
            None => container,
        };
        let mut template = self.pod_template(parts, &face.component, container)?;
        self.monitor_pods(parts, &mut template);
        template.init_containers.extend(self.migration_init_container(parts)?);
        for container in &mut template.init_containers {
            if let Some(image) = face.image.as_ref().filter(|_| container.image == parts.image.reference) {
                container.image.clone_from(&image.reference);
            }
        }
        let stateful = self.config.stateful.is_some();
        let template = PodTemplate {
            labels: face.labels(parts),
            termination_grace_period_seconds: Some(parts.server.termination_grace_period()),
            spread: (parts.scaling.max > 1).then(|| Spread {
                match_labels: face.match_labels(parts),
                match_label_keys: vec![if stateful { "controller-revision-hash" } else { "pod-template-hash" }],
            }),
            ..template
        };
        let mut metadata = parts.names.metadata(&face.component);
        metadata.labels.extend(face.labels(parts));
        metadata.annotations = self.exceptions(parts, &template);
        if stateful {
            objects.extend(self.stateful_objects(parts, metadata, template)?);
        } else {
            let deployment = Deployment {
                replicas: parts.scaling.fixed(),
                progress_deadline_seconds: self.config.rollout.deadline.unwrap_or(600),
                rolling_update: parts.scaling.rolling_update.clone(),
                match_labels: face.match_labels(parts),
                template,
            };
            let file = format!("deployment{}", face.suffix);
            objects.push(object(&file, metadata, Kind::Deployment(Box::new(deployment))));
        }
        objects.extend(self.scaling_objects(parts, face));
        objects.extend(self.vertical_object(parts, face));
        let rule = IngressRule { port: HTTP, namespace: parts.exposure.from_namespace.clone(), app: None };
        let rules = [vec![rule], self.scraper_rules(parts)].concat();
        let file = format!("network-policy{}", face.suffix);
        objects.extend(self.network_policy(parts, &face.component, &file, rules));
        Some(objects)
    }
}

/// Whether `text` can be the value of a label; tags of images may be longer.
/// Source: <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set>
fn is_label_value(text: &str) -> bool {
    !text.is_empty() && crate::kube::grammar::name::label_value(text).is_ok()
}
